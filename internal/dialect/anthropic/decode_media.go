package anthropic

import (
	"encoding/base64"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

func (b *block) image() (chat.Block, error) {
	if err := b.only("source", "cache_control"); err != nil {
		return chat.Block{}, err
	}
	if b.Source == nil {
		return chat.Block{}, malformed.Missing("source")
	}
	m := &chat.Media{Format: mediaFormat("image", b.Source.MediaType)}
	switch m.Format {
	case "png", "jpeg", "gif", "webp":
	default:
		return chat.Block{}, malformed.Under(malformed.At("media_type", "%s is not a valid enum value", b.Source.MediaType), "source")
	}
	if b.Source.Type != "base64" {
		return chat.Block{}, malformed.Under(b.Source.unknown(), "source")
	}
	var err error
	m.Bytes, err = b.Source.bytes()
	return chat.Block{Kind: chat.ImageBlock, Media: m}, malformed.Under(err, "source")
}

func (b *block) document() (chat.Block, error) {
	if err := b.only("source", "title", "context", "citations", "cache_control"); err != nil {
		return chat.Block{}, err
	}
	if b.Source == nil {
		return chat.Block{}, malformed.Missing("source")
	}
	m := &chat.Media{Name: either(b.Title), Context: either(b.Context)}
	if err := b.Source.document(m); err != nil {
		return chat.Block{}, malformed.Under(err, "source")
	}
	wanted, err := citationsSwitch(b.Citations)
	if err != nil {
		return chat.Block{}, malformed.Under(err, "citations")
	}
	m.Citations = wanted != nil && wanted.Enabled
	return chat.Block{Kind: chat.DocumentBlock, Media: m}, nil
}

// document reads a document's source into m: a PDF, a plain text, or a list of texts.
func (s *source) document(m *chat.Media) error {
	var err error
	switch s.Type {
	case "base64":
		if s.MediaType != "application/pdf" {
			return malformed.At("media_type", "%s is not a valid enum value", s.MediaType)
		}
		m.Format = "pdf"
		m.Bytes, err = s.bytes()
	case "text":
		if s.MediaType != "text/plain" {
			return malformed.At("media_type", "%s is not a valid enum value", s.MediaType)
		}
		m.Format = "txt"
		m.Text, err = need(s.Data, "data")
		if err == nil && m.Text == "" {
			err = malformed.At("data", "expected minLength: 1, actual: 0")
		}
	case "content":
		m.Format = "txt"
		if len(s.Content) == 0 {
			return malformed.Missing("content")
		}
		for i := range s.Content {
			if s.Content[i].Type != "text" {
				return malformed.Under(malformed.At("type", "%s is not a valid enum value", s.Content[i].Type), "content", i)
			}
			m.Chunks = append(m.Chunks, either(s.Content[i].Text))
		}
	default:
		return s.unknown()
	}
	return err
}

// unknown refuses a type of source; Bedrock takes no URLs and no uploaded files.
func (s *source) unknown() error {
	if s.plain != nil {
		return malformed.New("expected type: JSONObject, found: String")
	}
	if s.Type == "" {
		return malformed.Missing("type")
	}
	return malformed.At("type", "%s is not a valid enum value", s.Type)
}

// bytes decodes base64 data, which must not be empty.
func (s *source) bytes() ([]byte, error) {
	data, err := need(s.Data, "data")
	if err != nil {
		return nil, err
	}
	raw, err := base64.StdEncoding.DecodeString(data)
	switch {
	case err != nil:
		return nil, malformed.At("data", "is not base64")
	case len(raw) == 0:
		return nil, malformed.At("data", "expected minLength: 1, actual: 0")
	}
	return raw, nil
}
