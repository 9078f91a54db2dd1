package organizations_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
)

var rewrite = flag.Bool("rewrite", false, "write what the server answers into the scripts")

// TestScripts plays the conversations in testdata. A line with > is a request: an operation, account= of the caller if it
// is not the management account, and the body. The line with < is the answer. Ids are written $ou1, $p1, $car1, $account1
// and $token1 in the order in which they are first seen. "restart" starts the node again over the same data. Everything
// else is a comment.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(newNode(t), string(text))
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(string(text), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("(-script +server), -rewrite takes the server's word:\n%s", diff)
			}
		})
	}
}

// play returns the script with the answers the node gives.
func play(n *node, script string) string {
	var out strings.Builder
	ids := names{}
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, "<") {
			continue
		}
		out.WriteString(line)
		if line == "restart\n" {
			n.restart()
		}
		request, ok := strings.CutPrefix(line, "> ")
		if !ok {
			continue
		}
		operation, body, _ := strings.Cut(strings.TrimSpace(ids.fill(request)), " ")
		caller := management
		if rest, ok := strings.CutPrefix(body, "account="); ok {
			account, rest, _ := strings.Cut(rest, " ")
			caller, body = arn.Account(account), rest
		}
		status, answer := n.call(caller, operation, body)
		fmt.Fprintln(&out, strings.TrimSpace(fmt.Sprintf("< %d %s", status, ids.hide(answer))))
	}
	return out.String()
}

// names are the ids a script has seen, by their kind, in order.
type names map[string][]string

// idForms are what ids look like. Tokens come first: they may hold anything.
var idForms = []struct {
	kind string
	form *regexp.Regexp
}{
	{"token", regexp.MustCompile(`"NextToken":"([^"]+)"`)},
	{"ou", regexp.MustCompile(`\bou-abcd-[a-z0-9]{8}\b`)},
	{"p", regexp.MustCompile(`\bp-[a-z0-9]{8}\b`)},
	{"car", regexp.MustCompile(`\bcar-[a-z0-9]{32}\b`)},
	{"account", regexp.MustCompile(`\b[1-9][0-9]{11}\b`)},
}

// fill puts ids in the place of their names.
func (ids names) fill(s string) string {
	for kind, list := range ids {
		for i, id := range list {
			s = strings.ReplaceAll(s, fmt.Sprintf("$%s%d", kind, i+1), id)
		}
	}
	return s
}

// hide puts names in the place of ids, and learns new ones.
func (ids names) hide(s string) string {
	for _, f := range idForms {
		for _, m := range f.form.FindAllStringSubmatch(s, -1) {
			if id := m[len(m)-1]; id != string(management) && !slices.Contains(ids[f.kind], id) {
				ids[f.kind] = append(ids[f.kind], id)
			}
		}
		for i, id := range ids[f.kind] {
			s = strings.ReplaceAll(s, id, fmt.Sprintf("$%s%d", f.kind, i+1))
		}
	}
	return s
}
