// Package registry keeps the application inference profiles of a running server: the rows in the store, and the
// snapshot in memory that calls are resolved from, always in step.
package registry

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/store"
)

// DefaultMaxProfiles is how many application profiles an account may have unless told otherwise: the quota
// "Inference profiles per account" of AWS.
const DefaultMaxProfiles = 1000

// MaxTags is how many tags a profile may have, the limit of every AWS resource.
const MaxTags = 50

// Options say what a Registry works with. The zero Options are those of a production server.
type Options struct {
	Profile     profile.Options
	MaxProfiles int              // per account, over all regions; 0 means DefaultMaxProfiles
	Now         func() time.Time // nil means time.Now
	Random      io.Reader        // where ids come from; nil means crypto/rand
}

func (o *Options) fill() {
	if o.MaxProfiles == 0 {
		o.MaxProfiles = DefaultMaxProfiles
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
}

// Registry owns all writes of application profiles. A write commits to the store, then publishes the next
// snapshot, then returns: whoever learns of a write finds it. It is safe for concurrent use.
type Registry struct {
	store   store.Profiles
	options Options
	most    atomic.Int64 // profiles of an account

	live  atomic.Pointer[profile.Snapshot]
	stale atomic.Bool // the store may hold what live does not, or the other way round

	// writing holds one token: who has it may write to the store, to live and to stale. Snapshots must be published
	// in the order of commits, so it is held across the write to the store.
	writing chan struct{}
}

// Open reads every profile of the store.
func Open(ctx context.Context, s store.Profiles, c *catalog.Catalog, o Options) (*Registry, error) {
	o.fill()
	r := &Registry{store: s, options: o, writing: make(chan struct{}, 1)}
	r.most.Store(int64(o.MaxProfiles))
	r.live.Store(profile.NewSnapshot(c, o.Profile))
	if err := r.reload(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// Snapshot is what calls are resolved from now. It never waits.
func (r *Registry) Snapshot() *profile.Snapshot { return r.live.Load() }

// Current is Snapshot for who must not see less than the store holds: after a write whose outcome was lost it reads
// the store again first, and fails when it cannot.
func (r *Registry) Current(ctx context.Context) (*profile.Snapshot, error) {
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

// SetMaxProfiles changes how many profiles an account may have. It keeps those it has, however many they are.
func (r *Registry) SetMaxProfiles(n int) { r.most.Store(int64(n)) }

// Rebuild makes calls resolve by another catalog, or on another day, with the same application profiles.
func (r *Registry) Rebuild(ctx context.Context, c *catalog.Catalog, o profile.Options) error {
	return r.change(ctx, func(_ context.Context, now *profile.Snapshot) (*profile.Snapshot, error) {
		return now.Rebuild(c, o), nil
	})
}

// change runs one write alone and publishes what it makes of the snapshot. Once begun it does not end with ctx: a
// write that was cut off half way would leave it open what the store holds.
func (r *Registry) change(ctx context.Context, write func(context.Context, *profile.Snapshot) (*profile.Snapshot, error)) error {
	if err := r.lock(ctx); err != nil {
		return err
	}
	defer r.unlock()
	ctx = context.WithoutCancel(ctx)
	if err := r.catchUp(ctx); err != nil {
		return err
	}
	next, err := write(ctx, r.live.Load())
	if err == nil {
		r.live.Store(next)
		return nil
	}
	if _, unknown := errors.AsType[*outcomeError](err); unknown {
		r.stale.Store(true)
		return errors.Join(err, r.catchUp(ctx))
	}
	return err
}

func (r *Registry) lock(ctx context.Context) error {
	select {
	case r.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("cannot change inference profiles, another change is not done yet: %w", context.Cause(ctx))
	}
}

func (r *Registry) unlock() { <-r.writing }

// catchUp reads the store again if the outcome of an earlier write is open.
func (r *Registry) catchUp(ctx context.Context) error {
	if !r.stale.Load() {
		return nil
	}
	return r.reload(ctx)
}

// page is how many profiles reload reads at a time.
const page = 500

// reload publishes what the store holds.
func (r *Registry) reload(ctx context.Context) error {
	var apps []*profile.Application
	for after := (store.ProfileKey{}); ; {
		rows, err := r.store.ListProfiles(ctx, after, page)
		if err != nil {
			return fmt.Errorf("cannot read the inference profiles: %w", err)
		}
		for _, row := range rows {
			app, err := application(row)
			if err != nil {
				return err
			}
			apps = append(apps, app)
		}
		if len(rows) < page {
			break
		}
		after = rows[len(rows)-1].ProfileKey
	}
	r.live.Store(r.live.Load().WithApplications(apps))
	r.stale.Store(false)
	return nil
}

// application is a row as resolution knows it.
func application(row store.Profile) (*profile.Application, error) {
	source, ok := arn.Parse(row.Source)
	if !ok {
		return nil, fmt.Errorf("inference profile %s in the store copies %q, which is no ARN: the store was changed by something else", row.ProfileKey, row.Source)
	}
	shared, err := resourcePolicy(row)
	if err != nil {
		return nil, err
	}
	return &profile.Application{
		ID: row.ID, Name: row.Name, Description: row.Description,
		Account: row.Account, Region: row.Region, Source: source,
		Created: row.Created, Updated: row.Updated, Tags: row.Tags, Policy: shared,
	}, nil
}

// outcomeError is a failure of the store after which nobody knows what it holds.
type outcomeError struct{ cause error }

func (e *outcomeError) Error() string { return e.cause.Error() }
func (e *outcomeError) Unwrap() error { return e.cause }

// judged marks a store's error as one of unknown outcome, unless the store says that nothing was changed.
func judged(err error) error {
	if store.Known(err) {
		return err
	}
	return &outcomeError{err}
}
