package journal

import (
	"errors"
	"fmt"
	"io"
)

// Reader goes through the settled records of a journal, oldest first, in its own time. It belongs to
// one goroutine.
type Reader struct {
	journal *Journal
	segment *segment // nil before the first
	file    File
	scan    *scanner
	records []Record
	memory  []byte
}

// Record is one settled call.
type Record struct {
	End     Position // behind it
	Payload []byte   // as Settle was given
}

// Chunk is a stretch of the journal, all of one run.
type Chunk struct {
	Run     Run
	Records []Record
	End     Position // everything before it, in this run, has now been read
}

// Reader makes a reader that starts at the oldest record.
func (j *Journal) Reader() *Reader { return &Reader{journal: j} }

// Next reads at most limit records further, and about a megabyte. Its memory is used again by the
// next call. It reports false when nothing has been settled that was not read. After an error the
// same call may be tried again.
func (r *Reader) Next(limit int) (Chunk, bool, error) {
	for {
		more, err := r.seek()
		if err != nil || !more {
			return Chunk{}, false, err
		}
		if err := r.read(limit); err != nil {
			return Chunk{}, false, fmt.Errorf("cannot read the journal's segment %s: %w", r.segment.name(), err)
		}
		if len(r.records) > 0 {
			return Chunk{r.segment.run, r.records, position(r.segment.number, r.scan.good)}, true, nil
		}
	}
}

// Position is how far the reader has come.
func (r *Reader) Position() Position {
	if r.segment == nil {
		return 0
	}
	return position(r.segment.number, r.scan.from)
}

// seek finds the segment that has more to read, and reports false when none has.
func (r *Reader) seek() (bool, error) {
	for {
		size, next := r.journal.following(r.segment)
		if r.segment != nil && r.scan.from < size {
			r.scan.end = size
			return true, nil
		}
		if next == nil {
			return false, nil
		}
		if err := r.open(next); err != nil {
			return false, err
		}
	}
}

// following is how much of s can be read, and the segment that comes after it, before the fence. Once there is one, s
// grows no more. A nil s comes before all others.
func (j *Journal) following(s *segment) (size int64, next *segment) {
	j.io.Lock()
	defer j.io.Unlock()
	if s != nil {
		size = j.readable(s)
	}
	for _, n := range j.segments {
		if s == nil || n.number > s.number {
			if j.readable(n) == 0 {
				return size, nil
			}
			return size, n
		}
	}
	return size, nil
}

func (r *Reader) open(s *segment) error {
	f, err := r.journal.opt.FS.Open(s.name())
	if err != nil {
		return fmt.Errorf("cannot read the journal's segment %s: %w", s.name(), err)
	}
	if err := r.Close(); err != nil {
		return errors.Join(err, f.Close())
	}
	r.segment, r.file = s, f
	r.scan = newScanner(f, segmentHeader, 0)
	return nil
}

const chunkBytes = 1 << 20

// read takes what has been settled of the bytes at hand.
func (r *Reader) read(limit int) error {
	r.records, r.memory = r.records[:0], r.memory[:0]
	for len(r.records) < limit && len(r.memory) < chunkBytes {
		f, end, err := r.scan.next()
		if errors.Is(err, io.EOF) {
			r.scan.from, r.scan.buf = r.scan.end, nil
			return nil
		}
		if err != nil {
			return err
		}
		if f.kind == settled {
			at := len(r.memory)
			r.memory = append(r.memory, f.payload...)
			r.records = append(r.records, Record{position(r.segment.number, end), r.memory[at:len(r.memory):len(r.memory)]})
		}
	}
	return nil
}

// Close lets go of the file.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file = nil
	return f.Close()
}
