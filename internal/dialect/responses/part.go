package responses

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/dialect/openai"
)

// parts is the content of an item; a plain string stands for one part of text.
type parts []part

// UnmarshalJSONFrom reads either form, and null as nothing.
func (p *parts) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '"' {
		return json.UnmarshalDecode(d, (*[]part)(p))
	}
	var text string
	err := json.UnmarshalDecode(d, &text)
	*p = parts{{Type: "input_text", Text: &text}}
	return err
}

// part is the union of all parts; Type tells which fields count.
type part struct {
	Type     string  `json:"type"`
	Text     *string `json:"text"`
	Refusal  *string `json:"refusal"`
	ImageURL *string `json:"image_url"`
	FileID   *string `json:"file_id"`
	FileURL  *string `json:"file_url"`
	FileData *string `json:"file_data"`
	Filename string  `json:"filename"`
}

func (p parts) blocks(member string) ([]chat.Block, error) {
	out := make([]chat.Block, 0, len(p))
	for i := range p {
		b, err := p[i].chat()
		if err != nil {
			return nil, malformed.Under(err, member, i)
		}
		if b.Kind != chat.TextBlock || b.Text != "" {
			out = append(out, b)
		}
	}
	return out, nil
}

func (p *part) chat() (chat.Block, error) {
	switch p.Type {
	case "input_text", "output_text", "text":
		if p.Text == nil {
			return chat.Block{}, malformed.Missing("text")
		}
		return chat.Text(*p.Text), nil
	case "refusal":
		if p.Refusal == nil {
			return chat.Block{}, malformed.Missing("refusal")
		}
		return chat.Text(*p.Refusal), nil
	case "input_image":
		if p.ImageURL == nil {
			return chat.Block{}, elsewhere("image_url", p.FileID, nil)
		}
		return image(*p.ImageURL)
	case "input_file":
		if p.FileData == nil {
			return chat.Block{}, elsewhere("file_data", p.FileID, p.FileURL)
		}
		return file(p.Filename, *p.FileData)
	}
	return chat.Block{}, malformed.At("type", "%s is not a valid enum value", p.Type)
}

// elsewhere refuses a part whose content is not in the request.
func elsewhere(member string, id, url *string) error {
	if id != nil || url != nil {
		return refuse("Files cannot be named by file_id or file_url: nothing is stored or fetched here. Send the content in " + member + ".")
	}
	return malformed.Missing(member)
}

func image(url string) (chat.Block, error) {
	kind, data, err := openai.DataURL(url)
	if err != nil {
		return chat.Block{}, malformed.Under(err, "image_url")
	}
	format := strings.TrimPrefix(kind, "image/")
	if format == "jpg" {
		format = "jpeg"
	}
	switch format {
	case "png", "jpeg", "gif", "webp":
		return chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Format: format, Bytes: data}}, nil
	}
	return chat.Block{}, malformed.At("image_url", "%s is not image/png, image/jpeg, image/gif or image/webp", clip(kind))
}

func file(name, url string) (chat.Block, error) {
	kind, data, err := openai.DataURL(url)
	if err != nil {
		return chat.Block{}, malformed.Under(err, "file_data")
	}
	format := map[string]string{
		"application/pdf": "pdf", "text/plain": "txt", "text/markdown": "md", "text/csv": "csv", "text/html": "html",
	}[kind]
	if format == "" {
		return chat.Block{}, malformed.At("file_data", "%s is not application/pdf, text/plain, text/markdown, text/csv or text/html", clip(kind))
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	if name == "" {
		name = "document"
	}
	return chat.Block{Kind: chat.DocumentBlock, Media: &chat.Media{Format: format, Name: name, Bytes: data}}, nil
}
