package bedrockruntime

import (
	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/provider/jsonscan"
)

// glance looks into a Converse body. What is wrong with its members whoever reads it says.
func glance(body []byte) func() gateway.Glimpse {
	return func() (g gateway.Glimpse) {
		for o := jsonscan.New(body); o.Next(); {
			switch string(o.Name) {
			case "serviceTier":
				var t struct {
					Type string `json:"type"`
				}
				if json.Unmarshal(o.Value, &t) == nil {
					g.Tier = t.Type
				}
			case "guardrailConfig":
				var c struct {
					ID      string `json:"guardrailIdentifier"`
					Version string `json:"guardrailVersion"`
				}
				if json.Unmarshal(o.Value, &c) == nil {
					g.Guardrail = guardrail(c.ID, c.Version)
				}
			case "requestMetadata":
				g.Metadata = metadataIn(o.Value)
			}
		}
		return g
	}
}

// glanceInvoke finds the same in the headers of InvokeModel.
func glanceInvoke(in *chat.InvokeOptions) func() gateway.Glimpse {
	return func() gateway.Glimpse {
		return gateway.Glimpse{
			Tier: in.Tier, Guardrail: guardrail(in.GuardrailID, in.GuardrailVersion), Metadata: metadataIn([]byte(in.RequestMetadata)),
		}
	}
}

// guardrail is the value of the condition key bedrock:GuardrailIdentifier.
func guardrail(id, version string) string {
	if id == "" || version == "" {
		return id
	}
	return id + ":" + version
}

// metadataIn reads an object of texts, or nothing.
func metadataIn(raw []byte) map[string]string {
	var m map[string]string
	if len(raw) == 0 || json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}
