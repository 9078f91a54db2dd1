package anthropic

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

// block is the union of all content blocks; Type tells which fields count.
type block struct {
	Type string `json:"type"`

	Text *string `json:"text,omitzero"` // text

	Source  *source `json:"source,omitzero"`  // image, document, search_result
	Title   *string `json:"title,omitzero"`   // document, search_result
	Context *string `json:"context,omitzero"` // document

	ID     *string        `json:"id,omitzero"`     // tool_use
	Name   *string        `json:"name,omitzero"`   // tool_use
	Input  jsontext.Value `json:"input,omitzero"`  // tool_use
	Caller jsontext.Value `json:"caller,omitzero"` // tool_use, as answers of newer models carry it

	ToolUseID *string `json:"tool_use_id,omitzero"` // tool_result
	Content   content `json:"content,omitzero"`     // tool_result, search_result
	IsError   *bool   `json:"is_error,omitzero"`    // tool_result

	Thinking  *string `json:"thinking,omitzero"`  // thinking
	Signature *string `json:"signature,omitzero"` // thinking
	Data      *string `json:"data,omitzero"`      // redacted_thinking

	Citations    jsontext.Value `json:"citations,omitzero"` // text: a list; document, search_result: {"enabled":…}
	CacheControl *cacheControl  `json:"cache_control,omitzero"`
}

// only refuses a block that has fields which its type does not know.
func (b *block) only(allowed ...string) error {
	for _, f := range [...]struct {
		name    string
		present bool
	}{
		{"text", b.Text != nil},
		{"source", b.Source != nil},
		{"title", b.Title != nil},
		{"context", b.Context != nil},
		{"id", b.ID != nil},
		{"name", b.Name != nil},
		{"input", b.Input != nil},
		{"caller", b.Caller != nil},
		{"tool_use_id", b.ToolUseID != nil},
		{"content", b.Content != nil},
		{"is_error", b.IsError != nil},
		{"thinking", b.Thinking != nil},
		{"signature", b.Signature != nil},
		{"data", b.Data != nil},
		{"citations", given(b.Citations)},
		{"cache_control", b.CacheControl != nil},
	} {
		if f.present && !slices.Contains(allowed, f.name) {
			return malformed.Extraneous(f.name)
		}
	}
	return nil
}

// given reports whether an optional value is there; null is as good as nothing.
func given(v jsontext.Value) bool { return len(v) > 0 && v.Kind() != 'n' }

// need returns the text of a field that a block must have.
func need(field *string, name string) (string, error) {
	if field == nil {
		return "", malformed.Missing(name)
	}
	return *field, nil
}

// either returns the text of an optional field.
func either(field *string) string {
	if field == nil {
		return ""
	}
	return *field
}

// pointer is the field for an optional text.
func pointer(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
