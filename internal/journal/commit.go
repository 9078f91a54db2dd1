package journal

import (
	"errors"
	"fmt"
	"time"
)

// batch is the records of all who came while another batch was being written. The first of them
// writes it for all.
type batch struct {
	buf     []byte
	opens   []*Call // whose open records are in it, and who did not wait
	waits   bool    // one of its records must be on the disk before its caller goes on
	segment *segment
	err     error
	done    chan struct{} // closed when it is written; nil as long as its writer is alone
}

// append writes one record, together with those of whoever asks at the same time, and says in which
// segment it is.
func (j *Journal) append(k kind, call uint64, payload []byte) (*segment, error) {
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("a record of %d bytes is larger than the %d that a journal takes", len(payload), MaxPayload)
	}
	j.mu.Lock()
	b, leads := j.join()
	b.buf = appendFrame(b.buf, k, call, payload)
	b.waits = b.waits || k != checkpointed
	j.mu.Unlock()
	if !leads {
		<-b.done
		return b.segment, b.err
	}
	return j.lead(b)
}

// lead writes a batch for all who are in it.
func (j *Journal) lead(b *batch) (*segment, error) {
	j.io.Lock()
	j.mu.Lock()
	j.batch = nil // whoever comes now gathers the next one
	j.mu.Unlock()
	b.segment, b.err = j.commit(b.buf, b.waits)
	j.mu.Lock()
	for _, c := range b.opens { // before the lock on files is let go: a trim asks where calls are open
		c.segment = b.segment
	}
	j.mu.Unlock()
	j.io.Unlock()
	if b.done != nil {
		close(b.done)
		return b.segment, b.err
	}
	return j.recycle(b)
}

// maxLazy is how much of open records may wait for the next write.
const maxLazy = 32 << 10

// later leaves the open record of a call for the next write, which comes within the interval: without
// a checkpoint behind it, it decides nothing, and a checkpoint or a settlement takes it along. It
// reports false when the record must be written now.
func (j *Journal) later(c *Call) bool {
	if j.opt.Interval == 0 || len(c.opened) > maxLazy/4 {
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if b := j.batch; b != nil {
		b.buf, b.opens = appendFrame(b.buf, opened, c.number, c.opened), append(b.opens, c)
		return true
	}
	if len(j.lazy) > maxLazy {
		return false
	}
	if len(j.lazy) == 0 {
		signal(j.dirty)
	}
	j.lazy, j.lazyOpens = appendFrame(j.lazy, opened, c.number, c.opened), append(j.lazyOpens, c)
	return true
}

// writeLazy writes what later has left.
func (j *Journal) writeLazy() {
	j.mu.Lock()
	if len(j.lazy) == 0 || j.batch != nil { // a batch has taken it along, or will
		j.mu.Unlock()
		return
	}
	b, _ := j.join()
	j.mu.Unlock()
	_, _ = j.lead(b) // whoever begins a call is told
}

// join enters the batch that gathers, or begins one. Callers hold mu.
func (j *Journal) join() (b *batch, leads bool) {
	if b := j.batch; b != nil {
		if b.done == nil {
			b.done = make(chan struct{})
		}
		return b, false
	}
	if j.spare != nil {
		j.batch, j.spare = j.spare, nil
	} else {
		j.batch = &batch{}
	}
	b = j.batch
	b.buf, b.opens = append(b.buf, j.lazy...), append(b.opens, j.lazyOpens...)
	j.lazy, j.lazyOpens = j.lazy[:0], j.lazyOpens[:0]
	return b, true
}

// maxSpare is how much memory an idle batch may hold.
const maxSpare = 64 << 10

// recycle keeps a batch that nobody else has seen for the next one.
func (j *Journal) recycle(b *batch) (*segment, error) {
	at, err := b.segment, b.err
	if cap(b.buf) <= maxSpare {
		clear(b.opens)
		*b = batch{buf: b.buf[:0], opens: b.opens[:0]}
		j.mu.Lock()
		j.spare = b
		j.mu.Unlock()
	}
	return at, err
}

// commit writes records to the end of the journal. What cannot be written of settled calls is kept
// for the repair. Callers hold io, as those of all functions below.
func (j *Journal) commit(records []byte, waits bool) (*segment, error) {
	if j.closed.Load() {
		return nil, ErrClosed
	}
	err := j.state()
	if err == nil || errors.Is(err, ErrFull) { // a running call may settle past the bound
		err = j.write(records, waits)
	}
	if err != nil {
		j.again = keepSettled(j.again, records)
		return nil, err
	}
	return j.current, nil
}

// write is one write, and one sync if somebody waits for it.
func (j *Journal) write(records []byte, waits bool) error {
	if j.current.size+int64(len(records)) > j.opt.SegmentBytes && j.current.size > segmentHeader {
		if err := j.rotate(); err != nil {
			return err
		}
	}
	if _, err := j.current.file.Write(records); err != nil {
		return j.fail(err)
	}
	synced := waits && j.opt.Interval == 0
	if synced {
		if err := j.timedSync(j.current); err != nil {
			return j.fail(err)
		}
		j.unsynced.syncedTo(j.unsynced.end())
	}
	j.current.size += int64(len(records))
	j.bytes.Add(int64(len(records)))
	if !synced {
		if j.unsynced.empty() {
			signal(j.dirty)
		}
		j.unsynced.add(records)
	}
	return nil
}

// rotate ends the current segment and begins the next.
func (j *Journal) rotate() error {
	if err := j.sync(); err != nil {
		return err
	}
	j.retire()
	if err := j.startSegment(); err != nil {
		return j.fail(err)
	}
	return nil
}

// sync brings the current segment to the disk.
func (j *Journal) sync() error {
	if j.unsynced.empty() {
		return nil
	}
	if err := j.timedSync(j.current); err != nil {
		return j.fail(err)
	}
	j.unsynced.syncedTo(j.unsynced.end())
	return nil
}

func (j *Journal) timedSync(s *segment) error {
	began := time.Now()
	err := s.file.Sync()
	j.opt.Synced(time.Since(began))
	return err
}

// startSegment makes the next file, durable by its name, and writes to it first what must be written
// again.
func (j *Journal) startSegment() error {
	s := &segment{number: j.highest + 1, run: j.run}
	f, err := j.opt.FS.Create(s.name())
	if err != nil {
		return err
	}
	j.highest++ // also when the rest fails: a name is used once
	_, err = f.Write(append(s.header(), j.again...))
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = j.opt.FS.SyncDir()
	}
	if err != nil {
		return errors.Join(err, f.Close(), j.opt.FS.Remove(s.name()))
	}
	s.file, s.size = f, segmentHeader+int64(len(j.again))
	j.segments, j.current, j.again = append(j.segments, s), s, nil
	j.bytes.Add(s.size)
	return nil
}

// retire lets go of the current segment's file, which nobody writes any more.
func (j *Journal) retire() {
	s := j.current
	j.current = nil
	if s.syncing {
		s.retired = true
		return
	}
	_ = s.file.Close() // it was synced, or has failed already
	s.file = nil
}
