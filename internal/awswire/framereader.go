package awswire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Bounds of a message, as the event-stream format sets them.
const (
	maxFrameHeaders = 128 << 10
	maxFramePayload = 16 << 20
)

// ErrFrame is wrapped by every error about bytes that are no event-stream message.
var ErrFrame = errors.New("malformed event-stream message")

// Frame is one message of an event stream. It shares its reader's memory until the next one is read.
type Frame struct {
	Headers []Header
	Payload []byte
}

// Header is one header of a message. Value is the text of a string and the bare bytes of any other type.
type Header struct {
	Name  string
	Type  byte
	Value []byte
}

// Get returns a string header, or "".
func (f *Frame) Get(name string) string {
	for i := range f.Headers {
		if h := &f.Headers[i]; h.Name == name && h.Type == headerString {
			return string(h.Value)
		}
	}
	return ""
}

// Is reports whether a string header has a value, without making a string of it.
func (f *Frame) Is(name, value string) bool {
	for i := range f.Headers {
		if h := &f.Headers[i]; h.Name == name && h.Type == headerString {
			return string(h.Value) == value
		}
	}
	return false
}

// Event returns the event's name, or "" for an exception.
func (f *Frame) Event() string { return f.Get(":event-type") }

// Exception returns the exception's name, or "" for an event.
func (f *Frame) Exception() string { return f.Get(":exception-type") }

// FrameReader takes an event stream apart.
type FrameReader struct {
	r       io.Reader
	buf     []byte
	frame   Frame
	prelude [preludeSize]byte
}

// NewFrameReader reads messages from r, which need not be buffered.
func NewFrameReader(r io.Reader) *FrameReader { return &FrameReader{r: r} }

// Next returns the next message, valid until Next is called again. It returns io.EOF behind the
// last whole message and io.ErrUnexpectedEOF within one.
func (r *FrameReader) Next() (*Frame, error) {
	if _, err := io.ReadFull(r.r, r.prelude[:]); err != nil {
		return nil, err
	}
	total, headers, err := checkPrelude(r.prelude[:])
	if err != nil {
		return nil, err
	}
	r.buf = append(r.buf[:0], r.prelude[:]...)
	if r.buf, err = readOn(r.r, r.buf, total); err != nil {
		return nil, err
	}
	end := total - trailerSize
	if got, want := checksum(r.buf[:end]), binary.BigEndian.Uint32(r.buf[end:]); got != want {
		return nil, fmt.Errorf("%w: the message's checksum is %08x, its bytes give %08x", ErrFrame, want, got)
	}
	r.frame.Headers, err = parseHeaders(r.frame.Headers[:0], r.buf[preludeSize:preludeSize+headers])
	if err != nil {
		return nil, err
	}
	r.frame.Payload = r.buf[preludeSize+headers : end : end]
	return &r.frame, nil
}

// checkPrelude returns the lengths a prelude announces.
func checkPrelude(p []byte) (total, headers int, err error) {
	if got, want := checksum(p[:8]), binary.BigEndian.Uint32(p[8:]); got != want {
		return 0, 0, fmt.Errorf("%w: the prelude's checksum is %08x, its bytes give %08x", ErrFrame, want, got)
	}
	t, h := binary.BigEndian.Uint32(p), binary.BigEndian.Uint32(p[4:])
	if h > maxFrameHeaders || t > maxFramePayload+maxFrameHeaders+frameMinimum || t < frameMinimum+h || t-h-frameMinimum > maxFramePayload {
		return 0, 0, fmt.Errorf("%w: lengths %d and %d for the message and its headers", ErrFrame, t, h)
	}
	return int(t), int(h), nil
}

// readOn reads until b has size bytes. Memory grows with what has arrived, not with what was announced.
func readOn(r io.Reader, b []byte, size int) ([]byte, error) {
	const step = 64 << 10
	for len(b) < size {
		start := len(b)
		b = append(b, make([]byte, min(step, size-start))...)
		if _, err := io.ReadFull(r, b[start:]); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return b, err
		}
	}
	return b, nil
}

// parseHeaders takes a header block apart.
func parseHeaders(list []Header, b []byte) ([]Header, error) {
	for len(b) > 0 {
		nameSize := int(b[0])
		if nameSize == 0 || len(b) < 1+nameSize+1 {
			return nil, fmt.Errorf("%w: a header's name is empty or cut off", ErrFrame)
		}
		h := Header{Name: headerName(b[1 : 1+nameSize]), Type: b[1+nameSize]}
		b = b[2+nameSize:]
		size, skip, ok := valueSize(h.Type, b)
		if !ok || len(b) < skip+size {
			return nil, fmt.Errorf("%w: the value of header %q has an unknown type or is cut off", ErrFrame, h.Name)
		}
		h.Value = b[skip : skip+size]
		b = b[skip+size:]
		list = append(list, h)
	}
	return list, nil
}

// headerName is a header's name, without an allocation for those that every event has.
func headerName(b []byte) string {
	for _, name := range [...]string{":event-type", ":content-type", ":message-type"} {
		if string(b) == name {
			return name
		}
	}
	return string(b)
}

// valueSize returns how long a header's value is, and how many bytes before it say so.
func valueSize(typ byte, b []byte) (size, skip int, ok bool) {
	switch typ {
	case 0, 1: // true, false
		return 0, 0, true
	case 2: // byte
		return 1, 0, true
	case 3: // short
		return 2, 0, true
	case 4: // integer
		return 4, 0, true
	case 5, 8: // long, timestamp
		return 8, 0, true
	case 6, headerString: // bytes, string
		if len(b) < 2 {
			return 0, 0, false
		}
		return int(binary.BigEndian.Uint16(b)), 2, true
	case 9: // UUID
		return 16, 0, true
	}
	return 0, 0, false
}
