// Package dialect is what the body formats of all model families have in common.
package dialect

import "github.com/outcrop/outcrop/internal/chat"

// Envelope is what an answer says of its call beside the model's own words.
type Envelope struct {
	Model   string // the foundation model's id; a body that names its model says a shorter form
	Request string // the request's id; an answer whose model gave no id of its own gets one from it
	Created int64  // when the call arrived, in Unix seconds; for bodies that say so
	Caching bool   // the request had cache points, so that cache counts appear even when they are 0
	// Asked is what is answered: some families repeat it, or answer a prompt in another form than messages. It is
	// nil when nobody read it.
	Asked *chat.Request
}

// Prompted reports whether the answer is one to a prompt.
func (e *Envelope) Prompted() bool { return e.Asked != nil && e.Asked.Prompt }

// Timing is how long a streamed answer took, in milliseconds. It goes out with the last chunk, in
// "amazon-bedrock-invocationMetrics".
type Timing struct {
	Invocation, FirstByte int64
}

// Codec reads and writes the bodies of one text model family, as InvokeModel carries them. It is
// safe for concurrent use. Errors of requests are *fault.Error with the code Validation, of answers
// with the code ModelError or ModelStreamError.
type Codec interface {
	// DecodeRequest reads a body for the model.
	DecodeRequest(model string, body []byte) (*chat.Request, error)
	// EncodeRequest writes a request as the family takes it, or refuses what the family cannot say. Cache
	// points and earlier reasoning are left out where there is no word for them, as an answer does not depend
	// on them. Guardrail, tier, latency and metadata stand in headers, which are the caller's to send.
	EncodeRequest(model string, r *chat.Request) ([]byte, error)
	// DecodeResponse reads a whole answer. Families that leave the counts to headers have none.
	DecodeResponse(body []byte) (*chat.Response, error)
	// EncodeResponse writes a whole answer.
	EncodeResponse(r *chat.Response, env Envelope) ([]byte, error)
	// NewStream begins to write a streamed answer.
	NewStream(env Envelope) StreamEncoder
	// NewDecoder begins to read a streamed answer.
	NewDecoder() StreamDecoder
}

// StreamEncoder writes an answer as the family's stream chunks. Not safe for concurrent use.
type StreamEncoder interface {
	// Encode returns the chunks of one event, none, one or several. They are valid until the next
	// call. Timing counts with the Metadata event.
	Encode(ev *chat.Event, t Timing) [][]byte
}

// StreamDecoder reads the family's stream chunks. Not safe for concurrent use.
type StreamDecoder interface {
	// Decode returns the events of one chunk, none, one or several, valid until the next call. The
	// last chunk of an answer gives the Metadata event.
	Decode(chunk []byte) ([]chat.Event, error)
}
