package openai

import (
	"bytes"
	"crypto/rand"
	"strings"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

// Shape says how a server writes its answers. The zero value is OpenAI's own.
type Shape struct {
	// Tagged puts reasoning in front of the content, between <reasoning> and </reasoning>, as gpt-oss does on
	// InvokeModel. Otherwise it stands in reasoning_content.
	Tagged bool
	// Mistral is the older form of Mistral's chat models: choices alone, without usage, and stop_reason for finish_reason.
	Mistral bool
	// Metrics adds what Bedrock merges into the last chunk of a stream.
	Metrics bool
	// NoUsage leaves out the last chunk of a stream, which carries nothing but the usage. Metrics then ride on the
	// chunk with the finish reason.
	NoUsage bool
}

// Codec is the dialect as the body of InvokeModel: of OpenAI's open models and of all families that took it over.
type Codec struct{ Shape Shape }

var _ dialect.Codec = Codec{}

// DecodeRequest reads a body. It may name its model, which must then be the one of the path, but not ask for a stream:
// the operation decides that.
func (Codec) DecodeRequest(model string, body []byte) (*chat.Request, error) {
	ask, err := DecodeRequest(body)
	if err != nil {
		return nil, err
	}
	if ask.Model != "" && ask.Model != model {
		return nil, malformed.Fault(malformed.At("model", "%s does not match the model %s of the path", clip(ask.Model), model))
	}
	return ask.Chat, nil
}

// EncodeRequest writes a body.
func (c Codec) EncodeRequest(model string, r *chat.Request) ([]byte, error) {
	return AppendRequest(nil, r, Target{Model: model})
}

// DecodeResponse reads a whole answer.
func (c Codec) DecodeResponse(body []byte) (*chat.Response, error) {
	r, err := DecodeResponse(c.Shape.usual(body), newID)
	if err == nil && c.Shape.Tagged {
		r.Content = untag(r.Content)
	}
	return r, err
}

// usual gives the reason for the end its usual name. A name in quotes with a colon behind it is a member and nothing
// else: inside a string the quotes would be escaped.
func (s Shape) usual(body []byte) []byte {
	if !s.Mistral {
		return body
	}
	return bytes.ReplaceAll(body, []byte(`"stop_reason":`), []byte(`"finish_reason":`))
}

// EncodeResponse writes a whole answer.
func (c Codec) EncodeResponse(r *chat.Response, env dialect.Envelope) ([]byte, error) {
	return EncodeResponse(r, env, c.Shape)
}

// NewStream begins to write a streamed answer.
func (c Codec) NewStream(env dialect.Envelope) dialect.StreamEncoder { return NewStream(env, c.Shape) }

// NewDecoder begins to read a streamed answer.
func (c Codec) NewDecoder() dialect.StreamDecoder {
	return &chunkDecoder{in: NewStreamDecoder(newID), shape: c.Shape}
}

// newID makes an id like those that Bedrock gives to tool uses.
func newID() string { return "tooluse_" + rand.Text() }

// The tags around reasoning in a Tagged answer.
const (
	openTag  = "<reasoning>"
	closeTag = "</reasoning>"
)

// untag takes the reasoning out of the first text.
func untag(blocks []chat.Block) []chat.Block {
	if len(blocks) == 0 || blocks[0].Kind != chat.TextBlock {
		return blocks
	}
	inside, ok := strings.CutPrefix(blocks[0].Text, openTag)
	if !ok {
		return blocks
	}
	thought, answer, ok := strings.Cut(inside, closeTag)
	out := []chat.Block{{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: thought}}}
	if ok && answer != "" {
		out = append(out, chat.Text(answer))
	}
	return append(out, blocks[1:]...)
}
