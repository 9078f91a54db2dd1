package anthropic

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/fault"
)

// system reads the system prompt: text only.
func (c content) system() ([]chat.Block, error) {
	for i := range c {
		if c[i].Type != "text" {
			return nil, malformed.Under(malformed.At("type", "%s is not a valid enum value", c[i].Type), i)
		}
	}
	return c.blocks(chat.User)
}

// blocks reads a message's content. A block's cache_control becomes a cache point behind it.
func (c content) blocks(role chat.Role) ([]chat.Block, error) {
	if len(c) == 0 {
		return nil, nil
	}
	out := make([]chat.Block, 0, len(c))
	for i := range c {
		b, err := c[i].chat(role)
		if err != nil {
			return nil, malformed.Under(err, i)
		}
		out = append(out, b)
		if c[i].CacheControl == nil {
			continue
		}
		point, err := c[i].CacheControl.chat()
		if err != nil {
			return nil, malformed.Under(err, i, "cache_control")
		}
		out = append(out, chat.Block{Kind: chat.CachePointBlock, CachePoint: point})
	}
	return out, nil
}

// chat reads one block.
func (b *block) chat(role chat.Role) (chat.Block, error) {
	ofUser, ofAssistant := role == chat.User, role == chat.Assistant
	switch {
	case b.Type == "text":
		return b.text()
	case b.Type == "image" && ofUser:
		return b.image()
	case b.Type == "document" && ofUser:
		return b.document()
	case b.Type == "search_result" && ofUser:
		return b.searchResult()
	case b.Type == "tool_result" && ofUser:
		return b.toolResult()
	case b.Type == "tool_use" && ofAssistant:
		return b.toolUse()
	case b.Type == "thinking" && ofAssistant:
		return b.thinking()
	case b.Type == "redacted_thinking" && ofAssistant:
		return b.redacted()
	case b.Type == "":
		return chat.Block{}, malformed.Missing("type")
	}
	return chat.Block{}, b.misplaced(role)
}

// misplaced says why a block's type cannot stand where it does.
func (b *block) misplaced(role chat.Role) error {
	switch b.Type {
	case "image", "document", "search_result", "tool_result", "tool_use", "thinking", "redacted_thinking":
		return malformed.At("type", "`%s` blocks are not permitted in `%s` messages", b.Type, role)
	}
	return malformed.At("type", "%s is not a valid enum value", b.Type)
}

func (b *block) text() (chat.Block, error) {
	if err := b.only("text", "citations", "cache_control"); err != nil {
		return chat.Block{}, err
	}
	text, err := need(b.Text, "text")
	switch {
	case err != nil:
		return chat.Block{}, err
	case text == "":
		return chat.Block{}, fault.New(fault.Validation, "messages: text content blocks must be non-empty")
	case given(b.Citations):
		return citedText(text, b.Citations)
	}
	return chat.Text(text), nil
}

func (b *block) toolUse() (chat.Block, error) {
	if err := b.only("id", "name", "input", "caller", "cache_control"); err != nil {
		return chat.Block{}, err
	}
	id, err := need(b.ID, "id")
	if err != nil {
		return chat.Block{}, err
	}
	name, err := need(b.Name, "name")
	switch {
	case err != nil:
		return chat.Block{}, err
	case b.Input == nil:
		return chat.Block{}, malformed.Missing("input")
	case b.Input.Kind() != '{':
		return chat.Block{}, malformed.At("input", "expected type: JSONObject, found: %s", malformed.Found(b.Input.Kind()))
	}
	return chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: id, Name: name, Input: b.Input}}, nil
}

func (b *block) toolResult() (chat.Block, error) {
	if err := b.only("tool_use_id", "content", "is_error", "cache_control"); err != nil {
		return chat.Block{}, err
	}
	id, err := need(b.ToolUseID, "tool_use_id")
	if err != nil {
		return chat.Block{}, err
	}
	for i := range b.Content {
		switch b.Content[i].Type {
		case "text", "image", "document", "search_result":
		default:
			return chat.Block{}, malformed.Under(malformed.At("type", "%s is not a valid enum value", b.Content[i].Type), "content", i)
		}
	}
	inner, err := b.Content.blocks(chat.User)
	if err != nil {
		return chat.Block{}, malformed.Under(err, "content")
	}
	result := &chat.ToolResult{ID: id, Content: inner, Error: b.IsError != nil && *b.IsError}
	return chat.Block{Kind: chat.ToolResultBlock, ToolResult: result}, nil
}

func (b *block) thinking() (chat.Block, error) {
	if err := b.only("thinking", "signature"); err != nil {
		return chat.Block{}, err
	}
	text, err := need(b.Thinking, "thinking")
	if err != nil {
		return chat.Block{}, err
	}
	r := &chat.Reasoning{Text: text, Signature: either(b.Signature)}
	return chat.Block{Kind: chat.ReasoningBlock, Reasoning: r}, nil
}

func (b *block) redacted() (chat.Block, error) {
	if err := b.only("data"); err != nil {
		return chat.Block{}, err
	}
	data, err := need(b.Data, "data")
	if err != nil {
		return chat.Block{}, err
	}
	return chat.Block{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Redacted: []byte(data)}}, nil
}

// searchResult keeps the block as Converse's JSON, which names the same things.
func (b *block) searchResult() (chat.Block, error) {
	if err := b.only("source", "title", "content", "citations", "cache_control"); err != nil {
		return chat.Block{}, err
	}
	if b.Source == nil || b.Source.plain == nil {
		return chat.Block{}, malformed.At("source", "expected type: String")
	}
	title, err := need(b.Title, "title")
	if err != nil {
		return chat.Block{}, err
	}
	out := searchResult{Source: *b.Source.plain, Title: title, Content: []textPiece{}}
	for i := range b.Content {
		if b.Content[i].Type != "text" {
			return chat.Block{}, malformed.Under(malformed.At("type", "%s is not a valid enum value", b.Content[i].Type), "content", i)
		}
		out.Content = append(out.Content, textPiece{either(b.Content[i].Text)})
	}
	if out.Citations, err = citationsSwitch(b.Citations); err != nil {
		return chat.Block{}, malformed.Under(err, "citations")
	}
	raw, err := json.Marshal(out)
	return chat.Block{Kind: chat.SearchResultBlock, Raw: raw}, err
}

// enabled is the switch that asks for citations from a document or a search result.
type enabled struct {
	Enabled bool `json:"enabled"`
}

// citationsSwitch reads it; nil means that it was not given.
func citationsSwitch(raw jsontext.Value) (*enabled, error) {
	if !given(raw) {
		return nil, nil
	}
	e := new(enabled)
	return e, unmarshal(raw, e)
}

// mediaFormat is the format of a media type, without the group: "image/png" → "png".
func mediaFormat(group, mediaType string) string {
	format, ok := strings.CutPrefix(mediaType, group+"/")
	if !ok {
		return ""
	}
	return format
}
