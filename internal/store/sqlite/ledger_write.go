package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/store"
)

// Ingest implements store.Ledger.
func (db *DB) Ingest(ctx context.Context, b store.Batch) (added int, err error) {
	var keys, resources *numbering
	err = db.transact(ctx, fmt.Sprintf("ingest %d usage records", len(b.Entries)), func(tx *sql.Tx) error {
		keys, resources = db.numberings()
		if err := insertTagSets(ctx, tx, b.TagSets); err != nil {
			return err
		}
		sums := adder{ctx: ctx, tx: tx, keys: keys}
		if added, err = insertRecords(ctx, tx, b.Entries, resources, &sums); err != nil {
			return err
		}
		if err := sums.write(); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO journal_marks (run, through) VALUES (?, ?)
			ON CONFLICT (run) DO UPDATE SET through = max(through, excluded.through)`, b.Run[:], b.Through)
		return err
	})
	if err != nil {
		return 0, err
	}
	keys.committed()
	resources.committed()
	return added, nil
}

func (db *DB) numberings() (keys, resources *numbering) {
	return &numbering{table: "rollup_keys", known: &db.keys}, &numbering{table: "resources", known: &db.resources}
}

// groupSize is how many records one statement adds: the way into SQLite costs as much as the record.
const groupSize = 50

// insertSQL adds n records, but those that are known.
func insertSQL(n int) string {
	return `INSERT INTO usage_records (request_id, at, account, resource, body) VALUES (?, ?, ?, ?, ?)` +
		strings.Repeat(`, (?, ?, ?, ?, ?)`, n-1) + ` ON CONFLICT (at, request_id) DO NOTHING`
}

// insertRecords adds the records that are new, and gathers their lines.
func insertRecords(ctx context.Context, tx *sql.Tx, entries []store.Entry, resources *numbering, sums *adder) (added int, err error) {
	insert, err := tx.PrepareContext(ctx, insertSQL(groupSize))
	if err != nil {
		return 0, err
	}
	defer insert.Close()
	args := make([]any, 0, 5*groupSize)
	for group := range slices.Chunk(entries, groupSize) {
		args = args[:0]
		for i := range group {
			e := &group[i]
			resource, err := resources.number(ctx, tx, e.Resource)
			if err != nil {
				return 0, err
			}
			args = append(args, e.RequestID, toNanos(e.At), string(e.Account), resource, e.Body)
		}
		var result sql.Result
		if len(group) == groupSize {
			result, err = insert.ExecContext(ctx, args...)
		} else {
			result, err = tx.ExecContext(ctx, insertSQL(len(group)), args...)
		}
		if err != nil {
			return 0, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		if added += int(n); int(n) == len(group) {
			for i := range group {
				sums.add(group[i].Lines)
			}
			continue
		}
		if err := addNew(ctx, tx, group, n, sums); err != nil {
			return 0, err
		}
	}
	return added, nil
}

// addNew gathers the lines of the last n records that were added, all of which are of the group.
func addNew(ctx context.Context, tx *sql.Tx, group []store.Entry, n int64, sums *adder) error {
	rows, err := tx.QueryContext(ctx, `SELECT request_id FROM usage_records ORDER BY number DESC LIMIT ?`, n)
	if err != nil {
		return err
	}
	defer rows.Close()
	fresh := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		fresh[id] = true
	}
	for i := range group {
		if e := &group[i]; fresh[e.RequestID] {
			delete(fresh, e.RequestID) // a batch may have it twice
			sums.add(e.Lines)
		}
	}
	return rows.Err()
}

// errKnown means that a record is in the ledger already.
var errKnown = errors.New("known")

// Mark implements store.Ledger.
func (db *DB) Mark(ctx context.Context, run [16]byte) (through int64, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT through FROM journal_marks WHERE run = ?`, run[:]).Scan(&through)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("cannot read how far a journal was ingested from the store %s: %w", db.path, err)
	}
	return through, nil
}

func insertTagSets(ctx context.Context, tx *sql.Tx, sets []store.TagSet) error {
	for _, s := range sets {
		text, err := json.Marshal(s.Tags, json.Deterministic(true))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO tag_sets (id, tags) VALUES (?, ?) ON CONFLICT (id) DO NOTHING`, s.ID, string(text))
		if err != nil {
			return err
		}
	}
	return nil
}

// Amend implements store.Ledger.
func (db *DB) Amend(ctx context.Context, r store.Repricing, changes []store.Amendment) (changed int, err error) {
	var keys *numbering
	err = db.transact(ctx, fmt.Sprintf("reprice %d usage records", len(changes)), func(tx *sql.Tx) error {
		changed = 0
		keys, _ = db.numberings()
		sums := adder{ctx: ctx, tx: tx, keys: keys}
		update, err := tx.PrepareContext(ctx, `UPDATE usage_records SET body = ? WHERE at = ? AND request_id = ? AND body = ?`)
		if err != nil {
			return err
		}
		defer update.Close()
		for i := range changes {
			c := &changes[i]
			result, err := update.ExecContext(ctx, c.New, toNanos(c.At), c.RequestID, c.Old)
			err = mustChange(result, err, errKnown)
			if errors.Is(err, errKnown) {
				continue
			}
			if err != nil {
				return err
			}
			changed++
			sums.add(c.Lines)
		}
		if err := sums.write(); err != nil {
			return err
		}
		return enterTrail(ctx, tx, r)
	})
	if err != nil {
		return 0, err
	}
	keys.committed()
	return changed, nil
}

func enterTrail(ctx context.Context, tx *sql.Tx, r store.Repricing) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO repricings (id, at, by, from_time, to_time, before, after, records, delta) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET before = excluded.before, after = excluded.after, records = excluded.records, delta = excluded.delta`,
		r.ID, toNanos(r.At), r.By, toNanos(r.From), toNanos(r.To), r.Before, r.After, r.Records, r.Delta)
	return err
}

// Prune implements store.Ledger.
func (db *DB) Prune(ctx context.Context, before time.Time, limit int) (removed int, err error) {
	err = db.transact(ctx, "remove old usage records", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `
			DELETE FROM usage_records WHERE number IN (SELECT number FROM usage_records WHERE at < ? ORDER BY at LIMIT ?)`,
			toNanos(before), limit)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		removed = int(n)
		return err
	})
	return removed, err
}
