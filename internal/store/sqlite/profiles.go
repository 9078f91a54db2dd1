package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"github.com/outcrop/outcrop/internal/store"
)

// CreateProfile implements store.Profiles.
func (db *DB) CreateProfile(ctx context.Context, c store.Creation) (made store.Profile, err error) {
	err = db.transact(ctx, "create profile "+c.ProfileKey.String(), func(tx *sql.Tx) error {
		earlier, err := earlierProfile(ctx, tx, c)
		if err == nil {
			made, err = readProfile(ctx, tx, earlier)
			return err
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := checkLimit(ctx, tx, c); err != nil {
			return err
		}
		if err := insertProfile(ctx, tx, c); err != nil {
			return err
		}
		made, err = readProfile(ctx, tx, c.ProfileKey)
		return err
	})
	return made, err
}

// earlierProfile finds what the token of c made before.
func earlierProfile(ctx context.Context, tx *sql.Tx, c store.Creation) (store.ProfileKey, error) {
	key := c.ProfileKey
	if c.Token == "" {
		return key, store.ErrNotFound
	}
	var parameters []byte
	err := tx.QueryRowContext(ctx, `SELECT id, parameters FROM profiles WHERE account = ? AND region = ? AND token = ?`,
		key.Account, key.Region, c.Token).Scan(&key.ID, &parameters)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return key, store.ErrNotFound
	case err == nil && !slices.Equal(parameters, c.Parameters[:]):
		return key, store.ErrTokenReused
	}
	return key, err
}

func checkLimit(ctx context.Context, tx *sql.Tx, c store.Creation) error {
	if c.Limit == 0 {
		return nil
	}
	var have int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM profiles WHERE account = ?`, c.Account).Scan(&have)
	if err == nil && have >= c.Limit {
		return store.ErrLimit
	}
	return err
}

func insertProfile(ctx context.Context, tx *sql.Tx, c store.Creation) error {
	var token, parameters any
	if c.Token != "" {
		token, parameters = c.Token, c.Parameters[:]
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO profiles (account, region, id, name, description, source, created, updated, token, parameters, policy)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.Account, c.Region, c.ID, c.Name, c.Description, c.Source, toNanos(c.Created), toNanos(c.Updated), token, parameters, c.Policy)
	if err != nil {
		return kindOf(err)
	}
	return insertTags(ctx, tx, c.ProfileKey, c.Tags)
}

func insertTags(ctx context.Context, tx *sql.Tx, key store.ProfileKey, tags store.Tags) error {
	for name, value := range tags {
		_, err := tx.ExecContext(ctx, `INSERT INTO profile_tags (account, region, id, key, value) VALUES (?, ?, ?, ?, ?)`,
			key.Account, key.Region, key.ID, name, value)
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteProfile implements store.Profiles.
func (db *DB) DeleteProfile(ctx context.Context, key store.ProfileKey) error {
	return db.transact(ctx, "delete profile "+key.String(), func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM profiles WHERE account = ? AND region = ? AND id = ?`,
			key.Account, key.Region, key.ID)
		return mustChange(result, err, store.ErrNotFound)
	})
}

// UpdateTags implements store.Profiles.
func (db *DB) UpdateTags(ctx context.Context, key store.ProfileKey, update func(store.Tags) (store.Tags, error)) (p store.Profile, err error) {
	err = db.transact(ctx, "tag profile "+key.String(), func(tx *sql.Tx) error {
		p, err = readProfile(ctx, tx, key)
		if err != nil {
			return err
		}
		tags, err := update(maps.Clone(p.Tags))
		if err != nil || maps.Equal(tags, p.Tags) {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM profile_tags WHERE account = ? AND region = ? AND id = ?`,
			key.Account, key.Region, key.ID)
		if err != nil {
			return err
		}
		if err := insertTags(ctx, tx, key, tags); err != nil {
			return err
		}
		p, err = readProfile(ctx, tx, key)
		return err
	})
	if err != nil {
		return store.Profile{}, err
	}
	return p, nil
}

// SetProfilePolicy implements store.Profiles.
func (db *DB) SetProfilePolicy(ctx context.Context, key store.ProfileKey, policy string) (p store.Profile, err error) {
	err = db.transact(ctx, "set the policy of profile "+key.String(), func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE profiles SET policy = ? WHERE account = ? AND region = ? AND id = ?`,
			policy, key.Account, key.Region, key.ID)
		if err := mustChange(result, err, store.ErrNotFound); err != nil {
			return err
		}
		p, err = readProfile(ctx, tx, key)
		return err
	})
	if err != nil {
		return store.Profile{}, err
	}
	return p, nil
}
