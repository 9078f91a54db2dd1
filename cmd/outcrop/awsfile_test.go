package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadProfile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	text := "# a comment\n; another\nstray = 1\n[default]\n aws_access_key_id=A \nempty =\nno equals\n\n[profile other]\r\nregion = eu-west-1\r\n[ third ]\nx = a=b\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]section{
		"default": {"aws_access_key_id": "A", "empty": "", "no equals": ""},
		"other":   {"region": "eu-west-1"},
		"third":   {"x": "a=b"},
		"fourth":  {},
	} {
		got, found, err := readProfile(path, name)
		if err != nil || found != (len(want) > 0) {
			t.Errorf("%s: found %v with error %v", name, found, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWriteProfileReplacesWholeFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		if err := writeProfile(path, "why", [2]string{"region", region}); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if want := "# why\n[default]\nregion = " + region + "\n"; err != nil || string(text) != want {
			t.Errorf("got %q and error %v, want %q", text, err, want)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("got %v and error %v, want the one file and nothing left over", entries, err)
	}
	if err := writeProfile(filepath.Join(dir, "none", "config"), "why"); err == nil {
		t.Error("writing into a directory that is not there succeeds")
	}
}

func TestDamagedDataDirectory(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"config", "credentials"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("[default]\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := (dataDir{dir}).access(); err == nil {
		t.Errorf("got %+v, want an error", a)
	}
}
