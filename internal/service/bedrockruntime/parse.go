package bedrockruntime

import (
	"cmp"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/inference"
)

// parseNative reads an InvokeModel body in the family's own dialect.
func (s *Server) parseNative(in *chat.Native, stream bool) parser {
	return func(t *profile.Target) (gateway.Ask, error) {
		family, err := s.families.of(t.Model)
		if err != nil {
			return gateway.Ask{}, err
		}
		if stream {
			if err := checkStreaming(t.Model); err != nil {
				return gateway.Ask{}, err
			}
		}
		switch {
		case family.embed != nil:
			e, err := family.embed.DecodeRequest(in.Body)
			return gateway.Ask{Embed: e}, err
		case family.rerank != nil:
			r, err := family.rerank.DecodeRequest(in.Body)
			return gateway.Ask{Rerank: r}, err
		}
		r, err := family.chat.DecodeRequest(t.Model.ID, in.Body)
		if err != nil {
			return gateway.Ask{}, err
		}
		headers(in.Invoke, r)
		return gateway.Ask{Chat: r}, inference.CanOf(t.Model).Check(r, false)
	}
}

// headers says in chat's words what the headers of InvokeModel say of a conversation.
func headers(in *chat.InvokeOptions, r *chat.Request) {
	if in == nil {
		return
	}
	r.Tier, r.Latency = cmp.Or(in.Tier, r.Tier), in.Latency
	if in.GuardrailID != "" {
		r.Guardrail = &chat.Guardrail{ID: in.GuardrailID, Version: in.GuardrailVersion, Trace: in.Trace}
	}
	if m := metadataIn([]byte(in.RequestMetadata)); m != nil {
		r.Metadata = m
	}
}

// checkText refuses models that hold no conversation, in AWS's words.
func checkText(m *catalog.Model) error {
	if inference.IsText(m) {
		return nil
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
