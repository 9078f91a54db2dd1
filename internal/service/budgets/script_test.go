package budgets

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgetaction"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
)

var rewrite = flag.Bool("rewrite", false, "write what the server answers into the scripts")

// stage is a server whose actions can be put into a status, and whose roles are those that exist.
type stage struct {
	*memory
	api *awswire.Service
}

// Check knows one role.
func (*stage) Check(k budget.Key, role string, d *budgetaction.Definition) error {
	switch {
	case role != "arn:aws:iam::111122223333:role/acts":
		return fault.New(fault.AccessDenied, "AWS Budgets cannot assume the execution role %s.", role)
	case d.IAM != nil && slices.Contains(d.IAM.Users, "nobody"):
		return fault.New(fault.ResourceNotFound, "The user with name nobody cannot be found.")
	}
	return nil
}

// Command steps an action as the keeper does.
func (s *stage) Command(_ context.Context, k budget.Key, id string, event budget.ActionEvent) (bool, error) {
	a := &s.all[k].Actions[findAction(s.all[k].Actions, id)]
	next, _, err := a.Status.Step(event, a.Rules)
	if err == nil {
		a.Note(noon, "EXECUTE_ACTION", next, fmt.Sprintf("%s was asked for.", event))
	}
	return true, err
}

// TestScripts plays the conversations in testdata. A line with > is a request: an operation, and the body, to which
// AccountId is added. The line with < is the answer. Ids of actions are written $a1, $a2 … and tokens $t1 … in the order
// in which they are first seen. "status BUDGET STATUS" puts all actions of a budget into a status, and "spend DOLLARS" is
// a call. Everything else is a comment.
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
			_, m := newServer(t)
			s := &stage{memory: m}
			s.api = api.NewService(New(s, s))
			got := s.play(t, string(text))
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

func (s *stage) play(t *testing.T, script string) string {
	var out strings.Builder
	seen := names{}
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, "<") {
			continue
		}
		out.WriteString(line)
		words := strings.Fields(line)
		switch {
		case len(words) == 3 && words[0] == "status":
			b := s.all[budget.Key{Account: owner, Name: words[1]}]
			for i := range b.Actions {
				b.Actions[i].Status = budget.ActionStatus(words[2])
			}
		case len(words) == 2 && words[0] == "spend":
			s.spend(t, words[1])
		case strings.HasPrefix(line, "> "):
			operation, body, _ := strings.Cut(strings.TrimSpace(seen.fill(line[2:])), " ")
			fmt.Fprintln(&out, strings.TrimSpace("< "+seen.hide(s.ask(t, operation, body))))
		}
	}
	return out.String()
}

func (s *stage) ask(t *testing.T, operation, body string) string {
	if !strings.Contains(body, `"AccountId"`) && !strings.Contains(body, `"ResourceARN"`) {
		body = `{"AccountId":"` + owner + `",` + strings.TrimPrefix(body, "{")
	}
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("X-Amz-Target", "AWSBudgetServiceGateway."+operation)
	rec := httptest.NewRecorder()
	done := s.api.Serve(rec, &awswire.Call{Request: r, Body: []byte(body), Arrived: noon, Principal: identity.Principal{Account: owner}})
	if done.Status >= 500 {
		t.Errorf("%s %s: %v", operation, body, done.Err)
	}
	return fmt.Sprint(rec.Code, " ", rec.Body.String())
}

// names are the ids a script has seen, by their kind, in order.
type names map[string][]string

var idForms = []struct {
	kind string
	form *regexp.Regexp
}{
	{"t", regexp.MustCompile(`"NextToken":"([^"]+)"`)},
	{"a", regexp.MustCompile(`\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b`)},
}

func (n names) fill(s string) string {
	for kind, list := range n {
		for i, id := range list {
			s = strings.ReplaceAll(s, fmt.Sprintf("$%s%d", kind, i+1), id)
		}
	}
	return s
}

func (n names) hide(s string) string {
	for _, f := range idForms {
		for _, found := range f.form.FindAllStringSubmatch(s, -1) {
			if !slices.Contains(n[f.kind], found[1]) {
				n[f.kind] = append(n[f.kind], found[1])
			}
		}
		for i, id := range n[f.kind] {
			s = strings.ReplaceAll(s, id, fmt.Sprintf("$%s%d", f.kind, i+1))
		}
	}
	return s
}
