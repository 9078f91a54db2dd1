package bedrockruntime

import (
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/dialect/titan"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
)

// native is a family's own body, as InvokeModel carries it.
type native uint8

const (
	messages   native = iota // Anthropic Messages
	embeddings               // Titan embeddings
)

// nativeOf says which body a model takes. Models whose body is not read yet can still be called
// through Converse, and the error says so.
func nativeOf(m *catalog.Model) (native, error) {
	switch m.Family {
	case "claude":
		return messages, nil
	case "titan-embed":
		if _, ok := titan.VariantOf(m.ID); ok {
			return embeddings, nil
		}
	}
	if m.IsEmbedding() || !m.APIs.Converse {
		return 0, fault.New(fault.Validation, "InvokeModel doesn't support %s yet. It reads the bodies of Anthropic Claude and of Amazon Titan embedding models.", m.ID)
	}
	return 0, fault.New(fault.Validation, "InvokeModel doesn't support the body of %s yet. Use Converse or ConverseStream, which take every text model.", m.ID)
}

// parseNative reads an InvokeModel body in the family's own dialect.
func parseNative(body []byte, stream bool) parser {
	return func(t *profile.Target) (gateway.Ask, error) {
		family, err := nativeOf(t.Model)
		if err != nil {
			return gateway.Ask{}, err
		}
		if stream {
			if err := checkStreaming(t.Model); err != nil {
				return gateway.Ask{}, err
			}
		}
		if family == embeddings {
			variant, _ := titan.VariantOf(t.Model.ID)
			e, err := titan.DecodeRequest(variant, body)
			return gateway.Ask{Embed: e}, err
		}
		c, err := anthropic.DecodeRequest(body)
		return gateway.Ask{Chat: c}, err
	}
}

// checkText refuses models that hold no conversation, in AWS's words.
func checkText(m *catalog.Model) error {
	for _, out := range m.Output {
		if out == catalog.Text {
			return nil
		}
	}
	return fault.New(fault.Validation, "This action doesn't support the model that you provided. Try again with a supported text or chat model.")
}

func checkStreaming(m *catalog.Model) error {
	if m.Streaming {
		return nil
	}
	return fault.New(fault.Validation, "The model is unsupported for streaming.")
}

// checkMaxTokens refuses an answer longer than the model can give, in AWS's words.
func checkMaxTokens(asked *int, m *catalog.Model) error {
	if asked == nil || m.MaxOutput == 0 || *asked <= m.MaxOutput {
		return nil
	}
	return fault.New(fault.Validation, "The maximum tokens you requested exceeds the model limit of %d. Try again with a maximum tokens value that is lower than %d.", m.MaxOutput, m.MaxOutput)
}
