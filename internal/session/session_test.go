package session

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/seal"
)

var sameSecret = cmp.Comparer(func(a, b identity.Secret) bool { return a.Reveal() == b.Reveal() })

func newCodec(t testing.TB) Codec {
	t.Helper()
	ring, err := seal.NewRing(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	return Codec{ring}
}

func newGrant() *Grant {
	const id = "ASIAQWERTYUIOPASDFGH"
	return &Grant{IssuerID: "AROAEXAMPLE", Key: identity.AccessKey{
		ID: id, Secret: identity.NewSecret("hunter2"),
		Principal: identity.Principal{
			Account: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/caller/me", UserID: "AROAEXAMPLE:me",
			AccessKeyID: id, Kind: identity.AssumedRole, Name: "caller", Tags: identity.Tags{{Key: "team", Value: "blue"}},
			Session: &identity.Session{
				Issuer: "arn:aws:iam::111122223333:role/caller", Name: "me",
				Issued:   time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC),
				Expires:  time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC),
				Policies: []string{`{"Version":"2012-10-17","Statement":[]}`}, PolicyARNs: []string{"arn:aws:iam::aws:policy/AdministratorAccess"},
				Limited: true, Transitive: []string{"team"}, Chained: true, MFA: true, SourceIdentity: "alice", Provider: "issuer.example",
			},
		},
	}}
}

func TestTokensCarryEverything(t *testing.T) {
	c, want := newCodec(t), newGrant()
	token, err := c.Token(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Open(token)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, sameSecret); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(token, "hunter2") {
		t.Error("the token shows the secret")
	}
}

func TestTokensOfStrangersDoNotOpen(t *testing.T) {
	c := newCodec(t)
	token, err := newCodec(t).Token(newGrant())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"another ring":    token,
		"empty":           "",
		"no base64":       "???",
		"far too long":    strings.Repeat("A", MaxToken+4),
		"another purpose": base64.StdEncoding.EncodeToString(c.Ring.Seal("page-token", []byte("{}"))),
		"no claims":       base64.StdEncoding.EncodeToString(c.Ring.Seal(purpose, []byte("x"))),
	} {
		if _, err := c.Open(text); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

func TestTokensThatWouldBeTooLong(t *testing.T) {
	g := newGrant()
	g.Key.Principal.Session.Policies = []string{strings.Repeat("x", MaxToken)}
	if token, err := newCodec(t).Token(g); err == nil {
		t.Errorf("made a token of %d bytes", len(token))
	}
}

func TestRotationKeepsTokens(t *testing.T) {
	old, fresh := seal.NewKey(), seal.NewKey()
	ring, err := seal.NewRing(old)
	if err != nil {
		t.Fatal(err)
	}
	c := Codec{ring}
	token, err := c.Token(newGrant())
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.Replace(fresh, old); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(token); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
}

func TestKeysTellTheirAccount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		account := arn.Account(rapid.StringMatching(`[0-9]{12}`).Draw(t, "account"))
		key, err := NewKey(account)
		if err != nil {
			t.Fatal(err)
		}
		if len(key.ID) != 20 || len(key.Secret.Reveal()) != 40 {
			t.Errorf("key %s with a secret of %d characters", key.ID, len(key.Secret.Reveal()))
		}
		if got, ok := Account(key.ID); !ok || got != account {
			t.Errorf("%s is of %s, %t; want %s", key.ID, got, ok, account)
		}
	})
}

// The scheme is AWS's, so ids of AWS's own documents tell their account too.
func TestAccount(t *testing.T) {
	for id, want := range map[string]string{
		"ASIAQNZGKIQY56JQ7WML": "029608264753",
		"AKIAQNZGKIQY56JQ7WML": "", // of a long-term key, which the directory knows
		"ASIA":                 "",
		"ASIA????????????????": "",
		"ASIAAAAAAAAA":         "",
		"":                     "",
	} {
		got, ok := Account(id)
		if string(got) != want || ok != (want != "") {
			t.Errorf("%s: got %q, %t; want %q", id, got, ok, want)
		}
	}
	if _, err := NewKey("12"); err != nil {
		t.Errorf("a short number: %v", err)
	}
	if _, err := NewKey("mine"); err == nil {
		t.Error("made a key of an account without a number")
	}
}

func TestMerge(t *testing.T) {
	under := identity.Tags{{Key: "cost", Value: "1"}, {Key: "team", Value: "red"}}
	over := identity.Tags{{Key: "Team", Value: "blue"}, {Key: "app", Value: "x"}}
	want := identity.Tags{{Key: "Team", Value: "blue"}, {Key: "app", Value: "x"}, {Key: "cost", Value: "1"}}
	if diff := cmp.Diff(want, Merge(under, over)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(under, Merge(under, nil)); diff != "" {
		t.Error(diff)
	}
}

func FuzzOpen(f *testing.F) {
	c := newCodec(f)
	for _, text := range []string{"", "AAAA", "AQ==", base64.StdEncoding.EncodeToString(make([]byte, 100)), "=", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if g, err := c.Open(token); err == nil {
			t.Errorf("%q opened as %+v", token, g)
		}
	})
}

func FuzzAccount(f *testing.F) {
	f.Add("ASIAQNZGKIQY56JQ7WML")
	f.Add("ASIA2222222222222222")
	f.Fuzz(func(t *testing.T, id string) {
		if account, ok := Account(id); ok && len(account) != 12 {
			t.Errorf("%q is of %q", id, account)
		}
	})
}
