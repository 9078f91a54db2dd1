package anthropic

import (
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
)

// Codec is the family's dialect as Bedrock speaks it, for code that treats all families alike.
type Codec struct {
	// MaxTokens is what EncodeRequest asks for when a request does not say; 0 means DefaultMaxTokens.
	MaxTokens int
}

var _ dialect.Codec = Codec{}

// DecodeRequest is the function of that name; the body is the same for all models.
func (Codec) DecodeRequest(_ string, body []byte) (*chat.Request, error) { return DecodeRequest(body) }

// EncodeRequest writes the body for Bedrock, where the path names the model.
func (c Codec) EncodeRequest(_ string, r *chat.Request) ([]byte, error) {
	return EncodeRequest(r, Upstream{MaxTokens: c.MaxTokens})
}

// DecodeResponse is the function of that name.
func (Codec) DecodeResponse(body []byte) (*chat.Response, error) { return DecodeResponse(body) }

// EncodeResponse is the function of that name.
func (Codec) EncodeResponse(r *chat.Response, env Envelope) ([]byte, error) {
	return EncodeResponse(r, env)
}

// NewStream begins a streamed answer.
func (Codec) NewStream(env Envelope) dialect.StreamEncoder { return timed{NewStreamEncoder(env)} }

// NewDecoder begins to read a streamed answer.
func (Codec) NewDecoder() dialect.StreamDecoder { return new(StreamDecoder) }

// timed is a StreamEncoder that is told the latencies with each event.
type timed struct{ *StreamEncoder }

func (e timed) Encode(ev *chat.Event, t dialect.Timing) [][]byte {
	e.InvocationLatency, e.FirstByteLatency = t.Invocation, t.FirstByte
	return e.StreamEncoder.Encode(ev)
}
