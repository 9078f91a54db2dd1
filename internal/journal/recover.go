package journal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Recovery is what Open found.
type Recovery struct {
	// Open are the calls that were admitted and never settled. Whoever opened the journal settles them.
	Open []*Call
	// Settled is how many settled records the files hold. The ledger may have them already.
	Settled int
	// Cut is how many bytes of unfinished records were cut from the ends of files.
	Cut int64
	// Damage are places in the middle of files that no longer hold what was written there.
	Damage []Damage
}

// Damage is a place that could not be read. The records around it are sound.
type Damage struct {
	File  string
	Bytes int64
}

// place is where a payload stands.
type place struct {
	segment *segment
	at      int64
	length  int
}

// unsettled is a call that a scan has found open.
type unsettled struct{ opened, checkpoint place }

// recover reads every segment, oldest first.
func (j *Journal) recover() (*Recovery, error) {
	names, err := j.opt.FS.List()
	if err != nil {
		return nil, err
	}
	found, open := &Recovery{}, map[uint64]*unsettled{}
	numbers := segmentNumbers(names)
	for i, n := range numbers {
		j.highest = n
		if err := j.recoverSegment(n, i == len(numbers)-1, found, open); err != nil {
			return nil, fmt.Errorf("segment %s: %w", (&segment{number: n}).name(), err)
		}
	}
	for number, u := range open {
		c := &Call{journal: j, number: number, segment: u.opened.segment}
		if c.opened, err = j.readPlace(u.opened); err != nil {
			return nil, err
		}
		if c.checkpoint, err = j.readPlace(u.checkpoint); err != nil {
			return nil, err
		}
		j.open[c] = struct{}{}
		found.Open = append(found.Open, c)
	}
	slices.SortFunc(found.Open, func(a, b *Call) int { return int(int64(a.number - b.number)) })
	return found, nil
}

// recoverSegment reads one segment and cuts off its end what is no record. A file without any is removed.
func (j *Journal) recoverSegment(number uint32, last bool, found *Recovery, open map[uint64]*unsettled) (err error) {
	f, err := j.opt.FS.Open((&segment{number: number}).name())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Size()
	if err != nil {
		return err
	}
	s, sound, err := identify(f, number, size)
	if err != nil {
		return err
	}
	scan := newScanner(f, segmentHeader, size)
	records, err := j.replay(scan, s, found, open)
	if err != nil {
		return err
	}
	if !sound && records > 0 {
		scan.skipped += segmentHeader
	}
	if scan.skipped > 0 {
		found.Damage = append(found.Damage, Damage{s.name(), scan.skipped})
	}
	if records == 0 {
		found.Cut += max(0, size-segmentHeader)
		return j.opt.FS.Remove(s.name())
	}
	if s.size = scan.good; s.size < size {
		found.Cut += size - s.size
		if err := f.Truncate(s.size); err != nil {
			return fmt.Errorf("cannot cut an unfinished record: %w", err)
		}
	}
	j.segments = append(j.segments, s)
	j.bytes.Add(s.size)
	if last { // the process before may have ended before its last sync
		return f.Sync()
	}
	return nil
}

// identify reads a segment's header. A segment without a sound one gets a run of its own, so that no
// position of another is applied to it.
func identify(f File, number uint32, size int64) (s *segment, sound bool, err error) {
	b := make([]byte, min(size, segmentHeader))
	if _, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	head, err := readHeader(b)
	switch {
	case errors.Is(err, errNoHeader):
		s = &segment{number: number}
		rand.Read(s.run[:])
		return s, false, nil
	case err != nil:
		return nil, false, err
	case head.number != number:
		return nil, false, fmt.Errorf("it was written as segment %d and renamed since; give it its name back, or move it away", head.number)
	}
	return &head, true, nil
}

// replay follows the calls through one segment.
func (j *Journal) replay(scan *scanner, s *segment, found *Recovery, open map[uint64]*unsettled) (records int, err error) {
	for {
		f, end, err := scan.next()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return records, err
		}
		records++
		j.next.Store(max(j.next.Load(), f.call))
		here := place{s, end - int64(len(f.payload)), len(f.payload)}
		switch f.kind {
		case opened:
			open[f.call] = &unsettled{opened: here}
		case checkpointed:
			if u := open[f.call]; u != nil {
				u.checkpoint = here
			}
		case settled:
			delete(open, f.call)
			found.Settled++
		}
	}
}

// readPlace reads a payload again; nil for the zero place.
func (j *Journal) readPlace(p place) (b []byte, err error) {
	if p.segment == nil {
		return nil, nil
	}
	f, err := j.opt.FS.Open(p.segment.name())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b = make([]byte, p.length)
	if _, err := f.ReadAt(b, p.at); err != nil {
		return nil, fmt.Errorf("cannot read segment %s at %d: %w", p.segment.name(), p.at, err)
	}
	return b, nil
}
