// Package sqlite keeps what must survive in one SQLite file: the store of a single node.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"github.com/outcrop/outcrop/internal/store"
)

// FileName is the database's name inside the data directory. SQLite keeps two more files beside it
// while it is open, named like it with -wal and -shm behind.
const FileName = "outcrop.db"

const (
	// busyTimeout is how long a statement waits for another process that holds the file.
	busyTimeout = 5 * time.Second
	// readers is how many connections read at once. Reads are rare: what calls need is in memory.
	readers = 4
	// writeCache holds what a batch of usage records touches, 16 MiB, so that no page is written twice.
	writeCache = "cache_size(-16384)"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is a store in one SQLite file. One connection writes, several read; readers see the last
// commit and never wait for the writer.
type DB struct {
	path  string
	write *sql.DB
	read  *sql.DB

	keys, resources names // of the ledger
}

var _ store.Store = (*DB)(nil)

// Open opens the store in dir and brings its schema up to date. What is missing is made: the directory with mode
// 0700, the file with mode 0600. The error says which path could not be used, and why.
func Open(ctx context.Context, dir string) (*DB, error) {
	path, err := prepare(dir)
	if err != nil {
		return nil, err
	}
	db := &DB{path: path}
	if err := db.connect(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// connect opens both pools. The schema must be there before a reader opens the file.
func (db *DB) connect(ctx context.Context) (err error) {
	settings := url.Values{"_txlock": {"immediate"}, "_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_foreign_keys": {"1"}, "_pragma": {writeCache}}
	if db.write, err = pool(db.path, settings, 1); err != nil {
		return err
	}
	if err := db.write.PingContext(ctx); err != nil {
		return fmt.Errorf("cannot open the store %s (is it a SQLite file, and may this process write it and its directory?): %w", db.path, err)
	}
	if err := migrate(ctx, db.write, db.path); err != nil {
		return err
	}
	db.read, err = pool(db.path, url.Values{"_query_only": {"1"}}, readers)
	return err
}

// prepare makes the directory and an empty file, so that no file of the store is ever readable by others: SQLite
// gives its side files the mode of the database.
func prepare(dir string) (path string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("cannot find the data directory: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("cannot make the data directory %s (choose another with --data): %w", dir, err)
	}
	path = filepath.Join(dir, FileName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", fmt.Errorf("cannot open the store %s for writing (choose another directory with --data): %w", path, err)
	}
	// A file that came from a backup may be open to others.
	err = errors.Join(f.Chmod(0o600), f.Close())
	if err != nil {
		return "", fmt.Errorf("cannot make the store %s private: %w", path, err)
	}
	return path, nil
}

func pool(path string, settings url.Values, connections int) (*sql.DB, error) {
	settings.Set("_busy_timeout", fmt.Sprint(busyTimeout.Milliseconds()))
	settings.Set("_dqs", "0")      // a misspelt column is an error and not a string
	settings.Set("_error_rc", "1") // an error's text is that of the error
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: settings.Encode()}
	connector, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, fmt.Errorf("cannot open the store %s: %w", path, err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// migrate applies what the schema lacks, and refuses a schema that it does not know.
func migrate(ctx context.Context, db *sql.DB, path string) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("cannot read the migrations of the store: %w", err)
	}
	has, knows, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("cannot read the schema version of the store %s: %w", path, err)
	}
	if has > knows {
		return fmt.Errorf("the store %s has schema %d, made by a newer outcrop; this one knows schemas up to %d (use the newer program, or a backup from before)", path, has, knows)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("cannot bring the store %s from schema %d to %d (nothing of the failed step was kept): %w", path, has, knows, err)
	}
	return nil
}

// Path is the database file.
func (db *DB) Path() string { return db.path }

// Ping reads from the file.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.read.QueryRowContext(ctx, `SELECT count(*) FROM document_revisions`).Scan(&one); err != nil {
		return fmt.Errorf("cannot read the store %s: %w", db.path, err)
	}
	return nil
}

// Close closes the readers first, so that the writer is the last to leave and folds the write-ahead
// log into the database.
func (db *DB) Close() error {
	var errs []error
	for _, pool := range []*sql.DB{db.read, db.write} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("cannot close the store %s: %w", db.path, err)
	}
	return nil
}
