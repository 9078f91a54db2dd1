package chat

import "github.com/go-json-experiment/json/jsontext"

// BlockKind says which field of a Block counts.
type BlockKind uint8

// The kinds of content.
const (
	TextBlock BlockKind = iota
	ImageBlock
	DocumentBlock
	VideoBlock
	AudioBlock
	ToolUseBlock
	ToolResultBlock
	ReasoningBlock
	CachePointBlock
	GuardBlock
	CitationsBlock
	SearchResultBlock
)

// Block is one piece of content. Kind tells which of the fields is set: Text for TextBlock and
// GuardBlock, Media for the four media kinds, Raw for kinds that are only passed through.
type Block struct {
	Kind       BlockKind
	Text       string
	Media      *Media
	ToolUse    *ToolUse
	ToolResult *ToolResult
	Reasoning  *Reasoning
	CachePoint *CachePoint

	// Raw is the Converse JSON of a CitationsBlock, a SearchResultBlock, or a GuardBlock that is not plain text.
	Raw jsontext.Value
}

// Text makes a text block.
func Text(s string) Block { return Block{Kind: TextBlock, Text: s} }

// Media is an image, a document, a video or a sound.
type Media struct {
	Format string // "png", "pdf", "mp4", …; as Converse names formats
	Name   string // documents only
	Bytes  []byte // decoded; nil when the source is elsewhere
	S3     *S3Location
	Text   string   // a document given as text
	Chunks []string // a document given as texts already cut, which citations count

	// Context and Citations belong to documents.
	Context   string
	Citations bool
}

// S3Location is a source that only a real Bedrock can read.
type S3Location struct{ URI, Owner string }

// ToolUse is a model's request to run a tool.
type ToolUse struct {
	ID    string
	Name  string
	Input jsontext.Value // a JSON value, normally an object
}

// ToolResult answers a ToolUse.
type ToolResult struct {
	ID      string
	Content []Block // text, image, document, video; JSON stands in Raw of a TextBlock with no text
	Error   bool
}

// Reasoning is a model's thinking: text with a signature that proves it, or redacted bytes.
type Reasoning struct {
	Text      string
	Signature string
	Redacted  []byte
}

// CachePoint marks the end of a prefix worth caching.
type CachePoint struct {
	TTL string // "", "5m" or "1h"
}
