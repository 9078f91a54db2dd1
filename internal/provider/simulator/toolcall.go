package simulator

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
)

// offered returns the request's tools without the cache points among them. It is nil when the
// caller forbids tools.
func offered(r *chat.Request) []*chat.Tool {
	if r.Tools == nil || r.Tools.Choice.Mode == chat.ChoiceNone {
		return nil
	}
	tools := make([]*chat.Tool, 0, len(r.Tools.Tools))
	for i := range r.Tools.Tools {
		if t := &r.Tools.Tools[i]; t.CachePoint == nil {
			tools = append(tools, t)
		}
	}
	return tools
}

// choose returns the tools the answer uses. With a forced choice it is the one demanded, or the one
// the last turn mentions, or the first. Left to itself, the answer uses the tools the last turn
// mentions by name, unless that turn brings tool results: then it answers in words.
func choose(r *chat.Request, p *prompt) ([]*chat.Tool, error) {
	tools := offered(r)
	if len(tools) == 0 {
		return nil, nil
	}
	choice := r.Tools.Choice
	switch choice.Mode {
	case chat.ChoiceTool:
		for _, t := range tools {
			if t.Name == choice.Name {
				return []*chat.Tool{t}, nil
			}
		}
		return nil, modelSays("tool_choice names the tool %q, which is not among the %d tools of the request.", choice.Name, len(tools))
	case chat.ChoiceAny:
		if named := mentioned(tools, p); len(named) > 0 {
			return named[:1], nil
		}
		return tools[:1], nil
	}
	if len(p.results()) > 0 {
		return nil, nil
	}
	named := mentioned(tools, p)
	if choice.Serial && len(named) > 1 {
		named = named[:1]
	}
	return named, nil
}

// The search for tools a user mentions covers the end of each text and the first tools only, so that
// its cost stays small beside reading the request.
const (
	mentionBytes = 4_096
	mentionTools = 256
	// mostUses is the most tools one answer uses.
	mostUses = 8
)

// mentioned returns the tools whose names stand in a text of the user's last turn.
func mentioned(tools []*chat.Tool, p *prompt) []*chat.Tool {
	if p.last == nil || p.last.Role != chat.User {
		return nil
	}
	tools = tools[:min(len(tools), mentionTools)]
	var found []*chat.Tool
	for _, t := range tools {
		if len(found) == mostUses {
			break
		}
		for i := range p.last.Content {
			b := &p.last.Content[i]
			if b.Kind == chat.TextBlock && mentions(b.Text[max(0, len(b.Text)-mentionBytes):], t.Name) {
				found = append(found, t)
				break
			}
		}
	}
	return found
}

// mentions reports whether name stands in text as words of its own, without regard to case, and with
// a space, "-" and "_" alike: "Get weather" mentions get_weather.
func mentions(text, name string) bool {
	if name == "" {
		return false
	}
next:
	for i := 0; i+len(name) <= len(text); i++ {
		if i > 0 && wordByte(text[i-1]) || i+len(name) < len(text) && wordByte(text[i+len(name)]) {
			continue
		}
		for j := range len(name) {
			if fold(text[i+j]) != fold(name[j]) {
				continue next
			}
		}
		return true
	}
	return false
}

func wordByte(c byte) bool {
	c = fold(c)
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c >= 0x80
}

func fold(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c + 'a' - 'A'
	case c == '_', c == '-':
		return ' '
	default:
		return c
	}
}

// toolUse makes the n-th tool use of an answer, with an id like Bedrock's own.
func toolUse(t *chat.Tool, p *prompt, n int) (chat.Block, error) {
	d := add(p.digest.word(uint64(n)), t.Name).roll("tool")
	id := "tooluse_" + d.code(22)
	schema := t.Schema
	if len(schema) == 0 {
		schema = jsontext.Value(`{"type":"object"}`)
	}
	input, err := generate(schema, d, kindObject)
	if err != nil {
		return chat.Block{}, modelSays("tools: no input fits the schema of the tool %q: %v", t.Name, err)
	}
	return chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: id, Name: t.Name, Input: input}}, nil
}
