package anthropic

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/fault"
)

// The Converse forms of cited text and search results, which chat keeps raw.
type (
	textPiece struct {
		Text string `json:"text"`
	}
	citationsContent struct {
		Content   []textPiece        `json:"content"`
		Citations []converseCitation `json:"citations"`
	}
	converseCitation struct {
		Title         string      `json:"title,omitzero"`
		Source        string      `json:"source,omitzero"`
		SourceContent []textPiece `json:"sourceContent,omitzero"`
		Location      location    `json:"location,omitzero"`
	}
	location struct {
		Char   *span `json:"documentChar,omitzero"`
		Page   *span `json:"documentPage,omitzero"`
		Chunk  *span `json:"documentChunk,omitzero"`
		Search *span `json:"searchResultLocation,omitzero"`
	}
	span struct {
		Document *int `json:"documentIndex,omitzero"`
		Search   *int `json:"searchResultIndex,omitzero"`
		Start    int  `json:"start"`
		End      int  `json:"end"`
	}
	searchResult struct {
		Source    string      `json:"source"`
		Title     string      `json:"title"`
		Content   []textPiece `json:"content"`
		Citations *enabled    `json:"citations,omitzero"`
	}
)

// citation is Anthropic's form: the names of its members depend on the kind of place.
type citation struct {
	Type          string `json:"type"`
	CitedText     string `json:"cited_text,omitzero"`
	DocumentIndex *int   `json:"document_index,omitzero"`
	DocumentTitle string `json:"document_title,omitzero"`
	SearchIndex   *int   `json:"search_result_index,omitzero"`
	Source        string `json:"source,omitzero"`
	Title         string `json:"title,omitzero"`
	StartChar     *int   `json:"start_char_index,omitzero"`
	EndChar       *int   `json:"end_char_index,omitzero"`
	StartPage     *int   `json:"start_page_number,omitzero"`
	EndPage       *int   `json:"end_page_number,omitzero"`
	StartBlock    *int   `json:"start_block_index,omitzero"`
	EndBlock      *int   `json:"end_block_index,omitzero"`
}

// citedText turns text with citations, as an earlier answer gave it, into Converse's form.
func citedText(text string, raw jsontext.Value) (chat.Block, error) {
	var cs []citation
	if err := unmarshal(raw, &cs); err != nil {
		return chat.Block{}, malformed.Under(err, "citations")
	}
	if len(cs) == 0 {
		return chat.Text(text), nil
	}
	out := citationsContent{Content: []textPiece{{text}}}
	for i, c := range cs {
		one, err := c.converse()
		if err != nil {
			return chat.Block{}, malformed.Under(err, "citations", i)
		}
		out.Citations = append(out.Citations, one)
	}
	v, err := json.Marshal(out)
	return chat.Block{Kind: chat.CitationsBlock, Raw: v}, err
}

func (c *citation) converse() (converseCitation, error) {
	out := converseCitation{Title: c.DocumentTitle}
	if c.CitedText != "" {
		out.SourceContent = []textPiece{{c.CitedText}}
	}
	at := func(start, end *int) *span {
		return &span{Document: c.DocumentIndex, Search: c.SearchIndex, Start: number(start), End: number(end)}
	}
	switch c.Type {
	case "char_location":
		out.Location.Char = at(c.StartChar, c.EndChar)
	case "page_location":
		out.Location.Page = at(c.StartPage, c.EndPage)
	case "content_block_location":
		out.Location.Chunk = at(c.StartBlock, c.EndBlock)
	case "search_result_location":
		out.Location.Search = at(c.StartBlock, c.EndBlock)
		out.Title, out.Source = c.Title, c.Source
	default:
		return out, malformed.At("type", "%s is not a valid enum value", c.Type)
	}
	return out, nil
}

func number(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

// citedBlock is the reverse of citedText.
func citedBlock(raw jsontext.Value) (block, error) {
	var in citationsContent
	if err := json.Unmarshal(raw, &in); err != nil {
		return block{}, fault.Wrap(fault.Validation, err, "A citationsContent block cannot be written for this model.")
	}
	var text string
	for _, piece := range in.Content {
		text += piece.Text
	}
	cs := make([]citation, len(in.Citations))
	for i := range in.Citations {
		cs[i] = in.Citations[i].anthropic()
	}
	b := block{Type: "text", Text: &text}
	var err error
	b.Citations, err = json.Marshal(cs)
	return b, err
}

func (c *converseCitation) anthropic() citation {
	var out citation
	for _, piece := range c.SourceContent {
		out.CitedText += piece.Text
	}
	l := &c.Location
	switch {
	case l.Page != nil:
		out.Type, out.DocumentIndex, out.StartPage, out.EndPage = "page_location", l.Page.Document, &l.Page.Start, &l.Page.End
	case l.Chunk != nil:
		out.Type, out.DocumentIndex, out.StartBlock, out.EndBlock = "content_block_location", l.Chunk.Document, &l.Chunk.Start, &l.Chunk.End
	case l.Search != nil:
		out.Type, out.SearchIndex, out.StartBlock, out.EndBlock = "search_result_location", l.Search.Search, &l.Search.Start, &l.Search.End
		out.Title, out.Source = c.Title, c.Source
		return out
	default:
		out.Type = "char_location"
		if l.Char != nil {
			out.DocumentIndex, out.StartChar, out.EndChar = l.Char.Document, &l.Char.Start, &l.Char.End
		}
	}
	out.DocumentTitle = c.Title
	return out
}
