package directory

import (
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
)

// Principal finds who an ARN names: a user, a root user, a role, or a session of a role, which need not exist. The role
// itself is answered as a session of it without a name would be, under the role's own ARN.
func (s *Snapshot) Principal(text string) (identity.Principal, bool) {
	name, ok := arn.Parse(text)
	if !ok || name.Region != "" {
		return identity.Principal{}, false
	}
	a, ok := s.accounts[name.Account]
	if !ok {
		return identity.Principal{}, false
	}
	kind, _, _ := strings.Cut(name.Resource, "/")
	switch name.Service + ":" + kind {
	case "iam:root":
		return identity.Principal{Account: a.ID, ARN: text, UserID: string(a.ID), Kind: identity.Root}, true
	case "iam:user":
		if u := a.users[lastName(text)]; u != nil && u.principal.ARN == text {
			return u.principal, true
		}
	case "iam:role":
		if r := a.roles[lastName(text)]; r != nil && r.ARN() == text {
			return r.principal(text, r.ID), true
		}
	case "sts:assumed-role":
		role, session, ok := strings.Cut(strings.TrimPrefix(name.Resource, "assumed-role/"), "/")
		if r := a.roles[role]; ok && r != nil {
			return r.principal(text, r.ID+":"+session), true
		}
	}
	return identity.Principal{}, false
}

// principal is who calls with credentials of the role.
func (r *Role) principal(arn, id string) identity.Principal {
	return identity.Principal{Account: r.Account, ARN: arn, UserID: id, Kind: identity.AssumedRole, Name: r.Name, Tags: r.Tags}
}

// Role finds a role by its ARN, in whichever account.
func (s *Snapshot) Role(text string) (*Role, bool) {
	name, ok := arn.Parse(text)
	if !ok || name.Service != "iam" {
		return nil, false
	}
	a, ok := s.accounts[name.Account]
	if !ok {
		return nil, false
	}
	r, ok := a.Role(lastName(text))
	if !ok || r.ARN() != text {
		return nil, false
	}
	return r, true
}
