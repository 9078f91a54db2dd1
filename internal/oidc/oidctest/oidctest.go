// Package oidctest is an OpenID Connect issuer for tests: a server on loopback that tells its keys, and tokens signed with
// them.
package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/go-json-experiment/json"
)

// Issuer is a running issuer.
type Issuer struct {
	*httptest.Server

	mu      sync.Mutex // guards all below
	keys    []jose.JSONWebKey
	asked   int
	answers map[string]http.HandlerFunc
}

// New starts an issuer with one key. It ends with the test.
func New(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{answers: map[string]http.HandlerFunc{}}
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	i.Rotate(t)
	return i
}

// Rotate takes a new key in the place of the old ones.
func (i *Issuer) Rotate(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	id := "key-" + strconv.Itoa(len(i.keys)+1) + "-" + rand.Text()
	i.keys = []jose.JSONWebKey{{Key: key, KeyID: id, Algorithm: string(jose.ES256), Use: "sig"}}
}

// Key is the key in use, its private part too.
func (i *Issuer) Key() jose.JSONWebKey {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[0]
}

// Answer makes a path answer otherwise.
func (i *Issuer) Answer(path string, with http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.answers[path] = with
}

// Asked is how often the keys were asked for.
func (i *Issuer) Asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

// Token signs claims with the key in use. What is not among them is not in the token.
func (i *Issuer) Token(t testing.TB, claims map[string]any) string {
	t.Helper()
	return Sign(t, i.Key(), claims)
}

// Sign signs claims with a key.
func Sign(t testing.TB, key jose.JSONWebKey, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// ServeHTTP tells the discovery document and the public keys.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	answer, keys := i.answers[r.URL.Path], i.keys
	if r.URL.Path == "/keys" {
		i.asked++
	}
	i.mu.Unlock()
	switch {
	case answer != nil:
		answer(w, r)
	case r.URL.Path == "/.well-known/openid-configuration":
		write(w, map[string]string{"issuer": i.URL, "jwks_uri": i.URL + "/keys"})
	case r.URL.Path == "/keys":
		set := jose.JSONWebKeySet{}
		for _, k := range keys {
			set.Keys = append(set.Keys, k.Public())
		}
		write(w, set)
	default:
		http.NotFound(w, r)
	}
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	text, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(text) // a client that has left learns nothing
}
