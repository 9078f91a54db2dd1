package nova

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/fault"
)

// blocksOf reads content.
func blocksOf(in []block) ([]chat.Block, error) {
	if in == nil {
		return nil, nil
	}
	out := make([]chat.Block, len(in))
	for i := range in {
		var err error
		if out[i], err = in[i].chat(); err != nil {
			return nil, malformed.Under(err, i)
		}
	}
	return out, nil
}

func (b *block) chat() (chat.Block, error) {
	switch {
	case b.Text != nil:
		return chat.Text(*b.Text), nil
	case b.Image != nil:
		return b.Image.chat(chat.ImageBlock, "image")
	case b.Document != nil:
		return b.Document.chat(chat.DocumentBlock, "document")
	case b.Video != nil:
		return b.Video.chat(chat.VideoBlock, "video")
	case b.Audio != nil:
		return b.Audio.chat(chat.AudioBlock, "audio")
	case b.ToolUse != nil:
		return b.ToolUse.chat()
	case b.ToolResult != nil:
		return b.ToolResult.chat()
	case b.Reasoning != nil:
		r := &chat.Reasoning{Redacted: b.Reasoning.Redacted}
		if t := b.Reasoning.Text; t != nil {
			r.Text, r.Signature = t.Text, t.Signature
		}
		return chat.Block{Kind: chat.ReasoningBlock, Reasoning: r}, nil
	case b.CachePoint != nil:
		return chat.Block{Kind: chat.CachePointBlock, CachePoint: &chat.CachePoint{TTL: b.CachePoint.TTL}}, nil
	case b.JSON != nil:
		return chat.Block{Kind: chat.TextBlock, Raw: b.JSON}, nil
	}
	return chat.Block{}, malformed.New("required key [text] not found")
}

func (m *media) chat(kind chat.BlockKind, name string) (chat.Block, error) {
	out := &chat.Media{Format: m.Format, Name: m.Name, Bytes: m.Source.Bytes}
	switch {
	case m.Format == "":
		return chat.Block{}, malformed.Under(malformed.Missing("format"), name)
	case m.Source.S3 != nil:
		out.S3, out.Bytes = &chat.S3Location{URI: m.Source.S3.URI, Owner: m.Source.S3.Owner}, nil
	case len(m.Source.Bytes) == 0:
		return chat.Block{}, malformed.Under(malformed.Missing("bytes"), name, "source")
	}
	return chat.Block{Kind: kind, Media: out}, nil
}

func (u *toolUse) chat() (chat.Block, error) {
	if u.ID == "" || u.Name == "" {
		return chat.Block{}, malformed.Under(malformed.New("required key [toolUseId] or [name] not found"), "toolUse")
	}
	input := u.Input
	if len(input) == 0 {
		input = jsontext.Value("{}")
	}
	return chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: u.ID, Name: u.Name, Input: input}}, nil
}

func (t *toolResult) chat() (chat.Block, error) {
	if t.ID == "" {
		return chat.Block{}, malformed.Under(malformed.Missing("toolUseId"), "toolResult")
	}
	if t.Status != "" && t.Status != "success" && t.Status != "error" {
		return chat.Block{}, malformed.Under(malformed.At("status", "%s is not a valid enum value", t.Status), "toolResult")
	}
	content, err := blocksOf(t.Content)
	return chat.Block{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{
		ID: t.ID, Content: content, Error: t.Status == "error",
	}}, malformed.Under(err, "toolResult", "content")
}

// written is the reverse of blocksOf.
func written(in []chat.Block) ([]block, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := make([]block, len(in))
	for i := range in {
		var err error
		if out[i], err = blockOf(&in[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func blockOf(b *chat.Block) (block, error) {
	switch b.Kind {
	case chat.TextBlock:
		if b.Text == "" && len(b.Raw) > 0 {
			return block{JSON: b.Raw}, nil
		}
		return block{Text: &b.Text}, nil
	case chat.GuardBlock:
		if b.Text != "" {
			return block{Text: &b.Text}, nil
		}
	case chat.ImageBlock:
		return block{Image: mediaOf(b.Media)}, nil
	case chat.DocumentBlock:
		return block{Document: mediaOf(b.Media)}, nil
	case chat.VideoBlock:
		return block{Video: mediaOf(b.Media)}, nil
	case chat.AudioBlock:
		return block{Audio: mediaOf(b.Media)}, nil
	case chat.ToolUseBlock:
		return block{ToolUse: &toolUse{ID: b.ToolUse.ID, Name: b.ToolUse.Name, Input: b.ToolUse.Input}}, nil
	case chat.ToolResultBlock:
		content, err := written(b.ToolResult.Content)
		r := &toolResult{ID: b.ToolResult.ID, Content: content}
		if b.ToolResult.Error {
			r.Status = "error"
		}
		return block{ToolResult: r}, err
	case chat.ReasoningBlock:
		if b.Reasoning.Redacted != nil {
			return block{Reasoning: &reasoning{Redacted: b.Reasoning.Redacted}}, nil
		}
		return block{Reasoning: &reasoning{Text: &reasoningText{b.Reasoning.Text, b.Reasoning.Signature}}}, nil
	case chat.CachePointBlock:
		return block{CachePoint: &cachePoint{"default", b.CachePoint.TTL}}, nil
	}
	return block{}, fault.New(fault.Validation, "This model doesn't support citations, search results or guard content other than text. Remove them and try again.")
}

// mediaOf writes a document that was given as text as the bytes of that text.
func mediaOf(m *chat.Media) *media {
	out := &media{Format: m.Format, Name: m.Name, Source: source{Bytes: m.Bytes}}
	if m.Text != "" {
		out.Source.Bytes = []byte(m.Text)
	}
	if m.S3 != nil {
		out.Source = source{S3: &s3Location{m.S3.URI, m.S3.Owner}}
	}
	return out
}
