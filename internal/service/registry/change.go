package registry

import (
	"context"
	"errors"
	"maps"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/store"
)

// Delete removes a profile. Error for the caller: ResourceNotFound.
func (r *Registry) Delete(ctx context.Context, key store.ProfileKey) error {
	return r.change(ctx, func(ctx context.Context, now *profile.Snapshot) (*profile.Snapshot, error) {
		if err := r.store.DeleteProfile(ctx, key); err != nil {
			return nil, refused(now, key, err)
		}
		return now.Delete(key.Account, key.Region, key.ID), nil
	})
}

// Tag adds tags to a profile and replaces those it has by the same keys. Errors for the caller: ResourceNotFound,
// TooManyTags.
func (r *Registry) Tag(ctx context.Context, key store.ProfileKey, tags map[string]string) error {
	return r.updateTags(ctx, key, func(old store.Tags) error {
		maps.Copy(old, tags)
		if len(old) > MaxTags {
			return tooManyTags(name(r.Snapshot(), key), len(old))
		}
		return nil
	})
}

// Untag takes tags from a profile; keys that it does not have are fine. Error for the caller: ResourceNotFound.
func (r *Registry) Untag(ctx context.Context, key store.ProfileKey, keys []string) error {
	return r.updateTags(ctx, key, func(old store.Tags) error {
		for _, k := range keys {
			delete(old, k)
		}
		return nil
	})
}

func (r *Registry) updateTags(ctx context.Context, key store.ProfileKey, update func(store.Tags) error) error {
	return r.change(ctx, func(ctx context.Context, now *profile.Snapshot) (*profile.Snapshot, error) {
		var rule error // what update has against it: nothing was changed then
		row, err := r.store.UpdateTags(ctx, key, func(old store.Tags) (store.Tags, error) {
			rule = update(old)
			return old, rule
		})
		switch {
		case rule != nil:
			return nil, rule
		case err != nil:
			return nil, refused(now, key, err)
		}
		app, err := application(row)
		if err != nil {
			return nil, err
		}
		return now.Put(app), nil
	})
}

// refused is a store's error as the caller may know it.
func refused(now *profile.Snapshot, key store.ProfileKey, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fault.Wrap(fault.ResourceNotFound, err, "Inference profile %s was not found.", name(now, key))
	}
	return judged(err)
}

func tooManyTags(resource string, n int) error {
	err := fault.New(fault.TooManyTags, "A resource can have up to %d tags. With this request %s would have %d.", MaxTags, resource, n)
	err.Resource = resource
	return err
}

// name is the ARN a key stands for.
func name(now *profile.Snapshot, key store.ProfileKey) string {
	partition := arn.AWS
	if region, ok := now.Catalog().Region(key.Region); ok {
		partition = region.Partition
	}
	return arn.ApplicationProfile(partition, key.Region, key.Account, key.ID).String()
}
