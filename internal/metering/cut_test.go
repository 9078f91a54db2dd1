package metering

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

// since adds up what is settled from a moment on.
type since struct {
	mu  sync.Mutex
	sum money.Amount
}

func (s *since) Count(r *meter.Record) {
	s.mu.Lock()
	s.sum = s.sum.Add(r.Total)
	s.mu.Unlock()
}

// Wherever calls are cut in two, the ledger of before and the tally of after have each of them once.
func TestACutMissesNothingAndDoublesNothing(t *testing.T) {
	c := facts(t)
	m := opened(t, options(t, c, t.TempDir(), catalog.PriceOptions{}))
	defer closed(t, m)
	tally := new(since)
	m.Tell(tally)
	const clients, calls, cuts = 4, 300, 5
	var wg sync.WaitGroup
	told := new(since)
	for i := range clients {
		wg.Go(func() {
			for n := range calls {
				cost := settled(t, m, call(c, fmt.Sprintf("%d-%d", i, n)))
				told.Count(&meter.Record{Charge: meter.Charge{Total: cost}})
			}
		})
	}
	type split struct{ counted, ledger money.Amount }
	var all []split
	for range cuts {
		var s split
		err := m.Cut(t.Context(), func() {
			tally.mu.Lock()
			s.counted = tally.sum
			tally.mu.Unlock()
		}, func(context.Context) error {
			s.ledger, _ = total(t, m.opt.Ledger)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		all = append(all, s)
	}
	wg.Wait()
	if tally.sum != told.sum || tally.sum.IsZero() {
		t.Errorf("callers were told %s, the tally has %s", told.sum, tally.sum)
	}
	for i, s := range all {
		if s.counted != s.ledger {
			t.Errorf("cut %d: %s were counted before it, and the ledger has %s", i, s.counted, s.ledger)
		}
	}
}

func TestACutThatFails(t *testing.T) {
	c := facts(t)
	m := opened(t, options(t, c, t.TempDir(), catalog.PriceOptions{}))
	no := errors.New("no")
	if err := m.Cut(t.Context(), func() {}, func(context.Context) error { return no }); !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	settled(t, m, call(c, "after"))
	closed(t, m)
	if err := m.Cut(t.Context(), func() {}, func(context.Context) error { return nil }); err == nil {
		t.Error("a meter that has ended is cut")
	}
	if _, calls := total(t, m.opt.Ledger); calls != 1 {
		t.Errorf("the ledger has %d calls, want the one behind the cut", calls)
	}
}
