package openai

import (
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// sayable refuses what the dialect has no word for and an answer would depend on.
func sayable(r *chat.Request) error {
	switch {
	case r.Guardrail != nil:
		return fault.New(fault.Validation, "Guardrails are not available for this model: its provider speaks the OpenAI API, which has none.")
	case r.Latency == "optimized":
		return fault.New(fault.Validation, "Latency performance configuration is not supported for this model: its provider speaks the OpenAI API, which has none.")
	case r.Tier == "reserved":
		return fault.New(fault.Validation, "The service tier reserved is not supported for this model: its provider speaks the OpenAI API, which has none.")
	}
	for i := range r.Messages {
		for j := range r.Messages[i].Content {
			if m := r.Messages[i].Content[j].Media; m != nil && m.Citations {
				return fault.New(fault.Validation, "Citations are not available for this model: its provider speaks the OpenAI API, which has none. Send the document without citations and try again.")
			}
		}
	}
	return nil
}
