package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/outcrop/outcrop/internal/store"
)

// CostTags implements store.CostTags.
func (db *DB) CostTags(ctx context.Context) ([]store.CostTag, error) {
	tags, err := query(ctx, db.read, `SELECT key, active, updated FROM cost_tags ORDER BY key`, func(rows *sql.Rows) (t store.CostTag, err error) {
		var updated int64
		err = rows.Scan(&t.Key, &t.Active, &updated)
		t.Updated = fromNanos(updated)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the status of tags in the store %s: %w", db.path, err)
	}
	return tags, nil
}

// SetCostTags implements store.CostTags.
func (db *DB) SetCostTags(ctx context.Context, tags []store.CostTag) error {
	return db.transact(ctx, "set the status of tags", func(tx *sql.Tx) error {
		for _, t := range tags {
			_, err := tx.ExecContext(ctx, `INSERT INTO cost_tags (key, active, updated) VALUES (?, ?, ?)
				ON CONFLICT (key) DO UPDATE SET active = excluded.active, updated = excluded.updated`, t.Key, t.Active, toNanos(t.Updated))
			if err != nil {
				return err
			}
		}
		return nil
	})
}
