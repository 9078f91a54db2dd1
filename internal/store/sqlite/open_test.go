package sqlite_test

import (
	"context"
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

func TestFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on the way")
	db := open(t, dir)
	writeTo(t, db)
	if mode := stat(t, dir).Mode().Perm(); mode != 0o700 {
		t.Errorf("directory has mode %o, want 700", mode)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if mode := stat(t, db.Path()+suffix).Mode().Perm(); mode != 0o600 {
			t.Errorf("%s%s has mode %o, want 600", sqlite.FileName, suffix, mode)
		}
	}
}

func TestAnOpenFileIsMadePrivate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, sqlite.FileName)
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if mode := stat(t, path).Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %o, want 600", mode)
	}
}

// A path is no URL: what has a meaning in one must not have it in the other.
func TestAnyPathWorks(t *testing.T) {
	for _, name := range []string{"a b", "what?mode=memory", "a#b", "100%", "a%20b", "ä:b", "file:x"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), name)
			db := open(t, dir)
			writeTo(t, db)
			if stat(t, filepath.Join(dir, sqlite.FileName)).Size() == 0 && stat(t, filepath.Join(dir, sqlite.FileName+"-wal")).Size() == 0 {
				t.Error("the data went to another file")
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	tests := map[string]struct {
		make func(t *testing.T, dir string) string // returns the directory to open
		want []string
	}{
		"the directory is a file": {
			func(t *testing.T, dir string) string {
				write(t, filepath.Join(dir, "file"), "x")
				return filepath.Join(dir, "file")
			},
			[]string{"cannot make the data directory", "/file", "--data", "not a directory"},
		},
		"the file is a directory": {
			func(t *testing.T, dir string) string {
				if err := os.Mkdir(filepath.Join(dir, sqlite.FileName), 0o700); err != nil {
					t.Fatal(err)
				}
				return dir
			},
			[]string{"cannot open the store", sqlite.FileName, "is a directory"},
		},
		"the file is something else": {
			func(t *testing.T, dir string) string {
				write(t, filepath.Join(dir, sqlite.FileName), strings.Repeat("not a database ", 100))
				return dir
			},
			[]string{"cannot open the store", sqlite.FileName, "is it a SQLite file", "not a database"},
		},
		"the schema is newer": {
			func(t *testing.T, dir string) string {
				path := open(t, dir).Path()
				raw(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
				return dir
			},
			[]string{sqlite.FileName, "schema 9999", "newer outcrop", "up to 5"},
		},
		"another program's tables are in it": {
			func(t *testing.T, dir string) string {
				path := filepath.Join(dir, sqlite.FileName)
				raw(t, path, `CREATE TABLE profiles (x)`)
				return dir
			},
			[]string{"cannot bring the store", sqlite.FileName, "from schema 0 to 5", "already exists"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := tt.make(t, t.TempDir())
			db, err := sqlite.Open(t.Context(), dir)
			if err == nil {
				db.Close()
				t.Fatal("opened")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestOpenGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if db, err := sqlite.Open(ctx, t.TempDir()); err == nil {
		db.Close()
		t.Error("opened")
	}
}

func TestErrorsAfterCloseNameTheFile(t *testing.T) {
	db := open(t, t.TempDir())
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), db.Path()) {
		t.Errorf("ping: %v", err)
	}
	if _, err := db.ListProfiles(t.Context(), store.ProfileKey{}, 1); err == nil || !strings.Contains(err.Error(), db.Path()) {
		t.Errorf("list: %v", err)
	}
}

func TestTablesAreStrict(t *testing.T) {
	path := open(t, t.TempDir()).Path()
	db := openRaw(t, path)
	rows, err := db.Query(`SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		t.Errorf("table %s is not STRICT", name)
	}
	if err := rows.Err(); err != nil {
		t.Error(err)
	}
}

func open(t *testing.T, dir string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// writeTo puts something into a store.
func writeTo(t *testing.T, db *sqlite.DB) {
	t.Helper()
	if _, err := db.ChangeDocuments(t.Context(), "things", 0, []store.DocumentChange{{Document: store.Document{Kind: "thing", Key: "1"}}}); err != nil {
		t.Fatal(err)
	}
}

func openRaw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func raw(t *testing.T, path, statement string) {
	t.Helper()
	if _, err := openRaw(t, path).Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func stat(t *testing.T, path string) fs.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}
