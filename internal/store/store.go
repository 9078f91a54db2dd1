// Package store says what must survive a restart, and what every store of it promises.
//
// A store is slow and durable: whoever reads on the way of a call keeps what it needs in memory. Package storetest
// is the definition of a correct store.
package store

import (
	"context"
	"errors"
)

// The kinds of error a caller can act on. Everything else a store returns means that the outcome is
// unknown: a write may have happened although its answer was lost.
var (
	// ErrNotFound means that the row a call names does not exist.
	ErrNotFound = errors.New("not found")
	// ErrExists means that another row already has the key of the one to create.
	ErrExists = errors.New("already exists")
	// ErrTokenReused means that an idempotency token was used before, with other parameters.
	ErrTokenReused = errors.New("idempotency token used before with other parameters")
	// ErrLimit means that one more row would pass the limit the call came with.
	ErrLimit = errors.New("limit reached")
	// ErrConflict means that what a write was decided on has changed since it was read.
	ErrConflict = errors.New("changed by another writer")
)

// Known reports whether err is one of the kinds above, which all promise that nothing was changed.
func Known(err error) bool {
	for _, kind := range []error{ErrNotFound, ErrExists, ErrTokenReused, ErrLimit, ErrConflict} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// Store is everything that must survive.
//
// It may be used from many goroutines. A write is durable, and seen by every read that starts after
// it, when its method returns nil. What a method returns belongs to the caller.
type Store interface {
	Profiles
	Documents
	Ledger
	CostTags
	InvocationLogging

	// Ping says whether the store can be read now.
	Ping(context.Context) error
	// Close ends all use of the store.
	Close() error
}

// Profiles keeps application inference profiles.
type Profiles interface {
	// CreateProfile adds a profile. When c.Token was used before in the same account and region
	// with equal parameters, it adds nothing and returns the profile of that time as it is now.
	// Errors: ErrTokenReused, ErrLimit, ErrExists; checked in that order, in one transaction with
	// the write.
	CreateProfile(ctx context.Context, c Creation) (Profile, error)

	// Profile reads one profile. Error: ErrNotFound.
	Profile(ctx context.Context, key ProfileKey) (Profile, error)

	// ListProfiles reads at most limit profiles of all accounts whose keys come behind after, in the order of
	// their keys. The zero key starts; a page shorter than limit is the last.
	ListProfiles(ctx context.Context, after ProfileKey, limit int) ([]Profile, error)

	// DeleteProfile removes a profile with its tags, and forgets its token. Error: ErrNotFound.
	DeleteProfile(ctx context.Context, key ProfileKey) error

	// UpdateTags replaces the tags of one profile by what update makes of them, so that no other
	// write comes between the two, and returns the profile as it is then. An error of update is
	// returned and nothing changes. update may be called again and must not use the store.
	// Error: ErrNotFound.
	UpdateTags(ctx context.Context, key ProfileKey, update func(old Tags) (Tags, error)) (Profile, error)

	// SetProfilePolicy replaces the resource policy of one profile, or takes it away when policy is empty, and returns
	// the profile as it is then. Error: ErrNotFound.
	SetProfilePolicy(ctx context.Context, key ProfileKey, policy string) (Profile, error)
}
