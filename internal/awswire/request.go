package awswire

import (
	"net/textproto"
	"net/url"
	"strconv"

	"github.com/outcrop/outcrop/internal/fault"
)

// Request is one request on its way into an operation's input. The first thing that goes wrong
// sticks; Err tells it.
type Request struct {
	Call *Call

	match   Match
	reader  Reader
	checker Checker
	query   url.Values
	err     error
}

func (r *Request) begin(c *Call, m Match) {
	r.Call, r.match = c, m
	r.reader.reset(c.Body)
	r.checker.reset(&r.reader)
}

func (r *Request) end() {
	r.Call, r.match, r.query, r.err = nil, Match{}, nil, nil
	r.reader.reset(nil)
	r.checker.reset(&r.reader)
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
	return r.checker.Err()
}

func (r *Request) fail(code fault.Code, format string, args ...any) {
	if r.err == nil {
		r.err = fault.New(code, format, args...)
	}
}

// Label returns a part of the path, unescaped once.
func (r *Request) Label(name string) string {
	raw := r.match.label(name)
	text, err := url.PathUnescape(raw)
	if err != nil {
		r.fail(fault.Validation, "The path has a malformed percent escape in %s: %s", name, clip(raw))
	}
	return text
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

// Checker returns the collector of violated constraints.
func (r *Request) Checker() *Checker { return &r.checker }
