package bedrockruntime

import (
	"cmp"
	"strings"

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
			if err := inference.CheckStreaming(t.Model); err != nil {
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
		if err := headers(in.Invoke, r); err != nil {
			return gateway.Ask{}, err
		}
		if err := inference.CheckMaxTokens(r.Inference.MaxTokens, t.Model); err != nil {
			return gateway.Ask{}, err
		}
		return gateway.Ask{Chat: r}, inference.CanOf(t.Model).Check(r, false)
	}
}

// headers says in chat's words what the headers of InvokeModel say of a conversation.
func headers(in *chat.InvokeOptions, r *chat.Request) error {
	if in == nil {
		return nil
	}
	r.Tier, r.Latency = cmp.Or(in.Tier, r.Tier), in.Latency
	switch {
	case in.GuardrailID != "" && in.GuardrailVersion == "":
		return fault.New(fault.Validation, "The guardrail %s is named without its version. Add the header X-Amzn-Bedrock-GuardrailVersion and try again.", in.GuardrailID)
	case in.GuardrailID != "":
		r.Guardrail = &chat.Guardrail{ID: in.GuardrailID, Version: in.GuardrailVersion, Trace: in.Trace}
	}
	if in.RequestMetadata == "" {
		return nil
	}
	r.Metadata = metadataIn([]byte(in.RequestMetadata))
	return checkMetadata(r.Metadata)
}

// checkMetadata holds the header of InvokeModel to the rules of Converse's requestMetadata: 1 to 16 entries, keys of 1 to
// 256 and values of up to 256 characters of AWS's class. It is confidential, so a refusal does not repeat it.
func checkMetadata(m map[string]string) error {
	fits := len(m) > 0 && len(m) <= 16
	for key, value := range m {
		fits = fits && key != "" && isMetadata(key) && isMetadata(value)
	}
	if fits {
		return nil
	}
	return fault.New(fault.Validation, "The header X-Amzn-Bedrock-Request-Metadata must hold a JSON object of 1 to 16 strings, with keys of 1 to 256 and values of up to 256 characters, each a letter, a digit, white space or one of :_@$#=/+,-.")
}

// isMetadata reports whether a text fits the class: letters, digits, white space and :_@$#=/+,-.
func isMetadata(s string) bool {
	other := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(" \t\n\v\f\r:_@$#=/+,-.", c)
	}
	return len(s) <= 256 && !strings.ContainsFunc(s, other)
}

// checkCaching refuses cache points for models of a family that caches nothing, in AWS's words. Of the families that do,
// which of their models caches is left to who serves it.
func checkCaching(r *chat.Request, m *catalog.Model) error {
	if !r.Caches() || m.Features.Basis == "" || m.Features.Cache != nil {
		return nil
	}
	switch m.Family {
	case "claude", "nova", "gpt", "grok":
		return nil
	}
	return fault.New(fault.Validation, "You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.")
}
