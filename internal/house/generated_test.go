package house

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// generatedFrom matches the line of a generated file that names the models' version.
var generatedFrom = regexp.MustCompile(`(?m)^// Source: botocore ([0-9.]+),`)

func TestGeneratedCodeIsWhatTheGeneratorWrites(t *testing.T) {
	top := root(t)
	committed := generatedFiles(t, filepath.Join(top, "internal", "awsapi"))
	if len(committed) == 0 {
		t.Fatal("no generated file found: the test would prove nothing")
	}
	want := modelVersion(t, committed)
	installed, err := exec.CommandContext(t.Context(), "python3", "-c", "import botocore; print(botocore.__version__)").CombinedOutput()
	if got := strings.TrimSpace(string(installed)); err != nil || got != want {
		skipLoudly(t, "generated code is not checked: it was made from botocore %s, python3 has %.100q (%v)", want, got, err)
	}
	fresh := t.TempDir()
	generate := exec.CommandContext(t.Context(), "go", "run", "./apigen", "-out", fresh)
	generate.Dir = filepath.Join(top, "tools")
	if out, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("cannot generate: %v\n%s", err, out)
	}
	written := generatedFiles(t, fresh)
	for name, text := range written {
		if !bytes.Equal(text, committed[name]) {
			t.Errorf("internal/awsapi/%s is not what tools/apigen writes: run make generate", name)
		}
	}
	for name := range committed {
		if _, ok := written[name]; !ok {
			t.Errorf("internal/awsapi/%s is not written by tools/apigen any more: remove it", name)
		}
	}
}

// skipLoudly skips, and says so even where go test hides the log of what passes.
func skipLoudly(t *testing.T, format string, args ...any) {
	t.Helper()
	text := "SKIPPED: " + fmt.Sprintf(format, args...)
	fmt.Fprintln(os.Stderr, text)
	t.Skip(text)
}

// generatedFiles are the generated Go files below dir, by their path from there.
func generatedFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*", "*.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.ToSlash(rel)] = text
	}
	return all
}

// modelVersion is the one version that every generated file names.
func modelVersion(t *testing.T, committed map[string][]byte) string {
	t.Helper()
	version := ""
	for name, text := range committed {
		found := generatedFrom.FindSubmatch(text)
		switch {
		case found == nil:
			t.Errorf("internal/awsapi/%s does not name the version it was made from", name)
		case version != "" && version != string(found[1]):
			t.Errorf("internal/awsapi/%s was made from botocore %s, others from %s: run make generate", name, found[1], version)
		default:
			version = string(found[1])
		}
	}
	return version
}
