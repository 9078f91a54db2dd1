package awswire

import (
	"net/http"
	"strconv"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

// ErrorFrame says an error inside a stream that has begun: it appends the stream's last piece.
type ErrorFrame interface {
	AppendFrame(dst []byte, err error) []byte
}

// InitEvents prepares a stream of server-sent events, which answers with status 200 once its first event comes.
// Events are made with AppendEvent.
func (s *Stream) InitEvents(w *Response, last ErrorFrame) {
	s.Init(w, http.StatusOK, last)
	s.header = http.Header{
		"Content-Type":      {"text/event-stream; charset=utf-8"},
		"Cache-Control":     {"no-cache"},
		"X-Accel-Buffering": {"no"}, // a proxy that collects a stream delivers it in one piece
	}
}

// AppendEvent appends a server-sent event. An empty name is left out. The data is one line, as JSON
// without white space is.
func AppendEvent[T []byte | string](dst []byte, name string, data T) []byte {
	if name != "" {
		dst = append(append(append(dst, "event: "...), name...), '\n')
	}
	dst = append(dst, "data: "...)
	dst = append(dst, data...)
	return append(dst, "\n\n"...)
}

// WriteErrorBody answers with an error whose body a Protocol has spelled itself: a JSON document and the headers of
// every error. It returns the status.
func WriteErrorBody(w http.ResponseWriter, c *Call, e *fault.Error, status int, body []byte) int {
	h := w.Header()
	writeCommonHeaders(h, c)
	h["X-Amzn-Errortype"] = []string{jsonError(e.Code).name}
	h["Content-Type"] = []string{contentJSON}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	if e.RetryAfter > 0 && (status == http.StatusTooManyRequests || status >= http.StatusServiceUnavailable) {
		h["Retry-After"] = []string{strconv.FormatInt(int64((e.RetryAfter+time.Second-1)/time.Second), 10)}
		h["Retry-After-Ms"] = []string{strconv.FormatInt(ceilMillis(e.RetryAfter), 10)} // which SDKs read first
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have left; nobody else could be told
	return status
}
