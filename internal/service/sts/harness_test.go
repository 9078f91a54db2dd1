package sts

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/sts"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/oidc"
	"github.com/outcrop/outcrop/internal/policy"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/service/credentials"
	"github.com/outcrop/outcrop/internal/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	home = "111122223333"
	away = "444455556666"
)

func now() time.Time { return time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC) }

// world is a server over two accounts, and a look-up of the credentials it gives.
type world struct {
	*Server
	people *people
	keys   *credentials.Keys
}

type people struct{ now *directory.Snapshot }

func (p *people) Snapshot() *directory.Snapshot { return p.now }

func (p *people) change(changes ...directory.Change) { p.now = p.now.With(changes...) }

func start(t testing.TB) *world {
	t.Helper()
	s, err := directory.New()
	if err != nil {
		t.Fatal(err)
	}
	founded, err := directory.Found("o-abc", "r-abc", &directory.Member{ID: home, Name: "home", Email: "h@example.com"}, now())
	if err != nil {
		t.Fatal(err)
	}
	p := &people{s.With(append(founded,
		directory.Put(&directory.Member{ID: away, Name: "away", Email: "a@example.com", Parent: "r-abc", Status: directory.Active}),
		directory.Put(user(t, "alice", `{"Effect":"Allow","Action":"sts:*","Resource":"*"}`)),
		directory.Put(user(t, "bob", "")),
	)...)}
	ring, err := seal.NewRing(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &world{
		New(Options{People: p, Tokens: session.Codec{Ring: ring}, Verifier: oidc.NewVerifier(transport), Issuers: Issuers{}}),
		p, credentials.New(p, ring, nil),
	}
}

func document(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}

// user is a user of the home account with an inline policy, or without one.
func user(t testing.TB, name, statements string) *directory.User {
	t.Helper()
	u := &directory.User{Account: home, Name: name, Path: "/", ID: "AIDA" + strings.ToUpper(name)}
	if statements != "" {
		inline, err := directory.NewInline("own", document(statements))
		if err != nil {
			t.Fatal(err)
		}
		u.Inline = []directory.Inline{inline}
	}
	return u
}

// role puts a role into the directory.
func (w *world) role(t testing.TB, account arn.Account, name, trust string, change func(*directory.Role)) {
	t.Helper()
	r := &directory.Role{Account: account, Name: name, Path: "/", ID: "AROA" + strings.ToUpper(name), MaxSession: time.Hour}
	d, err := directory.NewDocument(policy.Trust, r.ARN(), document(trust))
	if err != nil {
		t.Fatal(err)
	}
	r.Trust = d
	if change != nil {
		change(r)
	}
	w.people.change(directory.Put(r))
}

func roleARN(account arn.Account, name string) string {
	return "arn:aws:iam::" + string(account) + ":role/" + name
}

// call is a call of a principal of the directory, by its ARN.
func (w *world) call(t testing.TB, name string) *awswire.Call {
	t.Helper()
	who, ok := w.people.now.Principal(name)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return calledBy(who)
}

func (w *world) by(t testing.TB, user string) *awswire.Call {
	t.Helper()
	return w.call(t, "arn:aws:iam::"+home+":user/"+user)
}

func calledBy(who identity.Principal) *awswire.Call {
	return &awswire.Call{Principal: who, Region: "us-east-1", Arrived: now(), Request: httptest.NewRequest(http.MethodPost, "/", nil)}
}

// with is a call with credentials that STS gave.
func (w *world) with(t testing.TB, c *api.Credentials) *awswire.Call {
	t.Helper()
	key, err := w.keys.AccessKey(c.AccessKeyID, c.SessionToken, now())
	if err != nil {
		t.Fatal(err)
	}
	if key.Secret.Reveal() != c.SecretAccessKey {
		t.Error("the token has another secret than the credentials")
	}
	return calledBy(key.Principal)
}

// refused checks the name an error has on the wire, and its sentence.
func refused(t testing.TB, err error, name, message string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) {
		t.Errorf("got %v, want %s: %s", err, name, message)
		return
	}
	got := e.Name
	switch {
	case got != "":
	case e.Code == fault.AccessDenied:
		got = "AccessDenied"
	case e.Code == fault.Validation:
		got = "ValidationError"
	}
	if got != name || e.Message != message {
		t.Errorf("got  %s: %s\nwant %s: %s", got, e.Message, name, message)
	}
}
