package nova

import (
	"cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

// Codec is the family's dialect.
type Codec struct{}

var _ dialect.Codec = Codec{}

// DecodeRequest reads a body.
func (Codec) DecodeRequest(_ string, data []byte) (*chat.Request, error) {
	return dialect.ReadRequest(data, new(request))
}

// Chat is what the body asks for.
func (w *request) Chat() (*chat.Request, error) {
	switch {
	case w.Schema != nil && *w.Schema != schema:
		return nil, malformed.At("schemaVersion", "%s is not a valid enum value", *w.Schema)
	case w.Messages == nil:
		return nil, malformed.Missing("messages")
	case len(w.Messages) == 0:
		return nil, malformed.At("messages", "expected minimum item count: 1, found: 0")
	}
	r := &chat.Request{}
	var err error
	if r.Inference, err = w.Inference.chat(); err != nil {
		return nil, malformed.Under(err, "inferenceConfig")
	}
	if r.System, err = blocksOf(w.System); err != nil {
		return nil, malformed.Under(err, "system")
	}
	for i := range r.System {
		if k := r.System[i].Kind; k != chat.TextBlock && k != chat.CachePointBlock {
			return nil, malformed.Under(malformed.New("required key [text] not found"), "system", i)
		}
	}
	r.Messages = make([]chat.Message, len(w.Messages))
	for i := range w.Messages {
		if r.Messages[i], err = w.Messages[i].chat(); err != nil {
			return nil, malformed.Under(err, "messages", i)
		}
	}
	if r.Tools, err = w.Tools.chat(); err != nil {
		return nil, malformed.Under(err, "toolConfig")
	}
	r.Thinking, err = w.Reasoning.chat()
	return r, malformed.Under(err, "reasoningConfig")
}

func (m *message) chat() (chat.Message, error) {
	role := chat.Role(m.Role)
	if role != chat.User && role != chat.Assistant {
		return chat.Message{}, malformed.At("role", "%s is not a valid enum value", m.Role)
	}
	if len(m.Content) == 0 {
		return chat.Message{}, malformed.At("content", "expected minimum item count: 1, found: 0")
	}
	blocks, err := blocksOf(m.Content)
	return chat.Message{Role: role, Content: blocks}, malformed.Under(err, "content")
}

func (c *inference) chat() (chat.Inference, error) {
	if err := cmp.Or(
		dialect.AtLeast("max_new_tokens", first(c.MaxTokens, c.OtherMaxTokens), 1), dialect.AtLeast("topK", first(c.TopK, c.OtherTopK), 0),
		dialect.Between("temperature", c.Temperature, 0, 1), dialect.Between("topP", first(c.TopP, c.OtherTopP), 0, 1),
	); err != nil {
		return chat.Inference{}, err
	}
	return chat.Inference{
		MaxTokens: first(c.MaxTokens, c.OtherMaxTokens), Temperature: c.Temperature,
		TopP: first(c.TopP, c.OtherTopP), TopK: first(c.TopK, c.OtherTopK), Stop: c.Stop,
	}, nil
}

// first is the documented name's value, or the other name's.
func first[T any](a, b *T) *T {
	if a == nil {
		return b
	}
	return a
}

func (c *toolConfig) chat() (*chat.ToolConfig, error) {
	if c == nil {
		return nil, nil
	}
	if len(c.Tools) == 0 {
		return nil, malformed.At("tools", "expected minimum item count: 1, found: 0")
	}
	out := &chat.ToolConfig{Tools: make([]chat.Tool, len(c.Tools))}
	for i := range c.Tools {
		switch t := &c.Tools[i]; {
		case t.CachePoint != nil:
			out.Tools[i].CachePoint = &chat.CachePoint{TTL: t.CachePoint.TTL}
		case t.Spec == nil:
			return nil, malformed.Under(malformed.Missing("toolSpec"), "tools", i)
		case t.Spec.Name == "":
			return nil, malformed.Under(malformed.Missing("name"), "tools", i, "toolSpec")
		case t.Spec.Input.JSON.Kind() != '{':
			return nil, malformed.Under(malformed.Missing("json"), "tools", i, "toolSpec", "inputSchema")
		default:
			out.Tools[i] = chat.Tool{Name: t.Spec.Name, Description: t.Spec.Description, Schema: t.Spec.Input.JSON}
		}
	}
	switch choice := c.Choice; {
	case choice == nil:
	case choice.Any != nil:
		out.Choice.Mode = chat.ChoiceAny
	case choice.Tool != nil:
		out.Choice = chat.ToolChoice{Mode: chat.ChoiceTool, Name: choice.Tool.Name}
	}
	return out, nil
}

// chat reads the switch of Nova 2. Its disabled state is what there is without it.
func (c *reasoningConfig) chat() (*chat.Thinking, error) {
	switch {
	case c == nil || c.Type == "disabled":
		return nil, nil
	case c.Type != "enabled":
		return nil, malformed.At("type", "%s is not a valid enum value", c.Type)
	}
	switch c.Effort {
	case "", "low", "medium", "high":
		return &chat.Thinking{Effort: c.Effort}, nil
	}
	return nil, malformed.At("maxReasoningEffort", "%s is not a valid enum value", c.Effort)
}
