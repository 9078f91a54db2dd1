package awswire

import (
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"github.com/outcrop/outcrop/internal/fault"
)

// Request is one request on its way into an operation's input. The first thing that goes wrong
// sticks; Err tells it.
type Request struct {
	Call *Call

	guard   Guard
	match   Match
	reader  Reader
	form    Form
	checker Checker
	query   url.Values
	err     error
}

func (r *Request) begin(g Guard, c *Call, m Match) {
	r.guard, r.Call, r.match = g, c, m
	r.reader.Reset(c.Body)
	r.checker.reset(&r.reader.gaps)
}

// Rewind forgets what has been read and found, so that the request can be read once more.
func (r *Request) Rewind() {
	r.err = nil
	r.reader.Reset(r.Call.Body)
	r.checker.reset(&r.reader.gaps)
}

func (r *Request) end() {
	r.guard, r.Call, r.match, r.query, r.err = nil, nil, Match{}, nil, nil
	r.reader.Reset(nil)
	r.form = Form{}
	r.checker.reset(&r.reader.gaps)
}

// Err returns why the request cannot be served: the first thing that could not be read, or all
// violated constraints in one sentence.
func (r *Request) Err() error {
	if r.err != nil {
		return r.err
	}
	if err := r.reader.Err(); err != nil {
		return err
	}
	if err := r.form.Err(); err != nil {
		return err
	}
	return r.checker.Err()
}

// Permit asks the service's guard whether the caller may do the operation with this input, which has been decoded and
// checked.
func (r *Request) Permit(in any) error {
	if r.guard == nil {
		return nil
	}
	return r.guard.Permit(r.Call, r.match.Operation.Name, in)
}

func (r *Request) fail(code fault.Code, format string, args ...any) {
	if r.err == nil {
		r.err = fault.New(code, format, args...)
	}
}

// Label returns a part of the path, unescaped once.
func (r *Request) Label(name string) string {
	raw := r.match.label(name)
	text, ok := unescape(raw)
	if !ok {
		r.fail(fault.Validation, "The path has a malformed percent escape in %s: %s", name, clip(raw))
	}
	return text
}

// unescape replaces each percent escape by its byte, once; a plus stays a plus.
func unescape(s string) (string, bool) {
	if !strings.Contains(s, "%") {
		return s, true
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+2 >= len(s) {
				return "", false
			}
			high, low := unhex(s[i+1]), unhex(s[i+2])
			if high < 0 || low < 0 {
				return "", false
			}
			c = byte(high<<4 | low)
			i += 2
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

// unhex is the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// Query returns the first value of a query parameter.
func (r *Request) Query(name string) (string, bool) {
	if r.query == nil {
		values, err := url.ParseQuery(r.Call.Request.URL.RawQuery)
		if err != nil {
			r.fail(fault.Validation, "The query string is malformed: %v", err)
		}
		r.query = values
	}
	list, ok := r.query[name]
	if !ok {
		return "", false
	}
	return list[0], true
}

// Header returns the first value of a header; an empty one counts as absent.
func (r *Request) Header(name string) (string, bool) {
	list := r.Call.Request.Header[textproto.CanonicalMIMEHeaderKey(name)]
	if len(list) == 0 || list[0] == "" {
		return "", false
	}
	return list[0], true
}

// ParseInt reads a number from text that came in the path, query or headers.
func (r *Request) ParseInt(text, at string) int {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		r.fail(fault.Serialization, "'%s' at '%s' can not be converted to an Integer", clip(text), at)
	}
	return int(n)
}

// ParseBool reads true or false from text that came in the path, query or headers.
func (r *Request) ParseBool(text, at string) bool {
	if text != "true" && text != "false" {
		r.fail(fault.Serialization, "'%s' at '%s' can not be converted to a Boolean", clip(text), at)
	}
	return text == "true"
}

// Payload returns the body as the operation's payload: the bytes themselves, not a copy.
func (r *Request) Payload() []byte { return r.Call.Body }

// Body returns the reader of the JSON body.
func (r *Request) Body() *Reader { return &r.reader }

// Form returns the reader of the parameters, in the query protocol.
func (r *Request) Form() *Form {
	r.form.Reset(r.Call.Request.URL.RawQuery, r.Call.Body)
	r.checker.reset(&r.form.gaps)
	return &r.form
}

// Checker returns the collector of violated constraints.
func (r *Request) Checker() *Checker { return &r.checker }
