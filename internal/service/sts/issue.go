package sts

import (
	"time"

	api "github.com/outcrop/outcrop/internal/awsapi/sts"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/session"
)

// issue makes the credentials of a session: who describes its principal, whose Session lacks the times alone, and
// issuerID is the unique id of the role or user it is of.
func (s *Server) issue(who identity.Principal, issuerID string, lifetime time.Duration, now time.Time) (*api.Credentials, error) {
	key, err := session.NewKey(who.Account)
	if err != nil {
		return nil, err
	}
	who.AccessKeyID = key.ID
	who.Session.Issued = now.UTC().Truncate(time.Second)
	who.Session.Expires = who.Session.Issued.Add(lifetime)
	key.Principal = who
	token, err := s.opt.Tokens.Token(&session.Grant{Key: key, IssuerID: issuerID})
	if err != nil {
		return nil, err
	}
	return &api.Credentials{
		AccessKeyID: key.ID, SecretAccessKey: key.Secret.Reveal(), SessionToken: token, Expiration: who.Session.Expires,
	}, nil
}

// seconds is a duration of a request, or what it is without one.
func seconds(asked *int, otherwise time.Duration) time.Duration {
	if asked == nil {
		return otherwise
	}
	return time.Duration(*asked) * time.Second
}
