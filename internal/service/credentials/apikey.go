package credentials

import (
	"errors"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/apikey"
	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// What AWS says of API keys.
const (
	badKey     = "Authentication failed: Please make sure your API Key is valid."
	expiredKey = "Bearer Token has expired"
)

// APIKey finds whom an API key speaks for, and the one region it is good for; "" is every region. A key may also be a
// secret access key alone, or behind its id and a colon: that counts as a long-term key. Errors are *fault.Error with
// the code InvalidAPIKey.
func (k *Keys) APIKey(key string, now time.Time) (identity.Principal, arn.Region, error) {
	if apikey.IsShortTerm(key) {
		return k.shortTermKey(key, now)
	}
	who, err := longTermKey(k.people.Snapshot(), key, now)
	return who, "", err
}

func (k *Keys) shortTermKey(key string, now time.Time) (identity.Principal, arn.Region, error) {
	r, ok := apikey.Request(key)
	if !ok {
		return identity.Principal{}, "", fault.New(fault.InvalidAPIKey, badKey)
	}
	proved, err := k.shortTerm.Verify(r, nil, now)
	switch {
	case errors.Is(err, sigv4.ErrExpired) || fault.Is(err, fault.ExpiredToken):
		return identity.Principal{}, "", fault.Wrap(fault.InvalidAPIKey, err, expiredKey)
	case err != nil:
		return identity.Principal{}, "", fault.Wrap(fault.InvalidAPIKey, err, badKey)
	}
	proved.Principal.Bearer = identity.ShortTerm
	return proved.Principal, proved.Region, nil
}

// longTermKey finds a key by a digest of it, so that the time it takes says nothing of the keys there are.
func longTermKey(s *directory.Snapshot, key string, now time.Time) (identity.Principal, error) {
	if apikey.IsLongTerm(key) {
		found, ok := s.APIKey(key)
		switch {
		case !ok:
			return identity.Principal{}, fault.New(fault.InvalidAPIKey, badKey)
		case found.Expired(now):
			return identity.Principal{}, fault.New(fault.InvalidAPIKey, expiredKey)
		}
		return found.Principal, nil
	}
	id, secret, both := strings.Cut(key, ":")
	if !both {
		secret = key
	}
	found, ok := s.AccessKeyBySecret(secret)
	if !ok || both && id != found.ID {
		return identity.Principal{}, fault.New(fault.InvalidAPIKey, badKey)
	}
	found.Principal.Bearer = identity.LongTerm
	return found.Principal, nil
}
