package awswire

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// peek returns the byte at the reader's place, 0 at the end.
func (r *Reader) peek() byte {
	if r.pos < len(r.body) {
		return r.body[r.pos]
	}
	return 0
}

// space skips white space.
func (r *Reader) space() {
	for r.pos < len(r.body) {
		switch r.body[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

// literal takes true, false or null when it stands here.
func (r *Reader) literal(word string) bool {
	end := r.pos + len(word)
	if end > len(r.body) || string(r.body[r.pos:end]) != word {
		return false
	}
	r.pos = end
	return true
}

// text reads the string that begins here, and reports whether it had escapes: then the result is
// valid only until the next one that has.
func (r *Reader) text() (text []byte, escaped bool) {
	start := r.pos + 1
	i, ascii := start, true
	for i < len(r.body) {
		c := r.body[i]
		if plain[c] {
			i++
			continue
		}
		if c == '"' {
			break
		}
		switch {
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			r.pos = i
			r.syntax("a control character in a string")
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
		i++
	}
	if i >= len(r.body) {
		r.pos = len(r.body)
		r.unexpected()
		return nil, false
	}
	r.pos = i + 1
	text = r.body[start:i]
	if escaped {
		var err error
		r.scratch, err = jsontext.AppendUnquote(r.scratch[:0], r.body[start-1:i+1])
		if err != nil {
			r.syntax("a string with a malformed escape, or that is not UTF-8")
		}
		return r.scratch, true
	}
	if !ascii && !utf8.Valid(text) {
		r.syntax("a string that is not UTF-8")
	}
	return text, false
}

// quoted is text for a string whose bytes the caller checks itself: without escapes it is only cut out.
func (r *Reader) quoted() []byte {
	rest := r.body[r.pos+1:]
	end := bytes.IndexByte(rest, '"')
	if end < 0 || bytes.IndexByte(rest[:end], '\\') >= 0 {
		text, _ := r.text()
		return text
	}
	r.pos += end + 2
	return rest[:end]
}

// number reads the digits of a number.
func (r *Reader) number(want string) []byte {
	if r.err != nil {
		return nil
	}
	if c := r.peek(); c != '-' && (c < '0' || c > '9') {
		r.mismatch(want)
		return nil
	}
	start := r.pos
	r.scanNumber()
	return r.body[start:r.pos]
}

// scanNumber passes a number, which JSON writes without leading zeros or a bare point.
func (r *Reader) scanNumber() {
	if r.peek() == '-' {
		r.pos++
	}
	if r.peek() == '0' {
		r.pos++
	} else {
		r.digits()
	}
	if r.peek() == '.' {
		r.pos++
		r.digits()
	}
	if c := r.peek(); c == 'e' || c == 'E' {
		r.pos++
		if c := r.peek(); c == '+' || c == '-' {
			r.pos++
		}
		r.digits()
	}
}

// digits passes one digit or more.
func (r *Reader) digits() {
	start := r.pos
	for '0' <= r.peek() && r.peek() <= '9' {
		r.pos++
	}
	if r.pos == start {
		r.unexpected()
	}
}

// Skip passes one value of any kind, which must be valid JSON.
func (r *Reader) Skip() {
	outer := len(r.frames)
	for r.err == nil {
		r.skipOne()
		// Close every array and object that ends here.
		for r.err == nil && len(r.frames) > outer && !r.another() {
			continue
		}
		if len(r.frames) <= outer {
			return
		}
	}
}

// skipOne passes a scalar, or enters an array or object.
func (r *Reader) skipOne() {
	r.space()
	switch c := r.peek(); {
	case c == '"':
		r.text()
	case c == '{':
		r.open('{', frame{}, "")
	case c == '[':
		r.open('[', frame{index: 1}, "")
	case c == '-' || '0' <= c && c <= '9':
		r.scanNumber()
	case r.literal("true"), r.literal("false"), r.literal("null"):
	default:
		r.unexpected()
	}
}

// another steps to the next value inside the innermost frame, or leaves the frame.
func (r *Reader) another() bool {
	if r.frames[len(r.frames)-1].index > 0 {
		return r.next(']') != nil
	}
	if r.next('}') == nil {
		return false
	}
	if r.peek() != '"' {
		r.unexpected()
		return false
	}
	r.text()
	if r.space(); r.peek() != ':' {
		r.unexpected()
		return false
	}
	r.pos++
	return true
}
