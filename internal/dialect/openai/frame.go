package openai

import (
	"bytes"
	"unicode/utf8"
)

// frame is what stands around the text in a chunk that carries text and nothing else. Most chunks of a stream differ
// in that text alone, and one with a known frame around a plain JSON string needs no parser: whatever a parser found
// in the last one, it would find in this one, but for the text.
type frame struct {
	head, tail []byte // up to and from the quotes; empty when nothing is known
}

// cut returns the text of a line that has this frame. It reports false for any other line, and for text with escapes.
func (f *frame) cut(line []byte) (string, bool) {
	if len(f.head) == 0 || len(line) <= len(f.head)+len(f.tail) || !bytes.HasPrefix(line, f.head) || !bytes.HasSuffix(line, f.tail) {
		return "", false
	}
	text := line[len(f.head) : len(line)-len(f.tail)]
	for _, c := range text {
		if c < ' ' || c == '"' || c == '\\' {
			return "", false
		}
	}
	return string(text), utf8.Valid(text)
}

// learn remembers the frame of a line whose chunk has been read; end is where its text ended, behind the quote.
func (f *frame) learn(line []byte, c *chunk, end int64) {
	start := int(end) - 1 - len(c.content)
	if c.content == "" || c.id != "" || c.refusal != "" || c.reasoning != "" || c.finish != "" || c.met != "" ||
		len(c.calls) > 0 || c.hasUsage || c.err.present || start < 1 || line[start-1] != '"' || string(line[start:end-1]) != c.content {
		return // something else counts in this chunk, or the text has escapes
	}
	f.head = append(f.head[:0], line[:start]...)
	f.tail = append(f.tail[:0], line[end-1:]...)
}
