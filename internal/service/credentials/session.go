package credentials

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/session"
)

// What AWS says of session tokens, without the full stop that a bad key gets.
const (
	brokenToken  = "The security token included in the request is invalid"
	expiredToken = "The security token included in the request is expired"
)

// opened is a session whose token has been opened. It is the same for every request of the session, and so is the
// *identity.Session that all of them see.
type opened struct {
	*session.Grant
	tags atomic.Pointer[mergedTags]
}

// mergedTags are a session's tags over its issuer's own.
type mergedTags struct{ own, all identity.Tags }

// session finds the key of a session by its token. A session lives as long as its role or user does.
func (k *Keys) session(id, token string, now time.Time) (identity.AccessKey, error) {
	o, err := k.open(token)
	if err != nil {
		return identity.AccessKey{}, fault.Wrap(fault.UnrecognizedClient, err, brokenToken)
	}
	if o.Key.ID != id {
		return identity.AccessKey{}, fault.New(fault.UnrecognizedClient, brokenToken)
	}
	if !now.Before(o.Key.Principal.Session.Expires) {
		return identity.AccessKey{}, fault.New(fault.ExpiredToken, expiredToken)
	}
	own, lives := issuer(k.people.Snapshot(), o.Grant)
	if !lives {
		return identity.AccessKey{}, fault.New(fault.UnrecognizedClient, brokenToken)
	}
	key := o.Key
	key.Principal.Tags = o.over(own)
	return key, nil
}

// open opens a token, or remembers that it was opened before.
func (k *Keys) open(token string) (*opened, error) {
	if o, ok := k.sessions.get(token); ok {
		return o, nil
	}
	g, err := k.tokens.Open(token)
	if err != nil {
		return nil, err
	}
	return k.sessions.put(token, &opened{Grant: g}), nil
}

// issuer finds the role or user that a session is of, and its tags as they are now.
func issuer(s *directory.Snapshot, g *session.Grant) (identity.Tags, bool) {
	who := &g.Key.Principal
	a, ok := s.Account(who.Account)
	if !ok || !a.Open() {
		return nil, false
	}
	name := who.Name
	switch who.Kind {
	case identity.Root:
		return nil, g.IssuerID == string(a.ID)
	case identity.AssumedRole:
		role, ok := a.Role(name)
		if !ok || role.ID != g.IssuerID {
			return nil, false
		}
		return role.Tags, true
	case identity.FederatedUser: // of the user that asked for it, or the root user
		if g.IssuerID == string(a.ID) {
			return nil, true
		}
		name = who.Session.Issuer[strings.LastIndexByte(who.Session.Issuer, '/')+1:]
	}
	user, ok := a.User(name)
	if !ok || user.ID != g.IssuerID {
		return nil, false
	}
	return user.Tags, true
}

// over lays the session's tags over its issuer's own. What it makes is remembered until the issuer's change.
func (o *opened) over(own identity.Tags) identity.Tags {
	tags := o.Key.Principal.Tags
	switch {
	case len(tags) == 0:
		return own
	case len(own) == 0:
		return tags
	}
	if m := o.tags.Load(); m != nil && len(m.own) == len(own) && &m.own[0] == &own[0] {
		return m.all
	}
	m := &mergedTags{own, session.Merge(own, tags)}
	o.tags.Store(m)
	return m.all
}
