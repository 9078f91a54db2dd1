package tokens

import (
	"iter"

	"github.com/outcrop/outcrop/internal/chat"
)

// What the frame around content costs, in tokens. Models differ; these are near what chat templates
// add, and on the low side, so that an estimate is seldom above the bill.
const (
	perMessage = 4 // role and turn markers
	perTool    = 8 // the declaration around a tool's name, description and schema
	perToolUse = 8 // the markers around one tool use or tool result, its id included
)

// Part is one piece of a request in the order a model reads it. One of Schema, Tool and Block is set.
type Part struct {
	Schema *chat.OutputSchema
	Tool   *chat.Tool
	Block  *chat.Block
	Role   chat.Role // of the message a Block belongs to; empty in system prompts
	Tokens int64
}

// CachePoint returns the cache point the part is, or nil.
func (p *Part) CachePoint() *chat.CachePoint {
	switch {
	case p.Tool != nil:
		return p.Tool.CachePoint
	case p.Block != nil && p.Block.Kind == chat.CachePointBlock:
		return p.Block.CachePoint
	default:
		return nil
	}
}

// Parts yields the request's input: the output schema, tools, system prompts, then messages. The
// Part is reused from one step to the next.
func (v *Vocabulary) Parts(r *chat.Request) iter.Seq[*Part] {
	return func(yield func(*Part) bool) {
		var p Part
		give := func(next Part) bool { p = next; return yield(&p) }
		if r.Output != nil && !give(Part{Schema: r.Output, Tokens: v.schema(r.Output)}) {
			return
		}
		if r.Tools != nil {
			for i := range r.Tools.Tools {
				if t := &r.Tools.Tools[i]; !give(Part{Tool: t, Tokens: v.Tool(t)}) {
					return
				}
			}
		}
		for i := range r.System {
			if b := &r.System[i]; !give(Part{Block: b, Tokens: v.Block(b)}) {
				return
			}
		}
		for i := range r.Messages {
			frame := int64(perMessage)
			for j := range r.Messages[i].Content {
				b := &r.Messages[i].Content[j]
				if !give(Part{Block: b, Role: r.Messages[i].Role, Tokens: frame + v.Block(b)}) {
					return
				}
				frame = 0
			}
		}
	}
}

// Request counts a request's input for a model of no known family.
func Request(r *chat.Request) int64 { return general.Request(r) }

// Request counts a request's input.
func (v *Vocabulary) Request(r *chat.Request) int64 {
	var n int64
	for p := range v.Parts(r) {
		n += p.Tokens
	}
	return n
}

func (v *Vocabulary) schema(o *chat.OutputSchema) int64 {
	return v.Text(o.Name) + v.Text(o.Description) + v.Text(o.Schema)
}

// Tool counts one tool's declaration; a cache point among the tools is free.
func (v *Vocabulary) Tool(t *chat.Tool) int64 {
	if t.CachePoint != nil {
		return 0
	}
	return perTool + v.Text(t.Name) + v.Text(t.Description) + v.Bytes(t.Schema)
}

// Block counts one piece of content. A text costs what Text says and nothing more, so the same
// count serves an answer and the next request that repeats it.
func (v *Vocabulary) Block(b *chat.Block) int64 {
	n := v.Text(b.Text) + v.Bytes(b.Raw)
	if b.Media != nil {
		n += v.media(b.Kind, b.Media)
	}
	if u := b.ToolUse; u != nil {
		n += v.ToolUseStart(u) + v.Bytes(u.Input)
	}
	if t := b.ToolResult; t != nil {
		n += perToolUse
		for i := range t.Content {
			n += v.Block(&t.Content[i])
		}
	}
	if r := b.Reasoning; r != nil {
		n += v.Text(r.Text) + int64(len(r.Redacted))/redactedBytes
	}
	return n
}

// ToolUseStart counts what comes before a tool use's input: its markers and the tool's name.
func (v *Vocabulary) ToolUseStart(u *chat.ToolUse) int64 { return perToolUse + v.Text(u.Name) }

// Embed counts the inputs of a request for vectors, for a model of no known family.
func Embed(r *chat.EmbedRequest) int64 { return general.Embed(r) }

// Embed counts the inputs of a request for vectors.
func (v *Vocabulary) Embed(r *chat.EmbedRequest) int64 {
	var n int64
	for _, input := range r.Inputs {
		for i := range input {
			n += v.Block(&input[i])
		}
	}
	return n
}

// Rerank counts the search units of a request: its documents, each cut into pieces that leave room for the
// query, by the hundred.
func Rerank(r *chat.RerankRequest) int64 {
	room := max(chat.TokensPerDocument-Text(r.Query), 1)
	var pieces int64
	for _, d := range r.Documents {
		pieces += max(1, (Text(d)+room-1)/room)
	}
	return max(1, (pieces+chat.DocumentsPerUnit-1)/chat.DocumentsPerUnit)
}
