// Package jsonscan finds members of a JSON object without reading the rest of it, so that a body which is passed on can
// be looked into at the cost of looking for quotes.
//
// It believes that its input is JSON: what is not is walked somehow, within its bounds, and whoever gets it in the end
// refuses it. It proves nothing about a value, nor that a name comes once.
package jsonscan

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// Object walks the members of an object in their order:
//
//	for o := jsonscan.New(body); o.Next(); {
//		switch string(o.Name) { … }
//	}
type Object struct {
	Name  []byte // without its quotes and escapes; valid until the next call of Next
	Value []byte // as it stands
	Start int    // where the member's name begins in the body
	End   int    // where the value ends

	body []byte
	pos  int
	done bool
	room []byte // names that had escapes
}

// New begins to walk the object that body is. Of anything else there are no members.
func New(body []byte) Object {
	o := Object{body: body}
	o.space()
	if o.peek() != '{' {
		o.done = true
		return o
	}
	o.pos++
	return o
}

// Next steps to the next member, and reports whether there is one.
func (o *Object) Next() bool {
	if o.done {
		return false
	}
	o.space()
	if o.peek() == ',' {
		o.pos++
		o.space()
	}
	o.done = true // unless a whole member follows
	if o.peek() != '"' {
		return false
	}
	o.Start = o.pos
	end := stringEnd(o.body, o.pos)
	if end < 0 {
		return false
	}
	quoted := o.body[o.pos:end]
	o.Name = quoted[1 : len(quoted)-1]
	if bytes.IndexByte(o.Name, '\\') >= 0 {
		o.room, _ = jsontext.AppendUnquote(o.room[:0], quoted) // a malformed name is no name anyone asks for
		o.Name = o.room
	}
	o.pos = end
	if o.space(); o.peek() != ':' {
		return false
	}
	o.pos++
	o.space()
	end = valueEnd(o.body, o.pos)
	if end <= o.pos {
		return false
	}
	o.Value = o.body[o.pos:end]
	o.pos, o.End, o.done = end, end, false
	return true
}

// Rest is the body from behind the last member on: a brace, and white space, in a body that is well formed.
func (o *Object) Rest() []byte { return o.body[o.pos:] }

func (o *Object) peek() byte {
	if o.pos < len(o.body) {
		return o.body[o.pos]
	}
	return 0
}

func (o *Object) space() {
	for o.pos < len(o.body) {
		switch o.body[o.pos] {
		case ' ', '\t', '\n', '\r':
			o.pos++
		default:
			return
		}
	}
}

// stringEnd is where the string that begins at start ends, its quote included, or -1.
func stringEnd(b []byte, start int) int {
	for from := start + 1; ; {
		i := bytes.IndexByte(b[from:], '"')
		if i < 0 {
			return -1
		}
		quote := from + i
		escapes := 0
		for b[quote-1-escapes] == '\\' { // ends at the opening quote at the latest
			escapes++
		}
		if escapes%2 == 0 {
			return quote + 1
		}
		from = quote + 1
	}
}

// valueEnd is where the value that begins at start ends, or -1.
func valueEnd(b []byte, start int) int {
	depth := 0
	for i := start; i < len(b); {
		switch b[i] {
		case '"':
			if i = stringEnd(b, i); i < 0 {
				return -1
			}
		case '{', '[':
			depth++
			i++
		case '}', ']':
			if depth--; depth < 0 {
				return i // the end of the object around a number or a word
			}
			i++
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i
			}
			i++
			continue
		default:
			i++
			continue
		}
		if depth == 0 {
			return i
		}
	}
	return -1
}
