// Package anthropic reads and writes Anthropic Messages bodies as Bedrock's InvokeModel carries them, and
// the same words for an upstream that speaks Messages itself.
//
// A field that no word of chat can hold travels in chat.Request.Extra under its own name. A known field is
// kept there as well when chat's word for it would lose something, and on the way out Extra is laid over
// what the other words say. So a request that passes through chat loses nothing.
package anthropic

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

// Version is the anthropic_version that Bedrock documents. Any other is accepted too: newer clients send dates.
const Version = "bedrock-2023-05-31"

// request is the body of a call.
type request struct {
	Version       *string        `json:"anthropic_version,omitzero"`
	Model         jsontext.Value `json:"model,omitzero"`
	Stream        jsontext.Value `json:"stream,omitzero"`
	MaxTokens     *int           `json:"max_tokens,omitzero"`
	System        content        `json:"system,omitzero"`
	Messages      []message      `json:"messages"`
	Temperature   *float64       `json:"temperature,omitzero"`
	TopP          *float64       `json:"top_p,omitzero"`
	TopK          *int           `json:"top_k,omitzero"`
	StopSequences []string       `json:"stop_sequences,omitzero"`
	Tools         []tool         `json:"tools,omitzero"`
	ToolChoice    *toolChoice    `json:"tool_choice,omitzero"`
	Thinking      jsontext.Value `json:"thinking,omitzero"`
	OutputConfig  jsontext.Value `json:"output_config,omitzero"`
	Reasoning     jsontext.Value `json:"reasoning_config,omitzero"` // Converse's other name of thinking, never on this wire
	Rest          jsontext.Value `json:",embed"`
}

type message struct {
	Role    string  `json:"role"`
	Content content `json:"content"`
}

type tool struct {
	Type         string         `json:"type,omitzero"`
	Name         string         `json:"name"`
	Description  string         `json:"description,omitzero"`
	InputSchema  jsontext.Value `json:"input_schema,omitzero"`
	Strict       *bool          `json:"strict,omitzero"`
	CacheControl *cacheControl  `json:"cache_control,omitzero"`
	Rest         jsontext.Value `json:",embed"`
}

type toolChoice struct {
	Type   string `json:"type"`
	Name   string `json:"name,omitzero"`
	Serial bool   `json:"disable_parallel_tool_use,omitzero"`
}

type cacheControl struct {
	Type string `json:"type"`
	TTL  string `json:"ttl,omitzero"`
}

// content is a list of blocks; a plain string stands for one text block, an empty one for none.
type content []block

// UnmarshalJSONFrom reads either form.
func (c *content) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch kind := dec.PeekKind(); kind {
	case '"':
		var text string
		if err := json.UnmarshalDecode(dec, &text); err != nil {
			return err
		}
		*c = nil
		if text != "" {
			*c = content{{Type: "text", Text: &text}}
		}
		return nil
	case '[', 'n', 0:
		return json.UnmarshalDecode(dec, (*[]block)(c))
	default:
		return wrongKind(dec, "JSONArray", kind)
	}
}

// source is where an image or a document comes from. A search result's source is a plain string.
type source struct {
	Type      string  `json:"type"`
	MediaType string  `json:"media_type,omitzero"`
	Data      *string `json:"data,omitzero"`
	Content   content `json:"content,omitzero"`
	URL       *string `json:"url,omitzero"`
	FileID    *string `json:"file_id,omitzero"`

	plain *string
}

// UnmarshalJSONFrom reads the object, or the string of a search result.
func (s *source) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type object source
	switch kind := dec.PeekKind(); kind {
	case '"':
		*s = source{plain: new(string)}
		return json.UnmarshalDecode(dec, s.plain)
	case '{', 0:
		return json.UnmarshalDecode(dec, (*object)(s))
	default:
		return wrongKind(dec, "JSONObject", kind)
	}
}

// MarshalJSONTo is the reverse of UnmarshalJSONFrom.
func (s *source) MarshalJSONTo(enc *jsontext.Encoder) error {
	if s.plain != nil {
		return enc.WriteToken(jsontext.String(*s.plain))
	}
	type object source
	return json.MarshalEncode(enc, (*object)(s))
}

// wrongKind reports the value that is next in dec.
func wrongKind(dec *jsontext.Decoder, wanted string, found jsontext.Kind) error {
	if err := dec.SkipValue(); err != nil {
		return err
	}
	return &malformed.Violation{
		Path: string(dec.StackPointer()),
		What: "expected type: " + wanted + ", found: " + malformed.Found(found),
	}
}
