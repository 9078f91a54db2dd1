package openai

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// parts writes the content of a user's message as a list, with the media of its tool results.
func (e *encoder) parts(blocks []chat.Block) error {
	n := 0
	for i := range blocks {
		b := &blocks[i]
		switch b.Kind {
		case chat.CachePointBlock, chat.ReasoningBlock:
			continue
		case chat.ToolResultBlock:
			for j := range b.ToolResult.Content {
				if m := &b.ToolResult.Content[j]; isMedia(m.Kind) {
					e.open(n)
					if err := e.part(m); err != nil {
						return err
					}
					n++
				}
			}
			continue
		}
		e.open(n)
		if err := e.part(b); err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		e.raw("[")
	}
	e.raw("]")
	return nil
}

func (e *encoder) part(b *chat.Block) error {
	switch b.Kind {
	case chat.ImageBlock:
		return e.image(b.Media)
	case chat.AudioBlock:
		return e.audio(b.Media)
	case chat.VideoBlock:
		return fault.New(fault.Validation, "This model's provider does not take videos. Send text, images (gif, jpeg, png, webp), sounds (mp3, wav) or text documents.")
	}
	text, ok, err := plainText(b)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Validation, "A user message may hold text, images, documents and tool results only.")
	}
	e.raw(`{"type":"text","text":`)
	e.text(text)
	e.raw("}")
	return nil
}

func (e *encoder) image(m *chat.Media) error {
	if err := mustHaveBytes(m); err != nil {
		return err
	}
	switch m.Format {
	case "gif", "jpeg", "png", "webp":
	default:
		return fault.New(fault.Validation, "This model's provider takes images as gif, jpeg, png or webp, not as '%s'.", m.Format)
	}
	e.raw(`{"type":"image_url","image_url":{"url":"data:image/`)
	e.raw(m.Format)
	e.raw(`;base64,`)
	e.b = base64.StdEncoding.AppendEncode(e.b, m.Bytes)
	e.raw(`"}}`)
	return nil
}

func (e *encoder) audio(m *chat.Media) error {
	if err := mustHaveBytes(m); err != nil {
		return err
	}
	if m.Format != "mp3" && m.Format != "wav" {
		return fault.New(fault.Validation, "This model's provider takes sounds as mp3 or wav, not as '%s'.", m.Format)
	}
	e.raw(`{"type":"input_audio","input_audio":{"format":"`)
	e.raw(m.Format)
	e.raw(`","data":"`)
	e.b = base64.StdEncoding.AppendEncode(e.b, m.Bytes)
	e.raw(`"}}`)
	return nil
}

func mustHaveBytes(m *chat.Media) error {
	if m.S3 != nil {
		return fault.New(fault.Validation, "This model's provider cannot read S3 locations such as '%s'. Send the bytes.", m.S3.URI)
	}
	return nil
}

// documentText writes a document into the conversation as text, with its name, so that the model can speak of it.
func documentText(m *chat.Media) (string, error) {
	if err := mustHaveBytes(m); err != nil {
		return "", err
	}
	text := m.Text
	switch {
	case text != "":
	case len(m.Chunks) > 0:
		text = strings.Join(m.Chunks, "\n")
	case m.Format != "csv" && m.Format != "html" && m.Format != "md" && m.Format != "txt":
		return "", fault.New(fault.Validation,
			"This model's provider takes documents as text only: csv, html, md and txt. The document '%s' is '%s'.", m.Name, m.Format)
	case !utf8.Valid(m.Bytes):
		return "", fault.New(fault.Validation, "The document '%s' is not text in UTF-8.", m.Name)
	default:
		text = string(m.Bytes)
	}
	var b strings.Builder
	b.WriteString("<document name=\"" + m.Name + "\">\n")
	if m.Context != "" {
		b.WriteString(m.Context + "\n\n")
	}
	b.WriteString(text + "\n</document>")
	return b.String(), nil
}
