package openai

import (
	"bytes"

	"github.com/outcrop/outcrop/internal/fault"
)

const (
	firstRoom = 4 << 10
	// maxLine is the longest line an event stream may have: a whole tool input in one piece fits.
	maxLine = 16 << 20
)

// lines cuts what is read from a server into lines, without copying them.
type lines struct {
	buf        []byte
	start, end int // of what has been filled in and not taken
	seen       int // up to where buf has been searched for a line end
}

// room is where the next bytes belong. Lines taken before are no longer valid.
func (l *lines) room() ([]byte, error) {
	if l.start > 0 {
		copy(l.buf, l.buf[l.start:l.end])
		l.end, l.seen, l.start = l.end-l.start, l.seen-l.start, 0
	}
	if l.end == len(l.buf) {
		if len(l.buf) >= maxLine {
			return nil, fault.New(fault.ModelStreamError, "The model's stream has an event larger than %d bytes.", maxLine)
		}
		grown := make([]byte, max(firstRoom, 2*len(l.buf)))
		copy(grown, l.buf[:l.end])
		l.buf = grown
	}
	return l.buf[l.end:], nil
}

// filled says that n bytes have been put into room.
func (l *lines) filled(n int) { l.end += n }

// take returns the next whole line without its end.
func (l *lines) take() ([]byte, bool) {
	i := bytes.IndexByte(l.buf[l.seen:l.end], '\n')
	if i < 0 {
		l.seen = l.end
		return nil, false
	}
	line := l.buf[l.start : l.seen+i]
	l.start = l.seen + i + 1
	l.seen = l.start
	return bytes.TrimSuffix(line, []byte("\r")), true
}

// rest returns what stands behind the last line end, once nothing more will come.
func (l *lines) rest() []byte {
	line := l.buf[l.start:l.end]
	l.start, l.seen = l.end, l.end
	return bytes.TrimSuffix(line, []byte("\r"))
}
