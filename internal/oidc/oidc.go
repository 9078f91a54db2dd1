// Package oidc verifies the tokens of web identities: it finds the keys of an OpenID Connect issuer, keeps them, and checks
// signature, time and audience.
package oidc

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/outcrop/outcrop/internal/fault"
)

// What STS calls the refusals of a token.
const (
	invalid     = "InvalidIdentityToken"
	expired     = "ExpiredTokenException"
	unreachable = "IDPCommunicationError"
)

func refuse(sentence string) error { return because(nil, invalid, sentence) }

// because refuses a token under a name, for a cause that the operator may know.
func because(cause error, name, sentence string) error {
	e := fault.Wrap(fault.Validation, cause, "%s", sentence)
	e.Name = name
	return e
}

// Issuer is whose tokens are taken.
type Issuer struct {
	URL       string   // as tokens have it: "https://issuer.example.com/path"
	Audiences []string // whom its tokens may be issued to, also called client ids; at least one
	// Keys is where its keys are; empty: where its discovery document says.
	Keys string
}

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	client *http.Client
	asking singleflight.Group // one fetch for an issuer at a time

	mu   sync.RWMutex // guards sets; held across map work only
	sets map[string]*keySet
}

// NewVerifier makes a verifier that finds keys with a transport.
func NewVerifier(transport http.RoundTripper) *Verifier {
	return &Verifier{client: &http.Client{Transport: transport, Timeout: fetchTimeout, CheckRedirect: stayClose}, sets: map[string]*keySet{}}
}

// Verify checks a token that says it is from issuer. Errors are *fault.Error with the names InvalidIdentityToken,
// ExpiredTokenException and IDPCommunicationError.
func (v *Verifier) Verify(ctx context.Context, t *Token, issuer Issuer, now time.Time) (*Identity, error) {
	if t.Issuer != issuer.URL {
		return nil, refuse("No OpenIDConnect provider found in your account for " + t.Issuer)
	}
	key, err := v.key(ctx, issuer, t.parsed.Headers[0].KeyID, now)
	if err != nil {
		return nil, err
	}
	var c claims
	if err := t.parsed.Claims(key, &c); err != nil {
		return nil, because(err, invalid, "The ID Token provided could not be validated: its signature is wrong, or it is malformed.")
	}
	if err := c.judge(issuer, now); err != nil {
		return nil, err
	}
	return c.identity(issuer), nil
}
