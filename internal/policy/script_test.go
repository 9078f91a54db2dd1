package policy

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
)

// leastRows is how many decisions the scripts hold at least, so that none goes missing unseen.
const leastRows = 480

// TestDecisions plays testdata/decisions. A script's lines are:
//
//	policy KIND NAME         the JSON that follows, indented, is a policy of that kind and name
//	set PART: NAME…          what is attached from here on; levels of service control policies are parted by " / "
//	if CONDITION             one identity policy, which allows everything under the condition, is attached alone
//	ask CALLER ACTION [ARN]  what a question means that does not say it itself
//	? …                      a question: [CALLER] [ACTION] [ARN] [owner=ACCOUNT] [key=value]… [source]
//	= …                      its answer: allowed, allowed by POLICY LABEL, allowed as root, denied, or AWS's sentence
//
// The source is where AWS says so, or "inferred". A key given twice has two values.
func TestDecisions(t *testing.T) {
	files, err := filepath.Glob("testdata/decisions/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			s := script{t: t, name: name, policies: map[string]*Policy{}, set: &Set{}}
			s.play()
			rows += s.rows
		})
	}
	if t.Failed() {
		return
	}
	if rows < leastRows {
		t.Errorf("%d rows, and there were %d", rows, leastRows)
	}
	t.Logf("%d rows", rows)
}

// script is one file while it is played.
type script struct {
	t        *testing.T
	name     string
	line     int
	policies map[string]*Policy
	set      *Set
	ask      Request
	question *Request
	rows     int
}

func (s *script) fatalf(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s:%d: %s", s.name, s.line, fmt.Sprintf(format, args...))
}

func (s *script) play() {
	file, err := os.Open(s.name)
	if err != nil {
		s.t.Fatal(err)
	}
	defer file.Close()
	var header, body string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		s.line++
		line := lines.Text()
		if header != "" && strings.HasPrefix(line, "\t") {
			body += line + "\n"
			continue
		}
		if header != "" {
			s.define(header, body)
			header, body = "", ""
		}
		verb, rest, _ := strings.Cut(line, " ")
		switch verb {
		case "", "#":
		case "policy":
			header = rest
		case "set":
			s.attach(rest)
		case "if":
			s.condition(rest)
		case "ask":
			s.ask = s.request(Request{}, strings.Fields(rest))
		case "?":
			s.read(rest)
		case "=":
			s.answer(rest)
		default:
			s.fatalf("no such verb: %q", verb)
		}
	}
}

var kinds = map[string]Kind{
	"identity": Identity, "resource": Resource, "trust": Trust, "scp": ServiceControl, "session": Session, "boundary": Boundary,
}

func (s *script) define(header, body string) {
	kind, name, _ := strings.Cut(header, " ")
	k, ok := kinds[kind]
	if !ok {
		s.fatalf("no such kind: %q", kind)
	}
	s.policies[name] = &Policy{name, s.parse(k, body)}
}

func (s *script) parse(k Kind, text string) *Document {
	d, err := Parse([]byte(text), k)
	if err != nil {
		s.fatalf("%v", err)
	}
	return d
}

func (s *script) attach(rest string) {
	part, names, _ := strings.Cut(rest, ":")
	var list []*Policy
	var levels [][]*Policy
	for _, name := range strings.Split(names, ",") {
		for i, name := range strings.Split(name, " / ") {
			if i > 0 {
				levels, list = append(levels, list), nil
			}
			if name = strings.TrimSpace(name); name == "" {
				continue
			}
			p := s.policies[name]
			if p == nil {
				s.fatalf("no policy is called %q", name)
			}
			list = append(list, p)
		}
	}
	levels = append(levels, list)
	switch part {
	case "nothing":
		s.set = &Set{}
	case "scp":
		s.set.SCPs = levels
	case "identity":
		s.set.Identity = list
	case "session":
		s.set.Session = append([]*Policy{}, list...)
	case "boundary":
		s.set.Boundary = list[0]
	case "resource":
		s.set.Resource = list[0]
	default:
		s.fatalf("no part is called %q", part)
	}
}

func (s *script) condition(text string) {
	d := s.parse(Identity, `{"Version":"2012-10-17","Statement":{"Sid":"If","Effect":"Allow","Action":"*","Resource":"*","Condition":`+text+`}}`)
	s.set = &Set{Identity: []*Policy{{"inline policy if", d}}}
}

// read takes a question apart.
func (s *script) read(rest string) {
	rest, source, ok := strings.Cut(rest, "[")
	if source = strings.TrimSuffix(source, "]"); !ok || source == "" {
		s.fatalf("the row does not say where it is from")
	}
	r := s.request(s.ask, fields(rest))
	s.question = &r
}

// fields splits at spaces outside of quotes, which it takes away.
func fields(s string) []string {
	quoted := false
	list := strings.FieldsFunc(s, func(c rune) bool {
		if c == '"' {
			quoted = !quoted
		}
		return c == ' ' && !quoted
	})
	for i := range list {
		list[i] = strings.ReplaceAll(list[i], `"`, "")
	}
	return list
}

func (s *script) request(r Request, words []string) Request {
	if r.Principal == nil && r.Federated == "" {
		r.Keys = typicalKeys()
	}
	given := map[string]bool{}
	for _, w := range words {
		name, value, isKey := strings.Cut(w, "=")
		switch {
		case name == "owner":
			r.Owner = arn.Account(value)
		case isKey && strings.Contains(name, ":") && !strings.HasPrefix(w, "arn:"):
			setKey(&r, name, value, given[name])
			given[name] = true
		case w == "*" || strings.HasPrefix(w, "arn:"):
			r.Resource = w
			a, _ := arn.Parse(w)
			r.Owner = a.Account
		case strings.Contains(w, ":"):
			r.Action, r.Resource, r.Owner = w, "", ""
			if s.ask.Action == w {
				r.Resource, r.Owner = s.ask.Resource, s.ask.Owner
			}
		default:
			r.Principal, r.Federated = s.caller(w)
		}
	}
	return r
}

func (s *script) caller(name string) (*identity.Principal, string) {
	if name == "web" {
		return nil, "arn:aws:iam::111122223333:oidc-provider/issuer.example"
	}
	p := callers()[name]
	if p == nil {
		s.fatalf("nobody is called %q", name)
	}
	return p, ""
}

func (s *script) answer(want string) {
	s.rows++
	r := s.question
	got := Evaluate(s.set, r)
	switch {
	case want == "allowed" && got.Allowed, want == "allowed as root" && got.Allowed && got.Reason == RootUser:
	case want == "denied" && !got.Allowed && got.Denied(r).Message == plainDenial(r):
	case got.Allowed && got.Policy != nil && want == "allowed by "+got.Policy.Name+" "+got.Statement.Label():
	case !got.Allowed && got.Denied(r).Message == want && got.Denied(r).Code == fault.AccessDenied:
	default:
		s.t.Errorf("%s:%d: %s\nwant %s", s.name, s.line, describe(got, r), want)
	}
	checkExplained(s.t, s.set, r, got)
}

// plainDenial is what most denied rows of the scripts say.
func plainDenial(r *Request) string {
	on := ""
	if r.Resource != "" {
		on = " on resource: " + r.Resource
	}
	return "User: " + r.Principal.ARN + " is not authorized to perform: " + r.Action + on + " because no identity-based policy allows the " + r.Action + " action"
}

func describe(d Decision, r *Request) string {
	switch {
	case !d.Allowed:
		return "got  " + d.Denied(r).Message
	case d.Policy == nil:
		return "got  allowed as root"
	}
	return "got  allowed by " + d.Policy.Name + " " + d.Statement.Label()
}
