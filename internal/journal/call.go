package journal

import (
	"errors"
	"sync"
)

// Call is one call between its two records. Begin makes one; Settle ends it.
type Call struct {
	journal *Journal
	number  uint64

	// mu orders the records of the call, so that none follows its settlement.
	mu         sync.Mutex
	opened     []byte
	checkpoint []byte // the last one; nil when there was none
	done       bool

	// segment is where the call would be found open; nil while that is not known. Guarded by Journal.mu.
	segment *segment
}

// Begin records that a call was admitted. opened is the journal's from now on. An error means that
// the call must not run, or must run unrecorded: ErrFull, ErrClosed, or why nothing can be written.
func (j *Journal) Begin(opened []byte) (*Call, error) {
	if err := j.Err(); err != nil {
		return nil, err
	}
	c := &Call{journal: j, number: j.next.Add(1), opened: opened}
	j.mu.Lock()
	j.open[c] = struct{}{}
	j.mu.Unlock()
	if j.later(c) {
		return c, nil
	}
	if err := c.enter(); err != nil {
		c.forget()
		return nil, err
	}
	return c, nil
}

// enter writes the call's open record, and its checkpoint if it has one.
func (c *Call) enter() error {
	j := c.journal
	at, err := j.append(opened, c.number, c.opened)
	if err == nil && c.checkpoint != nil {
		at, err = j.append(checkpointed, c.number, c.checkpoint)
	}
	if err == nil {
		j.mu.Lock()
		c.segment = at
		j.mu.Unlock()
	}
	return err
}

func (c *Call) forget() {
	c.journal.mu.Lock()
	delete(c.journal.open, c)
	c.journal.mu.Unlock()
}

// Opened is what Begin was given.
func (c *Call) Opened() []byte { return c.opened }

// Checkpointed is what Checkpoint was given last, by this run or the one before; nil for nothing.
func (c *Call) Checkpointed() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.checkpoint
}

// Checkpoint records how far the call has come. payload is the journal's from now on. It never waits
// for the disk: a checkpoint that is lost costs exactness and nothing else. Neither is its error
// more than news.
func (c *Call) Checkpoint(payload []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return nil
	}
	c.checkpoint = payload
	_, err := c.journal.append(checkpointed, c.number, payload)
	return err
}

// Settle records what the call came to; only the first Settle of a call does. When it returns an
// error the record is kept in memory, and written as soon as the files can be: until then the end of
// the process loses it, and the call is found open.
func (c *Call) Settle(payload []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return nil
	}
	_, err := c.journal.append(settled, c.number, payload)
	if errors.Is(err, ErrClosed) {
		return err
	}
	c.done = true
	if err != nil {
		c.journal.park(c)
		return err
	}
	c.forget()
	signal(c.journal.ready)
	return nil
}
