// Package budgeting keeps the budgets of a running server: their documents in the store, what is spent and held of them,
// and who must be told. Calls ask it before they run; what they cost is counted as they settle, ahead of the ledger.
package budgeting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/metering"
	"github.com/outcrop/outcrop/internal/store"
)

// Meter is what budgets need of metering.
type Meter interface {
	// Tell makes the tally be told of every call that is settled from now on.
	Tell(metering.Tally)
	// Cut calls at between two settlements, and read when the ledger has exactly those of before.
	Cut(ctx context.Context, at func(), read func(context.Context) error) error
	// Book is what calls are priced by that begin now.
	Book() *catalog.Book
}

// Options are what a Keeper is made of.
type Options struct {
	Store      store.Documents
	Ledger     store.Ledger
	Meter      Meter
	Names      *meter.Names
	Management arn.Account // whose budgets see the usage of all accounts
	// UndoActions undoes and arms actions again when a new period begins, unless their budget's tag says otherwise.
	UndoActions bool
	Log         *slog.Logger
	Every       time.Duration    // from one look at the thresholds to the next; 0: DefaultEvery
	Now         func() time.Time // nil: time.Now
}

// DefaultEvery is how late a notification may be.
const DefaultEvery = time.Second

// Keeper owns all writes of budgets. It is safe for concurrent use.
type Keeper struct {
	opt  Options
	pool *budget.Pool

	// mu is held by whoever changes budgets, across the store.
	mu       sync.Mutex
	revision store.Revision
	stale    bool // the outcome of a write is open

	// reading guards what is kept in memory, which never changes but as a whole.
	reading  sync.RWMutex
	budgets  map[budget.Key]*Budget
	messages map[string]*Message

	posted  chan struct{} // there are new messages
	stop    context.CancelFunc
	stopped chan struct{}
}

// Open reads the budgets, and what was spent of them, and begins to count and to look at thresholds. It must be called
// before the first call.
func Open(ctx context.Context, o Options) (*Keeper, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Every == 0 {
		o.Every = DefaultEvery
	}
	k := &Keeper{
		opt: o, pool: budget.New(o.Management, o.Names),
		budgets: map[budget.Key]*Budget{}, messages: map[string]*Message{},
		posted: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
	o.Meter.Tell(k.pool)
	if err := k.reload(ctx); err != nil {
		return nil, err
	}
	if err := k.loadAll(ctx); err != nil {
		return nil, err
	}
	ctx, k.stop = context.WithCancel(context.Background())
	go k.watch(ctx)
	return k, nil
}

// Close ends the looking at thresholds. Calls are held to their budgets as before.
func (k *Keeper) Close() {
	k.stop()
	<-k.stopped
}

// reload reads the documents.
func (k *Keeper) reload(ctx context.Context) error {
	docs, revision, err := k.opt.Store.Documents(ctx, collection)
	if err != nil {
		return fmt.Errorf("cannot read the budgets: %w", err)
	}
	budgets, messages := map[budget.Key]*Budget{}, map[string]*Message{}
	for _, d := range docs {
		if err := read(d, budgets, messages); err != nil {
			return fmt.Errorf("cannot read the %s %s in the store: %w", d.Kind, d.Key, err)
		}
	}
	k.reading.Lock()
	k.budgets, k.messages = budgets, messages
	k.reading.Unlock()
	k.revision, k.stale = revision, false
	if len(messages) > 0 {
		k.post()
	}
	return nil
}

// loadAll brings every budget into force. A server whose budgets cannot be held does not start.
func (k *Keeper) loadAll(ctx context.Context) error {
	var all []*budget.Definition
	for _, b := range k.budgets {
		if err := b.Check(); err != nil {
			return fmt.Errorf("cannot hold calls to the budget %s: %w", b.Key, err)
		}
		all = append(all, &b.Definition)
	}
	if len(all) == 0 {
		return nil
	}
	l, err := k.load(ctx, all...)
	if err != nil {
		return err
	}
	l.Install()
	return nil
}

// Decide says what is to become of a budget, which is nil when there is none: the next one, or nil for none. What it is
// given must not be changed. It is called anew when another node was faster.
type Decide func(now *Budget) (next *Budget, err error)

// attempts is how often Change decides anew because another node wrote first. Each time somebody got on.
const attempts = 20

// Change makes what decide wants of the budget with a key. An error of decide is returned, and nothing changes; an error
// about the definition is a *fault.Error. When it returns nil the budget is stored and in force, with what was spent of
// it before.
func (k *Keeper) Change(ctx context.Context, key budget.Key, decide Decide) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	ctx = context.WithoutCancel(ctx) // a change cut off half way would leave it open what counts
	for range attempts {
		if k.stale {
			if err := k.recover(ctx); err != nil {
				return err
			}
		}
		err := k.try(ctx, key, decide)
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		k.stale = true
	}
	return fault.New(fault.Conflict, "Too many changes were made at the same time. Try again.")
}

func (k *Keeper) try(ctx context.Context, key budget.Key, decide Decide) error {
	now, _ := k.Budget(key)
	next, err := decide(now)
	switch {
	case err != nil:
		return err
	case next == nil && now == nil:
		return nil
	case next == nil:
		return k.commit(ctx, nil, func() { k.pool.Remove(key) }, remove(kindBudget, key.String()))
	}
	next.Key = key
	if err := next.Check(); err != nil {
		return fault.New(fault.Validation, "Unable to create/update budget - %s.", err)
	}
	doc, err := write(kindBudget, key.String(), next)
	if err != nil {
		return err
	}
	if now == nil || !now.SameUsage(&next.Definition) {
		loaded, err := k.load(ctx, &next.Definition)
		if err != nil {
			return err
		}
		defer loaded.Abandon()
		return k.commit(ctx, map[budget.Key]*Budget{key: next}, loaded.Install, doc)
	}
	return k.commit(ctx, map[budget.Key]*Budget{key: next}, func() {
		if _, err := k.pool.Replace(&next.Definition); err != nil {
			k.opt.Log.Error("a budget that was checked cannot be changed", "budget", key.String(), "err", err)
		}
	}, doc)
}

// commit writes documents, and makes memory say the same. A budget that is not among puts has been removed when its
// document is.
func (k *Keeper) commit(ctx context.Context, puts map[budget.Key]*Budget, apply func(), changes ...store.DocumentChange) error {
	revision, err := k.opt.Store.ChangeDocuments(ctx, collection, k.revision, changes)
	if err != nil {
		k.stale = k.stale || !store.Known(err)
		return err
	}
	k.revision = revision
	k.reading.Lock()
	defer k.reading.Unlock()
	budgets, messages := maps.Clone(k.budgets), maps.Clone(k.messages)
	for _, c := range changes {
		switch {
		case c.Delete && c.Kind == kindBudget:
			maps.DeleteFunc(budgets, func(key budget.Key, _ *Budget) bool { return key.String() == c.Key })
		case c.Delete:
			delete(messages, c.Key)
		case c.Kind == kindMessage:
			if err := read(c.Document, nil, messages); err != nil {
				return err
			}
			k.post()
		}
	}
	maps.Copy(budgets, puts)
	k.budgets, k.messages = budgets, messages
	apply()
	return nil
}

// recover reads the store again after a write whose outcome is open, or that of another node.
func (k *Keeper) recover(ctx context.Context) error {
	if err := k.reload(ctx); err != nil {
		return err
	}
	for _, key := range k.pool.Keys("") {
		if _, ok := k.Budget(key); !ok {
			k.pool.Remove(key)
		}
	}
	return k.loadAll(ctx)
}

// Budget is a budget as it is kept, which must not be changed.
func (k *Keeper) Budget(key budget.Key) (*Budget, bool) {
	k.reading.RLock()
	defer k.reading.RUnlock()
	b, ok := k.budgets[key]
	return b, ok
}

// Budgets are the keys of an account's budgets, or of all for the empty one, by name.
func (k *Keeper) Budgets(of arn.Account) []budget.Key { return k.pool.Keys(of) }

// Status is how a budget stands now.
func (k *Keeper) Status(key budget.Key) (budget.Status, bool) {
	return k.pool.Status(key, k.opt.Now().UTC())
}

// Reservations are what running calls hold of an account's budgets, or of all for the empty one, the oldest first.
func (k *Keeper) Reservations(of arn.Account) []budget.Reservation { return k.pool.Reservations(of) }
