package converse

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

func jsonNumber(n int) jsontext.Value { return strconv.AppendInt(nil, int64(n), 10) }

func quote(s string) jsontext.Value { return awswire.AppendString(nil, s) }

func cachePointOf(p *chat.CachePoint) *brt.CachePointBlock {
	return &brt.CachePointBlock{Type: brt.CachePointTypeDefault, TTL: given(brt.CacheTTL(p.TTL))}
}

func systemOf(b *chat.Block) (brt.SystemContentBlock, error) {
	switch b.Kind {
	case chat.TextBlock:
		return brt.SystemContentBlock{Text: &b.Text}, nil
	case chat.CachePointBlock:
		return brt.SystemContentBlock{CachePoint: cachePointOf(b.CachePoint)}, nil
	case chat.GuardBlock:
		g, err := guardContentOf(b)
		return brt.SystemContentBlock{GuardContent: g}, err
	}
	return brt.SystemContentBlock{}, invalid("A system prompt can hold text, guard content and cache points only.")
}

func guardContentOf(b *chat.Block) (*brt.GuardrailConverseContentBlock, error) {
	if len(b.Raw) == 0 {
		return &brt.GuardrailConverseContentBlock{Text: &brt.GuardrailConverseTextBlock{Text: b.Text}}, nil
	}
	g := new(brt.GuardrailConverseContentBlock)
	return g, readable(read(b.Raw, g))
}

// readable makes the caller's error of JSON that was kept raw and does not fit.
func readable(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Validation, err, "The request has a content block that can't be written for this model.")
}

// documentNames are the names given to the documents of a request so far: Converse demands names of few
// characters, each once.
type documentNames map[string]bool

// block writes one block of a request.
func (d documentNames) block(b *chat.Block) (brt.ContentBlock, error) {
	switch b.Kind {
	case chat.DocumentBlock:
		return brt.ContentBlock{Document: d.document(b.Media)}, nil
	case chat.ToolResultBlock:
		r, err := d.toolResult(b.ToolResult)
		return brt.ContentBlock{ToolResult: r}, err
	case chat.CachePointBlock:
		return brt.ContentBlock{CachePoint: cachePointOf(b.CachePoint)}, nil
	case chat.GuardBlock:
		g, err := guardContentOf(b)
		return brt.ContentBlock{GuardContent: g}, err
	case chat.SearchResultBlock:
		s := new(brt.SearchResultBlock)
		return brt.ContentBlock{SearchResult: s}, readable(read(b.Raw, s))
	case chat.TextBlock:
		if b.Text == "" && len(b.Raw) > 0 {
			return brt.ContentBlock{Text: new(string(b.Raw))}, nil
		}
	}
	out, err := contentBlock(b)
	return out, readable(err)
}

func (d documentNames) toolResult(r *chat.ToolResult) (*brt.ToolResultBlock, error) {
	out := &brt.ToolResultBlock{ToolUseID: r.ID, Content: make([]brt.ToolResultContentBlock, len(r.Content))}
	if r.Error {
		out.Status = new(brt.ToolResultStatusError)
	}
	for i := range r.Content {
		b := &r.Content[i]
		if b.Kind == chat.TextBlock && b.Text == "" && len(b.Raw) > 0 {
			out.Content[i].JSON = b.Raw
			continue
		}
		c, err := d.block(b)
		if err != nil {
			return nil, err
		}
		out.Content[i] = brt.ToolResultContentBlock{
			Text: c.Text, Image: c.Image, Document: c.Document, Video: c.Video, SearchResult: c.SearchResult,
		}
		if c.Text == nil && c.Image == nil && c.Document == nil && c.Video == nil && c.SearchResult == nil {
			return nil, invalid("A tool's result can hold text, JSON, images, documents, videos and search results only.")
		}
	}
	return out, nil
}

func (d documentNames) document(m *chat.Media) *brt.DocumentBlock {
	out := &brt.DocumentBlock{
		Name: d.name(m.Name), Format: given(brt.DocumentFormat(m.Format)), Context: given(m.Context),
		Source: &brt.DocumentSource{Bytes: m.Bytes, S3Location: s3Location(m.S3)},
	}
	if m.Citations {
		out.Citations = &brt.CitationsConfig{Enabled: true}
	}
	switch {
	case len(m.Chunks) > 0:
		for i := range m.Chunks {
			out.Source.Content = append(out.Source.Content, brt.DocumentContentBlock{Text: &m.Chunks[i]})
		}
	case m.Text != "":
		out.Source.Text = &m.Text
	}
	return out
}

// name makes a name that Converse takes: other characters become hyphens, and a name that was there
// before gets a number.
func (d documentNames) name(wanted string) string {
	clean := strings.Map(func(c rune) rune {
		if c < 0x80 && properName(string(c)) {
			return c
		}
		return '-'
	}, strings.Join(strings.Fields(wanted), " "))
	if clean == "" {
		clean = "document"
	}
	const longest = 190 // of 200, so that a number fits
	clean = clean[:min(len(clean), longest)]
	name := clean
	for n := 2; d[name]; n++ {
		name = clean + " " + strconv.Itoa(n)
	}
	d[name] = true
	return name
}
