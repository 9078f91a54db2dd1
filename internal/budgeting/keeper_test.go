package budgeting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/journal"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/metering"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const owner arn.Account = "111122223333"

// house is a keeper over a store and a meter of its own.
type house struct {
	*Keeper
	t     *testing.T
	dir   string
	facts *catalog.Catalog
	db    store.Store
	meter *metering.Meter
	clock time.Time
	next  int
	mu    sync.Mutex
}

func newHouse(t *testing.T) *house {
	t.Helper()
	facts, err := catalog.Load(catalog.Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, dir: t.TempDir(), facts: facts, clock: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	h.open()
	t.Cleanup(h.shut)
	return h
}

func (h *house) open() {
	h.t.Helper()
	must := func(err error) {
		if err != nil {
			h.t.Fatal(err)
		}
	}
	book, err := catalog.NewBook(h.facts, catalog.PriceOptions{})
	must(err)
	fs, err := journal.Dir(filepath.Join(h.dir, "journal"))
	must(err)
	db, err := sqlite.Open(h.t.Context(), h.dir)
	must(err)
	h.db = db
	names, log := meter.NewNames(h.facts), slog.New(slog.DiscardHandler)
	h.meter, err = metering.Open(metering.Options{
		Journal: journal.Options{FS: fs, Interval: journal.DefaultInterval}, Ledger: db, Book: book, Names: names,
		OnFailure: metering.Refuse, Every: metering.DefaultEvery, Log: log,
	})
	must(err)
	h.Keeper, err = Open(h.t.Context(), Options{
		Store: db, Ledger: db, Meter: h.meter, Names: names, Management: "000000000000", Log: log,
		Every: time.Hour, Now: h.now,
	})
	must(err)
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clock
}

func (h *house) shut() {
	h.Keeper.Close()
	if err := errors.Join(h.meter.Close(context.Background()), h.db.Close()); err != nil {
		h.t.Error(err)
	}
}

func (h *house) reopen() {
	h.t.Helper()
	h.shut()
	h.open()
}

// put makes or changes a monthly budget.
func (h *house) put(name, dollars, how string, more ...func(*Budget)) {
	h.t.Helper()
	limit, err := money.Parse(dollars)
	if err != nil {
		h.t.Fatal(err)
	}
	err = h.Change(h.t.Context(), budget.Key{Account: owner, Name: name}, func(now *Budget) (*Budget, error) {
		next := &Budget{Definition: budget.Definition{
			Kind: budget.Cost, Unit: budget.Monthly, Start: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), End: budget.Forever(),
			Limit: limit, Measure: "USD", Tags: map[string]string{budget.EnforcementTag: how},
		}}
		for _, change := range more {
			change(next)
		}
		return next, nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) status(name string) budget.Status {
	h.t.Helper()
	s, ok := h.Status(budget.Key{Account: owner, Name: name})
	if !ok {
		h.t.Fatalf("there is no budget %s", name)
	}
	return s
}

// call is a call of Nova Lite, whose million tokens of output cost 24 cents.
func (h *house) call() *gateway.Demand {
	h.mu.Lock()
	h.next++
	id, at := fmt.Sprintf("call-%d-%d", h.next, h.clock.Unix()), h.clock
	h.mu.Unlock()
	m, _ := h.facts.Model("amazon.nova-lite-v1:0")
	r := &gateway.Record{
		RequestID: id, Principal: identity.Principal{Account: owner, ARN: "arn:aws:iam::111122223333:user/ann"},
		Operation: "Converse", Source: "us-east-1", Region: "us-east-1", Attempts: 1, Arrived: at,
		Target: &profile.Target{Model: m, Source: "us-east-1", Partition: arn.AWS, Destinations: []arn.Region{"us-east-1"}},
	}
	return &gateway.Demand{Record: r, Input: 100, InputBound: 400, MaxOutput: 1_000_000}
}

// run makes a call to its end, as the gateway does.
func (h *house) run(d *gateway.Demand, output int64) (money.Amount, error) {
	held, err := h.Reserve(d)
	defer func() { held.Settle(d.Record) }()
	if err != nil {
		return money.Amount{}, err
	}
	entry, err := h.meter.Admit(d.Record)
	if err != nil {
		return money.Amount{}, err
	}
	d.Record.Usage = chat.Usage{Input: 100, Output: output}
	return entry.Settle(d.Record), nil
}

// ledger is what everything costs that is in the ledger.
func (h *house) ledger() (sum money.Amount) {
	h.t.Helper()
	err := h.meter.Cut(h.t.Context(), func() {}, func(ctx context.Context) error {
		sums, err := h.db.Sums(ctx, 0, 1_000_000)
		for _, s := range sums {
			sum = sum.Add(s.Cost)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return sum
}

func TestSpendIsTheLedgers(t *testing.T) {
	h := newHouse(t)
	for range 3 { // before there is a budget
		if _, err := h.run(h.call(), 100_000); err != nil {
			t.Fatal(err)
		}
	}
	h.put("all", "10", "none")
	for round := range 3 {
		if _, err := h.run(h.call(), 200_000); err != nil {
			t.Fatal(err)
		}
		if got, want := h.status("all").Spent, h.ledger(); got != want || want.IsZero() {
			t.Errorf("round %d: spent %s, the ledger has %s", round, got, want)
		}
		h.reopen()
		if got, want := h.status("all").Spent, h.ledger(); got != want {
			t.Errorf("round %d, after a restart: spent %s, the ledger has %s", round, got, want)
		}
	}
}

// Budgets that come, change and go while calls are settled miss none and double none.
func TestBudgetsMadeUnderLoad(t *testing.T) {
	h := newHouse(t)
	const clients, calls = 4, 50
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for range calls {
				if _, err := h.run(h.call(), 100); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 6 {
		h.put(fmt.Sprint("budget", i%4), fmt.Sprint(100+i), []string{"none", "hard", "adaptive"}[i%3])
	}
	wg.Wait()
	want := h.ledger()
	for i := range 4 {
		if s := h.status(fmt.Sprint("budget", i)); s.Spent != want || !s.Held.IsZero() || s.Calls != 0 {
			t.Errorf("budget %d: spent %s of %s, held %s by %d calls", i, s.Spent, want, s.Held, s.Calls)
		}
	}
	if n, _ := h.pool.Open(); n != 0 {
		t.Errorf("%d calls hold something that have ended", n)
	}
}

func TestAHardBudgetStops(t *testing.T) {
	h := newHouse(t)
	h.put("small", "0.5", "hard")
	first := h.call()
	held, err := h.Reserve(first) // 24 cents, and a little for the input
	if err != nil {
		t.Fatal(err)
	}
	if list := h.Reservations(owner); len(list) != 1 || list[0].RequestID != first.RequestID || list[0].Output != 1_000_000 || list[0].Held.IsZero() {
		t.Errorf("reservations: %+v", list)
	}
	if _, err := h.run(h.call(), 1_000_000); err != nil {
		t.Fatal(err)
	}
	_, err = h.run(h.call(), 0)
	if !fault.Is(err, fault.AccessDenied) {
		t.Fatalf("the third call ends with %v", err)
	}
	held.Settle(first.Record)
	refused, err := h.Reserve(func() *gateway.Demand { d := h.call(); d.MaxOutput = 3_000_000; return d }())
	head := http.Header{}
	refused.Describe(head)
	if left := head.Get("X-Outcrop-Budget-Remaining-Usd"); err == nil || left != "0.259994" {
		t.Errorf("refused with %v, and %q remain", err, left)
	}
	if s := h.status("small"); s.Spent != h.ledger() || s.Refused != 2 {
		t.Errorf("%+v", s)
	}
}

func TestTheRateBreaker(t *testing.T) {
	h := newHouse(t)
	slow := func(b *Budget) { b.Tags = map[string]string{budget.RateTag: "0.43"} }
	for range 2 {
		d := h.call()
		d.MaxOutput = 400_000
		if _, err := h.run(d, 400_000); err != nil {
			t.Fatal(err)
		}
	}
	h.put("slow", "1000", "", slow) // what the last hour cost is read from the ledger
	d := h.call()
	d.MaxOutput = 100_000
	if _, err := h.run(d, 1); err != nil {
		t.Errorf("a call that will probably fit is refused: %v", err)
	}
	d = h.call()
	if _, err := h.run(d, 1_000_000); err != nil {
		t.Fatal(err)
	}
	d = h.call()
	if _, err := h.run(d, 1); !fault.Is(err, fault.AccessDenied) {
		t.Errorf("the hour is full, and a call ends with %v", err)
	}
	h.reopen()
	d = h.call()
	if _, err := h.run(d, 1); !fault.Is(err, fault.AccessDenied) {
		t.Errorf("after a restart a call ends with %v", err)
	}
	h.clock = h.clock.Add(61 * time.Minute)
	d = h.call()
	if _, err := h.run(d, 1); err != nil {
		t.Errorf("an hour later a call ends with %v", err)
	}
}

func TestBadDefinitionsAreRefused(t *testing.T) {
	h := newHouse(t)
	for name, spoil := range map[string]func(*Budget){
		"enforcement": func(b *Budget) { b.Tags = map[string]string{budget.EnforcementTag: "strict"} },
		"rate":        func(b *Budget) { b.Tags = map[string]string{budget.RateTag: "-1"} },
		"days":        func(b *Budget) { b.End = b.Start },
		"filter":      func(b *Budget) { b.Filter = &budget.Expression{} },
		"older":       func(b *Budget) { b.CostFilters = map[string][]string{"TagKeyValue": {"x"}} },
	} {
		err := h.Change(t.Context(), budget.Key{Account: owner, Name: name}, func(*Budget) (*Budget, error) {
			b := &Budget{Definition: budget.Definition{Kind: budget.Cost, Unit: budget.Monthly, End: budget.Forever(), Measure: "USD"}}
			spoil(b)
			return b, nil
		})
		if !fault.Is(err, fault.Validation) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if keys := h.Budgets(""); len(keys) != 0 {
		t.Errorf("there are %v", keys)
	}
}

func TestBudgetsEnd(t *testing.T) {
	h := newHouse(t)
	h.put("short", "1", "hard", func(b *Budget) {
		b.Unit, b.Start, b.End = budget.Custom, h.clock.AddDate(0, 0, -1), h.clock.AddDate(0, 0, 1)
	})
	h.clock = h.clock.AddDate(0, 0, 2)
	if err := h.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if keys := h.Budgets(""); len(keys) != 0 {
		t.Errorf("there still are %v", keys)
	}
	h.reopen()
	if _, ok := h.Budget(budget.Key{Account: owner, Name: "short"}); ok {
		t.Error("it is back after a restart")
	}
}
