package journal

import (
	"errors"
	"fmt"
	"io"
)

// scanner reads the records of one file in order. What is no record it steps over byte by byte: a
// damaged place must not hide the sound records behind it.
type scanner struct {
	file io.ReaderAt
	end  int64 // nothing behind it is read

	buf  []byte // unread bytes of the file …
	from int64  // … from this offset on
	room []byte

	good    int64 // where the last record ended
	skipped int64 // bytes between records that belong to none
}

// scanChunk is how much is read at once.
const scanChunk = 256 << 10

func newScanner(f io.ReaderAt, from, end int64) *scanner {
	return &scanner{file: f, from: from, good: from, end: end}
}

// next returns the next record, valid until the next call, and the offset behind it; io.EOF when there
// is none before end.
func (s *scanner) next() (frame, int64, error) {
	for {
		if err := s.need(frameHeader); err != nil {
			return frame{}, 0, err
		}
		if n, ok := frameLength(s.buf); ok {
			if err := s.need(n); err != nil && !errors.Is(err, io.EOF) {
				return frame{}, 0, err
			}
			if f, ok := parseFrame(s.buf); ok {
				s.skipped += s.from - s.good
				s.advance(n)
				s.good = s.from
				return f, s.good, nil
			}
		}
		s.advance(1)
	}
}

func (s *scanner) advance(n int) {
	s.buf = s.buf[n:]
	s.from += int64(n)
}

// need reads until n bytes are at hand.
func (s *scanner) need(n int) error {
	for len(s.buf) < n {
		at := s.from + int64(len(s.buf))
		want := min(max(int64(n-len(s.buf)), scanChunk), s.end-at)
		if want <= 0 {
			return io.EOF
		}
		kept := len(s.buf)
		if cap(s.room) < kept+int(want) {
			s.room = make([]byte, 0, kept+int(want))
		}
		whole := s.room[:kept+int(want)]
		copy(whole, s.buf)
		read, err := s.file.ReadAt(whole[kept:], at)
		s.buf = whole[:kept+read]
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("cannot read a segment at %d: %w", at, err)
		}
		if read == 0 {
			s.end = at // the file is shorter than was said
		}
	}
	return nil
}
