package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/outcrop/outcrop/internal/store"
)

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Profile implements store.Profiles.
func (db *DB) Profile(ctx context.Context, key store.ProfileKey) (store.Profile, error) {
	p, err := readProfile(ctx, db.read, key)
	if err != nil {
		return store.Profile{}, fmt.Errorf("cannot read profile %s: %w", key, err)
	}
	return p, nil
}

// ListProfiles implements store.Profiles.
func (db *DB) ListProfiles(ctx context.Context, after store.ProfileKey, limit int) ([]store.Profile, error) {
	profiles, err := queryProfiles(ctx, db.read, `(account, region, id) > (?, ?, ?)`, limit, after)
	if err != nil {
		return nil, fmt.Errorf("cannot list profiles after %s in the store %s: %w", after, db.path, err)
	}
	return profiles, nil
}

func readProfile(ctx context.Context, q querier, key store.ProfileKey) (store.Profile, error) {
	found, err := queryProfiles(ctx, q, `(account, region, id) = (?, ?, ?)`, 1, key)
	if err != nil {
		return store.Profile{}, err
	}
	if len(found) == 0 {
		return store.Profile{}, store.ErrNotFound
	}
	return found[0], nil
}

// queryProfiles reads profiles and their tags with one statement, so that both are of one moment.
func queryProfiles(ctx context.Context, q querier, where string, limit int, key store.ProfileKey) ([]store.Profile, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT p.account, p.region, p.id, p.name, p.description, p.source, p.created, p.updated, p.policy, t.key, t.value
		FROM (SELECT * FROM profiles WHERE `+where+` ORDER BY account, region, id LIMIT ?) AS p
		LEFT JOIN profile_tags AS t USING (account, region, id)
		ORDER BY p.account, p.region, p.id, t.key`,
		key.Account, key.Region, key.ID, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var profiles []store.Profile
	for rows.Next() {
		p, tag, value, err := scanProfile(rows)
		if err != nil {
			return nil, err
		}
		if n := len(profiles); n == 0 || profiles[n-1].ProfileKey != p.ProfileKey {
			profiles = append(profiles, p)
		}
		if tag.Valid {
			profiles[len(profiles)-1].Tags[tag.String] = value.String
		}
	}
	return profiles, rows.Err()
}

// scanProfile reads one row: a profile and one of its tags, if it has any.
func scanProfile(rows *sql.Rows) (p store.Profile, tag, value sql.NullString, err error) {
	var created, updated int64
	err = rows.Scan(&p.Account, &p.Region, &p.ID, &p.Name, &p.Description, &p.Source, &created, &updated, &p.Policy, &tag, &value)
	p.Created, p.Updated, p.Tags = fromNanos(created), fromNanos(updated), store.Tags{}
	return p, tag, value, err
}

// query reads every row of a statement.
func query[T any](ctx context.Context, q querier, text string, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := q.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
