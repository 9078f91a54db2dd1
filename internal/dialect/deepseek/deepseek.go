// Package deepseek reads and writes the bodies of DeepSeek R1, which takes one prompt; later models speak chat completions.
package deepseek

import (
	"cmp"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/tokens"
)

// Codec is the family's dialect.
type Codec struct{}

var _ dialect.Codec = Codec{}

type body struct {
	Prompt      *string  `json:"prompt,omitzero"`
	MaxTokens   *int     `json:"max_tokens,omitzero"`
	Temperature *float64 `json:"temperature,omitzero"`
	TopP        *float64 `json:"top_p,omitzero"`
	Stop        []string `json:"stop,omitzero"`
}

// mostStops is how many stop sequences the model takes.
const mostStops = 10

// DecodeRequest reads a body. The prompt stays as it is: the caller has laid it out. One that ends where reasoning
// begins asks for reasoning.
func (Codec) DecodeRequest(_ string, data []byte) (*chat.Request, error) {
	return dialect.ReadRequest(data, new(body))
}

// Chat is what the body asks for.
func (w *body) Chat() (*chat.Request, error) {
	prompt, err := dialect.Text(w.Prompt, "prompt")
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(
		dialect.AtLeast("max_tokens", w.MaxTokens, 1),
		dialect.Between("temperature", w.Temperature, 0, 1), dialect.Between("top_p", w.TopP, 0, 1),
	); err != nil {
		return nil, err
	}
	if len(w.Stop) > mostStops {
		return nil, malformed.At("stop", "expected maximum item count: %d, found: %d", mostStops, len(w.Stop))
	}
	r := dialect.Prompt(prompt)
	r.Inference = chat.Inference{MaxTokens: w.MaxTokens, Temperature: w.Temperature, TopP: w.TopP, Stop: w.Stop}
	if strings.HasSuffix(strings.TrimSpace(prompt), strings.TrimSpace(thought)) {
		r.Thinking = &chat.Thinking{}
	}
	return r, nil
}

// The model always reasons: asking for it changes nothing, and its budget is the model's own.
var (
	can      = dialect.Can{System: true, Stop: true, Reasoning: true}
	template = dialect.Template{
		Begin: "<｜begin▁of▁sentence｜>", UserBegin: "<｜User｜>", AssistantBegin: "<｜Assistant｜>", AssistantEnd: "<｜end▁of▁sentence｜>",
	}
)

// thought stands where the model begins to reason, thoughtEnd where it has done so.
const (
	thought    = "<think>\n"
	thoughtEnd = "\n</think>\n\n"
)

// EncodeRequest lays the conversation out in the model's template.
func (Codec) EncodeRequest(_ string, r *chat.Request) ([]byte, error) {
	if err := can.Check(r, false); err != nil {
		return nil, err
	}
	prompt, err := template.Write(r)
	if err != nil {
		return nil, err
	}
	if !r.Prompt && len(r.Messages) > 0 && r.Messages[len(r.Messages)-1].Role == chat.User {
		prompt += thought
	}
	w := body{
		Prompt: &prompt, MaxTokens: r.Inference.MaxTokens, Temperature: r.Inference.Temperature,
		TopP: r.Inference.TopP, Stop: r.Inference.Stop,
	}
	return dialect.WriteRequest(&w, r.Extra)
}

// answer is a whole answer, or one chunk of it.
type answer struct {
	Choices dialect.Choices `json:"choices"`
}

// DecodeResponse reads a whole answer. Reasoning stays in its text: only its end is marked, if the prompt began it.
func (Codec) DecodeResponse(data []byte) (*chat.Response, error) {
	var w answer
	if err := dialect.ReadAnswer(data, &w); err != nil {
		return nil, err
	}
	return w.Choices.Response()
}

// EncodeResponse writes a whole answer, its reasoning in front.
func (Codec) EncodeResponse(r *chat.Response, _ dialect.Envelope) ([]byte, error) {
	choices, err := dialect.NewChoices(r, thoughtEnd)
	if err != nil {
		return nil, err
	}
	return dialect.Marshal(answer{choices})
}

// NewStream begins to write a streamed answer.
func (Codec) NewStream(env dialect.Envelope) dialect.StreamEncoder {
	return &dialect.TextStream{Write: write, ThoughtEnd: thoughtEnd, Caching: env.Caching, Words: tokens.For(env.Model)}
}

func write(c *dialect.Chunks, p *dialect.Piece) {
	c.Raw(`{"choices":`)
	c.Choices(p)
}

// NewDecoder begins to read a streamed answer.
func (Codec) NewDecoder() dialect.StreamDecoder { return &dialect.TextDecoder{Read: read} }

func read(chunk []byte, p *dialect.Piece) error {
	var w answer
	if err := json.Unmarshal(chunk, &w); err != nil {
		return err
	}
	w.Choices.Piece(p)
	return nil
}
