package chat

import "github.com/go-json-experiment/json/jsontext"

// StopReason is why a model stopped, in Converse's words.
type StopReason string

// The stop reasons of Converse.
const (
	EndTurn             StopReason = "end_turn"
	StopToolUse         StopReason = "tool_use"
	MaxTokens           StopReason = "max_tokens"
	StopSequence        StopReason = "stop_sequence"
	GuardrailIntervened StopReason = "guardrail_intervened"
	ContentFiltered     StopReason = "content_filtered"
	ContextExceeded     StopReason = "model_context_window_exceeded"
)

// Response is a whole answer.
type Response struct {
	ID           string // the model's own message id, when it has one
	Content      []Block
	Stop         StopReason
	StopSequence string // the sequence that was met, for StopSequence
	Usage        Usage
	Extra        jsontext.Value // additionalModelResponseFields

	// Native is the answer's body in the dialect of Request.Native, when that was passed on. Content
	// may then be empty; Usage and Stop have been read from the body.
	Native []byte
}

// Usage counts tokens. Input excludes cached tokens, as Bedrock and Anthropic count; OpenAI-shaped
// providers count them in, and their dialect subtracts. Reasoning tokens are part of Output.
type Usage struct {
	Input        int64
	Output       int64
	CacheRead    int64
	CacheWrite5m int64
	CacheWrite1h int64
	// SearchUnits is what a reranking model is paid by, in place of tokens: one for every query of up to
	// DocumentsPerUnit pieces of documents.
	SearchUnits int64
	// Estimated is set when an upstream reported nothing and the numbers were counted here.
	Estimated bool
}

// CacheWrite is what was written to the cache with any lifetime.
func (u Usage) CacheWrite() int64 { return u.CacheWrite5m + u.CacheWrite1h }

// Total is every token, cached ones included, as Converse's totalTokens counts.
func (u Usage) Total() int64 { return u.Input + u.Output + u.CacheRead + u.CacheWrite() }
