package directory

import (
	"crypto/sha256"
	"maps"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
)

// digest is the SHA-256 of a secret. Secrets are looked up by it, so that the time a look-up takes says nothing of
// those there are.
type digest [sha256.Size]byte

// keyIndex finds whose a key is.
type keyIndex struct {
	access      map[string]holder // by the id of an access key
	secrets     map[digest]holder // by the secret of an access key
	credentials map[digest]holder // by a whole API key
}

// holder is the user that has a key, and the id of the key.
type holder struct {
	account   arn.Account
	user, key string
}

func newKeyIndex() *keyIndex {
	return &keyIndex{map[string]holder{}, map[digest]holder{}, map[digest]holder{}}
}

func (x *keyIndex) clone() *keyIndex {
	return &keyIndex{maps.Clone(x.access), maps.Clone(x.secrets), maps.Clone(x.credentials)}
}

func (x *keyIndex) add(u *User) {
	if u == nil {
		return
	}
	for i := range u.AccessKeys {
		k := &u.AccessKeys[i]
		h := holder{u.Account, u.Name, k.ID}
		x.access[k.ID], x.secrets[digestOf(k.Secret.Reveal())] = h, h
	}
	for i := range u.Credentials {
		c := &u.Credentials[i]
		x.credentials[digest(c.Digest)] = holder{u.Account, u.Name, c.ID}
	}
}

func (x *keyIndex) remove(u *User) {
	if u == nil {
		return
	}
	for i := range u.AccessKeys {
		delete(x.access, u.AccessKeys[i].ID)
		delete(x.secrets, digestOf(u.AccessKeys[i].Secret.Reveal()))
	}
	for i := range u.Credentials {
		delete(x.credentials, digest(u.Credentials[i].Digest))
	}
}

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

// sameKeys reports whether the index has nothing to learn of a user's change.
func sameKeys(before, after *User) bool {
	if before == nil || after == nil {
		u := before
		if u == nil {
			u = after
		}
		return u == nil || len(u.AccessKeys) == 0 && len(u.Credentials) == 0
	}
	return slices.EqualFunc(before.AccessKeys, after.AccessKeys, func(a, b AccessKey) bool { return a.ID == b.ID && a.Secret == b.Secret }) &&
		slices.EqualFunc(before.Credentials, after.Credentials, func(a, b ServiceCredential) bool {
			return a.ID == b.ID && string(a.Digest) == string(b.Digest)
		})
}

// AccessKey finds an access key that may be used now: it is active, and its account is open.
func (s *Snapshot) AccessKey(id string) (identity.AccessKey, bool) {
	h, ok := s.keys.access[id]
	if !ok {
		return identity.AccessKey{}, false
	}
	return s.usable(h)
}

// AccessKeyBySecret finds the access key that has a secret, if it may be used now.
func (s *Snapshot) AccessKeyBySecret(secret string) (identity.AccessKey, bool) {
	h, ok := s.keys.secrets[digestOf(secret)]
	if !ok {
		return identity.AccessKey{}, false
	}
	return s.usable(h)
}

func (s *Snapshot) usable(h holder) (identity.AccessKey, bool) {
	u := s.callers(h)
	if u == nil {
		return identity.AccessKey{}, false
	}
	for i := range u.AccessKeys {
		if k := &u.AccessKeys[i]; k.ID == h.key && k.Active {
			key := identity.AccessKey{ID: k.ID, Secret: k.Secret, Principal: u.principal}
			key.Principal.AccessKeyID = k.ID
			return key, true
		}
	}
	return identity.AccessKey{}, false
}

// callers is the user that has a key, nil when its account is closed.
func (s *Snapshot) callers(h holder) *user {
	a := s.accounts[h.account]
	if a == nil || !a.Open() {
		return nil
	}
	return a.users[h.user]
}

// KeyOwner is the user that has an access key, an inactive one too.
func (s *Snapshot) KeyOwner(id string) (*User, bool) {
	h, ok := s.keys.access[id]
	if !ok {
		return nil, false
	}
	return s.accounts[h.account].User(h.user)
}

// APIKey is what a long-term API key stands for.
type APIKey struct {
	ID        string // of the service-specific credential
	Service   string // "bedrock.amazonaws.com"
	Principal identity.Principal
	Expires   time.Time // zero for never
}

// Expired reports whether the key's time is over.
func (k *APIKey) Expired(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }

// APIKey finds a long-term API key by its whole text. The key is active and its account open; whether it has expired is
// the caller's to ask. Its principal carries the credential's id as access key id.
func (s *Snapshot) APIKey(key string) (APIKey, bool) {
	h, ok := s.keys.credentials[digestOf(key)]
	if !ok {
		return APIKey{}, false
	}
	u := s.callers(h)
	if u == nil {
		return APIKey{}, false
	}
	for i := range u.Credentials {
		if c := &u.Credentials[i]; c.ID == h.key && c.Active {
			k := APIKey{ID: c.ID, Service: c.Service, Principal: u.principal, Expires: c.Expires}
			k.Principal.AccessKeyID, k.Principal.Bearer = c.ID, identity.LongTerm
			return k, true
		}
	}
	return APIKey{}, false
}
