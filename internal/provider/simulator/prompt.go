package simulator

import (
	"slices"
	"unicode/utf8"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/tokens"
)

// maxCachePoints is how many cache points one request may have.
const maxCachePoints = 4

// prompt is what the simulator knows of a request after reading it once.
type prompt struct {
	digest digest // of everything a model would read
	tokens int64
	words  *tokens.Vocabulary // what counts them

	messages, system         int // system in characters
	images, documents, other int // other: videos and sounds
	imageBytes, documentSize int
	documentName             string // of the last document

	last *chat.Message // the last turn, nil when there is none

	// Where prompt caching may begin and end. marks is nil when there is no cache point.
	marks  []mark
	points []point
}

// mark is the end of a block: how much comes before it, and its digest.
type mark struct {
	digest digest
	tokens int64
}

// point is a cache point behind marks[mark].
type point struct {
	mark int
	ttl  string
}

// read walks a request once.
func read(r *chat.Request, words *tokens.Vocabulary) (*prompt, error) {
	p := &prompt{messages: len(r.Messages), words: words}
	if n := len(r.Messages); n > 0 {
		p.last = &r.Messages[n-1]
	}
	caching := hasCachePoint(r)
	for part := range words.Parts(r) {
		if at := part.CachePoint(); at != nil {
			if len(p.marks) > 0 {
				p.points = append(p.points, point{len(p.marks) - 1, at.TTL})
			}
			continue
		}
		p.tokens += part.Tokens
		p.take(part)
		if caching {
			p.marks = append(p.marks, mark{p.digest, p.tokens})
		}
	}
	if n := len(p.points); n > maxCachePoints {
		return nil, modelSays("A maximum of %d blocks with cache_control may be provided. Found %d.", maxCachePoints, n)
	}
	return p, nil
}

// modelSays is a refusal in the words of the model rather than of the API in front of it.
func modelSays(format string, args ...any) *fault.Error {
	return fault.New(fault.Validation, "The model returned the following errors: "+format, args...)
}

func hasCachePoint(r *chat.Request) bool {
	if r.Tools != nil && slices.ContainsFunc(r.Tools.Tools, func(t chat.Tool) bool { return t.CachePoint != nil }) {
		return true
	}
	marked := func(b chat.Block) bool { return b.CachePoint != nil }
	return slices.ContainsFunc(r.System, marked) ||
		slices.ContainsFunc(r.Messages, func(m chat.Message) bool { return slices.ContainsFunc(m.Content, marked) })
}

// take counts one part and mixes it into the digest.
func (p *prompt) take(part *tokens.Part) {
	switch {
	case part.Schema != nil:
		p.digest = add(p.digest, part.Schema.Schema)
	case part.Tool != nil:
		p.digest = add(add(add(p.digest, part.Tool.Name), part.Tool.Description), part.Tool.Schema)
	case part.Block != nil:
		if part.Role == "" {
			p.system += utf8.RuneCountInString(part.Block.Text)
		}
		p.digest = add(p.digest, part.Role)
		p.block(part.Block)
	}
}

func (p *prompt) block(b *chat.Block) {
	p.digest = add(add(p.digest.word(uint64(b.Kind)), b.Text), b.Raw)
	if m := b.Media; m != nil {
		p.media(b.Kind, m)
	}
	if u := b.ToolUse; u != nil {
		p.digest = add(add(add(p.digest, u.ID), u.Name), u.Input)
	}
	if t := b.ToolResult; t != nil {
		p.digest = add(p.digest, t.ID)
		for i := range t.Content {
			p.block(&t.Content[i])
		}
	}
	if r := b.Reasoning; r != nil {
		p.digest = add(add(p.digest, r.Text), r.Redacted)
	}
}

func (p *prompt) media(kind chat.BlockKind, m *chat.Media) {
	p.digest = add(add(add(p.digest, m.Name), m.Text), m.Bytes)
	if m.S3 != nil {
		p.digest = add(p.digest, m.S3.URI)
	}
	size := len(m.Bytes) + len(m.Text)
	switch kind {
	case chat.ImageBlock:
		p.images++
		p.imageBytes += size
	case chat.DocumentBlock:
		p.documents++
		p.documentSize += size
		p.documentName = m.Name
	default:
		p.other++
	}
}

// results returns the tool results the last turn brings.
func (p *prompt) results() []*chat.ToolResult {
	if p.last == nil || p.last.Role != chat.User {
		return nil
	}
	var found []*chat.ToolResult
	for i := range p.last.Content {
		if t := p.last.Content[i].ToolResult; t != nil {
			found = append(found, t)
		}
	}
	return found
}

// question returns the last text of the last turn.
func (p *prompt) question() string {
	if p.last == nil {
		return ""
	}
	for i := len(p.last.Content) - 1; i >= 0; i-- {
		if b := &p.last.Content[i]; b.Kind == chat.TextBlock && b.Text != "" {
			return b.Text
		}
	}
	return ""
}
