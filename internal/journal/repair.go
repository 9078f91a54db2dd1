package journal

import (
	"fmt"
	"time"
)

// retryEvery is how long the journal waits after a failure before it tries a new file.
const retryEvery = time.Second

// fail gives the current segment up after an error. A file whose sync has failed may have lost any
// of what was written since the last one that succeeded, and says so only once; so all of that is
// written again, to the next segment. Whoever reads both copies tells them by their call.
func (j *Journal) fail(err error) error {
	if s := j.current; s != nil {
		_ = s.file.Truncate(s.size) // part of a record is cut; recovery does it when this fails too
		j.retire()
	}
	j.again = append(j.unsynced.take(), j.again...)
	err = fmt.Errorf("the journal cannot be written: %w", err)
	j.broken.Store(&failure{err})
	signal(j.dirty)
	return err
}

// keepSettled appends to dst the records of settled calls: their answers have been made, so they
// are never dropped. The other calls are refused.
func keepSettled(dst, records []byte) []byte {
	for len(records) > 0 {
		f, ok := parseFrame(records)
		if !ok {
			panic("BUG: a batch of the journal holds something else than records")
		}
		if f.kind == settled {
			dst = append(dst, records[:f.size()]...)
		}
		records = records[f.size():]
	}
	return dst
}

// repair begins a new segment after a failure.
func (j *Journal) repair() error {
	if err := j.startSegment(); err != nil {
		err = fmt.Errorf("the journal cannot be written: %w", err)
		j.broken.Store(&failure{err})
		return err
	}
	j.broken.Store(nil)
	j.settleParked()
	signal(j.ready)
	return nil
}

// park remembers a call whose settlement waits for the repair: its open record must outlive that.
func (j *Journal) park(c *Call) {
	j.mu.Lock()
	j.parked = append(j.parked, c)
	j.mu.Unlock()
	if j.broken.Load() == nil {
		j.settleParked()
	}
}

func (j *Journal) settleParked() {
	j.mu.Lock()
	for _, c := range j.parked {
		delete(j.open, c)
	}
	j.parked = nil
	j.mu.Unlock()
}

// background syncs within the interval what was written, and repairs what has failed.
func (j *Journal) background() {
	defer close(j.stopped)
	for {
		select {
		case <-j.dirty:
		case <-j.stop:
			return
		}
		wait := j.opt.Interval
		if wait == 0 { // only checkpoints are left unsynced
			wait = DefaultInterval
		}
		if j.broken.Load() != nil {
			wait = retryEvery
		}
		select {
		case <-time.After(wait):
		case <-j.stop:
			return
		}
		j.tend()
	}
}

func (j *Journal) tend() {
	if j.broken.Load() == nil {
		j.writeLazy()
		j.syncBeside()
		return
	}
	j.io.Lock()
	defer j.io.Unlock()
	if j.repair() != nil {
		signal(j.dirty)
	}
}

// syncBeside brings the current segment to the disk while others go on writing to it.
func (j *Journal) syncBeside() {
	j.io.Lock()
	s, end := j.current, j.unsynced.end()
	if s == nil || j.unsynced.empty() {
		j.io.Unlock()
		return
	}
	s.syncing = true
	j.io.Unlock()
	err := j.timedSync(s)
	j.io.Lock()
	defer j.io.Unlock()
	s.syncing = false
	if s.retired { // a rotation has synced it, or a failure has given it up
		_ = s.file.Close()
		s.file = nil
		return
	}
	if err != nil {
		_ = j.fail(err) // whoever begins a call is told
		return
	}
	j.unsynced.syncedTo(end)
	if !j.unsynced.empty() {
		signal(j.dirty)
	}
}
