package config

import (
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/identity"
)

const exampleFile = "../../docs/config.example.yaml"

func readExample(t *testing.T) []byte {
	t.Helper()
	src, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// sameSecret lets cmp look at configurations without opening what must stay closed.
var sameSecret = cmp.Comparer(func(a, b identity.Secret) bool { return a.Reveal() == b.Reveal() })

func TestExampleShowsTheDefaults(t *testing.T) {
	got, err := Parse(exampleFile, readExample(t), environment)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), got, sameSecret); diff != "" {
		t.Errorf("%s differs from the defaults (-default +file):\n%s", exampleFile, diff)
	}
}

// commented matches the hash of the example's commented YAML; prose has exactly one space behind it.
var commented = regexp.MustCompile(`(?m)^#( {2,}|[^ \n])`)

func TestExampleLoadsInFull(t *testing.T) {
	src := commented.ReplaceAll(readExample(t), []byte("$1"))
	got, err := Parse(exampleFile, src, environment)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Providers) + len(got.Deployments) + len(got.Simulator.Failures) + len(got.Catalog.Models); n != 8 {
		t.Errorf("got %d providers, deployments, failures and models together, want 8: %+v", n, got)
	}
	if d := got.Deployments[0]; d.UpstreamModel != "llama-3.3-70b" || d.Concurrency != 8 {
		t.Errorf("got deployment %+v", d)
	}
	if p := got.Prices; len(p.Overrides) != 3 || len(p.Imported) != 2 || p.Assume.Input == nil || *p.Assume.Input != 3_000_000 {
		t.Errorf("got prices %+v", p)
	}
	if p := got.Providers[0]; p.APIKey.Reveal() != "none" || p.Timeout != 10*time.Minute {
		t.Errorf("got provider %+v", p)
	}
}
