package budgetaction

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/policy"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

const (
	main     = arn.Account("111122223333")
	stop     = "arn:aws:iam::111122223333:policy/stop"
	roleName = "arn:aws:iam::111122223333:role/acts"
	trust    = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"budgets.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	deny     = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"bedrock:*","Resource":"*"}}`
	allow    = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:*","organizations:*"],"Resource":"*"}}`
)

var (
	born = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	team = budget.Key{Account: main, Name: "team"}
)

// people is a directory in memory.
type people struct{ now *directory.Snapshot }

func (p *people) Snapshot() *directory.Snapshot { return p.now }

func (p *people) Change(_ context.Context, decide registrar.Decide) error {
	changes, err := decide(p.now)
	if err == nil {
		p.now = p.now.With(changes...)
	}
	return err
}

// put makes or replaces things.
func (p *people) put(all ...directory.Entity) {
	for _, e := range all {
		p.now = p.now.With(directory.Put(e))
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// newPeople is a directory with a user, a group, a role, a policy that denies, and a role for actions whose rights are
// what a policy says.
func newPeople(trusts, rights string) *people {
	p := &people{must(directory.New())}
	management := &directory.Member{ID: main, Name: "main", Created: born, Joined: born, Status: directory.Active}
	p.now = p.now.With(must(directory.Found("o-abcdefghij", "r-abcd", management, born))...)
	document := must(directory.NewDocument(policy.Identity, stop, deny))
	p.put(
		&directory.ManagedPolicy{Account: main, Name: "stop", Path: "/", ID: "ANPA1", Default: "v1", Versions: []directory.Version{{ID: "v1", Document: document, Created: born}}},
		&directory.User{Account: main, Name: "ann", Path: "/", ID: "AIDA1"},
		&directory.Group{Account: main, Name: "staff", Path: "/", ID: "AGPA1"},
		&directory.Role{Account: main, Name: "worker", Path: "/", ID: "AROA1", Trust: must(directory.NewDocument(policy.Trust, "arn:aws:iam::111122223333:role/worker", trust))},
		&directory.Role{
			Account: main, Name: "acts", Path: "/", ID: "AROA2", Trust: must(directory.NewDocument(policy.Trust, roleName, trusts)),
			Rights: directory.Rights{Inline: []directory.Inline{must(directory.NewInline("rights", rights))}},
		},
		&directory.Unit{ID: "ou-abcd-11111111", Name: "labs", Parent: "r-abcd", Created: born},
		&directory.ControlPolicy{ID: "p-11111111", Name: "none", Organization: "o-abcdefghij", Management: main, Document: must(directory.NewDocument(policy.ServiceControl, "scp", deny))},
	)
	full, _ := p.now.ControlPolicy(directory.FullAWSAccess)
	p.put(&directory.ControlPolicy{ID: full.ID, Name: full.Name, AWSManaged: true, Document: full.Document, Targets: []string{string(main), "ou-abcd-11111111", "r-abcd"}})
	return p
}

func action(d *Definition) *budgeting.Action {
	return &budgeting.Action{ID: "a-1", Role: roleName, Definition: must(d.Write())}
}

func hand(p *people) *Hand { return New(p, func() time.Time { return born }) }

func (p *people) has() string {
	a, _ := p.now.Account(main)
	u, _ := a.User("ann")
	g, _ := a.Group("staff")
	r, _ := a.Role("worker")
	var out []string
	for name, list := range map[string][]string{"ann": u.Attached, "staff": g.Attached, "worker": r.Attached} {
		for _, policy := range list {
			if policy == stop {
				out = append(out, name)
			}
		}
	}
	return strings.Join(out, " ")
}

var everybody = &Definition{IAM: &IAM{Policy: stop, Users: []string{"ann"}, Groups: []string{"staff"}, Roles: []string{"path/worker"}}}

func TestPoliciesAreAttachedAndDetached(t *testing.T) {
	p := newPeople(trust, allow)
	h := hand(p)
	for range 2 { // again changes nothing
		if err := h.Execute(t.Context(), team, action(everybody)); err != nil {
			t.Fatal(err)
		}
		if got := p.has(); len(strings.Fields(got)) != 3 {
			t.Fatalf("the policy is attached to %q", got)
		}
	}
	for range 2 {
		if err := h.Undo(t.Context(), team, action(everybody)); err != nil {
			t.Fatal(err)
		}
		if got := p.has(); got != "" {
			t.Fatalf("the policy is attached to %q", got)
		}
	}
}

func TestUndoingLeavesOutWhoIsGone(t *testing.T) {
	p := newPeople(trust, allow)
	h := hand(p)
	if err := h.Execute(t.Context(), team, action(everybody)); err != nil {
		t.Fatal(err)
	}
	p.now = p.now.With(directory.Delete(&directory.User{Account: main, Name: "ann"}))
	if err := h.Undo(t.Context(), team, action(everybody)); err != nil {
		t.Fatal(err)
	}
	a, _ := p.now.Account(main)
	if g, _ := a.Group("staff"); len(g.Attached) != 0 {
		t.Errorf("the group still has %q", g.Attached)
	}
}

func TestServiceControlPoliciesAreAttached(t *testing.T) {
	p := newPeople(trust, allow)
	h, d := hand(p), &Definition{SCP: &SCP{Policy: "p-11111111", Targets: []string{string(main), "ou-abcd-11111111"}}}
	targets := func() string {
		c, _ := p.now.ControlPolicy("p-11111111")
		return strings.Join(c.Targets, " ")
	}
	if err := h.Execute(t.Context(), team, action(d)); err != nil || targets() != "111122223333 ou-abcd-11111111" {
		t.Fatalf("%v: attached to %q", err, targets())
	}
	if err := h.Undo(t.Context(), team, action(d)); err != nil || targets() != "" {
		t.Fatalf("%v: attached to %q", err, targets())
	}
	other := budget.Key{Account: "444455556666", Name: "team"}
	if err := h.Execute(t.Context(), other, action(d)); !fault.Is(err, fault.AccessDenied) {
		t.Errorf("an account that manages nothing: %v", err)
	}
}

func TestWhatCannotBeDoneChangesNothing(t *testing.T) {
	only := func(action, condition string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*","Condition":` + condition + `}}`
	}
	iam := func(users ...string) *Definition { return &Definition{IAM: &IAM{Policy: stop, Users: users}} }
	tests := map[string]struct {
		trust, rights string
		do            *Definition
		want          string
	}{
		"no right":            {trust, only("iam:AttachRolePolicy", "{}"), iam("ann"), "assumed-role/acts/AWSBudgetsAction is not authorized to perform: iam:AttachUserPolicy on resource: arn:aws:iam::111122223333:user/ann because no identity-based policy allows"},
		"for another policy":  {trust, only("iam:AttachUserPolicy", `{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::111122223333:policy/other"}}`), iam("ann"), "is not authorized to perform: iam:AttachUserPolicy"},
		"for this policy":     {trust, only("iam:AttachUserPolicy", `{"ArnEquals":{"iam:PolicyARN":"`+stop+`"}}`), iam("ann"), ""},
		"another's trust":     {strings.ReplaceAll(trust, "budgets", "ec2"), allow, iam("ann"), "its trust policy does not allow sts:AssumeRole to the service budgets.amazonaws.com"},
		"nobody of that name": {trust, allow, iam("ann", "bob"), "The user with name bob cannot be found."},
		"no such policy":      {trust, allow, &Definition{IAM: &IAM{Policy: stop + "x", Users: []string{"ann"}}}, "does not exist or is not attachable"},
		"no such target":      {trust, allow, &Definition{SCP: &SCP{Policy: "p-11111111", Targets: []string{"ou-abcd-22222222"}}}, "with the TargetId ou-abcd-22222222"},
		"no such SCP":         {trust, allow, &Definition{SCP: &SCP{Policy: "p-22222222", Targets: []string{string(main)}}}, "with the PolicyId p-22222222"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeople(test.trust, test.rights)
			before := p.now
			err := hand(p).Execute(t.Context(), team, action(test.do))
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || fault.Public(err).Code == fault.Internal {
				t.Errorf("%v, want %q", err, test.want)
			}
			if p.now != before {
				t.Error("something was changed")
			}
		})
	}
}

func TestTheRoleIsOfTheAccount(t *testing.T) {
	p := newPeople(trust, allow)
	for _, role := range []string{"arn:aws:iam::111122223333:role/none", "arn:aws:iam::444455556666:role/acts", "nonsense"} {
		if err := hand(p).Check(team, role, everybody); !fault.Is(err, fault.AccessDenied) {
			t.Errorf("%s: %v", role, err)
		}
	}
	if err := hand(p).Check(team, roleName, everybody); err != nil {
		t.Error(err)
	}
}

func TestNobodyHasMorePoliciesThanIAMAllows(t *testing.T) {
	p := newPeople(trust, allow)
	a, _ := p.now.Account(main)
	u, _ := a.User("ann")
	full := *u
	for i := range maxAttached {
		full.Attached = append(full.Attached, strings.Repeat("x", i+1))
	}
	p.put(&full)
	if err := hand(p).Execute(t.Context(), team, action(everybody)); !fault.Is(err, fault.LimitExceeded) {
		t.Errorf("%v", err)
	}
}

func TestADefinitionThatCannotBeRead(t *testing.T) {
	a := &budgeting.Action{ID: "a-1", Role: roleName, Definition: []byte(`[]`)}
	if err := hand(newPeople(trust, allow)).Execute(t.Context(), team, a); !fault.Is(err, fault.Validation) {
		t.Errorf("%v", err)
	}
}
