package storetest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/outcrop/outcrop/internal/store"
)

// ErrInjected is the failure that Faults makes.
var ErrInjected = errors.New("injected fault")

// When says on which side of the real call a fault strikes.
type When int

const (
	// Before means that the store never hears of the call.
	Before When = iota
	// After means that the store does what it is asked and its answer is lost.
	After
)

// Faults is a store that fails exactly one of its calls. A test counts n upward until a run is clean, and
// so walks every error path once.
type Faults struct {
	store.Store
	when When
	left atomic.Int64
}

var _ store.Store = (*Faults)(nil)

// FailNth wraps s so that its n-th call from now on fails with ErrInjected; 1 is the next. Pings and Close never fail.
func FailNth(s store.Store, n int, when When) *Faults {
	f := &Faults{Store: s, when: when}
	f.left.Store(int64(n))
	return f
}

// Struck reports whether the fault has happened.
func (f *Faults) Struck() bool { return f.left.Load() <= 0 }

// through makes one call, or fails it.
func through[T any](f *Faults, call func() (T, error)) (T, error) {
	var zero T
	strike := f.left.Add(-1) == 0
	if strike && f.when == Before {
		return zero, ErrInjected
	}
	v, err := call()
	if strike {
		return zero, ErrInjected
	}
	return v, err
}

// throughError is through for a call that answers with nothing but an error.
func throughError(f *Faults, call func() error) error {
	_, err := through(f, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

// CreateProfile implements store.Profiles.
func (f *Faults) CreateProfile(ctx context.Context, c store.Creation) (store.Profile, error) {
	return through(f, func() (store.Profile, error) { return f.Store.CreateProfile(ctx, c) })
}

// Profile implements store.Profiles.
func (f *Faults) Profile(ctx context.Context, key store.ProfileKey) (store.Profile, error) {
	return through(f, func() (store.Profile, error) { return f.Store.Profile(ctx, key) })
}

// ListProfiles implements store.Profiles.
func (f *Faults) ListProfiles(ctx context.Context, after store.ProfileKey, limit int) ([]store.Profile, error) {
	return through(f, func() ([]store.Profile, error) { return f.Store.ListProfiles(ctx, after, limit) })
}

// DeleteProfile implements store.Profiles.
func (f *Faults) DeleteProfile(ctx context.Context, key store.ProfileKey) error {
	return throughError(f, func() error { return f.Store.DeleteProfile(ctx, key) })
}

// UpdateTags implements store.Profiles.
func (f *Faults) UpdateTags(ctx context.Context, key store.ProfileKey, update func(store.Tags) (store.Tags, error)) (store.Profile, error) {
	return through(f, func() (store.Profile, error) { return f.Store.UpdateTags(ctx, key, update) })
}

// SetProfilePolicy implements store.Profiles.
func (f *Faults) SetProfilePolicy(ctx context.Context, key store.ProfileKey, policy string) (store.Profile, error) {
	return through(f, func() (store.Profile, error) { return f.Store.SetProfilePolicy(ctx, key, policy) })
}
