package cohere

import (
	"cmp"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

// Chat is the dialect of Command R and R+. Tool uses have no ids in it: they are counted through the conversation.
type Chat struct{}

var _ dialect.Codec = Chat{}

type chatBody struct {
	Message     *string          `json:"message,omitzero"`
	History     []turn           `json:"chat_history,omitzero"`
	Preamble    string           `json:"preamble,omitzero"`
	Documents   []jsontext.Value `json:"documents,omitzero"`
	Tools       []chatTool       `json:"tools,omitzero"`
	Results     []toolResult     `json:"tool_results,omitzero"`
	MaxTokens   *int             `json:"max_tokens,omitzero"`
	Temperature *float64         `json:"temperature,omitzero"`
	P           *float64         `json:"p,omitzero"`
	K           *int             `json:"k,omitzero"`
	Stop        []string         `json:"stop_sequences,omitzero"`
	Raw         *bool            `json:"raw_prompting,omitzero"` // the message is a prompt, laid out by the caller

	// These change what the answer is; they are taken when they ask for the usual one.
	QueriesOnly  *bool `json:"search_queries_only,omitzero"`
	ReturnPrompt *bool `json:"return_prompt,omitzero"`

	chatOthers
}

// chatOthers are members that chat has no word for.
type chatOthers struct {
	Truncation       jsontext.Value `json:"prompt_truncation,omitzero"`
	FrequencyPenalty jsontext.Value `json:"frequency_penalty,omitzero"`
	PresencePenalty  jsontext.Value `json:"presence_penalty,omitzero"`
	Seed             jsontext.Value `json:"seed,omitzero"`
	Quality          jsontext.Value `json:"citation_quality,omitzero"`
	SingleStep       jsontext.Value `json:"force_single_step,omitzero"`
}

// turn is one entry of chat_history.
type turn struct {
	Role    string       `json:"role"`
	Message string       `json:"message,omitzero"`
	Calls   []toolCall   `json:"tool_calls,omitzero"`
	Results []toolResult `json:"tool_results,omitzero"`
}

type toolCall struct {
	Name       string         `json:"name"`
	Parameters jsontext.Value `json:"parameters,omitzero"`
}

type toolResult struct {
	Call    toolCall         `json:"call"`
	Outputs []jsontext.Value `json:"outputs"`
}

// DecodeRequest reads a body.
func (Chat) DecodeRequest(_ string, data []byte) (*chat.Request, error) {
	return dialect.ReadRequest(data, new(chatBody))
}

// Chat is what the body asks for.
func (w *chatBody) Chat() (*chat.Request, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	r := &chat.Request{Inference: chat.Inference{
		MaxTokens: w.MaxTokens, Temperature: w.Temperature, TopP: w.P, TopK: w.K, Stop: w.Stop,
	}}
	var err error
	if r.Extra, err = dialect.Extra(w.chatOthers); err != nil {
		return nil, err
	}
	if w.Raw != nil && *w.Raw {
		if w.History != nil || w.Preamble != "" || w.Documents != nil || w.Tools != nil || w.Results != nil {
			return nil, malformed.At("raw_prompting", "a raw prompt stands alone: remove chat_history, preamble, documents, tools and tool_results")
		}
		p := dialect.Prompt(*w.Message)
		r.Prompt, r.Messages = true, p.Messages
		return r, nil
	}
	if w.Preamble != "" {
		r.System = []chat.Block{chat.Text(w.Preamble)}
	}
	if r.Tools, err = toolsOf(w.Tools); err != nil {
		return nil, malformed.Under(err, "tools")
	}
	r.Messages, err = w.turns()
	return r, err
}

func (w *chatBody) check() error {
	switch {
	case w.Message == nil:
		return malformed.Missing("message")
	case *w.Message == "" && len(w.Results) == 0:
		return malformed.At("message", "expected minLength: 1, actual: 0")
	case w.QueriesOnly != nil && *w.QueriesOnly:
		return malformed.At("search_queries_only", "search queries alone are not supported")
	case w.ReturnPrompt != nil && *w.ReturnPrompt:
		return malformed.At("return_prompt", "the prompt is not returned")
	}
	return cmp.Or(
		dialect.AtLeast("max_tokens", w.MaxTokens, 1), dialect.AtLeast("k", w.K, 0),
		dialect.Between("temperature", w.Temperature, 0, 1), dialect.Between("p", w.P, 0, 1),
	)
}

// turns reads the history, then the message with its documents, then the results of tools that the answer to the
// message asked for.
func (w *chatBody) turns() ([]chat.Message, error) {
	c := &conversation{}
	for i := range w.History {
		if err := c.add(&w.History[i]); err != nil {
			return nil, malformed.Under(err, "chat_history", i)
		}
	}
	if *w.Message != "" || len(w.Documents) > 0 {
		var blocks []chat.Block
		for _, d := range w.Documents {
			b, err := document(d)
			if err != nil {
				return nil, malformed.Under(err, "documents")
			}
			blocks = append(blocks, b)
		}
		if *w.Message != "" {
			blocks = append(blocks, chat.Text(*w.Message))
		}
		c.say(chat.User, blocks...)
	}
	if len(w.Results) > 0 {
		if !c.waits() {
			calls := make([]toolCall, len(w.Results))
			for i := range w.Results {
				calls[i] = w.Results[i].Call
			}
			if err := c.call(calls); err != nil {
				return nil, malformed.Under(err, "tool_results")
			}
		}
		if err := c.answer(w.Results); err != nil {
			return nil, malformed.Under(err, "tool_results")
		}
	}
	return c.messages, nil
}

// conversation is the turns as they are read.
type conversation struct {
	messages []chat.Message
	calls    int      // tool uses so far
	open     []string // ids of the tool uses of the last turn
}

func (c *conversation) add(t *turn) error {
	switch t.Role {
	case "USER":
		c.say(chat.User, chat.Text(t.Message))
	case "CHATBOT":
		if t.Message != "" {
			c.say(chat.Assistant, chat.Text(t.Message))
		}
		return malformed.Under(c.call(t.Calls), "tool_calls")
	case "TOOL":
		return malformed.Under(c.answer(t.Results), "tool_results")
	default:
		return malformed.At("role", "%s is not a valid enum value", t.Role)
	}
	return nil
}

// say adds blocks to the last turn when that is of the same side, else a turn.
func (c *conversation) say(role chat.Role, blocks ...chat.Block) {
	c.messages = dialect.Join(c.messages, role, blocks)
}

func (c *conversation) call(calls []toolCall) error {
	c.open = nil
	for i, t := range calls {
		if t.Name == "" {
			return malformed.Under(malformed.Missing("name"), i)
		}
		c.calls++
		id := fmt.Sprintf("call_%d", c.calls)
		c.open = append(c.open, id)
		c.say(chat.Assistant, chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: id, Name: t.Name, Input: orEmpty(t.Parameters)}})
	}
	return nil
}

func orEmpty(v jsontext.Value) jsontext.Value {
	if len(v) == 0 {
		return jsontext.Value("{}")
	}
	return v
}

// waits reports whether the last turn asked for tools that nobody has answered.
func (c *conversation) waits() bool {
	n := len(c.messages)
	return n > 0 && c.messages[n-1].Role == chat.Assistant && len(c.open) > 0
}

// answer gives results to the tool uses of the last turn, in their order.
func (c *conversation) answer(results []toolResult) error {
	if len(results) == 0 {
		return malformed.New("expected minimum item count: 1, found: 0")
	}
	if len(results) > len(c.open) {
		return malformed.New("there are %d results for %d tool calls before them", len(results), len(c.open))
	}
	for i, t := range results {
		r := &chat.ToolResult{ID: c.open[i]}
		for j, out := range t.Outputs {
			if out.Kind() != '{' {
				return malformed.Under(malformed.New("expected type: JSONObject, found: %s", malformed.Found(out.Kind())), i, "outputs", j)
			}
			r.Content = append(r.Content, outputBlock(out))
		}
		c.say(chat.User, chat.Block{Kind: chat.ToolResultBlock, ToolResult: r})
	}
	c.open = nil
	return nil
}

// outputBlock is the text of {"text": …}, and the JSON of every other output.
func outputBlock(out jsontext.Value) chat.Block {
	var plain struct {
		Text *string `json:"text"`
	}
	if json.Unmarshal(out, &plain, json.RejectUnknownMembers(true)) == nil && plain.Text != nil && *plain.Text != "" {
		return chat.Text(*plain.Text)
	}
	return chat.Block{Kind: chat.TextBlock, Raw: out}
}

// document reads one document: a title and a snippet, or any other object, which stays JSON.
func document(raw jsontext.Value) (chat.Block, error) {
	if raw.Kind() != '{' {
		return chat.Block{}, malformed.New("expected type: JSONObject, found: %s", malformed.Found(raw.Kind()))
	}
	m := &chat.Media{Format: "txt"}
	var plain struct {
		Title   *string `json:"title"`
		Snippet *string `json:"snippet"`
	}
	if json.Unmarshal(raw, &plain, json.RejectUnknownMembers(true)) == nil && plain.Title != nil && plain.Snippet != nil && *plain.Title != "" && *plain.Snippet != "" {
		m.Name, m.Text = *plain.Title, *plain.Snippet
	} else {
		m.Text = string(raw)
	}
	return chat.Block{Kind: chat.DocumentBlock, Media: m}, nil
}
