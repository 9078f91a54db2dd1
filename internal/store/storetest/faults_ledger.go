package storetest

import (
	"context"
	"time"

	"github.com/outcrop/outcrop/internal/store"
)

// Ingest implements store.Ledger.
func (f *Faults) Ingest(ctx context.Context, b store.Batch) (int, error) {
	return through(f, func() (int, error) { return f.Store.Ingest(ctx, b) })
}

// Mark implements store.Ledger.
func (f *Faults) Mark(ctx context.Context, run [16]byte) (int64, error) {
	return through(f, func() (int64, error) { return f.Store.Mark(ctx, run) })
}

// Keys implements store.Ledger.
func (f *Faults) Keys(ctx context.Context, after int64) ([]store.Key, error) {
	return through(f, func() ([]store.Key, error) { return f.Store.Keys(ctx, after) })
}

// TagSets implements store.Ledger.
func (f *Faults) TagSets(ctx context.Context, after int64) ([]store.TagSet, error) {
	return through(f, func() ([]store.TagSet, error) { return f.Store.TagSets(ctx, after) })
}

// Sums implements store.Ledger.
func (f *Faults) Sums(ctx context.Context, from, to int64) ([]store.Sum, error) {
	return through(f, func() ([]store.Sum, error) { return f.Store.Sums(ctx, from, to) })
}

// Records implements store.Ledger.
func (f *Faults) Records(ctx context.Context, q store.RecordQuery) ([]store.UsageRecord, error) {
	return through(f, func() ([]store.UsageRecord, error) { return f.Store.Records(ctx, q) })
}

// Amend implements store.Ledger.
func (f *Faults) Amend(ctx context.Context, r store.Repricing, changes []store.Amendment) (int, error) {
	return through(f, func() (int, error) { return f.Store.Amend(ctx, r, changes) })
}

// Repricings implements store.Ledger.
func (f *Faults) Repricings(ctx context.Context) ([]store.Repricing, error) {
	return through(f, func() ([]store.Repricing, error) { return f.Store.Repricings(ctx) })
}

// Prune implements store.Ledger.
func (f *Faults) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	return through(f, func() (int, error) { return f.Store.Prune(ctx, before, limit) })
}
