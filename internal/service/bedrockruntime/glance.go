package bedrockruntime

import (
	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/provider/jsonscan"
)

// glance finds the tier and the metadata in a Converse body that is passed on. What is wrong with them its
// receiver says.
func glance(body []byte) func() (tier string, metadata map[string]string) {
	return func() (tier string, metadata map[string]string) {
		for o := jsonscan.New(body); o.Next(); {
			switch string(o.Name) {
			case "serviceTier":
				var t struct {
					Type string `json:"type"`
				}
				if json.Unmarshal(o.Value, &t) == nil {
					tier = t.Type
				}
			case "requestMetadata":
				metadata = metadataIn(o.Value)
			}
		}
		return tier, metadata
	}
}

// glanceInvoke finds the same in the headers of InvokeModel.
func glanceInvoke(in *chat.InvokeOptions) func() (tier string, metadata map[string]string) {
	return func() (tier string, metadata map[string]string) {
		return in.Tier, metadataIn([]byte(in.RequestMetadata))
	}
}

// metadataIn reads an object of texts, or nothing.
func metadataIn(raw []byte) map[string]string {
	var m map[string]string
	if len(raw) == 0 || json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}
