package inference

import (
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// Check refuses what a model cannot do at all, in AWS's words: a conversation, a stream, an answer of the
// length asked for, and what of its conversation the model has no sense for.
func Check(m *catalog.Model, r *chat.Request, stream bool) error {
	if err := CheckText(m); err != nil {
		return err
	}
	if stream {
		if err := CheckStreaming(m); err != nil {
			return err
		}
	}
	if err := CheckMaxTokens(r.Inference.MaxTokens, m); err != nil {
		return err
	}
	return CanOf(m).Check(r, false)
}

// CheckText refuses models that hold no conversation.
func CheckText(m *catalog.Model) error {
	if IsText(m) {
		return nil
	}
	return fault.New(fault.Validation, "This action doesn't support the model that you provided. Try again with a supported text or chat model.")
}

// CheckStreaming refuses a stream of models that answer whole only.
func CheckStreaming(m *catalog.Model) error {
	if m.Streaming {
		return nil
	}
	return fault.New(fault.Validation, "The model is unsupported for streaming.")
}

// CheckMaxTokens refuses an answer longer than the model can give.
func CheckMaxTokens(asked *int, m *catalog.Model) error {
	if asked == nil || m.MaxOutput == 0 || *asked <= m.MaxOutput {
		return nil
	}
	return fault.New(fault.Validation, "The maximum tokens you requested exceeds the model limit of %d. Try again with a maximum tokens value that is lower than %d.", m.MaxOutput, m.MaxOutput)
}
