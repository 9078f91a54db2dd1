// Package llama reads and writes the bodies of Meta's Llama models, which take one prompt with the turns laid out in it.
package llama

import (
	"cmp"
	"encoding/base64"
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

// body is a request. Images belong to the vision models of Llama 3.2 and later.
type body struct {
	Prompt      *string  `json:"prompt,omitzero"`
	Images      []string `json:"images,omitzero"`
	MaxTokens   *int     `json:"max_gen_len,omitzero"`
	Temperature *float64 `json:"temperature,omitzero"`
	TopP        *float64 `json:"top_p,omitzero"`
}

// DecodeRequest reads a body. The prompt stays as it is: the caller has laid it out.
func (Codec) DecodeRequest(_ string, data []byte) (*chat.Request, error) {
	return dialect.ReadRequest(data, new(body))
}

// Chat is what the body asks for.
func (w *body) Chat() (*chat.Request, error) {
	prompt, err := dialect.Text(w.Prompt, "prompt")
	if err != nil {
		return nil, err
	}
	if err := w.ranges(); err != nil {
		return nil, err
	}
	images := make([]chat.Block, len(w.Images))
	for i, encoded := range w.Images {
		if images[i], err = dialect.Image(encoded); err != nil {
			return nil, malformed.Under(err, "images", i)
		}
	}
	r := dialect.Prompt(prompt, images...)
	r.Inference = chat.Inference{MaxTokens: w.MaxTokens, Temperature: w.Temperature, TopP: w.TopP}
	return r, nil
}

func (w *body) ranges() error {
	return cmp.Or(
		dialect.AtLeast("max_gen_len", w.MaxTokens, 1),
		dialect.Between("temperature", w.Temperature, 0, 1), dialect.Between("top_p", w.TopP, 0, 1),
	)
}

// can is what a prompt has room for.
var can = dialect.Can{System: true, Images: true, Reasoning: false}

// EncodeRequest lays the conversation out in the template of Llama 2, 3 or 4, as the model's id says.
func (Codec) EncodeRequest(model string, r *chat.Request) ([]byte, error) {
	if err := can.Check(r, false); err != nil {
		return nil, err
	}
	prompt, err := templateOf(model).Write(r)
	if err != nil {
		return nil, err
	}
	w := body{Prompt: &prompt, MaxTokens: r.Inference.MaxTokens, Temperature: r.Inference.Temperature, TopP: r.Inference.TopP}
	for i := range r.Messages {
		for _, b := range r.Messages[i].Content {
			if b.Kind == chat.ImageBlock {
				w.Images = append(w.Images, base64.StdEncoding.EncodeToString(b.Media.Bytes))
			}
		}
	}
	return dialect.WriteRequest(&w, r.Extra)
}

func templateOf(model string) *dialect.Template {
	switch {
	case strings.Contains(model, "llama2"):
		return &dialect.Template{
			Begin: "<s>", SystemBegin: "[INST] <<SYS>>\n", SystemEnd: "\n<</SYS>>\n\n", SystemInUser: true,
			UserBegin: "[INST] ", UserEnd: " [/INST]", AssistantBegin: " ", AssistantEnd: " </s><s>",
		}
	case strings.Contains(model, "llama4"):
		return turns("<|header_start|>", "<|header_end|>", "<|eot|>", "<|image|>")
	}
	return turns("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|image|>")
}

// turns is the template of Llama 3, whose markers have other names in Llama 4.
func turns(begin, end, turn, image string) *dialect.Template {
	head := func(role string) string { return begin + role + end + "\n\n" }
	return &dialect.Template{
		Begin: "<|begin_of_text|>", SystemBegin: head("system"), SystemEnd: turn,
		UserBegin: head("user"), UserEnd: turn, AssistantBegin: head("assistant"), AssistantEnd: turn, Image: image,
	}
}

// answer is a whole answer or one chunk of it. In a stream the prompt's count stands on the first chunk alone, the
// answer's count grows, and the reason comes last.
type answer struct {
	Text   string  `json:"generation"`
	Input  *int64  `json:"prompt_token_count"`
	Output *int64  `json:"generation_token_count"`
	Stop   *string `json:"stop_reason"`
}

// DecodeResponse reads a whole answer.
func (Codec) DecodeResponse(data []byte) (*chat.Response, error) {
	var w answer
	if err := dialect.ReadAnswer(data, &w); err != nil {
		return nil, err
	}
	if w.Stop == nil {
		return nil, dialect.Unanswered()
	}
	return &chat.Response{Content: dialect.Said(w.Text), Stop: dialect.StopOf(*w.Stop), Usage: w.usage()}, nil
}

func (w *answer) usage() (u chat.Usage) {
	if w.Input != nil {
		u.Input = *w.Input
	}
	if w.Output != nil {
		u.Output = *w.Output
	}
	return u
}

// EncodeResponse writes a whole answer.
func (Codec) EncodeResponse(r *chat.Response, _ dialect.Envelope) ([]byte, error) {
	text, err := dialect.Answer(r.Content, "")
	if err != nil {
		return nil, err
	}
	return dialect.Marshal(answer{Text: text, Input: new(r.Usage.Total() - r.Usage.Output), Output: &r.Usage.Output, Stop: new(dialect.StopName(r.Stop))})
}

// NewStream begins to write a streamed answer.
func (Codec) NewStream(env dialect.Envelope) dialect.StreamEncoder {
	return &dialect.TextStream{Write: write, Caching: env.Caching, Words: tokens.For(env.Model)}
}

func write(c *dialect.Chunks, p *dialect.Piece) {
	c.Raw(`{"generation":`)
	c.Text(p.Text)
	if p.First && p.Usage.Input > 0 {
		c.Member(`,"prompt_token_count":`, p.Usage.Input)
	} else {
		c.Raw(`,"prompt_token_count":null`)
	}
	c.Member(`,"generation_token_count":`, p.Usage.Output)
	if p.Last {
		c.Raw(`,"stop_reason":"` + dialect.StopName(p.Stop) + `"`)
	} else {
		c.Raw(`,"stop_reason":null`)
	}
}

// NewDecoder begins to read a streamed answer.
func (Codec) NewDecoder() dialect.StreamDecoder { return &dialect.TextDecoder{Read: read} }

func read(chunk []byte, p *dialect.Piece) error {
	var w answer
	if err := json.Unmarshal(chunk, &w); err != nil {
		return err
	}
	p.Text, p.Usage = w.Text, w.usage()
	if w.Stop != nil {
		p.Last, p.Stop = true, dialect.StopOf(*w.Stop)
	}
	return nil
}
