package awswire

import (
	"errors"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

// Stream is the answer of an operation that sends events. Generated writers wrap it.
// It belongs to one goroutine.
type Stream struct {
	response   *Response
	control    *http.ResponseController
	exceptions ErrorFrame
	header     http.Header // of the answer, kept apart until it is certain to be a stream
	status     int
	ended      bool
	err        error // the write that failed
}

// Init prepares a stream that answers with status once its first event comes.
func (s *Stream) Init(w *Response, status int, exceptions ErrorFrame) {
	*s = Stream{
		response:   w,
		control:    http.NewResponseController(w.writer),
		exceptions: exceptions,
		header:     http.Header{"Content-Type": {contentStream}},
		status:     status,
	}
}

// randomPadding is the padding of a stream that nobody tests.
func randomPadding() int { return 1 + rand.IntN(MaxPadding) }

// Buffer returns empty memory to append a frame to.
func (s *Stream) Buffer() []byte { return s.response.Buffer() }

// Header returns the headers of the answer, which count until the first event and only if there is one.
func (s *Stream) Header() http.Header { return s.header }

// Padding returns how many letters pad the next event.
func (s *Stream) Padding() int { return min(max(s.response.service.Padding(), 0), MaxPadding) }

// Started reports whether the status line has gone out.
func (s *Stream) Started() bool { return s.response.begun }

// errEnded is what a stream answers that is written to after its end.
var errEnded = errors.New("the event stream has ended")

// Send writes one frame, which was appended to Buffer, and flushes it.
func (s *Stream) Send(frame []byte) error {
	s.response.buf = frame
	switch {
	case s.err != nil:
		return s.err
	case s.ended:
		return errEnded
	}
	s.start()
	return s.write(frame)
}

// SendRaw frames a payload that is JSON already, and sends it.
func (s *Stream) SendRaw(h FrameHeaders, payload []byte) error {
	b := OpenFrame(s.Buffer(), h)
	start := len(b) - len(h) - preludeSize
	return s.Send(CloseEvent(append(b, payload...), start, s.Padding()))
}

// Pass frames a payload that another server wrote, and sends it as it is.
func (s *Stream) Pass(h FrameHeaders, payload []byte) error {
	b := OpenFrame(s.Buffer(), h)
	start := len(b) - len(h) - preludeSize
	return s.Send(CloseFrame(append(b, payload...), start))
}

// start sends the status line, once.
func (s *Stream) start() {
	if s.response.begun {
		return
	}
	maps.Copy(s.response.Header(), s.header)
	s.response.head(s.status)
	s.response.writer.WriteHeader(s.status)
}

func (s *Stream) write(frame []byte) error {
	if s.err = s.deadline(); s.err != nil {
		return s.err
	}
	if _, s.err = s.response.writer.Write(frame); s.err != nil {
		return s.err
	}
	if err := s.control.Flush(); !errors.Is(err, http.ErrNotSupported) {
		s.err = err
	}
	return s.err
}

// deadline bounds the next write.
func (s *Stream) deadline() error {
	timeout := s.response.service.WriteTimeout
	if timeout <= 0 {
		return nil
	}
	err := s.control.SetWriteDeadline(time.Now().Add(timeout))
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// Exception ends the stream with err as its last frame. Before the first event it returns err.
func (s *Stream) Exception(err error) error {
	if !s.Started() || s.err != nil || s.ended {
		return err
	}
	s.ended = true
	_ = s.write(s.exceptions.AppendFrame(s.Buffer(), err)) // err says more than a client that left
	return err
}

// Finish ends the stream with what its operation returned. An operation that sent nothing and has
// no error answers with an empty stream.
func (s *Stream) Finish(err error) error {
	if err != nil {
		return s.Exception(err)
	}
	if s.start(); s.err == nil {
		_ = s.deadline() // bounds the end of the body, which the HTTP server writes
	}
	return nil
}

// StreamExceptions names the exceptions a stream's shape has, in lower camel case.
type StreamExceptions []string

// AppendFrame appends err as an exception frame. A fault the stream has no member for becomes the
// nearest it has.
func (x StreamExceptions) AppendFrame(dst []byte, err error) []byte {
	e := *fault.Public(err)
	name := x.nearest(e.Code)
	if name == "modelStreamErrorException" {
		e.Code = fault.ModelStreamError // whatever it was, it has this exception's members now
	}
	start := len(dst)
	dst = OpenFrame(dst, exceptionHeaders(name))
	dst = appendMessage(dst, &e, "message")
	return CloseFrame(dst, start)
}

// nearest names the exception for a code: its own, or the first kin the stream has.
func (x StreamExceptions) nearest(code fault.Code) string {
	form := jsonError(code)
	own := string(form.name[0]|' ') + form.name[1:]
	kin := "validationException"
	switch {
	case form.status == http.StatusTooManyRequests:
		kin = "throttlingException"
	case code == fault.ModelTimeout || code == fault.ModelError:
		kin = "modelStreamErrorException"
	case form.status >= http.StatusInternalServerError:
		kin = "internalServerException"
	}
	for _, name := range []string{own, kin} {
		if slices.Contains(x, name) {
			return name
		}
	}
	return "internalServerException"
}
