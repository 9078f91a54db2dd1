// Package nova reads and writes the bodies of Amazon's Nova models, which say nearly what Converse says.
package nova

import (
	"github.com/go-json-experiment/json/jsontext"
)

// schema is the schemaVersion of the bodies.
const schema = "messages-v1"

type request struct {
	Schema    *string          `json:"schemaVersion,omitzero"`
	System    []block          `json:"system,omitzero"`
	Messages  []message        `json:"messages"`
	Inference inference        `json:"inferenceConfig,omitzero"`
	Tools     *toolConfig      `json:"toolConfig,omitzero"`
	Reasoning *reasoningConfig `json:"reasoningConfig,omitzero"`
}

type message struct {
	Role    string  `json:"role"`
	Content []block `json:"content"`
}

// inference has the documented names, and those that the models take beside them.
type inference struct {
	MaxTokens   *int     `json:"max_new_tokens,omitzero"`
	Temperature *float64 `json:"temperature,omitzero"`
	TopP        *float64 `json:"topP,omitzero"`
	TopK        *int     `json:"topK,omitzero"`
	Stop        []string `json:"stopSequences,omitzero"`

	OtherMaxTokens *int     `json:"maxTokens,omitzero"`
	OtherTopP      *float64 `json:"top_p,omitzero"`
	OtherTopK      *int     `json:"top_k,omitzero"`
}

type toolConfig struct {
	Tools  []tool      `json:"tools"`
	Choice *toolChoice `json:"toolChoice,omitzero"`
}

type tool struct {
	Spec       *toolSpec   `json:"toolSpec,omitzero"`
	CachePoint *cachePoint `json:"cachePoint,omitzero"`
}

type toolSpec struct {
	Name        string `json:"name"`
	Description string `json:"description,omitzero"`
	Input       struct {
		JSON jsontext.Value `json:"json"`
	} `json:"inputSchema"`
}

type toolChoice struct {
	Auto *struct{} `json:"auto,omitzero"`
	Any  *struct{} `json:"any,omitzero"`
	Tool *struct {
		Name string `json:"name"`
	} `json:"tool,omitzero"`
}

type reasoningConfig struct {
	Type   string `json:"type"`
	Effort string `json:"maxReasoningEffort,omitzero"`
}

type cachePoint struct {
	Type string `json:"type"`
	TTL  string `json:"ttl,omitzero"`
}

// block is the union of all content blocks: one member is set.
type block struct {
	Text       *string     `json:"text,omitzero"`
	Image      *media      `json:"image,omitzero"`
	Document   *media      `json:"document,omitzero"`
	Video      *media      `json:"video,omitzero"`
	Audio      *media      `json:"audio,omitzero"`
	ToolUse    *toolUse    `json:"toolUse,omitzero"`
	ToolResult *toolResult `json:"toolResult,omitzero"`
	Reasoning  *reasoning  `json:"reasoningContent,omitzero"`
	CachePoint *cachePoint `json:"cachePoint,omitzero"`

	// JSON stands in tool results only.
	JSON jsontext.Value `json:"json,omitzero"`
}

type media struct {
	Format string `json:"format"`
	Name   string `json:"name,omitzero"`
	Source source `json:"source"`
}

type source struct {
	Bytes []byte      `json:"bytes,omitzero"`
	S3    *s3Location `json:"s3Location,omitzero"`
}

type s3Location struct {
	URI   string `json:"uri"`
	Owner string `json:"bucketOwner,omitzero"`
}

type toolUse struct {
	ID    string         `json:"toolUseId"`
	Name  string         `json:"name"`
	Input jsontext.Value `json:"input,omitzero"`
}

type toolResult struct {
	ID      string  `json:"toolUseId"`
	Content []block `json:"content"`
	Status  string  `json:"status,omitzero"`
}

type reasoning struct {
	Text     *reasoningText `json:"reasoningText,omitzero"`
	Redacted []byte         `json:"redactedContent,omitzero"`
}

type reasoningText struct {
	Text      string `json:"text"`
	Signature string `json:"signature,omitzero"`
}

type usage struct {
	Input      int64  `json:"inputTokens"`
	Output     int64  `json:"outputTokens"`
	Total      int64  `json:"totalTokens,omitzero"`
	CacheRead  *int64 `json:"cacheReadInputTokenCount,omitzero"`
	CacheWrite *int64 `json:"cacheWriteInputTokenCount,omitzero"`
}
