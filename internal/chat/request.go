// Package chat is one conversation in the form every dialect is read into and written from.
package chat

import "github.com/go-json-experiment/json/jsontext"

// Request is what a caller asks of a model. Slices and raw JSON are shared with the body they were
// read from and must not be changed.
type Request struct {
	System   []Block // text, guard content and cache points
	Messages []Message
	// Prompt is set when the caller wrote one prompt out for the model, turns and all, as the older families
	// take it. The only message then is that prompt, not to be laid out again.
	Prompt    bool
	Inference Inference
	Tools     *ToolConfig
	Thinking  *Thinking
	Output    *OutputSchema
	Guardrail *Guardrail

	// Extra is additionalModelRequestFields: fields of the model's own, a JSON object or nil.
	Extra jsontext.Value
	// ExtraPaths are the JSON pointers of additionalModelResponseFieldPaths.
	ExtraPaths []string

	Metadata map[string]string // requestMetadata: logged and metered, never sent to the model
	Tier     string            // service tier: "", "default", "priority", "flex", "reserved"
	Latency  string            // performance: "", "standard", "optimized"
}

// Inference holds the sampling parameters. A nil field was not given.
type Inference struct {
	MaxTokens   *int
	Temperature *float64
	TopP        *float64
	TopK        *int
	Stop        []string
}

// Role is who speaks a message. System text is not a message here.
type Role string

// The two roles.
const (
	User      Role = "user"
	Assistant Role = "assistant"
)

// Message is one turn.
type Message struct {
	Role    Role
	Content []Block
}

// ToolConfig is the tools a model may use and how it must choose.
type ToolConfig struct {
	Tools  []Tool
	Choice ToolChoice
}

// Tool is one function the model may ask for. A tool with CachePoint set is not a tool but a cache
// point in the list of tools, and has nothing else.
type Tool struct {
	Name        string
	Description string
	Schema      jsontext.Value // JSON schema of the input
	Strict      *bool
	CachePoint  *CachePoint
}

// ChoiceMode is how a model must treat its tools.
type ChoiceMode uint8

// ChoiceAuto leaves it to the model, ChoiceAny demands some tool, ChoiceTool demands one by name,
// ChoiceNone forbids all (OpenAI- and Anthropic-shaped requests only).
const (
	ChoiceAuto ChoiceMode = iota
	ChoiceAny
	ChoiceTool
	ChoiceNone
)

// ToolChoice is the mode, and the tool's name for ChoiceTool.
type ToolChoice struct {
	Mode ChoiceMode
	Name string
	// Serial is set when the caller forbids more than one tool use in an answer.
	Serial bool
}

// Thinking asks for extended reasoning.
type Thinking struct {
	Budget int    // tokens; 0 means the model's own choice
	Effort string // "", "low", "medium", "high"
}

// OutputSchema demands an answer that fits a JSON schema.
type OutputSchema struct {
	Name, Description string
	Schema            string // JSON text, as Converse carries it
}

// Guardrail names a guardrail; Outcrop passes it through to providers that have them.
type Guardrail struct {
	ID, Version, Trace, StreamMode string
}

// Caches reports whether the request has any cache point, so that an answer shows the cache's counts. A
// nil request, one that nobody read, shows none.
func (r *Request) Caches() bool {
	if r == nil {
		return false
	}
	if hasCachePoint(r.System) {
		return true
	}
	if r.Tools != nil {
		for i := range r.Tools.Tools {
			if r.Tools.Tools[i].CachePoint != nil {
				return true
			}
		}
	}
	for i := range r.Messages {
		if hasCachePoint(r.Messages[i].Content) {
			return true
		}
	}
	return false
}

func hasCachePoint(blocks []Block) bool {
	for i := range blocks {
		if blocks[i].Kind == CachePointBlock {
			return true
		}
	}
	return false
}
