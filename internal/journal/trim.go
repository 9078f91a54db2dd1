package journal

import "fmt"

// maxHeld is how many finished segments may wait for calls that still run, before these calls are
// carried to the newest one.
const maxHeld = 2

// Trim removes the segments before through: the ledger has every settled record up to there. A segment
// in which a running call was opened stays, until there are many. It is called by one goroutine.
func (j *Journal) Trim(through Position) error {
	for {
		s, waiting := j.oldestBefore(through)
		if s == nil {
			return nil
		}
		if calls := j.openIn(s); len(calls) > 0 {
			if waiting < maxHeld {
				return nil
			}
			if err := carry(calls); err != nil || len(j.openIn(s)) > 0 {
				return err
			}
		}
		if err := j.remove(s); err != nil {
			return fmt.Errorf("cannot remove the journal's segment %s, whose records the ledger has: %w", s.name(), err)
		}
	}
}

// oldestBefore is the oldest segment if it is finished and drained, and how many such there are.
func (j *Journal) oldestBefore(through Position) (oldest *segment, finished int) {
	j.io.Lock()
	defer j.io.Unlock()
	if j.current == nil { // the newest settlements are in memory alone
		return nil, 0
	}
	for _, s := range j.segments {
		if s == j.current || s.end() > through {
			break
		}
		if oldest == nil {
			oldest = s
		}
		finished++
	}
	return oldest, finished
}

// openIn are the calls that a recovery would find open in s alone. A call that is entering just now
// may be anywhere.
func (j *Journal) openIn(s *segment) []*Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	var calls []*Call
	for c := range j.open {
		if c.segment == nil || c.segment == s {
			calls = append(calls, c)
		}
	}
	return calls
}

// carry writes the open records of calls once more, so that their first ones are needed no longer.
func carry(calls []*Call) error {
	for _, c := range calls {
		c.mu.Lock()
		var err error
		if !c.done {
			err = c.enter()
		}
		c.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// remove deletes the oldest segment. What made it dispensable must be on the disk before.
func (j *Journal) remove(s *segment) error {
	j.io.Lock()
	defer j.io.Unlock()
	if j.current == nil {
		return j.state()
	}
	if err := j.sync(); err != nil {
		return err
	}
	if err := j.opt.FS.Remove(s.name()); err != nil {
		return err
	}
	j.segments = j.segments[1:]
	j.bytes.Add(-s.size)
	return j.opt.FS.SyncDir()
}
