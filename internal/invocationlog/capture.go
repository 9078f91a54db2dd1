package invocationlog

import (
	"bytes"
	"net/http"
)

// maxCapture bounds what is kept of one answer. A larger one is logged without its body.
const maxCapture = 32 << 20

// capture lets an answer through and keeps a copy.
type capture struct {
	http.ResponseWriter
	buf      bytes.Buffer
	kind     string // the answer's content type
	overflow bool
}

// Write implements http.ResponseWriter.
func (c *capture) Write(b []byte) (int, error) {
	if c.kind == "" {
		c.kind = c.Header().Get("Content-Type")
	}
	switch {
	case c.overflow:
	case c.buf.Len()+len(b) > maxCapture:
		c.overflow, c.buf = true, bytes.Buffer{}
	default:
		c.buf.Write(b)
	}
	return c.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (c *capture) Unwrap() http.ResponseWriter { return c.ResponseWriter }
