package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcrop/outcrop/internal/seal"
)

func TestReloadTakesSealingKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "own.key")
	write := func(keys ...seal.Key) {
		t.Helper()
		if err := writeSealingKeys(file, keys); err != nil {
			t.Fatal(err)
		}
	}
	old, fresh := seal.NewKey(), seal.NewKey()
	write(old)
	s := serveLogged(t, "simulator: {first-token: 0s}\nsealing: {key-file: '"+file+"'}\n")
	write(fresh, old)
	line := s.says(t, "another sealing key seals from now on")
	if !strings.Contains(line, "key="+fresh.ID()) || !strings.Contains(line, "before="+old.ID()) {
		t.Errorf("the log says %s, want the keys %s and %s", line, fresh.ID(), old.ID())
	}
	if err := replaceFile(file, "correct-horse!\n"); err != nil {
		t.Fatal(err)
	}
	line = s.says(t, "the configuration was not changed")
	if !strings.Contains(line, "it is neither base64 nor hexadecimal") || strings.Contains(line, "correct-horse") {
		t.Errorf("the log says %s", line)
	}
}
