package oidc_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/oidc"
	"github.com/outcrop/outcrop/internal/oidc/oidctest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func now() time.Time { return time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC) }

// start makes a verifier and an issuer that it trusts.
func start(t testing.TB) (*oidc.Verifier, *oidctest.Issuer, oidc.Issuer) {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	i := oidctest.New(t)
	return oidc.NewVerifier(transport), i, oidc.Issuer{URL: i.URL, Audiences: []string{"outcrop", "sts"}}
}

// claims are those of a good token, with changes; nil removes one.
func claims(i *oidctest.Issuer, changes map[string]any) map[string]any {
	c := map[string]any{
		"iss": i.URL, "sub": "repo:acme/app", "aud": "outcrop", "exp": now().Add(time.Minute).Unix(), "iat": now().Unix(), "nbf": now().Unix(),
	}
	for k, v := range changes {
		if c[k] = v; v == nil {
			delete(c, k)
		}
	}
	return c
}

func verify(t testing.TB, v *oidc.Verifier, text string, issuer oidc.Issuer, at time.Time) (*oidc.Identity, error) {
	t.Helper()
	token, err := oidc.Parse(text)
	if err != nil {
		return nil, err
	}
	return v.Verify(t.Context(), token, issuer, at)
}

func TestVerifyTellsWho(t *testing.T) {
	v, i, issuer := start(t)
	got, err := verify(t, v, i.Token(t, claims(i, map[string]any{
		"aud": []string{"other", "sts"}, "amr": []string{"mfa"}, "https://aws.amazon.com/source_identity": "alice",
		"https://aws.amazon.com/tags": map[string]any{"principal_tags": map[string]any{"team": []string{"blue"}}, "transitive_tag_keys": []string{"team"}},
	})), issuer, now())
	if err != nil {
		t.Fatal(err)
	}
	want := &oidc.Identity{
		Issuer: i.URL, Subject: "repo:acme/app", Audience: "sts", Audiences: []string{"other", "sts"}, Methods: []string{"mfa"},
		Tags: map[string]string{"team": "blue"}, TransitiveKeys: []string{"team"}, SourceIdentity: "alice",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got, err = verify(t, v, i.Token(t, claims(i, map[string]any{"azp": "outcrop", "aud": "other"})), issuer, now())
	if err != nil || got.Audience != "outcrop" || len(got.Audiences) != 1 {
		t.Errorf("with an authorized party: %+v, %v", got, err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	v, i, issuer := start(t)
	stranger := oidctest.New(t)
	good := i.Token(t, claims(i, nil))
	change := func(changes map[string]any) string { return i.Token(t, claims(i, changes)) }
	head, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	symmetric := jose.JSONWebKey{Key: []byte(strings.Repeat("k", 32)), KeyID: i.Key().KeyID, Algorithm: string(jose.HS256)}
	const (
		noJWT    = "InvalidIdentityToken: The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
		unproved = "InvalidIdentityToken: The ID Token provided could not be validated: its signature is wrong, or it is malformed."
		noKey    = "InvalidIdentityToken: Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
	)
	strangers := stranger.Key()
	strangers.KeyID = i.Key().KeyID
	for _, test := range []struct{ name, token, want string }{
		{"words", "an access token", noJWT},
		{"nothing", "", noJWT},
		{"no algorithm", "eyJhbGciOiJub25lIn0." + payload + ".", noJWT},
		{"a shared secret", oidctest.Sign(t, symmetric, claims(i, nil)), noJWT},
		{"no issuer", change(map[string]any{"iss": nil}), noJWT},
		{"issuer is a number", change(map[string]any{"iss": 7}), noJWT},
		{"another issuer", change(map[string]any{"iss": "https://example.com"}), "InvalidIdentityToken: No OpenIDConnect provider found in your account for https://example.com"},
		{"another issuer's key under this one's name", oidctest.Sign(t, strangers, claims(i, nil)), unproved},
		{"another issuer's key", oidctest.Sign(t, stranger.Key(), claims(i, nil)), noKey},
		{"another payload", head + "." + strings.ToLower(payload) + "." + signature, ""},
		{"no signature", head + "." + payload + ".", unproved},
		{"another audience", change(map[string]any{"aud": "somebody"}), "InvalidIdentityToken: Incorrect token audience"},
		{"no audience", change(map[string]any{"aud": nil}), "InvalidIdentityToken: Incorrect token audience"},
		{"empty audience", change(map[string]any{"aud": ""}), "InvalidIdentityToken: Incorrect token audience"},
		{"expired", change(map[string]any{"exp": now().Unix()}), "ExpiredTokenException: Token expired: current date/time 1795356000 must be before the expiration date/time 1795356000"},
		{"no expiry", change(map[string]any{"exp": nil}), "InvalidIdentityToken: The ID Token provided has no expiration date."},
		{"expiry in words", change(map[string]any{"exp": "never"}), ""},
		{"not yet", change(map[string]any{"nbf": now().Add(6 * time.Minute).Unix()}), "InvalidIdentityToken: The ID Token provided is not valid yet."},
		{"issued in the future", change(map[string]any{"iat": now().Add(6 * time.Minute).Unix()}), "InvalidIdentityToken: The ID Token provided is not valid yet."},
		{"no subject", change(map[string]any{"sub": nil}), "InvalidIdentityToken: The ID Token provided has no subject."},
		{
			"two values of a tag", change(map[string]any{"https://aws.amazon.com/tags": map[string]any{"principal_tags": map[string]any{"team": []string{"a", "b"}}}}),
			"InvalidIdentityToken: The ID Token provided has team among its tags, with another number of values than one.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := verify(t, v, test.token, issuer, now())
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != fault.Validation {
				t.Fatalf("got %v, want a refusal", err)
			}
			if got := e.Name + ": " + e.Message; test.want != "" && got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestClocksMayDiffer(t *testing.T) {
	v, i, issuer := start(t)
	early := i.Token(t, claims(i, map[string]any{"nbf": now().Add(4 * time.Minute).Unix(), "iat": now().Add(4 * time.Minute).Unix(), "exp": now().Add(time.Hour).Unix()}))
	if _, err := verify(t, v, early, issuer, now()); err != nil {
		t.Error(err)
	}
}

func TestKeysAreKept(t *testing.T) {
	v, i, issuer := start(t)
	at := now()
	long := map[string]any{"exp": now().Add(100 * time.Hour).Unix()}
	must := func(token string) {
		t.Helper()
		if _, err := verify(t, v, token, issuer, at); err != nil {
			t.Fatal(err)
		}
	}
	asked := func(want int) {
		t.Helper()
		if got := i.Asked(); got != want {
			t.Errorf("the keys were asked for %d times, want %d", got, want)
		}
	}
	first := i.Token(t, claims(i, long))
	must(first)
	must(first)
	asked(1)

	i.Rotate(t) // a key that is not known is asked for, though not at once after the last time
	second := i.Token(t, claims(i, long))
	if _, err := verify(t, v, second, issuer, at); err == nil {
		t.Error("a key that was never fetched verified")
	}
	asked(1)
	at = at.Add(time.Minute)
	must(second)
	asked(2)
	if _, err := verify(t, v, first, issuer, at); err == nil {
		t.Error("a key that its issuer has dropped verified")
	}

	at = at.Add(time.Hour) // keys are asked for again although they are known
	must(second)
	asked(3)

	i.Answer("/keys", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusBadGateway) })
	at = at.Add(2 * time.Hour) // while the issuer is down the keys stay, for a day
	must(second)
	at = at.Add(24 * time.Hour)
	if _, err := verify(t, v, second, issuer, at); err == nil {
		t.Error("keys counted longer than a day without their issuer")
	}
	i.Answer("/keys", nil)
	at = at.Add(time.Minute)
	must(second)
}

func TestManyAskOnce(t *testing.T) {
	v, i, issuer := start(t)
	token := i.Token(t, claims(i, nil))
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := verify(t, v, token, issuer, now()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := i.Asked(); got != 1 {
		t.Errorf("the keys were asked for %d times", got)
	}
}

func TestIssuersThatCannotBeAsked(t *testing.T) {
	const discovery = "/.well-known/openid-configuration"
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
	}
	for name, break_ := range map[string]func(*oidctest.Issuer){
		"not found": func(i *oidctest.Issuer) { i.Answer(discovery, http.NotFound) },
		"no JSON":   func(i *oidctest.Issuer) { i.Answer(discovery, say("<html>")) },
		"another's": func(i *oidctest.Issuer) {
			i.Answer(discovery, say(`{"issuer":"https://example.com","jwks_uri":"`+i.URL+`/keys"}`))
		},
		"keys in a file": func(i *oidctest.Issuer) {
			i.Answer(discovery, say(`{"issuer":"`+i.URL+`","jwks_uri":"file:///etc/passwd"}`))
		},
		"keys nowhere":     func(i *oidctest.Issuer) { i.Answer(discovery, say(`{"issuer":"`+i.URL+`"}`)) },
		"keys in words":    func(i *oidctest.Issuer) { i.Answer("/keys", say("none")) },
		"keys without end": func(i *oidctest.Issuer) { i.Answer("/keys", say(strings.Repeat(" ", 1<<20+1))) },
		"going in circles": func(i *oidctest.Issuer) { i.Answer("/keys", http.RedirectHandler("/keys", http.StatusFound).ServeHTTP) },
		"cut": func(i *oidctest.Issuer) {
			i.Answer("/keys", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, i, issuer := start(t)
			break_(i)
			_, err := verify(t, v, i.Token(t, claims(i, nil)), issuer, now())
			var e *fault.Error
			if !errors.As(err, &e) || e.Name != "IDPCommunicationError" || !strings.HasPrefix(e.Message, "Couldn't retrieve verification key") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestKeysWhereTheOperatorSays(t *testing.T) {
	v, i, issuer := start(t)
	i.Answer("/.well-known/openid-configuration", http.NotFound)
	issuer.Keys = i.URL + "/keys"
	if _, err := verify(t, v, i.Token(t, claims(i, nil)), issuer, now()); err != nil {
		t.Error(err)
	}
}

func TestUnknownKindsOfKeysAreLeftOut(t *testing.T) {
	v, i, issuer := start(t)
	key := i.Key()
	public, err := key.Public().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	i.Answer("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"keys":[{"kty":"new","kid":"x"},` + string(public) + `]}`))
	})
	if _, err := verify(t, v, i.Token(t, claims(i, nil)), issuer, now()); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "..", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.AA", "{}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := oidc.Parse(text)
		var e *fault.Error
		if err != nil && (!errors.As(err, &e) || e.Name != "InvalidIdentityToken") || err == nil && token.Issuer == "" {
			t.Errorf("%q: %+v, %v", text, token, err)
		}
	})
}
