package directory

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

const (
	management = arn.Account("111122223333")
	member     = arn.Account("444455556666")
	rootID     = "r-abcd"
	readOnly   = "arn:aws:iam::aws:policy/AmazonBedrockReadOnly"
	model      = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
)

var born = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// founded is an organisation with two accounts.
func founded(t testing.TB) *Snapshot {
	t.Helper()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	changes, err := Found("o-abcdefghij", rootID, &Member{ID: management, Name: "main"}, born)
	if err != nil {
		t.Fatal(err)
	}
	s = s.With(append(changes, Put(&Member{ID: member, Name: "lab", Parent: rootID, Status: Active}))...)
	full, _ := s.ControlPolicy(FullAWSAccess)
	next := *full
	next.Targets = append(next.Targets, string(member))
	return s.With(Put(&next))
}

// rule is a policy of one statement.
func rule(t testing.TB, name, effect, action string) Inline {
	t.Helper()
	p, err := NewInline(name, fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":%q,"Action":%q,"Resource":"*"}}`, effect, action))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func allow(t testing.TB, action string) Rights {
	return Rights{Inline: []Inline{rule(t, "allow", "Allow", action)}}
}

func managed(t testing.TB, name, effect, action string) *ManagedPolicy {
	t.Helper()
	p := &ManagedPolicy{Account: member, Name: name, Path: "/", Default: "v1"}
	p.Versions = []Version{{ID: "v1", Document: rule(t, name, effect, action).Document}}
	return p
}

func control(t testing.TB, id, effect, action string, targets ...string) *ControlPolicy {
	t.Helper()
	return &ControlPolicy{ID: id, Name: id, Document: rule(t, id, effect, action).Document, Targets: targets}
}

func userNamed(name string, r Rights, groups ...string) *User {
	return &User{Account: member, Name: name, Path: "/", ID: "AIDA" + name, Rights: r, Groups: groups}
}

func callOf(name string) identity.Principal {
	return identity.Principal{Account: member, ARN: "arn:aws:iam::444455556666:user/" + name, UserID: "AIDA" + name, Name: name}
}

// may reports whether somebody may call a model.
func may(s *Snapshot, who identity.Principal) bool {
	return s.Authorize(&who, &policy.Request{Action: "bedrock:InvokeModel", Resource: model, Principal: &who}).Allowed
}

// Every way to get a right, and to lose it, counts for the next question.
func TestRightsFollowChanges(t *testing.T) {
	kim := callOf("kim")
	call := allow(t, "bedrock:InvokeModel")
	steps := []struct {
		name    string
		changes []Change
		want    bool
	}{
		{"nobody", nil, false},
		{"a user without policies", []Change{Put(userNamed("kim", Rights{}))}, false},
		{"an inline policy", []Change{Put(userNamed("kim", call))}, true},
		{"another user has it", []Change{Put(userNamed("kim", Rights{})), Put(userNamed("lee", call))}, false},
		{"a group", []Change{Put(&Group{Account: member, Name: "devs", Path: "/"}), Put(userNamed("kim", Rights{}, "devs"))}, false},
		{"a group's policy", []Change{Put(&Group{Account: member, Name: "devs", Path: "/", Rights: call})}, true},
		{"out of the group", []Change{Put(userNamed("kim", Rights{}))}, false},
		{"attached, a policy that is not about it", []Change{Put(managed(t, "p", "Allow", "s3:*")), Put(userNamed("kim", Rights{Attached: []string{"arn:aws:iam::444455556666:policy/p"}}))}, false},
		{"the policy changes", []Change{Put(managed(t, "p", "Allow", "bedrock:*"))}, true},
		{"the policy denies", []Change{Put(managed(t, "p", "Deny", "bedrock:*"))}, false},
		{"a boundary too narrow", []Change{Put(managed(t, "p", "Allow", "bedrock:*")), Put(&User{Account: member, Name: "kim", Path: "/", ID: "AIDAkim", Rights: call, Boundary: readOnly})}, false},
		{"a boundary that is gone", []Change{Put(&User{Account: member, Name: "kim", Path: "/", ID: "AIDAkim", Rights: call, Boundary: "arn:aws:iam::444455556666:policy/gone"})}, false},
		{"a boundary wide enough", []Change{Put(&User{Account: member, Name: "kim", Path: "/", ID: "AIDAkim", Rights: call, Boundary: "arn:aws:iam::444455556666:policy/p"})}, true},
		{"a control policy on the root", []Change{Put(control(t, "p-root", "Deny", "bedrock:*", rootID))}, false},
		{"on another account", []Change{Put(control(t, "p-root", "Deny", "bedrock:*", string(management)))}, true},
		{"a unit without a policy", []Change{Put(&Unit{ID: "ou-1", Name: "lab", Parent: rootID}), Put(&Member{ID: member, Parent: "ou-1", Status: Active})}, false},
		{"a unit that allows", []Change{Put(control(t, "p-unit", "Allow", "*", "ou-1"))}, true},
		{"a unit below it that allows something else", []Change{Put(&Unit{ID: "ou-2", Parent: "ou-1"}), Put(&Member{ID: member, Parent: "ou-2", Status: Active}), Put(control(t, "p-two", "Allow", "s3:*", "ou-2"))}, false},
		{"control policies are off", []Change{Put(&Organization{ID: "o-abcdefghij", Root: rootID, Management: management})}, true},
		{"the account is closed", []Change{Put(&Member{ID: member, Parent: rootID, Status: Suspended})}, false},
		{"and open again", []Change{Put(&Member{ID: member, Parent: rootID, Status: Active})}, true},
		{"a new user under the old name", []Change{Put(&User{Account: member, Name: "kim", Path: "/", ID: "AIDAother", Rights: call})}, false},
		{"gone", []Change{Delete(userNamed("kim", Rights{}))}, false},
	}
	s := founded(t)
	var earlier []*Snapshot
	for i, step := range steps {
		s = s.With(step.changes...)
		if got := may(s, kim); got != step.want {
			t.Errorf("step %d, %s: %t", i+1, step.name, got)
		}
		earlier = append(earlier, s)
	}
	for i, s := range earlier {
		if got := may(s, kim); got != steps[i].want {
			t.Errorf("step %d, %s, looked at later: %t", i+1, steps[i].name, got)
		}
	}
}

// The root user needs no policy, and only the organisation limits it; the management account not even that does.
func TestRootUsers(t *testing.T) {
	s := founded(t).With(Put(control(t, "p-root", "Deny", "bedrock:*", rootID)))
	for account, want := range map[arn.Account]bool{management: true, member: false} {
		who, ok := s.Principal("arn:aws:iam::" + string(account) + ":root")
		if !ok || may(s, who) != want {
			t.Errorf("%s: %t, want %t", account, !want, want)
		}
	}
}

func TestSessions(t *testing.T) {
	role := &Role{Account: member, Name: "r", Path: "/team/", ID: "AROAone", Rights: allow(t, "bedrock:*")}
	user := userNamed("kim", allow(t, "bedrock:*"))
	s := founded(t).With(Put(role), Put(user), Put(managed(t, "narrow", "Allow", "s3:*")))
	asRole, ok := s.Principal("arn:aws:sts::444455556666:assumed-role/r/build")
	if !ok || asRole.UserID != "AROAone:build" {
		t.Fatalf("%+v", asRole)
	}
	allowed := rule(t, "x", "Allow", "bedrock:InvokeModel").Document.Text()
	federated := identity.Principal{
		Account: member, ARN: "arn:aws:sts::444455556666:federated-user/f", UserID: "444455556666:f", Kind: identity.FederatedUser, Name: "f",
	}
	limited := func(who identity.Principal, session identity.Session) identity.Principal {
		session.Limited, session.Issuer = true, user.ARN()
		who.Session = &session
		return who
	}
	other := asRole
	other.UserID = "AROAtwo:build"
	for name, tt := range map[string]struct {
		who  identity.Principal
		want bool
	}{
		"a role":                                {asRole, true},
		"a role of an earlier life":             {other, false},
		"limited to nothing":                    {limited(asRole, identity.Session{}), false},
		"limited to enough":                     {limited(asRole, identity.Session{Policies: []string{allowed}}), true},
		"limited to too little":                 {limited(asRole, identity.Session{PolicyARNs: []string{"arn:aws:iam::444455556666:policy/narrow"}}), false},
		"limited to one of two":                 {limited(asRole, identity.Session{PolicyARNs: []string{"arn:aws:iam::444455556666:policy/narrow"}, Policies: []string{allowed}}), true},
		"limited by nonsense":                   {limited(asRole, identity.Session{Policies: []string{"nonsense"}}), false},
		"limited by a policy that is gone":      {limited(asRole, identity.Session{PolicyARNs: []string{"arn:aws:iam::444455556666:policy/gone"}}), false},
		"a federated user of nobody":            {federated, false},
		"a federated user limited to nothing":   {limited(federated, identity.Session{}), false},
		"a federated user limited to enough":    {limited(federated, identity.Session{Policies: []string{allowed}}), true},
		"a session of a user":                   {limited(callOf("kim"), identity.Session{Policies: []string{allowed}}), true},
		"a session of a user who is not there":  {limited(callOf("lee"), identity.Session{Policies: []string{allowed}}), false},
		"a session in an account without users": {limited(identity.Principal{Account: management, Name: "kim", UserID: "AIDAkim"}, identity.Session{}), false},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second answer is remembered
				if got := may(s, tt.who); got != tt.want {
					t.Errorf("%t", got)
				}
			}
		})
	}
	who := limited(asRole, identity.Session{PolicyARNs: []string{"arn:aws:iam::444455556666:policy/narrow"}})
	if may(s, who) {
		t.Error("too little is enough")
	}
	if !may(s.With(Put(managed(t, "narrow", "Allow", "*"))), who) || may(s, who) {
		t.Error("what is remembered of a session outlives a change of its policy")
	}
}

// More sessions than are remembered are answered rightly too.
func TestManySessions(t *testing.T) {
	s := founded(t).With(Put(&Role{Account: member, Name: "r", Path: "/", ID: "AROAone", Rights: allow(t, "*")}))
	who, _ := s.Principal("arn:aws:sts::444455556666:assumed-role/r/s")
	allowed := rule(t, "x", "Allow", "bedrock:*").Document.Text()
	for i := range maxSessions + 10 {
		session := &identity.Session{Limited: true}
		if i%2 == 0 {
			session.Policies = []string{allowed}
		}
		who.Session = session
		if got := may(s, who); got != (i%2 == 0) {
			t.Fatalf("session %d: %t", i, got)
		}
	}
}

func TestKeysSpeakForTheirUsers(t *testing.T) {
	kim := userNamed("kim", Rights{})
	kim.Tags = identity.Tags{{Key: "team", Value: "core"}}
	kim.AccessKeys = []AccessKey{{ID: "AKIAone", Secret: identity.NewSecret("secret one"), Active: true}, {ID: "AKIAtwo", Secret: identity.NewSecret("secret two")}}
	s := founded(t).With(Put(kim))
	key, ok := s.AccessKey("AKIAone")
	want := identity.Principal{Account: member, ARN: kim.ARN(), UserID: "AIDAkim", AccessKeyID: "AKIAone", Name: "kim", Tags: kim.Tags}
	if diff := cmp.Diff(want, key.Principal); !ok || diff != "" || key.Secret.Reveal() != "secret one" {
		t.Errorf("%t (-want +got):\n%s", ok, diff)
	}
	for secret, id := range map[string]string{"secret one": "AKIAone", "secret two": "", "secret": "", "": ""} {
		if key, ok := s.AccessKeyBySecret(secret); key.ID != id || ok != (id != "") {
			t.Errorf("%q is %q", secret, key.ID)
		}
	}
	if _, ok := s.AccessKey("AKIAtwo"); ok {
		t.Error("an inactive key speaks")
	}
	if u, ok := s.KeyOwner("AKIAtwo"); !ok || u.Name != "kim" {
		t.Error("an inactive key has no owner")
	}
	if _, ok := s.With(Put(&Member{ID: member, Parent: rootID, Status: Suspended})).AccessKey("AKIAone"); ok {
		t.Error("a key of a closed account speaks")
	}
	lee := *kim
	lee.Name = "lee"
	moved := s.With(Delete(kim), Put(&lee))
	if key, ok := moved.AccessKey("AKIAone"); !ok || key.Principal.Name != "lee" {
		t.Errorf("after a new name it is %+v", key.Principal)
	}
	if _, ok := moved.With(Delete(&lee)).AccessKey("AKIAone"); ok {
		t.Error("a key outlives its user")
	}
	if _, ok := s.AccessKey("AKIAone"); !ok {
		t.Error("an older snapshot has changed")
	}
}

func TestPrincipals(t *testing.T) {
	s := founded(t).With(Put(&User{Account: member, Name: "kim", Path: "/team/", ID: "AIDAkim"}), Put(&Role{Account: member, Name: "r", Path: "/", ID: "AROAone"}))
	for text, id := range map[string]string{
		"arn:aws:iam::444455556666:user/team/kim":      "AIDAkim",
		"arn:aws:iam::444455556666:user/kim":           "",
		"arn:aws:iam::111122223333:user/team/kim":      "",
		"arn:aws:iam::444455556666:role/r":             "AROAone",
		"arn:aws:iam::444455556666:role/x/r":           "",
		"arn:aws:sts::444455556666:assumed-role/r/s":   "AROAone:s",
		"arn:aws:sts::444455556666:assumed-role/r":     "",
		"arn:aws:sts::444455556666:assumed-role/no/s":  "",
		"arn:aws:iam::444455556666:root":               "444455556666",
		"arn:aws:iam::999999999999:root":               "",
		"arn:aws:iam:us-east-1:444455556666:root":      "",
		"arn:aws:s3:::bucket":                          "",
		"kim":                                          "",
		"":                                             "",
		"arn:aws:iam::444455556666:group/team":         "",
		"arn:aws:sts::444455556666:federated-user/kim": "",
	} {
		if who, ok := s.Principal(text); who.UserID != id || ok != (id != "") || ok && who.ARN != text {
			t.Errorf("%s is %+v", text, who)
		}
	}
}

func TestOrgPaths(t *testing.T) {
	s := founded(t).With(Put(&Unit{ID: "ou-1", Parent: rootID}), Put(&Unit{ID: "ou-2", Parent: "ou-1"}), Put(&Member{ID: member, Parent: "ou-2", Status: Active}))
	for account, want := range map[arn.Account]string{management: "o-abcdefghij/r-abcd/", member: "o-abcdefghij/r-abcd/ou-1/ou-2/"} {
		a, _ := s.Account(account)
		if diff := cmp.Diff([]string{want}, a.OrgPaths()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", account, diff)
		}
	}
	// A unit that is below itself, which nobody should make, is no endless way.
	loop := s.With(Put(&Unit{ID: "ou-1", Parent: "ou-2"}))
	if a, _ := loop.Account(member); len(a.OrgPaths()) != 1 {
		t.Error("no path")
	}
}

// A root user needs no grant, so that what an account leaves it when it is closed must say no by itself.
func TestNobodyHasRights(t *testing.T) {
	s := founded(t)
	open := &policy.Request{Action: "bedrock:InvokeModel", Resource: model}
	root := identity.Principal{Account: member, ARN: "arn:aws:iam::444455556666:root", Kind: identity.Root}
	federated := identity.Principal{
		Account: member, ARN: "arn:aws:sts::444455556666:federated-user/bob", Kind: identity.FederatedUser, Name: "bob",
		Session: &identity.Session{Issuer: root.ARN},
	}
	for _, who := range []*identity.Principal{&root, &federated} {
		open.Principal = who
		if !s.Authorize(who, open).Allowed {
			t.Errorf("%s may not act in an open account", who.ARN)
		}
		closed := s.With(Put(&Member{ID: member, Parent: rootID, Status: Suspended}))
		if closed.Authorize(who, open).Allowed {
			t.Errorf("%s may act in a closed account", who.ARN)
		}
		stranger := *who
		stranger.Account = "999999999999"
		open.Principal = &stranger
		if s.Authorize(&stranger, open).Allowed {
			t.Errorf("%s may act without an account", who.ARN)
		}
	}
}
