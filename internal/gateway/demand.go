package gateway

import (
	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/provider/jsonscan"
	"github.com/outcrop/outcrop/internal/tokens"
)

// Demand is what a call may use at most, as far as that can be told before it runs.
type Demand struct {
	*Record // who calls what; its usage is zero

	// Input is the input in tokens, counted as the model's vocabulary would.
	Input int64
	// InputBound is a number of tokens that the input cannot exceed. A token is a byte of the body at least.
	InputBound int64
	// MaxOutput is how many tokens the answer may have: what the caller asked for, or the model's maximum, which
	// Unbounded tells. It is 0 for what answers without tokens, such as an embedding.
	MaxOutput int64
	Unbounded bool
	// SearchUnits is what a ranking is metered by.
	SearchUnits int64
	// Stream says that the answer is relayed piece by piece. Thinks says that the caller wants the model to reason, or
	// that nobody has read whether it does.
	Stream, Thinks bool
}

// demand is what the call asks for.
func (a *Answer) demand(r *Record) Demand {
	d := Demand{Record: r, Input: a.input(), Stream: a.call.Stream, Thinks: a.ask.Chat == nil || a.ask.Chat.Thinking != nil}
	d.InputBound = d.Input
	if n := a.call.Native; n != nil {
		d.InputBound = max(d.Input, int64(len(n.Body)))
	}
	switch {
	case a.ask.Embed != nil:
		return d
	case a.ask.Rerank != nil:
		d.SearchUnits = tokens.Rerank(a.ask.Rerank)
		return d
	}
	if n, ok := a.maxTokens(); ok {
		d.MaxOutput = n
	} else {
		d.MaxOutput, d.Unbounded = int64(a.Target.Model.MaxOutput), true
	}
	return d
}

// maxTokens is the longest answer the caller asked for.
func (a *Answer) maxTokens() (int64, bool) {
	switch {
	case a.ask.Chat != nil && a.ask.Chat.Inference.MaxTokens != nil:
		return int64(*a.ask.Chat.Inference.MaxTokens), true
	case a.ask.Chat == nil && a.call.Native != nil:
		return maxTokensIn(a.call.Native.Body)
	}
	return 0, false
}

// maxTokensIn finds the same in a body that is passed on unread, whatever its dialect calls it. No dialect uses
// another's name for anything else.
func maxTokensIn(body []byte) (int64, bool) {
	for o := jsonscan.New(body); o.Next(); {
		switch string(o.Name) {
		case "max_tokens", "max_completion_tokens", "max_output_tokens", "max_gen_len", "maxTokens", "max_new_tokens", "maxTokenCount":
			var n int64
			if json.Unmarshal(o.Value, &n) == nil && n > 0 {
				return n, true
			}
		case "inferenceConfig", "textGenerationConfig":
			if n, ok := maxTokensIn(o.Value); ok {
				return n, true
			}
		}
	}
	return 0, false
}
