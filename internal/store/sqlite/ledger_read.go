package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/store"
)

// collect runs a query and scans every row of it.
func collect[T any](ctx context.Context, db *DB, reading, query string, args []any, scan func(*sql.Rows, *T) error) ([]T, error) {
	var all []T
	rows, err := db.read.QueryContext(ctx, query, args...)
	if err == nil {
		defer rows.Close()
		for rows.Next() {
			var one T
			if err := scan(rows, &one); err != nil {
				return nil, fmt.Errorf("cannot read %s from the store %s: %w", reading, db.path, err)
			}
			all = append(all, one)
		}
		err = rows.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read %s from the store %s: %w", reading, db.path, err)
	}
	return all, nil
}

// Keys implements store.Ledger.
func (db *DB) Keys(ctx context.Context, after int64) ([]store.Key, error) {
	return collect(ctx, db, "the keys of sums", `SELECT id, text FROM rollup_keys WHERE id > ? ORDER BY id`, []any{after},
		func(rows *sql.Rows, k *store.Key) error { return rows.Scan(&k.ID, &k.Text) })
}

// TagSets implements store.Ledger.
func (db *DB) TagSets(ctx context.Context, after int64) ([]store.TagSet, error) {
	return collect(ctx, db, "sets of tags", `SELECT number, id, tags FROM tag_sets WHERE number > ? ORDER BY number`, []any{after},
		func(rows *sql.Rows, s *store.TagSet) error {
			var text string
			if err := rows.Scan(&s.Number, &s.ID, &text); err != nil {
				return err
			}
			return json.Unmarshal([]byte(text), &s.Tags)
		})
}

// Sums implements store.Ledger. Whole days are read from their own table.
func (db *DB) Sums(ctx context.Context, from, to int64) ([]store.Sum, error) {
	table := hoursTable
	if from%dayHours == 0 && to%dayHours == 0 {
		table, from, to = daysTable, from/dayHours, to/dayHours
	}
	return collect(ctx, db, "sums", `
		SELECT key, sum(count), sum(usd), sum(pico), sum(calls), sum(unpriced), sum(estimated)
		FROM `+table+` WHERE period >= ? AND period < ? GROUP BY key`, []any{from, to},
		func(rows *sql.Rows, s *store.Sum) error {
			var usd, pico int64
			err := rows.Scan(&s.Key, &s.Count, &usd, &pico, &s.Calls, &s.Unpriced, &s.Estimated)
			s.Cost = joined(usd, pico)
			return err
		})
}

// Records implements store.Ledger.
func (db *DB) Records(ctx context.Context, q store.RecordQuery) ([]store.UsageRecord, error) {
	where, args := []string{"number > ?"}, []any{q.After}
	restrict := func(condition string, arg any) { where, args = append(where, condition), append(args, arg) }
	if !q.From.IsZero() {
		restrict("at >= ?", toNanos(q.From))
	}
	if !q.To.IsZero() {
		restrict("at < ?", toNanos(q.To))
	}
	if q.Account != "" {
		restrict("account = ?", string(q.Account))
	}
	if q.Resource != "" {
		restrict("resource = (SELECT id FROM resources WHERE text = ?)", q.Resource)
	}
	return collect(ctx, db, "usage records", `
		SELECT number, request_id, at, account, text, body FROM usage_records JOIN resources ON id = resource
		WHERE `+strings.Join(where, " AND ")+` ORDER BY number LIMIT ?`, append(args, q.Limit),
		func(rows *sql.Rows, r *store.UsageRecord) error {
			var at int64
			err := rows.Scan(&r.Number, &r.RequestID, &at, &r.Account, &r.Resource, &r.Body)
			r.At = fromNanos(at)
			return err
		})
}

// Repricings implements store.Ledger.
func (db *DB) Repricings(ctx context.Context) ([]store.Repricing, error) {
	return collect(ctx, db, "the trail of repricings", `
		SELECT id, at, by, from_time, to_time, before, after, records, delta FROM repricings ORDER BY at, id`, nil,
		func(rows *sql.Rows, r *store.Repricing) error {
			var at, from, to int64
			err := rows.Scan(&r.ID, &at, &r.By, &from, &to, &r.Before, &r.After, &r.Records, &r.Delta)
			r.At, r.From, r.To = fromNanos(at), fromNanos(from), fromNanos(to)
			return err
		})
}
