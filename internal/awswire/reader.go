package awswire

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/fault"
)

// Reader reads one JSON body in the shape its caller expects. It is a pull parser over the whole
// body: no token values, no reflection, strings copied once. The first mistake sticks, every
// later read returns a zero value, and Err tells it. Members that are null count as absent.
//
//	for r.Object(); r.Member(); {
//		switch string(r.Name()) { … default: r.Skip() }
//	}
type Reader struct {
	gaps
	body    []byte
	pos     int
	err     error
	frames  []frame
	scratch []byte // the last string that had escapes
	items   int
}

// frame is one open object or array: where the reader is in it.
type frame struct {
	name  []byte // of the member being read
	index int    // of the item being read, from 1; 0 in an object
	entry bool   // the name is the key of a map's entry
	later bool   // a comma must come before the next member or item
}

const (
	// maxDepth bounds how deep a body may nest.
	maxDepth = 512
	// maxItems bounds the list items of a body, because an item of three bytes becomes a structure
	// of a hundred.
	maxItems = 1 << 17
)

// Reset makes the reader begin with body, and forget all else but its memory.
func (r *Reader) Reset(body []byte) {
	*r = Reader{body: body, frames: r.frames[:0], scratch: r.scratch[:0]}
}

// Err returns the first mistake, or one about text behind the JSON value.
func (r *Reader) Err() error {
	if r.err == nil && r.pos > 0 {
		if r.space(); r.pos < len(r.body) {
			r.syntax("there is text behind the JSON value")
		}
	}
	return r.err
}

// Object enters an object. An empty body and a top-level null are an object without members.
func (r *Reader) Object() {
	r.space()
	if len(r.frames) == 0 && (r.pos == len(r.body) || r.literal("null")) {
		return
	}
	r.open('{', frame{}, "a structure")
}

// Array enters an array.
func (r *Reader) Array() {
	r.space()
	r.open('[', frame{}, "a list")
}

func (r *Reader) open(c byte, f frame, want string) {
	switch {
	case r.err != nil:
	case r.peek() != c:
		r.mismatch(want)
	case len(r.frames) == maxDepth:
		r.syntax("it nests deeper than 512 levels")
	default:
		r.pos++
		r.frames = append(r.frames, f)
	}
}

// next steps to the next member or item of the innermost frame; at its end it leaves the frame.
func (r *Reader) next(end byte) *frame {
	if r.err != nil || len(r.frames) == 0 {
		return nil
	}
	f := &r.frames[len(r.frames)-1]
	r.space()
	switch c := r.peek(); {
	case c == end:
		r.pos++
		r.frames = r.frames[:len(r.frames)-1]
		return nil
	case f.later && c == ',':
		r.pos++
		r.space()
	case f.later:
		r.unexpected()
		return nil
	}
	f.later = true
	return f
}

// Member steps to the next member that is not null, and reports whether there is one.
func (r *Reader) Member() bool {
	for {
		f := r.next('}')
		if f == nil {
			return false
		}
		if r.peek() != '"' {
			r.unexpected()
			return false
		}
		name, escaped := r.text()
		if escaped {
			name = bytes.Clone(name)
		}
		f.name = name
		r.space()
		if r.peek() != ':' {
			r.unexpected()
			return false
		}
		r.pos++
		r.space()
		if r.err != nil {
			return false
		}
		if !r.literal("null") {
			return true
		}
	}
}

// Entry is Member for an object that is a map.
func (r *Reader) Entry() bool {
	if !r.Member() {
		return false
	}
	r.frames[len(r.frames)-1].entry = true
	return true
}

// Name returns the current member's name, or the entry's key, valid until the next call of Member or Entry.
func (r *Reader) Name() []byte { return r.frames[len(r.frames)-1].name }

// Item steps to the next item, and reports whether there is one.
func (r *Reader) Item() bool {
	f := r.next(']')
	if f == nil {
		return false
	}
	f.index++
	if r.items++; r.items > maxItems {
		r.fail("The request has more than %d list items", maxItems)
		return false
	}
	return true
}

// Null reports whether the current item is null, and notes it as missing.
func (r *Reader) Null() bool {
	if r.err != nil || !r.literal("null") {
		return false
	}
	r.note(r.path())
	return true
}

// Missing notes that a required member of the structure just read was absent.
func (r *Reader) Missing(name string) {
	if r.err != nil {
		return
	}
	r.note(join(r.path(), name))
}

// String reads a string.
func (r *Reader) String() string { return string(r.Text()) }

// Text reads a string as bytes that are valid until the next read.
func (r *Reader) Text() []byte {
	if r.err != nil {
		return nil
	}
	if r.peek() != '"' {
		r.mismatch("a String")
		return nil
	}
	text, _ := r.text()
	return text
}

// Blob reads base64: the standard alphabet, padded, without line breaks.
func (r *Reader) Blob() []byte {
	if r.err != nil {
		return nil
	}
	if r.peek() != '"' {
		r.mismatch("a Blob")
		return nil
	}
	text := r.quoted()
	blob := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(blob, text)
	if err != nil || bytes.ContainsAny(text, "\r\n") {
		r.fail("The value at '%s' is not valid base64", clip(r.path()))
		return nil
	}
	return blob[:n]
}

// Bool reads true or false.
func (r *Reader) Bool() bool {
	switch {
	case r.err != nil:
	case r.literal("true"):
		return true
	case r.literal("false"):
	default:
		r.mismatch("a Boolean")
	}
	return false
}

// Int reads a whole number of 32 bits.
func (r *Reader) Int() int { return int(r.integer(32, "an Integer")) }

// Int64 reads a whole number of 64 bits.
func (r *Reader) Int64() int64 { return r.integer(64, "a Long") }

func (r *Reader) integer(bits int, want string) int64 {
	text := r.number(want)
	if r.err != nil {
		return 0
	}
	n, err := strconv.ParseInt(string(text), 10, bits)
	if err == nil {
		return n
	}
	// 256.0 and 2.56e2 are whole numbers too.
	const exact = 1 << 53
	f, err := strconv.ParseFloat(string(text), 64)
	if n := int64(f); err == nil && f > -exact && f < exact && float64(n) == f && n == n<<(64-bits)>>(64-bits) {
		return n
	}
	r.fail("The number %s at '%s' can not be converted to %s", clip(string(text)), clip(r.path()), want)
	return 0
}

// Float reads a number.
func (r *Reader) Float() float64 {
	text := r.number("a Float")
	if r.err != nil {
		return 0
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		r.fail("The number %s at '%s' is out of range", clip(string(text)), clip(r.path()))
	}
	return f
}

// Document reads any value as it stands. The result shares the body's memory.
func (r *Reader) Document() jsontext.Value {
	start := r.pos
	r.Skip()
	if r.err != nil {
		return nil
	}
	return jsontext.Value(r.body[start:r.pos:r.pos])
}

// fail notes a mistake that AWS calls a SerializationException.
func (r *Reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fault.New(fault.Serialization, format, args...)
	}
}

// syntax notes that the body is no JSON.
func (r *Reader) syntax(why string) {
	r.fail("The request body is not valid JSON: %s (byte %d)", why, r.pos)
}

// unexpected notes a character that cannot stand where it does.
func (r *Reader) unexpected() {
	if r.pos >= len(r.body) {
		r.syntax("it ends too early")
		return
	}
	c, _ := utf8.DecodeRune(r.body[r.pos:])
	r.syntax("unexpected " + strconv.QuoteRune(c))
}

// mismatch notes a value of another type than the shape's, in the words AWS uses.
func (r *Reader) mismatch(want string) {
	path := r.path()
	if path == "" {
		path = "the top of the body"
	} else {
		path = "'" + clip(path) + "'"
	}
	switch c := r.peek(); {
	case c == '{':
		r.fail("Start of structure or map found where not expected: %s must be %s", path, want)
	case c == '[':
		r.fail("Start of list found where not expected: %s must be %s", path, want)
	case c == '"':
		r.fail("STRING_VALUE can not be converted to %s at %s", want, path)
	case c == '-' || '0' <= c && c <= '9':
		r.fail("NUMBER_VALUE can not be converted to %s at %s", want, path)
	case r.literal("true"):
		r.fail("TRUE_VALUE can not be converted to %s at %s", want, path)
	case r.literal("false"):
		r.fail("FALSE_VALUE can not be converted to %s at %s", want, path)
	case r.literal("null"):
		r.fail("NULL_VALUE can not be converted to %s at %s", want, path)
	default:
		r.unexpected()
	}
}

// path says where the reader is, as AWS writes paths: messages.1.member.content.
func (r *Reader) path() string {
	var b []byte
	for i := range r.frames {
		f := &r.frames[i]
		if f.index == 0 && f.name == nil {
			continue
		}
		if len(b) > 0 {
			b = append(b, '.')
		}
		if f.index > 0 {
			b = strconv.AppendInt(b, int64(f.index), 10)
			b = append(b, ".member"...)
			continue
		}
		b = append(b, f.name...)
		if f.entry {
			b = append(b, ".member"...)
		}
	}
	return string(b)
}
