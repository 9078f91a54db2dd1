package converse

import (
	"fmt"
	"strings"

	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/chat"
)

// messages reads the turns. Two turns of one role may follow each other: many models take that.
func messages(in []brt.Message) ([]chat.Message, error) {
	if len(in) == 0 || in[0].Role != brt.ConversationRoleUser {
		return nil, invalid("A conversation must start with a user message. Try again with a conversation that starts with a user message.")
	}
	out := make([]chat.Message, len(in))
	named := documents{}
	for i := range in {
		m := &in[i]
		if len(m.Content) == 0 {
			return nil, invalid("The content field in the Message object at messages.%d is empty. Add a ContentBlock object to the content field and try again.", i)
		}
		t := turn{at: i, user: m.Role == brt.ConversationRoleUser, documents: &named}
		blocks, err := t.blocks(m.Content)
		if err != nil {
			return nil, err
		}
		out[i] = chat.Message{Role: chat.Role(m.Role), Content: blocks}
	}
	return out, nil
}

// turn reads one message.
type turn struct {
	at        int // which message
	user      bool
	images    int
	documents *documents
	asks      bool // has a text block
	reads     bool // has a document block
}

// place is where a block stands: in a message, or in the inner-th place of a tool result there.
type place struct{ message, block, inner int }

// outer is the inner place of a block that stands in a message itself.
const outer = -1

// String names the place for an error: "messages.0.content.2".
func (p place) String() string {
	s := fmt.Sprintf("messages.%d.content.%d", p.message, p.block)
	if p.inner != outer {
		s += fmt.Sprintf(".toolResult.content.%d", p.inner)
	}
	return s
}

func (t *turn) place(block int) place { return place{t.at, block, outer} }

func (t *turn) blocks(in []brt.ContentBlock) ([]chat.Block, error) {
	out := make([]chat.Block, len(in))
	for i := range in {
		var err error
		if out[i], err = t.block(&in[i], i); err != nil {
			return nil, err
		}
	}
	if t.reads && !t.asks {
		return nil, invalid("A text block must be included when using documents. Add a text block and retry your request.")
	}
	return out, nil
}

// block reads one block; exactly one of its members is set.
func (t *turn) block(b *brt.ContentBlock, i int) (chat.Block, error) {
	switch {
	case b.Text != nil:
		return t.text(*b.Text, i)
	case b.Image != nil:
		return t.image(b.Image, i)
	case b.Document != nil:
		return t.document(b.Document, i)
	case b.Video != nil:
		return chat.Block{Kind: chat.VideoBlock, Media: video(b.Video)}, nil
	case b.Audio != nil:
		return chat.Block{Kind: chat.AudioBlock, Media: audio(b.Audio)}, nil
	case b.ToolUse != nil:
		return t.toolUse(b.ToolUse, i)
	case b.ToolResult != nil:
		return t.toolResult(b.ToolResult, i)
	case b.GuardContent != nil:
		return guard(b.GuardContent), nil
	case b.CachePoint != nil:
		return cachePoint(b.CachePoint), nil
	case b.ReasoningContent != nil:
		return reasoning(b.ReasoningContent), nil
	case b.CitationsContent != nil:
		return chat.Block{Kind: chat.CitationsBlock, Raw: b.CitationsContent.AppendJSON(nil)}, nil
	case b.SearchResult != nil:
		return chat.Block{Kind: chat.SearchResultBlock, Raw: b.SearchResult.AppendJSON(nil)}, nil
	}
	return chat.Block{}, invalid("The ContentBlock object at %s is of a kind that isn't supported.", t.place(i))
}

func (t *turn) text(s string, i int) (chat.Block, error) {
	if blank(s) {
		return chat.Block{}, invalid("The text field in the ContentBlock object at %s is blank. Add text to the text field, and try again.", t.place(i))
	}
	t.asks = true
	return chat.Text(s), nil
}

// misplaced refuses a block in a message of the other role.
func (t *turn) misplaced(kind string, i int) error {
	return invalid("The %s block at %s can be in a message with the role %s only. Move or remove it and try again.", kind, t.place(i), map[bool]string{true: "assistant", false: "user"}[t.user])
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

func cachePoint(p *brt.CachePointBlock) chat.Block {
	return chat.Block{Kind: chat.CachePointBlock, CachePoint: &chat.CachePoint{TTL: text(p.TTL)}}
}

// guard keeps guard content that is more than a text whole, beside its text.
func guard(g *brt.GuardrailConverseContentBlock) chat.Block {
	b := chat.Block{Kind: chat.GuardBlock}
	if g.Text != nil {
		b.Text = g.Text.Text
	}
	if g.Text == nil || len(g.Text.Qualifiers) > 0 {
		b.Raw = g.AppendJSON(nil)
	}
	return b
}

func reasoning(r *brt.ReasoningContentBlock) chat.Block {
	out := &chat.Reasoning{Redacted: r.RedactedContent}
	if r.ReasoningText != nil {
		out.Text, out.Signature = r.ReasoningText.Text, text(r.ReasoningText.Signature)
	}
	return chat.Block{Kind: chat.ReasoningBlock, Reasoning: out}
}

// systemBlocks reads the system prompt.
func systemBlocks(in []brt.SystemContentBlock) ([]chat.Block, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := make([]chat.Block, len(in))
	for i := range in {
		switch b := &in[i]; {
		case b.Text != nil && blank(*b.Text):
			return nil, invalid("The text field in the SystemContentBlock object at system.%d is blank. Add text to the text field, and try again.", i)
		case b.Text != nil:
			out[i] = chat.Text(*b.Text)
		case b.GuardContent != nil:
			out[i] = guard(b.GuardContent)
		case b.CachePoint != nil:
			out[i] = cachePoint(b.CachePoint)
		default:
			return nil, invalid("The SystemContentBlock object at system.%d is of a kind that isn't supported.", i)
		}
	}
	return out, nil
}
