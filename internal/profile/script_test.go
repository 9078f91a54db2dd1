package profile

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
)

var rewrite = flag.Bool("rewrite", false, "write what the code says into the scripts")

// TestScripts runs testdata/*.txt. A script is lines of commands, each followed by its outcome on indented lines:
//
//	enforce DATE                 judge by today's offers on a day, and keep the application profiles
//	overlay YAML                 lay an overlay, in one line of YAML, over the catalog
//	app ID REGION ACCOUNT ARN    put an application profile
//	drop ID REGION ACCOUNT       delete it
//	resolve IDENTIFIER REGION    resolve it for account 111122223333, and print the target or the error
//	copy IDENTIFIER REGION       check it as the source of a new application profile
//	apps REGION                  list the first account's application profiles
//	systems REGION PREFIX        list the cross-region profiles with a prefix
//	model REGION ID              show a model as the region lists it
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			got := runScript(t, string(b))
			if *rewrite {
				if err := os.WriteFile(f, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(string(b), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", f, diff)
			}
		})
	}
}

// runScript returns the script with the outcomes as they are.
func runScript(t *testing.T, text string) string {
	s := load(t, Options{})
	var out strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "  ") {
			continue // the outcome of an earlier run
		}
		out.WriteString(line + "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var outcome string
		s, outcome = runCommand(t, s, line)
		for o := range strings.Lines(outcome) {
			out.WriteString("  " + o)
		}
	}
	return out.String()
}

func runCommand(t *testing.T, s *Snapshot, line string) (*Snapshot, string) {
	verb, rest, _ := strings.Cut(line, " ")
	w := append(strings.Fields(rest), "", "", "", "")
	switch verb {
	case "enforce":
		day, err := time.Parse(time.DateOnly, w[0])
		if err != nil {
			t.Fatal(err)
		}
		return s.Rebuild(s.Catalog(), Options{Lifecycle: Enforce, Today: day}), ""
	case "overlay":
		var o catalog.Overlay
		if err := yaml.UnmarshalWithOptions([]byte(rest), &o, yaml.Strict()); err != nil {
			t.Fatal(err)
		}
		c, err := catalog.Load(o)
		if err != nil {
			t.Fatal(err)
		}
		return s.Rebuild(c, Options{}), ""
	case "app":
		app := sample(w[0], arn.Region(w[1]), w[3])
		app.Account = arn.Account(w[2])
		return s.Put(app), ""
	case "drop":
		return s.Delete(arn.Account(w[2]), arn.Region(w[1]), w[0]), ""
	}
	return s, ask(t, s, verb, w)
}

// ask runs the commands that change nothing.
func ask(t *testing.T, s *Snapshot, verb string, w []string) string {
	var out strings.Builder
	switch verb {
	case "resolve":
		return describe(s.Resolve(owner1, arn.Region(w[1]), w[0]))
	case "copy":
		return describe(s.CopySource(owner1, arn.Region(w[1]), w[0]))
	case "apps":
		for _, a := range s.Applications(owner1, arn.Region(w[0])) {
			fmt.Fprintf(&out, "%s from %s\n", a.ARN("aws"), a.Source)
		}
	case "systems":
		for _, t := range s.Systems(arn.Region(w[0])) {
			if strings.HasPrefix(t.System.ID, w[1]) {
				fmt.Fprintf(&out, "%s %v\n", t.System.ID, t.Destinations)
			}
		}
	case "model":
		m, ok := s.Model(arn.Region(w[0]), w[1])
		if !ok {
			return "not listed\n"
		}
		fmt.Fprintf(&out, "%s %v legacy=%t\n", m.Model.Name, m.Types.Strings(), m.Legacy)
	default:
		t.Fatalf("no command %q", verb)
	}
	return out.String()
}

// describe prints a target, or an error as its caller reads it.
func describe(got *Target, err error) string {
	var other *OtherAccountError
	if errors.As(err, &other) {
		return "AccessDenied: " + other.Denied("arn:aws:iam::111122223333:user/ana", "bedrock:InvokeModel").Message + "\n"
	}
	if err != nil {
		names := map[fault.Code]string{fault.Validation: "Validation", fault.ResourceNotFound: "ResourceNotFound", fault.AccessDenied: "AccessDenied"}
		return names[fault.Public(err).Code] + ": " + fault.Public(err).Message + "\n"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s from %s to %v\n", got.Scope, got.Model.ID, got.Source, got.Destinations)
	fmt.Fprintf(&out, "called %s\n", got.CalledARN(owner1))
	if got.Application != nil && got.System != nil {
		fmt.Fprintf(&out, "through %s\n", got.System.ID)
	}
	for _, a := range got.ModelARNs() {
		fmt.Fprintf(&out, "model %s\n", a)
	}
	return out.String()
}
