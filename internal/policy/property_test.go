package policy

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
)

// The vocabulary of random policies is small, so that they meet the random requests often.
var (
	someActions    = []string{"*", "bedrock:*", "bedrock:InvokeModel", "bedrock:Get*", "iam:*", "*:?nvokeModel"}
	someResources  = []string{"*", "arn:aws:bedrock:*:*:application-inference-profile/*", "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/${aws:PrincipalTag/team, 'abc'}", "arn:aws:bedrock:*::foundation-model/*"}
	somePrincipals = []string{"*", "111122223333", "444455556666", "arn:aws:iam::111122223333:user/apps/ana", "arn:aws:iam::111122223333:role/platform/worker", "arn:aws:sts::111122223333:assumed-role/worker/job-7", "arn:aws:iam::444455556666:user/bob"}
	someConditions = []string{
		`{"StringEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}}`, `{"StringNotLike":{"aws:PrincipalTag/team":"s*"}}`, `{"Bool":{"aws:SecureTransport":true}}`,
		`{"Null":{"aws:TokenIssueTime":"true"}}`, `{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}`, `{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`,
	}
	askedActions   = []string{"bedrock:InvokeModel", "bedrock:GetInferenceProfile", "iam:CreateUser"}
	askedResources = []string{"", "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc", "arn:aws:bedrock:us-east-1:444455556666:application-inference-profile/abc", "arn:aws:bedrock:us-east-1::foundation-model/m"}
)

// drawStatement makes a statement as the JSON writer takes it. An empty effect is drawn.
func drawStatement(t *rapid.T, kind Kind, effect string) map[string]any {
	s := map[string]any{"Effect": effect}
	if effect == "" {
		s["Effect"] = rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}).Draw(t, "effect")
	}
	not := func(name string) string {
		if rapid.IntRange(0, 5).Draw(t, "not") == 0 {
			return "Not" + name
		}
		return name
	}
	s[not("Action")] = rapid.SliceOfN(rapid.SampledFrom(someActions), 1, 2).Draw(t, "actions")
	s[not("Resource")] = rapid.SliceOfN(rapid.SampledFrom(someResources), 1, 2).Draw(t, "resources")
	if kind == Resource {
		name := "Principal"
		if s["Effect"] == "Deny" {
			name = not(name)
		}
		s[name] = map[string]any{"AWS": rapid.SliceOfN(rapid.SampledFrom(somePrincipals), 1, 3).Draw(t, "principals")}
	}
	if rapid.IntRange(0, 2).Draw(t, "conditional") == 0 {
		var c map[string]any
		if err := json.Unmarshal([]byte(rapid.SampledFrom(someConditions).Draw(t, "condition")), &c); err != nil {
			t.Fatal(err)
		}
		s["Condition"] = c
	}
	return s
}

// sketch is a set before it is compiled: statements by policy, which properties add to.
type sketch struct {
	scps              [][][]map[string]any
	identity, session [][]map[string]any
	boundary          []map[string]any
	resource          []map[string]any
}

func drawSketch(t *rapid.T) *sketch {
	document := func(kind Kind) *rapid.Generator[[]map[string]any] {
		return rapid.Custom(func(t *rapid.T) []map[string]any {
			list := make([]map[string]any, rapid.IntRange(1, 3).Draw(t, "statements"))
			for i := range list {
				list[i] = drawStatement(t, kind, "")
			}
			return list
		})
	}
	s := &sketch{identity: rapid.SliceOfN(document(Identity), 0, 3).Draw(t, "identity")}
	s.scps = rapid.SliceOfN(rapid.SliceOfN(document(ServiceControl), 1, 2), 0, 2).Draw(t, "scps")
	if rapid.Bool().Draw(t, "has boundary") {
		s.boundary = document(Boundary).Draw(t, "boundary")
	}
	if rapid.Bool().Draw(t, "has session") {
		s.session = rapid.SliceOfN(document(Session), 1, 2).Draw(t, "session")
	}
	if rapid.Bool().Draw(t, "has resource") {
		s.resource = document(Resource).Draw(t, "resource")
	}
	return s
}

func compile(t *rapid.T, kind Kind, statements []map[string]any) *Policy {
	text, err := json.Marshal(map[string]any{"Version": Version2012, "Statement": statements})
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(text, kind)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &Policy{"drawn", d}
}

func (s *sketch) compile(t *rapid.T) *Set {
	set := &Set{}
	for _, level := range s.scps {
		var list []*Policy
		for _, d := range level {
			list = append(list, compile(t, ServiceControl, d))
		}
		set.SCPs = append(set.SCPs, list)
	}
	for _, d := range s.identity {
		set.Identity = append(set.Identity, compile(t, Identity, d))
	}
	for _, d := range s.session {
		set.Session = append(set.Session, compile(t, Session, d))
	}
	if s.boundary != nil {
		set.Boundary = compile(t, Boundary, s.boundary)
	}
	if s.resource != nil {
		set.Resource = compile(t, Resource, s.resource)
	}
	return set
}

// add puts a statement into one of the policies there are, or into a new identity or resource policy.
func (s *sketch) add(t *rapid.T, effect string) {
	places := map[Kind][]*[]map[string]any{Resource: {&s.resource}}
	for i := range s.scps {
		for j := range s.scps[i] {
			places[ServiceControl] = append(places[ServiceControl], &s.scps[i][j])
		}
	}
	s.identity = append(s.identity, nil)
	for i := range s.identity {
		places[Identity] = append(places[Identity], &s.identity[i])
	}
	for i := range s.session {
		places[Session] = append(places[Session], &s.session[i])
	}
	if s.boundary != nil {
		places[Boundary] = append(places[Boundary], &s.boundary)
	}
	kind := rapid.SampledFrom([]Kind{Identity, Resource, ServiceControl, Session, Boundary}).Filter(func(k Kind) bool { return len(places[k]) > 0 }).Draw(t, "kind")
	at := rapid.SampledFrom(places[kind]).Draw(t, "policy")
	*at = append(slices.Clone(*at), drawStatement(t, kind, effect))
	s.identity = slices.DeleteFunc(s.identity, func(d []map[string]any) bool { return d == nil })
}

func drawRequest(t *rapid.T) *Request {
	all := callers()
	names := []string{"ana", "root", "worker", "fed", "fed-of-root", "bob", "untagged", "guest"}
	r := &Request{
		Action: rapid.SampledFrom(askedActions).Draw(t, "action"), Resource: rapid.SampledFrom(askedResources).Draw(t, "resource"),
		Principal: all[rapid.SampledFrom(names).Draw(t, "caller")], Keys: typicalKeys(),
	}
	if parts := strings.Split(r.Resource, ":"); len(parts) > 4 {
		r.Owner = callers()["ana"].Account
		if parts[4] != string(r.Owner) {
			r.Owner = callers()["bob"].Account
		}
		if parts[4] == "" {
			r.Owner = ""
		}
	}
	return r
}

func TestExplainAgreesWithEvaluate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, r := drawSketch(t).compile(t), drawRequest(t)
		checkExplained(t, set, r, Evaluate(set, r))
	})
}

func TestAnExplicitDenyAlwaysWins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, r := drawSketch(t).compile(t), drawRequest(t)
		denies := slices.ContainsFunc(Explain(set, r), func(f Finding) bool { return f.Applies && f.Statement.Deny })
		if d := Evaluate(set, r); denies != (d.Reason == ExplicitDeny) || denies && d.Allowed {
			t.Fatalf("%+v, and a statement denies: %t", d, denies)
		}
	})
}

func TestAnAllowNeverTakesAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSketch(t), drawRequest(t)
		before := Evaluate(s.compile(t), r)
		s.add(t, "Allow")
		if after := Evaluate(s.compile(t), r); before.Allowed && !after.Allowed {
			t.Fatalf("%s after an Allow was added", after.Denied(r))
		}
	})
}

func TestADenyNeverGives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSketch(t), drawRequest(t)
		before := Evaluate(s.compile(t), r)
		s.add(t, "Deny")
		if after := Evaluate(s.compile(t), r); !before.Allowed && after.Allowed {
			t.Fatal("allowed after a Deny was added")
		}
	})
}

func TestLimitsNeverWiden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limited, r := drawSketch(t).compile(t), drawRequest(t)
		decided := Evaluate(limited, r)
		for name, lift := range map[string]func(*Set){
			"boundary": func(s *Set) { s.Boundary = nil }, "session": func(s *Set) { s.Session = nil }, "scps": func(s *Set) { s.SCPs = nil },
			"one level": func(s *Set) { s.SCPs = s.SCPs[:max(0, len(s.SCPs)-1)] },
		} {
			free := *limited
			lift(&free)
			if decided.Allowed && !Evaluate(&free, r).Allowed {
				t.Fatalf("%s: allowed with it, and not without", name)
			}
		}
	})
}

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSketch(t), drawRequest(t)
		before := Evaluate(s.compile(t), r)
		slices.Reverse(s.identity)
		slices.Reverse(s.session)
		slices.Reverse(s.scps)
		slices.Reverse(s.boundary)
		slices.Reverse(s.resource)
		if after := Evaluate(s.compile(t), r); after.Allowed != before.Allowed || after.Reason != before.Reason {
			t.Fatalf("%v became %v", before.Reason, after.Reason)
		}
	})
}

// matchesSlowly is the definition of a glob: a run is nothing, or one character and a run.
func matchesSlowly(pattern, s string) bool {
	if pattern == "" {
		return s == ""
	}
	_, width := utf8.DecodeRuneInString(s)
	switch pattern[0] {
	case '*':
		return matchesSlowly(pattern[1:], s) || s != "" && matchesSlowly(pattern, s[width:])
	case '?':
		return s != "" && matchesSlowly(pattern[1:], s[width:])
	}
	return s != "" && pattern[0] == s[0] && matchesSlowly(pattern[1:], s[1:])
}

func TestGlobsMatchAsDefined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("aab:*?€")), 0, 8, -1).Draw(t, "pattern")
		s := rapid.StringOfN(rapid.SampledFrom([]rune("aab:€")), 0, 10, -1).Draw(t, "text")
		for _, fold := range []bool{false, true} {
			p := wildcards(text, fold)
			if got, want := p.matches(s, nil), matchesSlowly(text, s); got != want {
				t.Fatalf("%q on %q: %t, want %t (fold: %t)", text, s, got, want, fold)
			}
		}
	})
}
