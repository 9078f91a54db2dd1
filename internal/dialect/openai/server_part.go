package openai

import (
	"encoding/base64"
	"path"
	"strings"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

// askedPart is the union of all parts of a message; Type tells which field counts.
type askedPart struct {
	Type    string  `json:"type"`
	Text    *string `json:"text"`
	Refusal *string `json:"refusal"`
	Image   *struct {
		URL string `json:"url"`
	} `json:"image_url"`
	Audio *struct {
		Data   string `json:"data"`
		Format string `json:"format"`
	} `json:"input_audio"`
	File *struct {
		Name string `json:"filename"`
		Data string `json:"file_data"`
		ID   string `json:"file_id"`
	} `json:"file"`
}

func (p *askedPart) chat() (chat.Block, error) {
	switch p.Type {
	case "text":
		if p.Text == nil {
			return chat.Block{}, malformed.Missing("text")
		}
		return chat.Text(*p.Text), nil
	case "refusal":
		if p.Refusal == nil {
			return chat.Block{}, malformed.Missing("refusal")
		}
		return chat.Text(*p.Refusal), nil
	case "image_url":
		return p.image()
	case "input_audio":
		return p.audio()
	case "file":
		return p.file()
	}
	return chat.Block{}, malformed.At("type", "%s is not a valid enum value", p.Type)
}

func (p *askedPart) image() (chat.Block, error) {
	if p.Image == nil {
		return chat.Block{}, malformed.Missing("image_url")
	}
	kind, data, err := DataURL(p.Image.URL)
	if err != nil {
		return chat.Block{}, malformed.Under(err, "image_url", "url")
	}
	format, ok := strings.CutPrefix(kind, "image/")
	if format == "jpg" {
		format = "jpeg"
	}
	switch format {
	case "png", "jpeg", "gif", "webp":
	default:
		ok = false
	}
	if !ok {
		return chat.Block{}, malformed.Under(malformed.New("%s is not image/png, image/jpeg, image/gif or image/webp", clip(kind)), "image_url", "url")
	}
	return chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Format: format, Bytes: data}}, nil
}

func (p *askedPart) audio() (chat.Block, error) {
	if p.Audio == nil {
		return chat.Block{}, malformed.Missing("input_audio")
	}
	data, err := base64.StdEncoding.DecodeString(p.Audio.Data)
	switch {
	case err != nil || len(data) == 0:
		return chat.Block{}, malformed.Under(malformed.At("data", "is not base64"), "input_audio")
	case p.Audio.Format != "wav" && p.Audio.Format != "mp3":
		return chat.Block{}, malformed.Under(malformed.At("format", "%s is not a valid enum value", p.Audio.Format), "input_audio")
	}
	return chat.Block{Kind: chat.AudioBlock, Media: &chat.Media{Format: p.Audio.Format, Bytes: data}}, nil
}

// file reads a document that came with the request; there is no store that a file's id could name.
func (p *askedPart) file() (chat.Block, error) {
	if p.File == nil {
		return chat.Block{}, malformed.Missing("file")
	}
	if p.File.Data == "" {
		return chat.Block{}, malformed.Under(malformed.Missing("file_data"), "file")
	}
	kind, data, err := DataURL(p.File.Data)
	if err != nil {
		return chat.Block{}, malformed.Under(err, "file", "file_data")
	}
	format := map[string]string{
		"application/pdf": "pdf", "text/plain": "txt", "text/markdown": "md", "text/csv": "csv", "text/html": "html",
	}[kind]
	if format == "" {
		return chat.Block{}, malformed.Under(malformed.New("%s is not application/pdf, text/plain, text/markdown, text/csv or text/html", clip(kind)), "file", "file_data")
	}
	name := strings.TrimSuffix(p.File.Name, path.Ext(p.File.Name))
	if name == "" {
		name = "document"
	}
	return chat.Block{Kind: chat.DocumentBlock, Media: &chat.Media{Format: format, Name: name, Bytes: data}}, nil
}

// DataURL reads "data:image/png;base64,…". Addresses of other servers are refused: nothing here fetches them. Errors
// are violations for the caller to place.
func DataURL(url string) (mediaType string, data []byte, err error) {
	rest, ok := strings.CutPrefix(url, "data:")
	if !ok {
		return "", nil, malformed.New("must be a data URL such as data:image/png;base64,…; addresses are not fetched")
	}
	mediaType, encoded, ok := strings.Cut(rest, ";base64,")
	if !ok {
		return "", nil, malformed.New("must hold base64, as in data:image/png;base64,…")
	}
	mediaType, _, _ = strings.Cut(mediaType, ";")
	if data, err = base64.StdEncoding.DecodeString(encoded); err != nil || len(data) == 0 {
		return "", nil, malformed.New("is not base64")
	}
	return mediaType, data, nil
}
