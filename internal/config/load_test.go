package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/config/strict"
)

var rewrite = flag.Bool("rewrite", false, "write what the tests find into testdata")

// environment is what the files under testdata can refer to.
func environment(name string) (string, bool) {
	v, ok := map[string]string{
		"NOT_A_SIZE":    "much",
		"EMPTY":         "",
		"VLLM_KEY":      "sk-from-the-environment",
		"SMTP_PASSWORD": "letters",
		"SLOTS":         "12",
	}[name]
	return v, ok
}

// Each file under testdata/faults is wrong; the text beside it is all that is said about it.
func TestFaults(t *testing.T) {
	files, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse(filepath.Base(file), src, environment)
			var faults *strict.Error
			if !errors.As(err, &faults) {
				t.Fatalf("got error %v, want faults", err)
			}
			got := faults.Error() + "\n"
			if strings.Contains(got, "must-not-be-shown") {
				t.Errorf("a secret is shown:\n%s", got)
			}
			compare(t, strings.TrimSuffix(file, ".yaml")+".txt", got)
		})
	}
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), -rewrite accepts it:\n%s", golden, diff)
	}
}
