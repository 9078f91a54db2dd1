package openai

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

type askedMessage struct {
	Role       string       `json:"role"`
	Content    askedContent `json:"content"`
	Refusal    string       `json:"refusal"`
	Reasoning  string       `json:"reasoning_content"`
	Thought    string       `json:"reasoning"`
	ToolCalls  []askedCall  `json:"tool_calls"`
	ToolCallID string       `json:"tool_call_id"`
}

type askedCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string  `json:"name"`
		Arguments content `json:"arguments"`
	} `json:"function"`
}

// askedContent is a list of parts; a plain string stands for one part of text.
type askedContent []askedPart

// UnmarshalJSONFrom reads either form, and null as nothing.
func (c *askedContent) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '"' {
		return json.UnmarshalDecode(d, (*[]askedPart)(c))
	}
	var text string
	err := json.UnmarshalDecode(d, &text)
	*c = askedContent{{Type: "text", Text: &text}}
	return err
}

// turns reads the messages: the system text, and the turns of the two sides.
func turns(ms []askedMessage) (system []chat.Block, out []chat.Message, err error) {
	for i := range ms {
		m := &ms[i]
		var blocks []chat.Block
		role := chat.User
		switch m.Role {
		case "system", "developer":
			blocks, err = m.Content.texts()
			system = append(system, blocks...)
			role = ""
		case "user":
			if blocks, err = m.Content.blocks(); err == nil && len(blocks) == 0 {
				err = malformed.Missing("content")
			}
		case "assistant":
			role = chat.Assistant
			blocks, err = m.assistant()
		case "tool":
			blocks, err = m.result()
		default:
			err = malformed.At("role", "%s is not a valid enum value", m.Role)
		}
		if err != nil {
			return nil, nil, malformed.Under(err, i)
		}
		if role != "" {
			out = dialect.Join(out, role, blocks)
		}
	}
	if len(out) == 0 {
		return nil, nil, malformed.New("expected at least one message of a user")
	}
	return system, out, nil
}

// assistant reads a turn of the model: its reasoning, where a server gave it back, its text, and the tools it called.
func (m *askedMessage) assistant() ([]chat.Block, error) {
	var out []chat.Block
	if m.Reasoning == "" {
		m.Reasoning = m.Thought
	}
	if m.Reasoning != "" {
		out = append(out, chat.Block{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: m.Reasoning}})
	}
	texts, err := m.Content.texts()
	if err != nil {
		return nil, err
	}
	for _, b := range texts {
		if b.Text != "" {
			out = append(out, b)
		}
	}
	if m.Refusal != "" {
		out = append(out, chat.Text(m.Refusal))
	}
	for i := range m.ToolCalls {
		b, err := m.ToolCalls[i].chat()
		if err != nil {
			return nil, malformed.Under(err, "tool_calls", i)
		}
		out = append(out, b)
	}
	return out, nil
}

func (c *askedCall) chat() (chat.Block, error) {
	input := jsontext.Value(strings.TrimSpace(string(c.Function.Arguments)))
	switch {
	case c.Type != "function" && c.Type != "":
		return chat.Block{}, malformed.At("type", "%s is not a valid enum value", c.Type)
	case c.ID == "":
		return chat.Block{}, malformed.Missing("id")
	case c.Function.Name == "":
		return chat.Block{}, malformed.Under(malformed.Missing("name"), "function")
	case len(input) == 0:
		input = jsontext.Value("{}")
	case !input.IsValid():
		return chat.Block{}, malformed.Under(malformed.At("arguments", "is not JSON"), "function")
	}
	return chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: c.ID, Name: c.Function.Name, Input: input}}, nil
}

// result reads what a tool answered.
func (m *askedMessage) result() ([]chat.Block, error) {
	if m.ToolCallID == "" {
		return nil, malformed.Missing("tool_call_id")
	}
	content, err := m.Content.blocks()
	if err != nil {
		return nil, err
	}
	return []chat.Block{{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{ID: m.ToolCallID, Content: content}}}, nil
}

// texts reads content that may be text only.
func (c askedContent) texts() ([]chat.Block, error) {
	for i := range c {
		if c[i].Type != "text" && c[i].Type != "refusal" {
			return nil, malformed.Under(malformed.At("type", "%s is not a valid enum value", c[i].Type), "content", i)
		}
	}
	return c.blocks()
}

func (c askedContent) blocks() ([]chat.Block, error) {
	out := make([]chat.Block, len(c))
	for i := range c {
		var err error
		if out[i], err = c[i].chat(); err != nil {
			return nil, malformed.Under(err, "content", i)
		}
	}
	return out, nil
}
