package openai

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// messages writes the system text, then every turn. A turn of the user that answers tool uses becomes one message for
// each answer, and another for whatever else it holds.
func (e *encoder) messages(r *chat.Request) error {
	e.raw(`,"messages":[`)
	first := len(e.b)
	system, err := joined(r.System, "\n\n")
	if err != nil {
		return err
	}
	if system != "" {
		e.begin(first, "system")
		e.raw(`,"content":`)
		e.text(system)
		e.raw("}")
	}
	for i := range r.Messages {
		m := &r.Messages[i]
		if m.Role == chat.Assistant {
			err = e.assistant(first, m.Content)
		} else {
			err = e.user(first, m.Content)
		}
		if err != nil {
			return err
		}
	}
	e.raw("]")
	return nil
}

// begin opens a message; first is where the list of messages began.
func (e *encoder) begin(first int, role string) {
	if len(e.b) > first {
		e.raw(",")
	}
	e.raw(`{"role":"`)
	e.raw(role)
	e.raw(`"`)
}

// assistant writes text and tool calls. Reasoning stays behind: servers of this dialect do not take it back.
func (e *encoder) assistant(first int, blocks []chat.Block) error {
	e.begin(first, "assistant")
	text, err := joined(blocks, "")
	if err != nil {
		return err
	}
	e.content(text, blocks)
	e.calls(blocks)
	e.raw("}")
	return nil
}

// content writes the text of a turn of the model's, which is null when there is none beside tool calls.
func (e *encoder) content(text string, blocks []chat.Block) {
	e.raw(`,"content":`)
	if text == "" && slices.ContainsFunc(blocks, isCall) {
		e.raw("null")
	} else {
		e.text(text)
	}
}

func isCall(b chat.Block) bool { return b.Kind == chat.ToolUseBlock }

// calls writes the tool calls of a turn, if there are any.
func (e *encoder) calls(blocks []chat.Block) {
	n := 0
	for i := range blocks {
		if blocks[i].Kind != chat.ToolUseBlock {
			continue
		}
		if n == 0 {
			e.raw(`,"tool_calls":`)
		}
		e.open(n)
		e.call(blocks[i].ToolUse)
		n++
	}
	if n > 0 {
		e.raw("]")
	}
}

func (e *encoder) call(u *chat.ToolUse) {
	e.raw(`{"id":`)
	e.text(u.ID)
	e.raw(`,"type":"function","function":{"name":`)
	e.text(u.Name)
	e.raw(`,"arguments":`)
	if len(u.Input) == 0 {
		e.raw(`"{}"`)
	} else {
		e.text(string(u.Input))
	}
	e.raw("}}")
}

func (e *encoder) user(first int, blocks []chat.Block) error {
	rest := 0
	for i := range blocks {
		b := &blocks[i]
		if b.Kind != chat.ToolResultBlock {
			if b.Kind != chat.CachePointBlock {
				rest++
			}
			continue
		}
		text, err := resultText(b.ToolResult)
		if err != nil {
			return err
		}
		e.begin(first, "tool")
		e.raw(`,"tool_call_id":`)
		e.text(b.ToolResult.ID)
		e.raw(`,"content":`)
		e.text(text)
		e.raw("}")
		rest += mediaIn(b.ToolResult)
	}
	if rest == 0 {
		return nil
	}
	e.begin(first, "user")
	e.raw(`,"content":`)
	if rest == 1 && len(blocks) == 1 && blocks[0].Kind == chat.TextBlock {
		e.text(blocks[0].Text) // the form that every server knows
	} else if err := e.parts(blocks); err != nil {
		return err
	}
	e.raw("}")
	return nil
}

// resultText is what a tool answered, as the one string that the dialect has for it. Images and sounds go into the
// user's message that follows.
func resultText(r *chat.ToolResult) (string, error) {
	var texts []string
	for i := range r.Content {
		b := &r.Content[i]
		switch {
		case isMedia(b.Kind):
		case b.Kind == chat.TextBlock && b.Text == "" && len(b.Raw) > 0:
			texts = append(texts, string(b.Raw))
		default:
			s, ok, err := plainText(b)
			if err != nil {
				return "", err
			}
			if ok {
				texts = append(texts, s)
			}
		}
	}
	text := strings.Join(texts, "\n")
	if r.Error {
		text = "Error: " + text
	}
	return text, nil
}

func isMedia(k chat.BlockKind) bool {
	return k == chat.ImageBlock || k == chat.AudioBlock || k == chat.VideoBlock
}

func mediaIn(r *chat.ToolResult) (n int) {
	for i := range r.Content {
		if isMedia(r.Content[i].Kind) {
			n++
		}
	}
	return n
}

// joined is the text of all blocks that are text. Blocks without text in this dialect are passed over.
func joined(blocks []chat.Block, separator string) (string, error) {
	var text string
	begun := false
	for i := range blocks {
		s, ok, err := plainText(&blocks[i])
		if err != nil {
			return "", err
		}
		if !ok {
			continue
		}
		if begun {
			text += separator
		}
		text, begun = text+s, true
	}
	return text, nil
}

// plainText is the text of a block that is nothing but text, whatever its kind.
func plainText(b *chat.Block) (string, bool, error) {
	switch b.Kind {
	case chat.TextBlock:
		return b.Text, true, nil
	case chat.GuardBlock:
		if len(b.Raw) > 0 {
			return "", false, fault.New(fault.Validation, "This model's provider takes guard content only as text.")
		}
		return b.Text, true, nil
	case chat.DocumentBlock:
		s, err := documentText(b.Media)
		return s, true, err
	case chat.CitationsBlock, chat.SearchResultBlock:
		s, err := quotedText(b.Raw)
		return s, true, err
	}
	return "", false, nil
}

// quotedText is the readable part of cited text or of a search result.
func quotedText(raw []byte) (string, error) {
	var v struct {
		Title   string `json:"title"`
		Source  string `json:"source"`
		Content []struct {
			Text string `json:"text"`
		} `json:"content"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return "", fault.New(fault.Validation, "A content block could not be read: %v", err)
	}
	var b strings.Builder
	for _, head := range []string{v.Title, v.Source} {
		if head != "" {
			b.WriteString(head + "\n")
		}
	}
	for _, c := range v.Content {
		b.WriteString(c.Text)
	}
	return b.String(), nil
}
