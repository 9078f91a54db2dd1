package bedrockruntime

import (
	api "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/service/inference"
)

// costed writes the events of a ConverseStream answer, and into the last one what the call costs. SDKs
// pass over members they do not know.
type costed struct {
	*api.ConverseStreamWriter
	answer *gateway.Answer
}

// Metadata sends a metadata event. The call is settled by then.
func (w costed) Metadata(e *api.ConverseStreamMetadataEvent) error {
	return w.Raw(api.ConverseStreamMetadata, inference.WithCost(nil, e.AppendJSON(nil), w.answer.Cost()))
}
