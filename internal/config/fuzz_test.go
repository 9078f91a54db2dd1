package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcrop/outcrop/internal/config/strict"
)

// Whatever a file holds, reading it ends, and ends in a configuration or in faults that can be shown.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/faults/*.yaml", "testdata/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := Parse("fuzz.yaml", src, environment)
		if (c == nil) == (err == nil) {
			t.Fatalf("got configuration %v and error %v", c, err)
		}
		var faults *strict.Error
		if err == nil {
			return
		}
		if !errors.As(err, &faults) {
			t.Fatalf("error %T is no list of faults: %v", err, err)
		}
		lines := strings.Count(string(src), "\n") + 1
		for _, fault := range faults.Faults {
			if fault.Line > lines || fault.Message == "" {
				t.Errorf("fault %q is in line %d of %d", fault.Message, fault.Line, lines)
			}
		}
	})
}
