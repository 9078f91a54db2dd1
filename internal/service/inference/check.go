package inference

import (
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// Check refuses what a model cannot do at all, in AWS's words: a conversation, a stream, an answer of the
// length asked for, and what of its conversation the model has no sense for.
func Check(m *catalog.Model, r *chat.Request, stream bool) error {
	most := m.MaxOutput
	switch asked := r.Inference.MaxTokens; {
	case !IsText(m):
		return fault.New(fault.Validation, "This action doesn't support the model that you provided. Try again with a supported text or chat model.")
	case stream && !m.Streaming:
		return fault.New(fault.Validation, "The model is unsupported for streaming.")
	case asked != nil && most != 0 && *asked > most:
		return fault.New(fault.Validation, "The maximum tokens you requested exceeds the model limit of %d. Try again with a maximum tokens value that is lower than %d.", most, most)
	}
	return CanOf(m).Check(r, false)
}
