package bedrockruntime

import (
	api "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/gateway"
)

// costed writes the events of a ConverseStream answer, and into the last one what the call costs. SDKs
// pass over members they do not know.
type costed struct {
	*api.ConverseStreamWriter
	answer *gateway.Answer
}

// costMember is the header of whole answers, as a member of the metadata event.
const costMember = `,"x-outcrop-cost-usd":"`

// Metadata sends a metadata event. The call is settled by then.
func (w costed) Metadata(e *api.ConverseStreamMetadataEvent) error {
	b := e.AppendJSON(nil)
	b = append(b[:len(b)-1], costMember...)
	b = w.answer.Cost().Append(b)
	return w.Raw(api.ConverseStreamMetadata, append(b, `"}`...))
}
