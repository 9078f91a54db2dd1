package awswire

import (
	"net/http"
	"strconv"
)

// Response is one answer on its way out.
type Response struct {
	service *Service
	writer  http.ResponseWriter
	call    *Call
	buf     []byte
	status  int
	begun   bool // the status line has gone out
}

func (w *Response) begin(s *Service, writer http.ResponseWriter, c *Call) {
	w.service, w.writer, w.call = s, writer, c
}

func (w *Response) end() {
	buf := w.buf
	if cap(buf) > 1<<16 {
		buf = nil // a rare large answer must not stay for ever
	}
	*w = Response{buf: buf[:0]}
}

// Buffer returns empty memory to append an answer to; the next answer reuses it.
func (w *Response) Buffer() []byte { return w.buf[:0] }

// Header returns the headers of the answer.
func (w *Response) Header() http.Header { return w.writer.Header() }

// Output is an answer that can write itself as JSON.
type Output interface{ AppendJSON(b []byte) []byte }

// RawJSON is an answer that is JSON already, and goes out as it is.
type RawJSON []byte

// AppendJSON implements Output.
func (j RawJSON) AppendJSON(b []byte) []byte { return append(b, j...) }

// Output answers with what an operation returned; RawJSON is not copied.
func (w *Response) Output(status int, operation string, out Output) error {
	switch raw, ok := out.(RawJSON); {
	case out == nil:
		return NoOutput(operation)
	case ok:
		w.Header()["Content-Type"] = []string{contentJSON}
		return w.Bytes(status, raw)
	}
	return w.JSON(status, out.AppendJSON(w.Buffer()))
}

// JSON answers with a JSON body.
func (w *Response) JSON(status int, body []byte) error {
	w.buf = body
	w.Header()["Content-Type"] = []string{w.service.Protocol.ContentType()}
	return w.Bytes(status, body)
}

// Empty answers with a body that has nothing in it, for an operation that returns nothing.
func (w *Response) Empty(status int) error {
	w.Header()["Content-Type"] = []string{w.service.Protocol.ContentType()}
	return w.Bytes(status, nil)
}

// Bytes answers with a body whose content type is already set. A client that has left is no
// error of the operation, so the write's result is dropped.
func (w *Response) Bytes(status int, body []byte) error {
	w.head(status)
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.writer.WriteHeader(status)
	_, _ = w.writer.Write(body)
	return nil
}

// head sets what every answer carries.
func (w *Response) head(status int) {
	writeCommonHeaders(w.Header(), w.call)
	w.status, w.begun = status, true
}

const (
	contentJSON   = "application/json"
	contentStream = "application/vnd.amazon.eventstream"
)

// writeCommonHeaders copies the call's own headers and adds the request id.
func writeCommonHeaders(h http.Header, c *Call) {
	for name, values := range c.Header {
		h[name] = values
	}
	h["X-Amzn-Requestid"] = []string{c.RequestID}
}
