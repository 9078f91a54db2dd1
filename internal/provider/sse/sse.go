// Package sse reads server-sent events, without copying them, on the goroutine of whoever asks for the next one.
package sse

import (
	"bytes"
	"fmt"
	"io"
)

// Event is one event. It shares its reader's memory until the next one is read.
type Event struct {
	Name string // "" when the stream does not say
	Data []byte // the lines of data, joined by line feeds
}

// Reader takes an event stream apart. Not safe for concurrent use.
type Reader struct {
	from io.Reader

	buf        []byte
	start, end int // of what has been read and not given out
	seen       int // up to where buf has been searched for a line end
	event      Event
	joined     []byte // data that could not stay where it was read
	moved      bool   // event.Data is joined
	eof        bool
}

const (
	firstRoom = 4 << 10
	// maxLine is the longest line a stream may have: a whole tool input in one piece fits.
	maxLine = 16 << 20
)

// NewReader reads events from r, which need not be buffered.
func NewReader(r io.Reader) *Reader { return &Reader{from: r} }

// Next returns the next event that has data. It returns io.EOF at the end of the stream, where an event that no empty
// line has ended still counts.
func (r *Reader) Next() (*Event, error) {
	r.event, r.moved = Event{}, false
	some := false
	for {
		line, err := r.line(some)
		switch {
		case err == io.EOF && some:
			return &r.event, nil
		case err != nil:
			return nil, err
		case len(line) == 0 && some:
			return &r.event, nil
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			r.event.Name = name(value)
		case "data":
			r.add(value, some)
			some = true
		}
	}
}

// add appends a line of data. The first stays where it was read.
func (r *Reader) add(value []byte, more bool) {
	if !more {
		r.event.Data = value
		return
	}
	r.move()
	r.joined = append(append(r.joined, '\n'), value...)
	r.event.Data = r.joined
}

// move takes the event's data out of the buffer.
func (r *Reader) move() {
	if !r.moved {
		r.joined = append(r.joined[:0], r.event.Data...)
		r.event.Data, r.moved = r.joined, true
	}
}

// name is the event's name, without an allocation for those that Messages streams have.
func name(value []byte) string {
	for _, known := range [...]string{"content_block_delta", "content_block_start", "content_block_stop", "message_start", "message_delta", "message_stop", "ping", "error"} {
		if string(value) == known {
			return known
		}
	}
	return string(value)
}

// line returns the next line without its end. Data that is held survives it.
func (r *Reader) line(held bool) ([]byte, error) {
	for {
		if i := bytes.IndexByte(r.buf[r.seen:r.end], '\n'); i >= 0 {
			line := r.buf[r.start : r.seen+i]
			r.start = r.seen + i + 1
			r.seen = r.start
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		r.seen = r.end
		if r.eof {
			if r.start == r.end {
				return nil, io.EOF
			}
			line := r.buf[r.start:r.end]
			r.start = r.end
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		if err := r.fill(held); err != nil {
			return nil, err
		}
	}
}

// fill reads more bytes behind those that are there.
func (r *Reader) fill(held bool) error {
	if held {
		r.move()
	}
	if r.start > 0 {
		copy(r.buf, r.buf[r.start:r.end])
		r.end, r.seen, r.start = r.end-r.start, r.seen-r.start, 0
	}
	if r.end == len(r.buf) {
		if len(r.buf) >= maxLine {
			return fmt.Errorf("the event stream has a line longer than %d bytes", maxLine)
		}
		grown := make([]byte, max(firstRoom, 2*len(r.buf)))
		copy(grown, r.buf[:r.end])
		r.buf = grown
	}
	n, err := r.from.Read(r.buf[r.end:])
	r.end += n
	if err == io.EOF {
		r.eof = true
		return nil
	}
	return err
}
