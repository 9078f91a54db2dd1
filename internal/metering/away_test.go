package metering

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/store"
)

// away is a ledger that nobody can write while it is gone.
type away struct {
	store.Ledger
	gone atomic.Bool
}

func (a *away) Ingest(ctx context.Context, b store.Batch) (int, error) {
	if a.gone.Load() {
		return 0, errors.New("the store is away")
	}
	return a.Ledger.Ingest(ctx, b)
}

// While the store is away calls go on, and readiness says since when. Once it is back it has every call
// within a few seconds, and as fresh as before from then on.
func TestTheStoreIsAwayForAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := facts(t)
		o := options(t, c, t.TempDir(), catalog.PriceOptions{})
		ledger := &away{Ledger: o.Ledger}
		o.Ledger = ledger
		m := opened(t, o)
		defer closed(t, m)
		var told money.Amount
		calls := int64(0)
		spend := func() {
			told = told.Add(settled(t, m, call(c, fmt.Sprint("call ", calls))))
			calls++
		}
		arrived := func(when string) {
			t.Helper()
			if sum, n := total(t, ledger.Ledger); sum != told || n != calls {
				t.Errorf("%s: the ledger has %s of %d calls; clients were told %s in %d", when, sum, n, told, calls)
			}
			if notice, err := m.Ready(); notice != "" || err != nil {
				t.Errorf("%s: %s %v", when, notice, err)
			}
		}
		spend()
		time.Sleep(2 * DefaultEvery)
		arrived("before")

		ledger.gone.Store(true)
		for range 600 {
			spend()
			time.Sleep(100 * time.Millisecond)
		}
		notice, err := m.Ready()
		if !strings.HasPrefix(notice, "the ledger has taken no records for 1m0s; calls are recorded in the journal, ") || err != nil {
			t.Errorf("after a minute: %q %v", notice, err)
		}
		if _, n := total(t, ledger.Ledger); n != 1 {
			t.Errorf("%d calls reached a store that is away", n-1)
		}

		ledger.gone.Store(false)
		time.Sleep(maxBackoff + time.Second)
		arrived("after")
		spend()
		time.Sleep(2 * DefaultEvery)
		arrived("from then on")
	})
}
