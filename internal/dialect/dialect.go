// Package dialect is what the body formats of all model families have in common.
package dialect

import "github.com/outcrop/outcrop/internal/chat"

// Envelope is what an answer says of its call beside the model's own words.
type Envelope struct {
	Model   string // the foundation model's id; a body that names its model says a shorter form
	Request string // the request's id; an answer whose model gave no id of its own gets one from it
	Caching bool   // the request had cache points, so that cache counts appear even when they are 0
}

// Timing is how long a streamed answer took, in milliseconds. It goes out with the last chunk, in
// "amazon-bedrock-invocationMetrics".
type Timing struct {
	Invocation, FirstByte int64
}

// Codec reads and writes the bodies of one text model family, as InvokeModel carries them. It is
// safe for concurrent use; errors are *fault.Error with the code Validation.
type Codec interface {
	// DecodeRequest reads a body for the model.
	DecodeRequest(model string, body []byte) (*chat.Request, error)
	// EncodeRequest writes a request as the family takes it, or refuses what the family cannot say.
	EncodeRequest(model string, r *chat.Request) ([]byte, error)
	// DecodeResponse reads a whole answer.
	DecodeResponse(body []byte) (*chat.Response, error)
	// EncodeResponse writes a whole answer.
	EncodeResponse(r *chat.Response, env Envelope) ([]byte, error)
	// NewStream begins to write a streamed answer.
	NewStream(env Envelope) StreamEncoder
}

// StreamEncoder writes an answer as the family's stream chunks. Not safe for concurrent use.
type StreamEncoder interface {
	// Encode returns the chunks of one event, none, one or several. They are valid until the next
	// call. Timing counts with the Metadata event.
	Encode(ev *chat.Event, t Timing) [][]byte
}
