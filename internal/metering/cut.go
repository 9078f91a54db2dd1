package metering

import (
	"context"
	"errors"
	"fmt"

	"github.com/outcrop/outcrop/internal/meter"
)

// Tally adds up what calls cost while they end, ahead of the ledger.
type Tally interface {
	// Count is told of a call when its record is in the journal, once, on the call's own goroutine. The record is the
	// caller's again when Count returns.
	Count(*meter.Record)
}

// count tells the tally, if there is one.
func (m *Meter) count(r *meter.Record) {
	if t := m.tally.Load(); t != nil {
		(*t).Count(r)
	}
}

// Tell makes t be told of every call that is settled from now on.
func (m *Meter) Tell(t Tally) { m.tally.Store(&t) }

// cut is work that waits until the ledger has exactly what was settled before a moment.
type cut struct {
	read func(context.Context) error
	done chan error
}

// Cut splits all calls into those that were settled before a moment and those that are settled after it. At that moment,
// between two settlements, it calls at, which must be short. Then it calls read, when the ledger has every call of
// before and none of after; meanwhile calls go on. So whoever adds up the ledger in read, and what Tally is told from
// at on, has each call once. It fails while the ledger or the journal cannot be written.
func (m *Meter) Cut(ctx context.Context, at func(), read func(context.Context) error) error {
	m.cutting.Lock()
	defer m.cutting.Unlock()
	m.settling.Lock()
	err := m.journal.Fence()
	if err == nil {
		at()
	}
	m.settling.Unlock()
	if err != nil {
		return fmt.Errorf("cannot tell what was settled until now: %w", err)
	}
	defer m.journal.Unfence()
	c := cut{read, make(chan error, 1)}
	select {
	case m.cuts <- c:
		return <-c.done
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-m.stopped:
		return errors.New("metering has ended")
	}
}

// serve does a cut's work. It is called by the drain's goroutine.
func (m *Meter) serve(ctx context.Context, c cut) {
	err := m.drain.flush(ctx)
	if err == nil {
		err = c.read(ctx)
	}
	c.done <- err
}
