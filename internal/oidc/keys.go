package oidc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	fetchTimeout = 5 * time.Second
	maxDocument  = 1 << 20 // bytes of a discovery document or a set of keys
	maxIssuers   = 1000    // that are remembered

	// maxAge is when keys are fetched anew although they are known. A token signed with a key that is not known has them
	// fetched at once, but not twice within minAge: anybody can name a key.
	maxAge = time.Hour
	minAge = 30 * time.Second
	// staleAge is how long keys count whose issuer cannot be reached.
	staleAge = 24 * time.Hour
)

// keySet is what is known of an issuer's keys.
type keySet struct {
	keys    jose.JSONWebKeySet
	fetched time.Time // zero: never
	tried   time.Time
	err     error // of the last try
}

// noKey is told when an issuer has no key for a token, or cannot tell which.
const noKey = "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"

// key finds the key of an issuer that a token names.
func (v *Verifier) key(ctx context.Context, issuer Issuer, id string, now time.Time) (any, error) {
	set := v.known(issuer.URL)
	key, ok := set.find(id)
	if (!ok || now.Sub(set.fetched) >= maxAge) && now.Sub(set.tried) >= minAge {
		set = v.fetched(ctx, issuer, now)
		key, ok = set.find(id)
	}
	switch {
	case ok && now.Sub(set.fetched) < staleAge:
		return key, nil
	case set.err != nil:
		return nil, because(set.err, unreachable, noKey)
	}
	return nil, refuse(noKey)
}

// find is the public key with an id. A token that names none is taken for the only key there is.
func (s *keySet) find(id string) (any, bool) {
	var found []any
	for _, k := range s.keys.Keys {
		if k.IsPublic() && k.Valid() && k.Use != "enc" && (id == "" || k.KeyID == id) {
			found = append(found, k.Key)
		}
	}
	if len(found) != 1 {
		return nil, false
	}
	return found[0], true
}

func (v *Verifier) known(url string) *keySet {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if set := v.sets[url]; set != nil {
		return set
	}
	return new(keySet)
}

// fetched asks an issuer for its keys. Those who ask at the same time get the same answer, and when there is none the
// keys that were known before.
func (v *Verifier) fetched(ctx context.Context, issuer Issuer, now time.Time) *keySet {
	set, _, _ := v.asking.Do(issuer.URL, func() (any, error) {
		next := *v.known(issuer.URL)
		next.tried = now
		var keys jose.JSONWebKeySet
		// A caller that leaves does not take the answer from the others.
		if next.err = v.fetch(context.WithoutCancel(ctx), issuer, &keys); next.err == nil {
			next.keys, next.fetched = keys, now
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		if len(v.sets) >= maxIssuers {
			clear(v.sets)
		}
		v.sets[issuer.URL] = &next
		return &next, nil
	})
	return set.(*keySet)
}

// fetch reads the keys of an issuer, from where it says they are.
func (v *Verifier) fetch(ctx context.Context, issuer Issuer, into *jose.JSONWebKeySet) error {
	at := issuer.Keys
	if at == "" {
		var document struct {
			Issuer string `json:"issuer"`
			Keys   string `json:"jwks_uri"`
		}
		text, err := v.get(ctx, issuer.URL+"/.well-known/openid-configuration")
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &document); err != nil {
			return fmt.Errorf("cannot read the discovery document of %s: %w", issuer.URL, err)
		}
		if document.Issuer != issuer.URL {
			return fmt.Errorf("the discovery document of %s is another issuer's: %.200q", issuer.URL, document.Issuer)
		}
		if err := sameOrSafer(issuer.URL, document.Keys); err != nil {
			return err
		}
		at = document.Keys
	}
	text, err := v.get(ctx, at)
	if err != nil {
		return err
	}
	return readKeys(text, into)
}

// readKeys reads a set of keys and leaves out those of kinds that are not known.
func readKeys(text []byte, into *jose.JSONWebKeySet) error {
	var document struct {
		Keys []jsontext.Value `json:"keys"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return fmt.Errorf("cannot read a set of keys: %w", err)
	}
	for _, k := range document.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(k) == nil {
			into.Keys = append(into.Keys, key)
		}
	}
	return nil
}

// sameOrSafer refuses a way from a server with TLS to one without.
func sameOrSafer(from, to string) error {
	a, errFrom := url.Parse(from)
	b, errTo := url.Parse(to)
	if err := errors.Join(errFrom, errTo); err != nil {
		return err
	}
	if b.Scheme != "https" && b.Scheme != a.Scheme {
		return fmt.Errorf("%s leads to %.200q, which has no TLS", from, to)
	}
	return nil
}

const maxRedirects = 3

// stayClose lets a few redirects pass.
func stayClose(r *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	return sameOrSafer(via[0].URL.String(), r.URL.String())
}

// get reads a document of an issuer.
func (v *Verifier) get(ctx context.Context, at string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	answer, err := v.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", at, answer.Status)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", at, err)
	}
	if len(text) > maxDocument {
		return nil, fmt.Errorf("%s is larger than %d bytes", at, maxDocument)
	}
	return text, nil
}
