package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/store"
)

// CreateAccount implements store.Identities.
func (db *DB) CreateAccount(ctx context.Context, a store.Account) error {
	return db.transact(ctx, "create account "+string(a.ID), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO accounts (id, name, created) VALUES (?, ?, ?)`, a.ID, a.Name, toNanos(a.Created))
		return kindOf(err)
	})
}

// Accounts implements store.Identities.
func (db *DB) Accounts(ctx context.Context) ([]store.Account, error) {
	accounts, err := query(ctx, db.read, `SELECT id, name, created FROM accounts ORDER BY id`, func(rows *sql.Rows) (a store.Account, err error) {
		var created int64
		err = rows.Scan(&a.ID, &a.Name, &created)
		a.Created = fromNanos(created)
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the accounts in the store %s: %w", db.path, err)
	}
	return accounts, nil
}

// CreateAccessKey implements store.Identities.
func (db *DB) CreateAccessKey(ctx context.Context, k store.AccessKey) error {
	return db.transact(ctx, "create access key "+k.ID, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO access_keys (id, secret, account, principal_arn, user_id, created) VALUES (?, ?, ?, ?, ?, ?)`,
			k.ID, k.Secret.Reveal(), k.Principal.Account, k.Principal.ARN, k.Principal.UserID, toNanos(k.Created))
		return kindOf(err)
	})
}

// AccessKeys implements store.Identities.
func (db *DB) AccessKeys(ctx context.Context) ([]store.AccessKey, error) {
	const text = `SELECT id, secret, account, principal_arn, user_id, created FROM access_keys ORDER BY id`
	keys, err := query(ctx, db.read, text, func(rows *sql.Rows) (k store.AccessKey, err error) {
		var (
			secret  string
			created int64
		)
		err = rows.Scan(&k.ID, &secret, &k.Principal.Account, &k.Principal.ARN, &k.Principal.UserID, &created)
		k.Secret, k.Principal.AccessKeyID, k.Created = identity.NewSecret(secret), k.ID, fromNanos(created)
		return k, err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the access keys in the store %s: %w", db.path, err)
	}
	return keys, nil
}

// DeleteAccessKey implements store.Identities.
func (db *DB) DeleteAccessKey(ctx context.Context, id string) error {
	return db.transact(ctx, "delete access key "+id, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM access_keys WHERE id = ?`, id)
		return mustChange(result, err, store.ErrNotFound)
	})
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
