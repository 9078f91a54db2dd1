package main

import (
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

// credentials finds whose credentials a request came with.
type credentials struct{ people *registrar.Registrar }

// AccessKey looks a key up by its id.
func (c credentials) AccessKey(id string) (identity.AccessKey, bool) {
	return c.people.Snapshot().AccessKey(id)
}

// APIKey finds whose key a bearer token is: a long-term API key, or a secret access key alone or behind its id and a
// colon. It takes the same time for every token that nobody has.
func (c credentials) APIKey(token string) (identity.Principal, bool) {
	s := c.people.Snapshot()
	if key, ok := s.APIKey(token); ok {
		return key.Principal, !key.Expired(time.Now())
	}
	id, secret, both := strings.Cut(token, ":")
	if !both {
		id, secret = "", token
	}
	key, ok := s.AccessKeyBySecret(secret)
	return key.Principal, ok && (!both || id == key.ID)
}
