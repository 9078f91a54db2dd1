// Package operator is Outcrop's own small API: cross-region profiles made at run time, drains, what the deployments do, and
// why a call ran where it did.
package operator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/store"
)

// collection is what the store calls the documents of this package. Its documents have the kinds below.
const (
	collection  = "routing"
	kindProfile = "profile"
	kindDrain   = "drain"
)

// Apply makes calls resolve with the profiles, beside those of the configuration, and go by the orders, before those of
// the configuration. On an error nothing has changed; a catalog.Faults says what is wrong with the profiles, by their numbers.
type Apply func(ctx context.Context, profiles []catalog.OverlayProfile, orders []route.Order) error

// Options are what an Operator is made of.
type Options struct {
	Store      store.Documents
	Apply      Apply
	Gateway    *gateway.Gateway
	History    *gateway.History
	Snapshots  gateway.Snapshots
	Management arn.Account // whose principals may use the API
	Log        *slog.Logger
	Now        func() time.Time // nil: time.Now
}

// Operator owns the profiles and drains that were made at run time: the documents in the store, and what calls are routed
// by, in step. It is safe for concurrent use.
type Operator struct {
	opt Options

	// mu guards the rest, and is held across writes to the store, so that what is applied follows the order of commits.
	mu       sync.Mutex
	state    state
	revision store.Revision
}

// Open reads what was made before and applies it. A profile that the catalog no longer admits is left out, and the log
// says so: a server that does not start would help nobody.
func Open(ctx context.Context, o Options) (*Operator, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	op := &Operator{opt: o}
	op.mu.Lock()
	defer op.mu.Unlock()
	if err := op.reload(ctx); err != nil {
		return nil, err
	}
	return op, op.revive(ctx)
}

// Reapply makes what was made at run time count again, over a configuration that has changed.
func (o *Operator) Reapply(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.revive(ctx)
}

// revive applies the state without what can no longer be applied.
func (o *Operator) revive(ctx context.Context) error {
	whole := o.state
	for {
		err := o.apply(ctx, o.state)
		var faults catalog.Faults
		if err == nil || !errors.As(err, &faults) || len(o.state.profiles) == 0 {
			return err
		}
		o.state = o.state.without(faults, func(id, why string) {
			o.opt.Log.Error("a profile made at run time does not fit the catalog any more and is left out", "profile", id, "why", why)
		})
		if len(o.state.profiles) == len(whole.profiles) {
			return err
		}
	}
}

// reload reads the documents.
func (o *Operator) reload(ctx context.Context) error {
	docs, revision, err := o.opt.Store.Documents(ctx, collection)
	if err != nil {
		return fmt.Errorf("cannot read the profiles made at run time: %w", err)
	}
	s := state{profiles: map[string]Profile{}, drains: map[drainKey]Drain{}}
	for _, d := range docs {
		if err := s.read(d); err != nil {
			return fmt.Errorf("cannot read the %s %s in the store: %w", d.Kind, d.Key, err)
		}
	}
	o.state, o.revision = s, revision
	return nil
}

func (o *Operator) apply(ctx context.Context, s state) error {
	return o.opt.Apply(ctx, s.overlay(), s.orders())
}

// attempts is how often a change is decided anew because another node was faster. Each time somebody got on.
const attempts = 20

// change decides on the state as the store has it, tries what comes of it, commits, and returns when calls go by it. An
// error of decide is the caller's, and nothing changes.
func (o *Operator) change(ctx context.Context, decide func(state) (state, store.DocumentChange, error)) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	ctx = context.WithoutCancel(ctx) // a change cut off half way would leave it open what counts
	for range attempts {
		next, change, err := decide(o.state.clone())
		if err != nil {
			return err
		}
		if err := o.apply(ctx, next); err != nil {
			return refused(err)
		}
		revision, err := o.opt.Store.ChangeDocuments(ctx, collection, o.revision, []store.DocumentChange{change})
		if err == nil {
			o.state, o.revision = next, revision
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return errors.Join(fmt.Errorf("cannot store the change: %w", err), o.apply(ctx, o.state))
		}
		if err := o.reload(ctx); err != nil {
			return errors.Join(err, o.apply(ctx, o.state))
		}
	}
	return errors.Join(fault.New(fault.Conflict, "Too many changes were made at the same time. Try again."), o.apply(ctx, o.state))
}

// refused tells the caller what is wrong with a profile.
func refused(err error) error {
	var faults catalog.Faults
	if !errors.As(err, &faults) {
		return err
	}
	return fault.Wrap(fault.Validation, err, "The profile cannot be used: %s", faults[0].Message)
}

// document is a value in the form it is stored in.
func document(kind, key string, value any) (store.DocumentChange, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return store.DocumentChange{}, fmt.Errorf("cannot write the %s %s as JSON: %w", kind, key, err)
	}
	return store.DocumentChange{Document: store.Document{Kind: kind, Key: key, Body: body}}, nil
}
