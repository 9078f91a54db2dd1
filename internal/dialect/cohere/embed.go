package cohere

import (
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/dialect/openai"
)

// Embed is the dialect of the embedding models: Embed v3, or Embed v4, which takes more.
type Embed struct{ V4 bool }

// The limits of one call, and the encodings of vectors.
const (
	mostTexts  = 96
	mostTokens = 128_000
)

var encodings = []string{"float", "int8", "uint8", "binary", "ubinary"}

type embedBody struct {
	Texts     []string     `json:"texts"`
	Images    []string     `json:"images"` // data URLs
	Inputs    []embedInput `json:"inputs"` // v4
	Purpose   *string      `json:"input_type"`
	Truncate  *string      `json:"truncate"`
	Types     []string     `json:"embedding_types"`
	Dimension *int         `json:"output_dimension"` // v4
	MaxTokens *int         `json:"max_tokens"`       // v4
}

type embedInput struct {
	Content []embedPart `json:"content"`
}

type embedPart struct {
	Type  string  `json:"type"`
	Text  *string `json:"text"`
	Image *struct {
		URL string `json:"url"`
	} `json:"image_url"`
}

// DecodeRequest reads the body of an InvokeModel call. Every error is a *fault.Error with the code Validation.
func (e Embed) DecodeRequest(body []byte) (*chat.EmbedRequest, error) {
	var w embedBody
	if err := dialect.Unmarshal(body, &w); err != nil {
		return nil, malformed.Fault(err)
	}
	r, err := e.request(&w)
	return r, malformed.Fault(err)
}

func (e Embed) request(w *embedBody) (*chat.EmbedRequest, error) {
	if err := e.check(w); err != nil {
		return nil, err
	}
	r := &chat.EmbedRequest{Purpose: *w.Purpose, Types: w.Types, Normalize: true}
	if w.Truncate != nil {
		r.Truncate = map[string]string{"NONE": "none", "START": "start", "LEFT": "start", "END": "end", "RIGHT": "end"}[*w.Truncate]
	}
	if w.Dimension != nil {
		r.Dimensions = *w.Dimension
	}
	if w.MaxTokens != nil {
		r.MaxTokens = *w.MaxTokens
	}
	var err error
	r.Inputs, err = w.inputs()
	return r, err
}

// check is the schema of the body: what must be there, what the version does not know, and the values of lists.
func (e Embed) check(w *embedBody) error {
	purposes := []string{"search_document", "search_query", "classification", "clustering", "image"}
	cuts := []string{"NONE", "START", "END"}
	if e.V4 {
		cuts = append(cuts, "LEFT", "RIGHT")
	}
	switch {
	case !e.V4 && w.Inputs != nil:
		return malformed.Extraneous("inputs")
	case !e.V4 && w.Dimension != nil:
		return malformed.Extraneous("output_dimension")
	case !e.V4 && w.MaxTokens != nil:
		return malformed.Extraneous("max_tokens")
	case w.Purpose == nil:
		return malformed.Missing("input_type")
	case !slices.Contains(purposes, *w.Purpose):
		return malformed.At("input_type", "%s is not a valid enum value", *w.Purpose)
	case w.Truncate != nil && !slices.Contains(cuts, *w.Truncate):
		return malformed.At("truncate", "%s is not a valid enum value", *w.Truncate)
	case w.Dimension != nil && !slices.Contains([]int{256, 512, 1024, 1536}, *w.Dimension):
		return malformed.At("output_dimension", "%d is not a valid enum value", *w.Dimension)
	case w.MaxTokens != nil && (*w.MaxTokens < 1 || *w.MaxTokens > mostTokens):
		return malformed.At("max_tokens", "%d is not between 1 and %d", *w.MaxTokens, mostTokens)
	case w.Types != nil && len(w.Types) == 0:
		return malformed.At("embedding_types", "expected minimum item count: 1, found: 0")
	}
	for i, t := range w.Types {
		if !slices.Contains(encodings, t) || slices.Contains(w.Types[:i], t) {
			return malformed.Under(malformed.New("%s is not a valid enum value", t), "embedding_types", i)
		}
	}
	return nil
}

// inputs reads the one of the three lists that is there.
func (w *embedBody) inputs() ([][]chat.Block, error) {
	given := 0
	for _, n := range [...]int{len(w.Texts), len(w.Images), len(w.Inputs)} {
		if n > 0 {
			given++
		}
		if n > mostTexts {
			return nil, malformed.New("expected maximum item count: %d, found: %d", mostTexts, n)
		}
	}
	switch {
	case given != 1:
		return nil, malformed.New("exactly one of [texts], [images] and [inputs] must have items, found %d", given)
	case len(w.Images) > 1:
		return nil, malformed.At("images", "expected maximum item count: 1, found: %d", len(w.Images))
	case len(w.Images) == 1:
		image, err := imageOf(w.Images[0])
		return [][]chat.Block{{image}}, malformed.Under(err, "images", 0)
	}
	out := chat.TextInputs(w.Texts...)
	for i, t := range w.Texts {
		if t == "" {
			return nil, malformed.Under(malformed.New("expected minLength: 1, actual: 0"), "texts", i)
		}
	}
	for i := range w.Inputs {
		blocks, err := w.Inputs[i].blocks()
		if err != nil {
			return nil, malformed.Under(err, "inputs", i, "content")
		}
		out = append(out, blocks)
	}
	return out, nil
}

func (in *embedInput) blocks() ([]chat.Block, error) {
	if len(in.Content) == 0 {
		return nil, malformed.New("expected minimum item count: 1, found: 0")
	}
	out := make([]chat.Block, len(in.Content))
	for i := range in.Content {
		switch p := &in.Content[i]; {
		case p.Type == "text" && p.Text != nil && *p.Text != "":
			out[i] = chat.Text(*p.Text)
		case p.Type == "image_url" && p.Image != nil:
			var err error
			if out[i], err = imageOf(p.Image.URL); err != nil {
				return nil, malformed.Under(err, i, "image_url", "url")
			}
		case p.Type == "text" || p.Type == "image_url":
			return nil, malformed.Under(malformed.Missing(p.Type), i)
		default:
			return nil, malformed.Under(malformed.At("type", "%s is not a valid enum value", p.Type), i)
		}
	}
	return out, nil
}

func imageOf(url string) (chat.Block, error) {
	kind, data, err := openai.DataURL(url)
	if err != nil {
		return chat.Block{}, err
	}
	return chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Format: strings.TrimPrefix(kind, "image/"), Bytes: data}}, nil
}
