// Package mistral reads and writes the bodies of Mistral's older models: a prompt, or messages, or either.
package mistral

import (
	"cmp"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/openai"
	"github.com/outcrop/outcrop/internal/tokens"
)

// Codec is the family's dialect. A model that takes both forms answers in the one it was asked in.
type Codec struct {
	Messages bool // messages are taken
	Prompt   bool // prompts are taken
}

var _ dialect.Codec = Codec{}

// turns is the form with messages: chat completions without usage.
var turns = openai.Codec{Shape: openai.Shape{Mistral: true, NoUsage: true, Metrics: true}}

// body is a request with a prompt.
type body struct {
	Prompt      *string  `json:"prompt,omitzero"`
	MaxTokens   *int     `json:"max_tokens,omitzero"`
	Temperature *float64 `json:"temperature,omitzero"`
	TopP        *float64 `json:"top_p,omitzero"`
	TopK        *int     `json:"top_k,omitzero"`
	Stop        []string `json:"stop,omitzero"`
}

// DecodeRequest reads a body in whichever form it has.
func (c Codec) DecodeRequest(model string, data []byte) (*chat.Request, error) {
	if c.Messages && (!c.Prompt || dialect.HasMessages(data)) {
		return turns.DecodeRequest(model, data)
	}
	return dialect.ReadRequest(data, new(body))
}

// Chat is what the body asks for.
func (w *body) Chat() (*chat.Request, error) {
	prompt, err := dialect.Text(w.Prompt, "prompt")
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(
		dialect.AtLeast("max_tokens", w.MaxTokens, 1), dialect.AtLeast("top_k", w.TopK, 0),
		dialect.Between("temperature", w.Temperature, 0, 1), dialect.Between("top_p", w.TopP, 0, 1),
	); err != nil {
		return nil, err
	}
	r := dialect.Prompt(prompt)
	r.Inference = chat.Inference{MaxTokens: w.MaxTokens, Temperature: w.Temperature, TopP: w.TopP, TopK: w.TopK, Stop: w.Stop}
	return r, nil
}

var (
	can      = dialect.Can{TopK: true, Stop: true}
	template = dialect.Template{Begin: "<s>", UserBegin: "[INST] ", UserEnd: " [/INST]", AssistantEnd: "</s>"}
)

// EncodeRequest writes messages where the model takes them, unless the caller wrote a prompt.
func (c Codec) EncodeRequest(model string, r *chat.Request) ([]byte, error) {
	if c.Messages && !(r.Prompt && c.Prompt) {
		return turns.EncodeRequest(model, r)
	}
	if err := can.Check(r, false); err != nil {
		return nil, err
	}
	prompt, err := template.Write(r)
	if err != nil {
		return nil, err
	}
	w := body{
		Prompt: &prompt, MaxTokens: r.Inference.MaxTokens, Temperature: r.Inference.Temperature,
		TopP: r.Inference.TopP, TopK: r.Inference.TopK, Stop: r.Inference.Stop,
	}
	return dialect.WriteRequest(&w, r.Extra)
}

// answer is a whole answer to a prompt, or one chunk of it.
type answer struct {
	Outputs dialect.Choices `json:"outputs"`
}

// DecodeResponse reads a whole answer in whichever form it has.
func (c Codec) DecodeResponse(data []byte) (*chat.Response, error) {
	var w answer
	if err := dialect.ReadAnswer(data, &w); err != nil {
		return nil, err
	}
	r, err := w.Outputs.Response()
	if err != nil && c.Messages {
		return turns.DecodeResponse(data)
	}
	return r, err
}

// EncodeResponse writes a whole answer.
func (c Codec) EncodeResponse(r *chat.Response, env dialect.Envelope) ([]byte, error) {
	if !c.prompted(env) {
		return turns.EncodeResponse(r, env)
	}
	outputs, err := dialect.NewChoices(r, "")
	if err != nil {
		return nil, err
	}
	return dialect.Marshal(answer{outputs})
}

func (c Codec) prompted(env dialect.Envelope) bool { return !c.Messages || c.Prompt && env.Prompted() }

// NewStream begins to write a streamed answer.
func (c Codec) NewStream(env dialect.Envelope) dialect.StreamEncoder {
	if !c.prompted(env) {
		return turns.NewStream(env)
	}
	return &dialect.TextStream{Write: write, Caching: env.Caching, Words: tokens.For(env.Model)}
}

func write(c *dialect.Chunks, p *dialect.Piece) {
	c.Raw(`{"outputs":`)
	c.Choices(p)
}

// NewDecoder begins to read a streamed answer; its first chunk tells the form.
func (c Codec) NewDecoder() dialect.StreamDecoder { return &decoder{messages: c.Messages} }

type decoder struct {
	messages bool
	in       dialect.StreamDecoder
}

// Decode returns the events of one chunk.
func (d *decoder) Decode(chunk []byte) ([]chat.Event, error) {
	if d.in == nil {
		var first answer
		if err := json.Unmarshal(chunk, &first); err == nil && first.Outputs == nil && d.messages {
			d.in = turns.NewDecoder()
		} else {
			d.in = &dialect.TextDecoder{Read: read}
		}
	}
	return d.in.Decode(chunk)
}

func read(chunk []byte, p *dialect.Piece) error {
	var w answer
	if err := json.Unmarshal(chunk, &w); err != nil {
		return err
	}
	w.Outputs.Piece(p)
	return nil
}
