package anthropic

import (
	"cmp"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/tokens"
)

// Completion is the dialect of Claude 2 and Claude Instant, which take a prompt as well as messages and answer in the
// form they were asked in.
type Completion struct{ Codec }

var _ dialect.Codec = Completion{}

// completion is a request with a prompt.
type completion struct {
	Version     *string  `json:"anthropic_version,omitzero"`
	Prompt      *string  `json:"prompt,omitzero"`
	MaxTokens   *int     `json:"max_tokens_to_sample,omitzero"`
	Temperature *float64 `json:"temperature,omitzero"`
	TopP        *float64 `json:"top_p,omitzero"`
	TopK        *int     `json:"top_k,omitzero"`
	Stop        []string `json:"stop_sequences,omitzero"`
}

// The markers of a prompt's turns.
const (
	human     = "\n\nHuman:"
	assistant = "\n\nAssistant:"
)

// DecodeRequest reads a body in whichever form it has.
func (c Completion) DecodeRequest(model string, body []byte) (*chat.Request, error) {
	if dialect.HasMessages(body) {
		return c.Codec.DecodeRequest(model, body)
	}
	return dialect.ReadRequest(body, new(completion))
}

// Chat is what the body asks for.
func (w *completion) Chat() (*chat.Request, error) {
	prompt, err := dialect.Text(w.Prompt, "prompt")
	switch {
	case err != nil:
		return nil, err
	case w.MaxTokens == nil:
		return nil, malformed.Missing("max_tokens_to_sample")
	case !strings.Contains(prompt, human):
		return nil, fault.New(fault.Validation, `prompt must start with "\n\nHuman:" turn after an optional system prompt`)
	case strings.LastIndex(prompt, assistant) < strings.LastIndex(prompt, human):
		return nil, fault.New(fault.Validation, `prompt must end with "\n\nAssistant:" turn`)
	}
	if err := cmp.Or(
		dialect.AtLeast("max_tokens_to_sample", w.MaxTokens, 1), dialect.AtLeast("top_k", w.TopK, 0),
		dialect.Between("temperature", w.Temperature, 0, 1), dialect.Between("top_p", w.TopP, 0, 1),
	); err != nil {
		return nil, err
	}
	r := dialect.Prompt(prompt)
	r.Inference = chat.Inference{MaxTokens: w.MaxTokens, Temperature: w.Temperature, TopP: w.TopP, TopK: w.TopK, Stop: w.Stop}
	return r, nil
}

// EncodeRequest writes messages, unless the caller wrote a prompt.
func (c Completion) EncodeRequest(model string, r *chat.Request) ([]byte, error) {
	if !r.Prompt {
		return c.Codec.EncodeRequest(model, r)
	}
	if err := (dialect.Can{TopK: true, Stop: true}).Check(r, false); err != nil {
		return nil, err
	}
	prompt, err := (&dialect.Template{}).Write(r)
	if err != nil {
		return nil, err
	}
	w := completion{
		Prompt: &prompt, MaxTokens: r.Inference.MaxTokens, Temperature: r.Inference.Temperature,
		TopP: r.Inference.TopP, TopK: r.Inference.TopK, Stop: r.Inference.Stop,
	}
	if w.MaxTokens == nil {
		w.MaxTokens = new(DefaultMaxTokens)
	}
	return dialect.WriteRequest(&w, r.Extra)
}

// completed is a whole answer to a prompt, or one chunk of it. Tokens are counted in headers and metrics alone.
type completed struct {
	Type string  `json:"type"`
	Text string  `json:"completion"`
	Stop *string `json:"stop_reason"`
	Met  *string `json:"stop"`
}

// DecodeResponse reads a whole answer in whichever form it has.
func (c Completion) DecodeResponse(body []byte) (*chat.Response, error) {
	var w completed
	if err := dialect.ReadAnswer(body, &w); err != nil {
		return nil, err
	}
	if w.Type != "completion" || w.Stop == nil {
		return c.Codec.DecodeResponse(body)
	}
	r := &chat.Response{Content: dialect.Said(w.Text)}
	r.Stop, r.StopSequence = w.stop()
	return r, nil
}

// stop reads why the model stopped. The beginning of the next human turn is the natural end.
func (w *completed) stop() (chat.StopReason, string) {
	switch {
	case either(w.Stop) == "max_tokens":
		return chat.MaxTokens, ""
	case w.Met == nil || *w.Met == human:
		return chat.EndTurn, ""
	}
	return chat.StopSequence, *w.Met
}

// ending is the reverse of stop: the reason, and the sequence as JSON.
func ending(s chat.StopReason, met string) (reason string, sequence *string) {
	switch s {
	case chat.MaxTokens, chat.ContextExceeded:
		return "max_tokens", nil
	case chat.StopSequence:
		return "stop_sequence", &met
	}
	return "stop_sequence", new(human)
}

// EncodeResponse writes a whole answer.
func (c Completion) EncodeResponse(r *chat.Response, env Envelope) ([]byte, error) {
	if !env.Prompted() {
		return c.Codec.EncodeResponse(r, env)
	}
	text, err := dialect.Answer(r.Content, "")
	if err != nil {
		return nil, err
	}
	reason, sequence := ending(r.Stop, r.StopSequence)
	return dialect.Marshal(completed{Type: "completion", Text: text, Stop: &reason, Met: sequence})
}

// NewStream begins to write a streamed answer.
func (c Completion) NewStream(env Envelope) dialect.StreamEncoder {
	if !env.Prompted() {
		return c.Codec.NewStream(env)
	}
	return &dialect.TextStream{Write: writeCompletion, Caching: env.Caching, Words: tokens.For(env.Model)}
}

func writeCompletion(c *dialect.Chunks, p *dialect.Piece) {
	c.Raw(`{"type":"completion","completion":`)
	c.Text(p.Text)
	if !p.Last {
		c.Raw(`,"stop_reason":null,"stop":null`)
		return
	}
	reason, sequence := ending(p.Stop, p.StopSequence)
	c.Raw(`,"stop_reason":"` + reason + `","stop":`)
	if sequence == nil {
		c.Raw(`null`)
	} else {
		c.Text(*sequence)
	}
}

// NewDecoder begins to read a streamed answer; its first chunk tells the form.
func (Completion) NewDecoder() dialect.StreamDecoder { return new(eitherDecoder) }

type eitherDecoder struct{ in dialect.StreamDecoder }

// Decode returns the events of one chunk.
func (d *eitherDecoder) Decode(data []byte) ([]chat.Event, error) {
	if d.in == nil {
		var first completed
		d.in = new(StreamDecoder)
		if json.Unmarshal(data, &first) == nil && first.Type == "completion" {
			d.in = &dialect.TextDecoder{Read: readCompletion}
		}
	}
	return d.in.Decode(data)
}

func readCompletion(data []byte, p *dialect.Piece) error {
	var w completed
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	p.Text, p.Last = w.Text, w.Stop != nil
	if p.Last {
		p.Stop, p.StopSequence = w.stop()
	}
	return nil
}
