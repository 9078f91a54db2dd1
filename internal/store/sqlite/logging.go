package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/store"
)

// LoggingConfigs implements store.InvocationLogging.
func (db *DB) LoggingConfigs(ctx context.Context) ([]store.LoggingConfig, error) {
	const list = `SELECT account, region, document FROM logging_configs ORDER BY account, region`
	configs, err := query(ctx, db.read, list, func(rows *sql.Rows) (c store.LoggingConfig, err error) {
		return c, rows.Scan(&c.Account, &c.Region, &c.Document)
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the configurations of invocation logs in the store %s: %w", db.path, err)
	}
	return configs, nil
}

// PutLoggingConfig implements store.InvocationLogging.
func (db *DB) PutLoggingConfig(ctx context.Context, c store.LoggingConfig) error {
	return db.transact(ctx, "set the configuration of invocation logs", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO logging_configs (account, region, document) VALUES (?, ?, ?)
			ON CONFLICT (account, region) DO UPDATE SET document = excluded.document`, c.Account, c.Region, c.Document)
		return err
	})
}

// DeleteLoggingConfig implements store.InvocationLogging.
func (db *DB) DeleteLoggingConfig(ctx context.Context, account arn.Account, region arn.Region) error {
	return db.transact(ctx, "delete the configuration of invocation logs", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM logging_configs WHERE (account, region) = (?, ?)`, account, region)
		return err
	})
}
