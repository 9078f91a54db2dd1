package dialect

import (
	"strings"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// Prompt is the request that a prompt stands for: the prompt as it is, images behind it.
func Prompt(text string, images ...chat.Block) *chat.Request {
	content := append([]chat.Block{chat.Text(text)}, images...)
	return &chat.Request{Prompt: true, Messages: []chat.Message{{Role: chat.User, Content: content}}}
}

// Template lays a conversation out as one prompt.
type Template struct {
	Begin                        string // before everything
	SystemBegin, SystemEnd       string
	UserBegin, UserEnd           string
	AssistantBegin, AssistantEnd string
	Image                        string // stands where an image was, for models that see
	SystemInUser                 bool   // the first turn of the user goes on behind the system text, without a beginning of its own
}

// Write lays out a conversation, the place for the answer at its end. A prompt is returned as it is.
func (t *Template) Write(r *chat.Request) (string, error) {
	var b strings.Builder
	if r.Prompt {
		err := t.content(&b, r.Messages, false)
		return b.String(), err
	}
	b.WriteString(t.Begin)
	if len(r.System) > 0 {
		b.WriteString(t.SystemBegin)
		if err := t.blocks(&b, r.System, true); err != nil {
			return "", err
		}
		b.WriteString(t.SystemEnd)
	}
	for i := range r.Messages {
		m := &r.Messages[i]
		begin, end := t.UserBegin, t.UserEnd
		if m.Role == chat.Assistant {
			begin, end = t.AssistantBegin, t.AssistantEnd
			if i == len(r.Messages)-1 { // the caller has begun the answer
				end = ""
			}
		}
		if i > 0 || len(r.System) == 0 || !t.SystemInUser {
			b.WriteString(begin)
		}
		if err := t.blocks(&b, m.Content, true); err != nil {
			return "", err
		}
		b.WriteString(end)
	}
	if n := len(r.Messages); n == 0 || r.Messages[n-1].Role == chat.User {
		b.WriteString(t.AssistantBegin)
	}
	return b.String(), nil
}

func (t *Template) content(b *strings.Builder, ms []chat.Message, marks bool) error {
	for i := range ms {
		if err := t.blocks(b, ms[i].Content, marks); err != nil {
			return err
		}
	}
	return nil
}

// blocks writes the text of blocks; marks says whether images leave theirs.
func (t *Template) blocks(b *strings.Builder, blocks []chat.Block, marks bool) error {
	for i := range blocks {
		switch k := &blocks[i]; k.Kind {
		case chat.TextBlock:
			b.WriteString(k.Text)
		case chat.GuardBlock:
			if k.Text == "" {
				return fault.New(fault.Validation, noSuchBlock, "guardContent")
			}
			b.WriteString(k.Text)
		case chat.CachePointBlock, chat.ReasoningBlock: // an answer does not depend on them
		case chat.ImageBlock:
			if t.Image == "" {
				return fault.New(fault.Validation, noSuchBlock, "image")
			}
			if marks {
				b.WriteString(t.Image)
			}
		case chat.CitationsBlock:
			return fault.New(fault.Validation, noSuchBlock, "citationsContent")
		case chat.SearchResultBlock:
			return fault.New(fault.Validation, noSuchBlock, "searchResult")
		default:
			return fault.New(fault.Validation, noSuchBlock, "given")
		}
	}
	return nil
}
