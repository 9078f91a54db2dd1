// Package registrar keeps the directory of a running server: the documents in the store, and the snapshot in memory that
// calls are judged by, always in step.
package registrar

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/store"
)

// collection is what the store calls the documents of the directory.
const collection = "directory"

// Registrar owns all writes of the directory. A write commits to the store, then publishes the next snapshot, then
// returns: whoever learns of a write finds it. It is safe for concurrent use.
type Registrar struct {
	store store.Documents
	ring  *seal.Ring

	live  atomic.Pointer[directory.Snapshot]
	stale atomic.Bool // the store may hold what live does not, or the other way round

	// writing holds one token: who has it may write to the store and to all fields but the two above it.
	writing  chan struct{}
	revision store.Revision // of the store that live was read from, or written to
}

// Open reads the directory from the store. Secrets in it are sealed with a key of the ring; those that are not with its
// first key are sealed anew, so that the others are needed no more.
func Open(ctx context.Context, s store.Documents, ring *seal.Ring) (*Registrar, error) {
	r := &Registrar{store: s, ring: ring, writing: make(chan struct{}, 1)}
	old, err := r.reload(ctx)
	if err != nil || len(old) == 0 {
		return r, err
	}
	if err := r.Change(ctx, func(*directory.Snapshot) ([]directory.Change, error) { return old, nil }); err != nil {
		return nil, fmt.Errorf("cannot seal secrets with the new sealing key: %w", err)
	}
	return r, nil
}

// Snapshot is what calls are judged by now. It never waits.
func (r *Registrar) Snapshot() *directory.Snapshot { return r.live.Load() }

// Current is Snapshot for who must not see less than the store holds: after a write whose outcome was lost it reads the
// store again first, and fails when it cannot.
func (r *Registrar) Current(ctx context.Context) (*directory.Snapshot, error) {
	if !r.stale.Load() {
		return r.live.Load(), nil
	}
	if err := r.lock(ctx); err != nil {
		return nil, err
	}
	defer r.unlock()
	if err := r.catchUp(ctx); err != nil {
		return nil, err
	}
	return r.live.Load(), nil
}

// Decide says what to change about a directory, or why nothing may be. It is called anew when another writer was faster,
// so it has no effect but its answer and what it tells its caller.
type Decide func(now *directory.Snapshot) ([]directory.Change, error)

// attempts is how often Change decides anew because another node wrote first. Each time somebody got on.
const attempts = 20

// Change makes what decide wants of the directory. An error of decide is returned, and nothing changes. Once begun it
// does not end with ctx: a write that was cut off half way would leave it open what the store holds.
func (r *Registrar) Change(ctx context.Context, decide Decide) error {
	if err := r.lock(ctx); err != nil {
		return err
	}
	defer r.unlock()
	ctx = context.WithoutCancel(ctx)
	if err := r.catchUp(ctx); err != nil {
		return err
	}
	for range attempts {
		err := r.try(ctx, decide)
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if _, err := r.reload(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("cannot change the directory: %d times in a row another node changed it first", attempts)
}

// try decides on the snapshot there is, writes, and publishes.
func (r *Registrar) try(ctx context.Context, decide Decide) error {
	now := r.live.Load()
	changes, err := decide(now)
	if err != nil || len(changes) == 0 {
		return err
	}
	documents, err := r.encode(changes)
	if err != nil {
		return err
	}
	revision, err := r.store.ChangeDocuments(ctx, collection, r.revision, documents)
	switch {
	case err == nil:
		r.revision = revision
		r.live.Store(now.With(changes...))
		return nil
	case store.Known(err):
		return err
	}
	r.stale.Store(true) // nobody knows what the store holds
	return errors.Join(err, r.catchUp(ctx))
}

func (r *Registrar) lock(ctx context.Context) error {
	select {
	case r.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("cannot change the directory, another change is not done yet: %w", context.Cause(ctx))
	}
}

func (r *Registrar) unlock() { <-r.writing }

// catchUp reads the store again if the outcome of an earlier write is open.
func (r *Registrar) catchUp(ctx context.Context) error {
	if !r.stale.Load() {
		return nil
	}
	_, err := r.reload(ctx)
	return err
}

// reload publishes what the store holds, and says what of it was sealed with an old key.
func (r *Registrar) reload(ctx context.Context) (old []directory.Change, err error) {
	documents, revision, err := r.store.Documents(ctx, collection)
	if err != nil {
		return nil, fmt.Errorf("cannot read the directory: %w", err)
	}
	next, old, err := r.decode(documents)
	if err != nil {
		return nil, err
	}
	r.live.Store(next)
	r.revision = revision
	r.stale.Store(false)
	return old, nil
}
