package storetest

import (
	"context"

	"github.com/outcrop/outcrop/internal/store"
)

// Documents implements store.Documents.
func (f *Faults) Documents(ctx context.Context, collection string) (all []store.Document, revision store.Revision, err error) {
	err = throughError(f, func() error {
		all, revision, err = f.Store.Documents(ctx, collection)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return all, revision, nil
}

// ChangeDocuments implements store.Documents.
func (f *Faults) ChangeDocuments(ctx context.Context, collection string, base store.Revision, changes []store.DocumentChange) (store.Revision, error) {
	return through(f, func() (store.Revision, error) { return f.Store.ChangeDocuments(ctx, collection, base, changes) })
}
