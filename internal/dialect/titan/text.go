package titan

import (
	"cmp"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/tokens"
)

// TextCodec is the dialect of Titan Text, which takes one prompt.
type TextCodec struct{}

var _ dialect.Codec = TextCodec{}

type bodyText struct {
	Text   *string    `json:"inputText,omitzero"`
	Config textConfig `json:"textGenerationConfig,omitzero"`
}

type textConfig struct {
	Temperature *float64 `json:"temperature,omitzero"`
	TopP        *float64 `json:"topP,omitzero"`
	MaxTokens   *int     `json:"maxTokenCount,omitzero"`
	Stop        []string `json:"stopSequences,omitzero"`
}

// DecodeRequest reads a body. The prompt stays as it is: the caller has laid it out.
func (TextCodec) DecodeRequest(_ string, data []byte) (*chat.Request, error) {
	return dialect.ReadRequest(data, new(bodyText))
}

// Chat is what the body asks for.
func (w *bodyText) Chat() (*chat.Request, error) {
	prompt, err := dialect.Text(w.Text, "inputText")
	if err != nil {
		return nil, err
	}
	if err := w.Config.check(); err != nil {
		return nil, malformed.Under(err, "textGenerationConfig")
	}
	r := dialect.Prompt(prompt)
	r.Inference = chat.Inference{
		MaxTokens: w.Config.MaxTokens, Temperature: w.Config.Temperature, TopP: w.Config.TopP, Stop: w.Config.Stop,
	}
	return r, nil
}

func (c *textConfig) check() error {
	return cmp.Or(
		dialect.AtLeast("maxTokenCount", c.MaxTokens, 0),
		dialect.Between("temperature", c.Temperature, 0, 1), dialect.Between("topP", c.TopP, 0, 1),
	)
}

var (
	textCan      = dialect.Can{Stop: true}
	textTemplate = dialect.Template{UserBegin: "User: ", UserEnd: "\n", AssistantBegin: "Bot:", AssistantEnd: "\n"}
)

// EncodeRequest lays the conversation out as the family's documentation does.
func (TextCodec) EncodeRequest(_ string, r *chat.Request) ([]byte, error) {
	if err := textCan.Check(r, false); err != nil {
		return nil, err
	}
	prompt, err := textTemplate.Write(r)
	if err != nil {
		return nil, err
	}
	w := bodyText{Text: &prompt, Config: textConfig{
		MaxTokens: r.Inference.MaxTokens, Temperature: r.Inference.Temperature, TopP: r.Inference.TopP, Stop: r.Inference.Stop,
	}}
	return dialect.WriteRequest(&w, r.Extra)
}

type textAnswer struct {
	Input   int64        `json:"inputTextTokenCount"`
	Results []textResult `json:"results"`
}

type textResult struct {
	Tokens int64  `json:"tokenCount"`
	Text   string `json:"outputText"`
	Reason string `json:"completionReason"`
}

// DecodeResponse reads a whole answer.
func (TextCodec) DecodeResponse(data []byte) (*chat.Response, error) {
	var w textAnswer
	if err := dialect.ReadAnswer(data, &w); err != nil {
		return nil, err
	}
	if len(w.Results) == 0 {
		return nil, dialect.Unanswered()
	}
	first := &w.Results[0]
	return &chat.Response{
		Content: dialect.Said(first.Text), Stop: stopOf(first.Reason), Usage: chat.Usage{Input: w.Input, Output: first.Tokens},
	}, nil
}

// EncodeResponse writes a whole answer.
func (TextCodec) EncodeResponse(r *chat.Response, _ dialect.Envelope) ([]byte, error) {
	text, err := dialect.Answer(r.Content, "")
	if err != nil {
		return nil, err
	}
	return dialect.Marshal(textAnswer{
		Input: r.Usage.Total() - r.Usage.Output, Results: []textResult{{Tokens: r.Usage.Output, Text: text, Reason: reasonOf(r.Stop)}},
	})
}

// NewStream begins to write a streamed answer.
func (TextCodec) NewStream(env dialect.Envelope) dialect.StreamEncoder {
	return &dialect.TextStream{Write: writeText, Caching: env.Caching, Words: tokens.For(env.Model)}
}

// writeText writes a chunk: the input's count stands on the first, the reason and the total on the last.
func writeText(c *dialect.Chunks, p *dialect.Piece) {
	c.Raw(`{"outputText":`)
	c.Text(p.Text)
	c.Raw(`,"index":0`)
	if p.Last {
		c.Member(`,"totalOutputTextTokenCount":`, p.Usage.Output)
		c.Raw(`,"completionReason":"` + reasonOf(p.Stop) + `"`)
	} else {
		c.Raw(`,"totalOutputTextTokenCount":null,"completionReason":null`)
	}
	if p.First && p.Usage.Input > 0 {
		c.Member(`,"inputTextTokenCount":`, p.Usage.Input)
	} else {
		c.Raw(`,"inputTextTokenCount":null`)
	}
}

// NewDecoder begins to read a streamed answer.
func (TextCodec) NewDecoder() dialect.StreamDecoder { return &dialect.TextDecoder{Read: readText} }

func readText(chunk []byte, p *dialect.Piece) error {
	var w struct {
		Text   string  `json:"outputText"`
		Total  int64   `json:"totalOutputTextTokenCount"`
		Input  int64   `json:"inputTextTokenCount"`
		Reason *string `json:"completionReason"`
	}
	if err := json.Unmarshal(chunk, &w); err != nil {
		return err
	}
	p.Text, p.Usage = w.Text, chat.Usage{Input: w.Input, Output: w.Total}
	if w.Reason != nil {
		p.Last, p.Stop = true, stopOf(*w.Reason)
	}
	return nil
}

// reasonOf is the completionReason for a stop reason. The natural end is FINISH on the wire, whatever is documented.
func reasonOf(s chat.StopReason) string {
	switch s {
	case chat.MaxTokens, chat.ContextExceeded:
		return "LENGTH"
	case chat.StopSequence:
		return "STOP_CRITERIA_MET"
	case chat.ContentFiltered, chat.GuardrailIntervened:
		return "CONTENT_FILTERED"
	}
	return "FINISH"
}

func stopOf(reason string) chat.StopReason {
	switch reason {
	case "LENGTH":
		return chat.MaxTokens
	case "STOP_CRITERIA_MET":
		return chat.StopSequence
	case "CONTENT_FILTERED":
		return chat.ContentFiltered
	}
	return chat.EndTurn
}
