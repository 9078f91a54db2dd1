package cohere

import (
	"cmp"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/tokens"
)

// Command is the dialect of the old Command and Command Light, which take one prompt.
type Command struct{}

var _ dialect.Codec = Command{}

type commandBody struct {
	Prompt      *string  `json:"prompt,omitzero"`
	MaxTokens   *int     `json:"max_tokens,omitzero"`
	Temperature *float64 `json:"temperature,omitzero"`
	P           *float64 `json:"p,omitzero"`
	K           *int     `json:"k,omitzero"`
	Stop        []string `json:"stop_sequences,omitzero"`

	// Stream is said by some callers, although the operation decides it. Generations and Likelihoods are taken
	// when they ask for what there is: one answer without numbers.
	Stream      *bool   `json:"stream,omitzero"`
	Generations *int    `json:"num_generations,omitzero"`
	Likelihoods *string `json:"return_likelihoods,omitzero"`

	commandOthers
}

// commandOthers are members that chat has no word for.
type commandOthers struct {
	Truncate         jsontext.Value `json:"truncate,omitzero"`
	LogitBias        jsontext.Value `json:"logit_bias,omitzero"`
	FrequencyPenalty jsontext.Value `json:"frequency_penalty,omitzero"`
	PresencePenalty  jsontext.Value `json:"presence_penalty,omitzero"`
}

// DecodeRequest reads a body. The prompt stays as it is.
func (Command) DecodeRequest(_ string, data []byte) (*chat.Request, error) {
	return dialect.ReadRequest(data, new(commandBody))
}

// Chat is what the body asks for.
func (w *commandBody) Chat() (*chat.Request, error) {
	prompt, err := dialect.Text(w.Prompt, "prompt")
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(
		dialect.AtLeast("max_tokens", w.MaxTokens, 1), dialect.AtLeast("k", w.K, 0),
		dialect.Between("temperature", w.Temperature, 0, 5), dialect.Between("p", w.P, 0, 1),
	); err != nil {
		return nil, err
	}
	switch {
	case w.Generations != nil && *w.Generations != 1:
		return nil, malformed.At("num_generations", "%d answers are not supported, only 1", *w.Generations)
	case w.Likelihoods != nil && *w.Likelihoods != "NONE":
		return nil, malformed.At("return_likelihoods", "%s is not supported, only NONE", *w.Likelihoods)
	}
	r := dialect.Prompt(prompt)
	r.Inference = chat.Inference{MaxTokens: w.MaxTokens, Temperature: w.Temperature, TopP: w.P, TopK: w.K, Stop: w.Stop}
	r.Extra, err = dialect.Extra(w.commandOthers)
	return r, err
}

var (
	commandCan      = dialect.Can{TopK: true, Stop: true}
	commandTemplate = dialect.Template{UserBegin: "User: ", UserEnd: "\n", AssistantBegin: "Chatbot:", AssistantEnd: "\n"}
)

// EncodeRequest lays the conversation out as one prompt; a single question stands alone.
func (Command) EncodeRequest(_ string, r *chat.Request) ([]byte, error) {
	if err := commandCan.Check(r, false); err != nil {
		return nil, err
	}
	layout := commandTemplate
	if len(r.Messages) == 1 {
		layout = dialect.Template{}
	}
	prompt, err := layout.Write(r)
	if err != nil {
		return nil, err
	}
	w := commandBody{
		Prompt: &prompt, MaxTokens: r.Inference.MaxTokens, Temperature: r.Inference.Temperature,
		P: r.Inference.TopP, K: r.Inference.TopK, Stop: r.Inference.Stop,
	}
	return dialect.WriteRequest(&w, r.Extra)
}

type commandAnswer struct {
	ID          string       `json:"id"`
	Generations []generation `json:"generations"`
	Prompt      string       `json:"prompt"`
}

type generation struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	Finish string `json:"finish_reason"`
}

// DecodeResponse reads a whole answer. Tokens are counted in headers alone.
func (Command) DecodeResponse(data []byte) (*chat.Response, error) {
	var w commandAnswer
	if err := dialect.ReadAnswer(data, &w); err != nil {
		return nil, err
	}
	if len(w.Generations) == 0 {
		return nil, dialect.Unanswered()
	}
	g := &w.Generations[0]
	return &chat.Response{ID: w.ID, Content: dialect.Said(g.Text), Stop: stopOf(g.Finish)}, nil
}

// EncodeResponse writes a whole answer, the prompt beside it.
func (Command) EncodeResponse(r *chat.Response, env dialect.Envelope) ([]byte, error) {
	text, err := dialect.Answer(r.Content, "")
	if err != nil {
		return nil, err
	}
	id := idOf(r.ID, env)
	return dialect.Marshal(commandAnswer{ID: id, Generations: []generation{{id, text, finishOf(r.Stop)}}, Prompt: asked(env)})
}

// asked is the text of the last turn that is answered.
func asked(env dialect.Envelope) string {
	if env.Asked == nil || len(env.Asked.Messages) == 0 {
		return ""
	}
	return textOf(env.Asked.Messages[len(env.Asked.Messages)-1].Content)
}

func textOf(blocks []chat.Block) string {
	var b strings.Builder
	for i := range blocks {
		if blocks[i].Kind == chat.TextBlock || blocks[i].Kind == chat.GuardBlock {
			b.WriteString(blocks[i].Text)
		}
	}
	return b.String()
}

// idOf is the model's own id of an answer, or the request's.
func idOf(own string, env dialect.Envelope) string {
	if own != "" {
		return own
	}
	return env.Request
}

// NewStream begins to write a streamed answer.
func (Command) NewStream(env dialect.Envelope) dialect.StreamEncoder {
	return &dialect.TextStream{Write: writeCommand, Caching: env.Caching, Words: tokens.For(env.Model)}
}

func writeCommand(c *dialect.Chunks, p *dialect.Piece) {
	if p.Last {
		c.Raw(`{"finish_reason":"` + finishOf(p.Stop) + `","is_finished":true`)
		return
	}
	c.Raw(`{"is_finished":false,"text":`)
	c.Text(p.Text)
	c.Raw(`,"index":0`)
}

// NewDecoder begins to read a streamed answer.
func (Command) NewDecoder() dialect.StreamDecoder { return &dialect.TextDecoder{Read: readCommand} }

func readCommand(chunk []byte, p *dialect.Piece) error {
	var w struct {
		Text   string `json:"text"`
		Finish string `json:"finish_reason"`
		Last   bool   `json:"is_finished"`
	}
	if err := json.Unmarshal(chunk, &w); err != nil {
		return err
	}
	p.Text, p.Last, p.Stop = w.Text, w.Last, stopOf(w.Finish)
	return nil
}

// finishOf is the finish_reason for a stop reason.
func finishOf(s chat.StopReason) string {
	switch s {
	case chat.MaxTokens, chat.ContextExceeded:
		return "MAX_TOKENS"
	case chat.ContentFiltered, chat.GuardrailIntervened:
		return "ERROR_TOXIC"
	}
	return "COMPLETE"
}

func stopOf(finish string) chat.StopReason {
	switch finish {
	case "MAX_TOKENS":
		return chat.MaxTokens
	case "ERROR_LIMIT":
		return chat.ContextExceeded
	case "ERROR_TOXIC":
		return chat.ContentFiltered
	}
	return chat.EndTurn
}
