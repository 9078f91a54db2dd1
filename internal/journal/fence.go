package journal

import "errors"

// errHeld means that settled records are in memory alone, where no reader finds them.
var errHeld = errors.New("the journal holds settled records that could not be written yet")

// Fence keeps every Reader from going past what is written now, until Unfence. Whoever fences while no Settle is under
// way splits all settlements into those before and those after that moment. It fails while some of the former cannot be
// read. There is one fence at a time.
func (j *Journal) Fence() error {
	j.io.Lock()
	defer j.io.Unlock()
	if err := j.state(); err != nil && !errors.Is(err, ErrFull) {
		return err
	}
	if len(j.again) > 0 {
		return errHeld
	}
	j.fence = j.current.end()
	return nil
}

// Unfence lets readers go on.
func (j *Journal) Unfence() {
	j.io.Lock()
	j.fence = 0
	j.io.Unlock()
	signal(j.ready)
}

// readable is how much of s a reader may read now, up to the fence if there is one. Callers hold io.
func (j *Journal) readable(s *segment) int64 {
	segment, offset := j.fence.parts()
	switch {
	case j.fence == 0 || s.number < segment:
		return s.size
	case s.number > segment:
		return 0
	}
	return min(s.size, offset)
}
