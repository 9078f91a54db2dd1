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
// What catalog.Load makes of the overlay is that package's own to test.
func FuzzCheck(f *testing.F) {
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
	facts := Default().Catalog.known(new(strict.Document)) // once: reading the catalog takes long
	f.Fuzz(func(t *testing.T, src []byte) {
		c := Default()
		doc := strict.Decode("fuzz.yaml", src, c, environment)
		c.fill(doc, "testdata")
		c.check(doc, facts)
		var faults *strict.Error
		if err := doc.Err(); err != nil && !errors.As(err, &faults) {
			t.Fatalf("error %T is no list of faults: %v", err, err)
		} else if err == nil {
			c.Simulator.Settings()
			return
		}
		lines := strings.Count(string(src), "\n") + strings.Count(string(src), "\r") + 1
		for _, fault := range faults.Faults {
			if fault.Line > lines || fault.Message == "" {
				t.Errorf("fault %q is in line %d of %d", fault.Message, fault.Line, lines)
			}
		}
	})
}
