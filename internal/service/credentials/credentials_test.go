package credentials

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/apikey"
	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/session"
)

const account = "111122223333"

func now() time.Time { return time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC) }

// people is a directory that tests change as they go.
type people struct{ now *directory.Snapshot }

func (p *people) Snapshot() *directory.Snapshot { return p.now }

func (p *people) change(changes ...directory.Change) { p.now = p.now.With(changes...) }

const longTerm = "ABSKQmVkcm9ja0FQSUtleS1hbGljZTpzZWNyZXQ="

func alice() *directory.User {
	digest, old := sha256.Sum256([]byte(longTerm)), sha256.Sum256([]byte(longTerm+"old"))
	return &directory.User{
		Account: account, Name: "alice", Path: "/", ID: "AIDAALICE", Tags: identity.Tags{{Key: "team", Value: "red"}},
		AccessKeys: []directory.AccessKey{
			{ID: "AKIAALICE", Secret: identity.NewSecret("hunter2"), Active: true},
			{ID: "AKIAASLEEP", Secret: identity.NewSecret("hunter3")},
		},
		Credentials: []directory.ServiceCredential{
			{ID: "ACCA1", Service: "bedrock.amazonaws.com", Digest: digest[:], Active: true},
			{ID: "ACCA2", Service: "bedrock.amazonaws.com", Digest: old[:], Active: true, Expires: now()},
		},
	}
}

func caller() *directory.Role {
	return &directory.Role{Account: account, Name: "caller", Path: "/", ID: "AROACALLER", Tags: identity.Tags{{Key: "team", Value: "red"}, {Key: "unit", Value: "u1"}}}
}

// start makes a look-up over alice and the role caller.
func start(t testing.TB) (*people, *seal.Ring, *Keys) {
	t.Helper()
	s, err := directory.New()
	if err != nil {
		t.Fatal(err)
	}
	founded, err := directory.Found("o-abc", "r-abc", &directory.Member{ID: account, Name: "main", Email: "a@example.com"}, now())
	if err != nil {
		t.Fatal(err)
	}
	p := &people{s.With(append(founded, directory.Put(alice()), directory.Put(caller()))...)}
	ring, err := seal.NewRing(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	return p, ring, New(p, ring, func(r arn.Region) bool { return r != "mars-1" })
}

// grant is a session of the role, for an hour.
func grant() *session.Grant {
	return &session.Grant{IssuerID: "AROACALLER", Key: identity.AccessKey{
		ID: "ASIASESSION", Secret: identity.NewSecret("session secret"),
		Principal: identity.Principal{
			Account: account, ARN: "arn:aws:sts::111122223333:assumed-role/caller/me", UserID: "AROACALLER:me", AccessKeyID: "ASIASESSION",
			Kind: identity.AssumedRole, Name: "caller", Tags: identity.Tags{{Key: "Team", Value: "blue"}},
			Session: &identity.Session{Issuer: "arn:aws:iam::111122223333:role/caller", Name: "me", Issued: now(), Expires: now().Add(time.Hour)},
		},
	}}
}

func token(t testing.TB, ring *seal.Ring, g *session.Grant) string {
	t.Helper()
	text, err := session.Codec{Ring: ring}.Token(g)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// refused checks an error's code and sentence.
func refused(t *testing.T, err error, code fault.Code, message string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) || e.Code != code || e.Message != message {
		t.Errorf("got  %v\nwant %v: %s", err, code, message)
	}
}

func TestAccessKeys(t *testing.T) {
	p, ring, k := start(t)
	key, err := k.AccessKey("AKIAALICE", "", now())
	if err != nil || key.Secret.Reveal() != "hunter2" || key.Principal.ARN != "arn:aws:iam::111122223333:user/alice" {
		t.Errorf("got %+v, %v", key, err)
	}
	const unknown = "The security token included in the request is invalid."
	for _, id := range []string{"AKIANOBODY", "AKIAASLEEP", "ASIASESSION", ""} {
		_, err := k.AccessKey(id, "", now())
		refused(t, err, fault.UnrecognizedClient, unknown)
	}
	_, err = k.AccessKey("AKIAALICE", token(t, ring, grant()), now())
	refused(t, err, fault.UnrecognizedClient, brokenToken)

	gone := alice()
	gone.AccessKeys = nil
	p.change(directory.Put(gone))
	_, err = k.AccessKey("AKIAALICE", "", now())
	refused(t, err, fault.UnrecognizedClient, unknown)
}

func TestSessions(t *testing.T) {
	_, ring, k := start(t)
	text := token(t, ring, grant())
	key, err := k.AccessKey("ASIASESSION", text, now())
	if err != nil {
		t.Fatal(err)
	}
	want := grant().Key
	want.Principal.Tags = identity.Tags{{Key: "Team", Value: "blue"}, {Key: "unit", Value: "u1"}}
	same := cmp.Comparer(func(a, b identity.Secret) bool { return a == b })
	if diff := cmp.Diff(want, key, same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = k.AccessKey("ASIASESSION", text+"x", now())
	refused(t, err, fault.UnrecognizedClient, brokenToken)
	_, err = k.AccessKey("ASIAOTHER", text, now())
	refused(t, err, fault.UnrecognizedClient, brokenToken)
	if _, err = k.AccessKey("ASIASESSION", text, now().Add(time.Hour-time.Second)); err != nil {
		t.Errorf("in its last second: %v", err)
	}
	_, err = k.AccessKey("ASIASESSION", text, now().Add(time.Hour))
	refused(t, err, fault.ExpiredToken, expiredToken)
}

// Whoever asks at the same time gets the same session: what is worked out for it is looked up by its address.
func TestASessionIsOne(t *testing.T) {
	_, ring, k := start(t)
	text := token(t, ring, grant())
	got := make([]*identity.Session, 8)
	var all sync.WaitGroup
	for i := range got {
		all.Go(func() {
			key, err := k.AccessKey("ASIASESSION", text, now())
			if err != nil {
				t.Error(err)
			}
			got[i] = key.Principal.Session
		})
	}
	all.Wait()
	for _, s := range got {
		if s != got[0] {
			t.Fatal("two requests of one session have two sessions")
		}
	}
}

func TestSessionsFollowTheirRole(t *testing.T) {
	p, ring, k := start(t)
	text := token(t, ring, grant())
	tags := func() identity.Tags {
		t.Helper()
		key, err := k.AccessKey("ASIASESSION", text, now())
		if err != nil {
			t.Fatal(err)
		}
		return key.Principal.Tags
	}
	before := tags()
	if again := tags(); &before[0] != &again[0] {
		t.Error("the tags were merged twice")
	}
	r := caller()
	r.Tags = identity.Tags{{Key: "unit", Value: "u2"}}
	p.change(directory.Put(r))
	if diff := cmp.Diff(identity.Tags{{Key: "Team", Value: "blue"}, {Key: "unit", Value: "u2"}}, tags()); diff != "" {
		t.Errorf("after the role's tags changed: %s", diff)
	}
	p.change(directory.Delete(caller()))
	_, err := k.AccessKey("ASIASESSION", text, now())
	refused(t, err, fault.UnrecognizedClient, brokenToken)
	r.ID = "AROAANOTHER"
	p.change(directory.Put(r))
	_, err = k.AccessKey("ASIASESSION", text, now())
	refused(t, err, fault.UnrecognizedClient, brokenToken)
}

func TestSessionsOfUsersAndRoots(t *testing.T) {
	p, ring, k := start(t)
	kinds := map[string]func(g *session.Grant){
		"user": func(g *session.Grant) {
			g.IssuerID, g.Key.Principal.Kind, g.Key.Principal.Name = "AIDAALICE", identity.User, "alice"
		},
		"federated user": func(g *session.Grant) {
			g.IssuerID, g.Key.Principal.Kind, g.Key.Principal.Name = "AIDAALICE", identity.FederatedUser, "bob"
			g.Key.Principal.Session.Issuer = "arn:aws:iam::111122223333:user/alice"
		},
		"root": func(g *session.Grant) { g.IssuerID, g.Key.Principal.Kind = account, identity.Root },
		"federated user of the root": func(g *session.Grant) {
			g.IssuerID, g.Key.Principal.Kind = account, identity.FederatedUser
		},
	}
	tokens := map[string]string{}
	for name, make := range kinds {
		g := grant()
		g.Key.ID = "ASIA" + name
		make(g)
		tokens[name] = token(t, ring, g)
		if _, err := k.AccessKey(g.Key.ID, tokens[name], now()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.change(directory.Delete(alice()))
	for name, text := range tokens {
		_, err := k.AccessKey("ASIA"+name, text, now())
		if gone := name == "user" || name == "federated user"; gone != (err != nil) {
			t.Errorf("%s: %v after alice is gone", name, err)
		}
	}
}

func TestAClosedAccountsSessions(t *testing.T) {
	p, ring, k := start(t)
	a, _ := p.now.Account(account)
	closed := *a.Member
	closed.Status = "SUSPENDED"
	p.change(directory.Put(&closed))
	_, err := k.AccessKey("ASIASESSION", token(t, ring, grant()), now())
	refused(t, err, fault.UnrecognizedClient, brokenToken)
}

func TestRotationKeepsSessions(t *testing.T) {
	p, _, _ := start(t)
	old := seal.NewKey()
	ring, err := seal.NewRing(old)
	if err != nil {
		t.Fatal(err)
	}
	text := token(t, ring, grant())
	if err := ring.Replace(seal.NewKey(), old); err != nil {
		t.Fatal(err)
	}
	if _, err := New(p, ring, nil).AccessKey("ASIASESSION", text, now()); err != nil {
		t.Error(err)
	}
}

func TestAPIKeys(t *testing.T) {
	_, ring, k := start(t)
	sessionKey := grant().Key
	text := token(t, ring, grant())
	signed := func(key identity.AccessKey, token string, region arn.Region, lifetime time.Duration) string {
		return apikey.ShortTerm(key, token, region, lifetime, now()).Reveal()
	}
	own := identity.AccessKey{ID: "AKIAALICE", Secret: identity.NewSecret("hunter2")}
	const who, role = "arn:aws:iam::111122223333:user/alice", "arn:aws:sts::111122223333:assumed-role/caller/me"
	for _, test := range []struct {
		name, key string
		after     time.Duration
		want      string // ARN, kind and region; or the refusal
	}{
		{"short-term", signed(own, "", "eu-west-1", time.Hour), 0, who + " SHORT_TERM eu-west-1"},
		{"short-term, in its last second", signed(own, "", "eu-west-1", time.Hour), time.Hour, who + " SHORT_TERM eu-west-1"},
		{"short-term, too late", signed(own, "", "eu-west-1", time.Hour), time.Hour + time.Second, expiredKey},
		{"short-term, for too long", signed(own, "", "eu-west-1", 12*time.Hour+time.Second), 0, badKey},
		{"short-term, of no region", signed(own, "", "mars-1", time.Hour), 0, badKey},
		{"short-term, of a session", signed(sessionKey, text, "eu-west-1", 12*time.Hour), 0, role + " SHORT_TERM eu-west-1"},
		{"short-term, after its session", signed(sessionKey, text, "eu-west-1", 12*time.Hour), 2 * time.Hour, expiredKey},
		{"short-term, of a session without its token", signed(sessionKey, "", "eu-west-1", time.Hour), 0, badKey},
		{"short-term, signed with another secret", signed(identity.AccessKey{ID: "AKIAALICE", Secret: identity.NewSecret("x")}, "", "eu-west-1", time.Hour), 0, badKey},
		{"short-term, of nobody", signed(identity.AccessKey{ID: "AKIANOBODY"}, "", "eu-west-1", time.Hour), 0, badKey},
		{"short-term, cut", signed(own, "", "eu-west-1", time.Hour)[:60], 0, badKey},
		{"short-term, empty", apikey.ShortTermPrefix, 0, badKey},
		{"long-term", longTerm, 0, who + " LONG_TERM "},
		{"long-term, expired", longTerm + "old", 0, expiredKey},
		{"long-term, of nobody", longTerm + "x", 0, badKey},
		{"a secret", "hunter2", 0, who + " LONG_TERM "},
		{"a secret behind its id", "AKIAALICE:hunter2", 0, who + " LONG_TERM "},
		{"a secret behind another id", "AKIAOTHER:hunter2", 0, badKey},
		{"a secret behind no id", ":hunter2", 0, badKey},
		{"a secret of a sleeping key", "hunter3", 0, badKey},
		{"an id alone", "AKIAALICE:", 0, badKey},
		{"nothing", "", 0, badKey},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, region, err := k.APIKey(test.key, now().Add(test.after))
			var e *fault.Error
			got := fmt.Sprintf("%s %s %s", p.ARN, p.Bearer, region)
			if errors.As(err, &e) && e.Code == fault.InvalidAPIKey {
				got = e.Message
			} else if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheCacheKeepsWhatIsInUse(t *testing.T) {
	var c cache
	first := new(opened)
	c.put("first", first)
	for i := range 3 * maxOpened {
		c.put(fmt.Sprint(i), new(opened))
		if got, ok := c.get("first"); !ok || got != first {
			t.Fatalf("forgotten after %d others", i+1)
		}
	}
	if len(c.entries) != maxOpened || len(c.clock) != maxOpened {
		t.Errorf("%d entries, %d on the clock; want %d", len(c.entries), len(c.clock), maxOpened)
	}
	if got := c.put("first", new(opened)); got != first {
		t.Error("what is remembered was replaced")
	}
}

func FuzzAPIKey(f *testing.F) {
	_, _, k := start(f)
	for _, key := range []string{"", ":", longTerm[:20], apikey.ShortTermPrefix + "YmVkcm9jay5hbWF6b25hd3MuY29tLz9BY3Rpb249Q2FsbFdpdGhCZWFyZXJUb2tlbg==", "\xff"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		who, _, err := k.APIKey(key, now())
		if err == nil && key != longTerm && key != "hunter2" && key != "AKIAALICE:hunter2" {
			t.Errorf("%q speaks for %s", key, who.ARN)
		}
		if err != nil && !fault.Is(err, fault.InvalidAPIKey) {
			t.Errorf("%q: %v", key, err)
		}
	})
}

func BenchmarkSession(b *testing.B) {
	_, ring, k := start(b)
	text := token(b, ring, grant())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.AccessKey("ASIASESSION", text, now()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkShortTermKey(b *testing.B) {
	_, _, k := start(b)
	key := apikey.ShortTerm(identity.AccessKey{ID: "AKIAALICE", Secret: identity.NewSecret("hunter2")}, "", "eu-west-1", time.Hour, now()).Reveal()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := k.APIKey(key, now()); err != nil {
			b.Fatal(err)
		}
	}
}
