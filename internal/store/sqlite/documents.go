package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/outcrop/outcrop/internal/store"
)

// Documents implements store.Documents. One statement reads all, so that everything is of one moment.
func (db *DB) Documents(ctx context.Context, collection string) ([]store.Document, store.Revision, error) {
	documents, revision, err := db.documents(ctx, collection)
	if err != nil {
		return nil, 0, fmt.Errorf("cannot read the documents %s in the store %s: %w", collection, db.path, err)
	}
	return documents, revision, nil
}

func (db *DB) documents(ctx context.Context, collection string) (documents []store.Document, revision store.Revision, err error) {
	rows, err := db.read.QueryContext(ctx, `
		SELECT r.revision, d.kind, d.key, d.body
		FROM document_revisions AS r LEFT JOIN documents AS d USING (collection)
		WHERE r.collection = ? ORDER BY d.kind, d.key`, collection)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			kind, key sql.NullString // absent together, when the collection is empty
			body      []byte
		)
		if err := rows.Scan(&revision, &kind, &key, &body); err != nil {
			return nil, 0, err
		}
		if key.Valid {
			documents = append(documents, store.Document{Kind: kind.String, Key: key.String, Body: body})
		}
	}
	return documents, revision, rows.Err()
}

// ChangeDocuments implements store.Documents.
func (db *DB) ChangeDocuments(ctx context.Context, collection string, base store.Revision, changes []store.DocumentChange) (next store.Revision, err error) {
	err = db.transact(ctx, fmt.Sprintf("change %d documents %s", len(changes), collection), func(tx *sql.Tx) error {
		var have store.Revision
		err := tx.QueryRowContext(ctx, `SELECT revision FROM document_revisions WHERE collection = ?`, collection).Scan(&have)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if have != base {
			return fmt.Errorf("the documents are at revision %d and not %d: %w", have, base, store.ErrConflict)
		}
		if next = base; len(changes) == 0 {
			return nil
		}
		next++
		for i := range changes {
			if err := changeDocument(ctx, tx, collection, &changes[i]); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO document_revisions (collection, revision) VALUES (?, ?)
			ON CONFLICT (collection) DO UPDATE SET revision = excluded.revision`, collection, next)
		return err
	})
	if err != nil {
		return 0, err
	}
	return next, nil
}

func changeDocument(ctx context.Context, tx *sql.Tx, collection string, c *store.DocumentChange) error {
	if c.Delete {
		_, err := tx.ExecContext(ctx, `DELETE FROM documents WHERE (collection, kind, key) = (?, ?, ?)`, collection, c.Kind, c.Key)
		return err
	}
	body := c.Body
	if body == nil {
		body = []byte{} // nil would be NULL
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO documents (collection, kind, key, body) VALUES (?, ?, ?, ?)
		ON CONFLICT (collection, kind, key) DO UPDATE SET body = excluded.body`, collection, c.Kind, c.Key, body)
	return err
}
