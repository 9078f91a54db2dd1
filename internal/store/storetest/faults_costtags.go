package storetest

import (
	"context"

	"github.com/outcrop/outcrop/internal/store"
)

// CostTags implements store.CostTags.
func (f *Faults) CostTags(ctx context.Context) ([]store.CostTag, error) {
	return through(f, func() ([]store.CostTag, error) { return f.Store.CostTags(ctx) })
}

// SetCostTags implements store.CostTags.
func (f *Faults) SetCostTags(ctx context.Context, tags []store.CostTag) error {
	return throughError(f, func() error { return f.Store.SetCostTags(ctx, tags) })
}
