package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/outcrop/outcrop/internal/policy"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/store"
)

// SetPolicy gives a profile a resource policy, in place of any it has; an empty text takes it away. The text has been
// parsed by the caller. Error for the caller: ResourceNotFound.
func (r *Registry) SetPolicy(ctx context.Context, key store.ProfileKey, text string) error {
	return r.change(ctx, func(ctx context.Context, now *profile.Snapshot) (*profile.Snapshot, error) {
		row, err := r.store.SetProfilePolicy(ctx, key, text)
		if err != nil {
			return nil, refused(now, key, err)
		}
		app, err := application(row)
		if err != nil {
			return nil, err
		}
		return now.Put(app), nil
	})
}

// resourcePolicy is the compiled policy of a row; nil when it has none.
func resourcePolicy(row store.Profile) (*policy.Policy, error) {
	if row.Policy == "" {
		return nil, nil
	}
	doc, err := policy.Parse([]byte(row.Policy), policy.Resource)
	if err != nil {
		return nil, fmt.Errorf("inference profile %s in the store has a resource policy that cannot be read: the store was changed by something else: %w", row.ProfileKey, err)
	}
	return &policy.Policy{Name: "resource policy of " + row.ID, Document: doc}, nil
}

// Policy reads the text of a profile's resource policy; it is empty when there is none. Error for the caller:
// ResourceNotFound.
func (r *Registry) Policy(ctx context.Context, key store.ProfileKey) (string, error) {
	row, err := r.store.Profile(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return "", refused(r.Snapshot(), key, err)
	}
	return row.Policy, err
}
