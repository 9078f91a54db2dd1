package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	sqlite3 "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/outcrop/outcrop/internal/store"
)

// transact runs do in one writing transaction. It takes the write lock at once, so that what do
// reads cannot change before it writes.
func (db *DB) transact(ctx context.Context, doing string, do func(*sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("cannot %s: the store %s gave no write lock within %s: %w", doing, db.path, busyTimeout, err)
	}
	if err := do(tx); err != nil {
		// The error of do is the one to know. A rollback fails only when the transaction is over already.
		_ = tx.Rollback()
		return fmt.Errorf("cannot %s: %w", doing, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("cannot %s: the store %s did not commit: %w", doing, db.path, err)
	}
	return nil
}

// mustChange turns a statement that touched no row into kind.
func mustChange(result sql.Result, err, kind error) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		return kind
	}
	return err
}

// kindOf translates the constraints of the schema.
func kindOf(err error) error {
	var e *sqlite3.Error
	if errors.As(err, &e) {
		switch e.Code() {
		case codes.SQLITE_CONSTRAINT_PRIMARYKEY, codes.SQLITE_CONSTRAINT_UNIQUE:
			return store.ErrExists
		case codes.SQLITE_CONSTRAINT_FOREIGNKEY:
			return store.ErrNotFound
		}
	}
	return err
}

// Times are kept as nanoseconds, which reach from the year 1678 to 2262.
func toNanos(t time.Time) int64   { return t.UnixNano() }
func fromNanos(n int64) time.Time { return time.Unix(0, n).UTC() }
