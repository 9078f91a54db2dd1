package bedrock_test

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
)

var rewrite = flag.Bool("rewrite", false, "write what the server answers into the scripts")

// TestScripts plays the conversations in testdata. A line with > is a request: method, path, and if need be
// region= or account=; lines with >> are its body. Lines with < are the answer. $1 is the id of the first profile
// made, $2 of the second. "restart" starts the node again over the same data. Everything else is a comment.
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
	var (
		out   strings.Builder
		ids   names
		lines = strings.Split(strings.TrimSuffix(script, "\n"), "\n")
	)
	for i := 0; i < len(lines); i++ {
		if strings.HasPrefix(lines[i], "<") {
			continue
		}
		fmt.Fprintln(&out, lines[i])
		if lines[i] == "restart" {
			n.restart()
		}
		head, ok := strings.CutPrefix(lines[i], "> ")
		if !ok {
			continue
		}
		q := parseHead(ids.fill(head))
		for ; i+1 < len(lines) && strings.HasPrefix(lines[i+1], ">> "); i++ {
			fmt.Fprintln(&out, lines[i+1])
			q.body += ids.fill(strings.TrimPrefix(lines[i+1], ">> "))
		}
		a := n.do(q)
		fmt.Fprintln(&out, strings.TrimSpace(fmt.Sprintf("< %d %s", a.status, a.kind)))
		fmt.Fprintln(&out, "< "+ids.hide(a.body))
	}
	return out.String()
}

// names are the ids of the profiles a script has made, in order.
type names []string

var madeID = regexp.MustCompile(`^{"inferenceProfileArn":"[^"]*/([a-z0-9]{12})"`)

// fill puts ids in the place of their numbers.
func (ids names) fill(s string) string {
	for i, id := range ids {
		s = strings.ReplaceAll(s, fmt.Sprintf("$%d", i+1), id)
	}
	return s
}

// hide puts numbers in the place of ids, and learns the id of a profile just made.
func (ids *names) hide(body string) string {
	if m := madeID.FindStringSubmatch(body); m != nil && !slices.Contains(*ids, m[1]) {
		*ids = append(*ids, m[1])
	}
	for i, id := range *ids {
		body = strings.ReplaceAll(body, id, fmt.Sprintf("$%d", i+1))
	}
	return body
}

func parseHead(head string) request {
	fields := strings.Fields(head)
	q := request{method: fields[0], path: fields[1]}
	for _, f := range fields[2:] {
		switch key, value, _ := strings.Cut(f, "="); key {
		case "region":
			q.region = value
		case "account":
			q.account = value
		}
	}
	return q
}
