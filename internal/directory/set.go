package directory

import (
	"strings"
	"sync"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

// Set is every policy that bears on a principal, but for that of a resource: the service control policies of its
// account, its own and its groups' policies, its boundary, and those of its session. It belongs to the directory and
// must not be changed; who needs a resource's policy too adds it to a copy. Whoever is not in the directory any more, or
// whose account is closed, has no rights at all.
//
// For long-term credentials and sessions without policies of their own the set was worked out ahead.
func (s *Snapshot) Set(who *identity.Principal) *policy.Set {
	a := s.accounts[who.Account]
	if a == nil || !a.Open() {
		return nobody()
	}
	own := a.set(who)
	if own == nil {
		return nobody()
	}
	if who.Session == nil || !who.Session.Limited {
		return own
	}
	return s.sessions.set(a, own, who.Session)
}

// nobody is the set that allows nothing, not even a root user or one whom a resource's policy names: a level of service
// control policies without any.
func nobody() *policy.Set { return &policy.Set{SCPs: [][]*policy.Policy{nil}} }

// set is what bears on a principal, its session apart; nil for who is not there.
func (a *Account) set(who *identity.Principal) *policy.Set {
	switch who.Kind {
	case identity.Root:
		return a.root
	case identity.User:
		if u := a.users[who.Name]; u != nil && u.ID == who.UserID {
			return u.set
		}
	case identity.AssumedRole:
		// A role's session has the role's unique id: one of a role that was made anew under the same name has another.
		r := a.roles[who.Name]
		if r != nil && len(who.UserID) >= len(r.ID) && who.UserID[:len(r.ID)] == r.ID {
			return r.set
		}
	case identity.FederatedUser:
		if who.Session == nil {
			return nil
		}
		if strings.HasSuffix(who.Session.Issuer, ":root") {
			return a.root
		}
		if u := a.users[lastName(who.Session.Issuer)]; u != nil && u.principal.ARN == who.Session.Issuer {
			return u.set
		}
	}
	return nil
}

func (a *Account) userSet(u *User) *policy.Set {
	set := &policy.Set{SCPs: a.place.controls, Boundary: a.boundary(u.Boundary), Identity: a.rights(nil, &u.Rights)}
	for _, name := range u.Groups {
		if g := a.groups[name]; g != nil {
			set.Identity = a.rights(set.Identity, &g.Rights)
		}
	}
	return set
}

func (a *Account) roleSet(r *Role) *policy.Set {
	return &policy.Set{SCPs: a.place.controls, Boundary: a.boundary(r.Boundary), Identity: a.rights(nil, &r.Rights)}
}

// rights adds the policies of a user, a group or a role to a list.
func (a *Account) rights(list []*policy.Policy, r *Rights) []*policy.Policy {
	for i := range r.Inline {
		list = append(list, r.Inline[i].Document.Policy())
	}
	for _, arn := range r.Attached {
		if p, ok := a.Policy(arn); ok {
			list = append(list, p.InForce().Document.Policy())
		}
	}
	return list
}

// boundary is the policy that bounds rights; nil for none. One that is gone leaves none at all.
func (a *Account) boundary(arn string) *policy.Policy {
	if arn == "" {
		return nil
	}
	p, ok := a.Policy(arn)
	if !ok {
		return &policy.Policy{Name: arn, Document: new(policy.Document)}
	}
	return p.InForce().Document.Policy()
}

// lastName is what follows the last slash of an ARN.
func lastName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// maxSessions is how many sessions' sets are remembered. When there are more all are forgotten: working one out anew
// costs the parsing of its policies.
const maxSessions = 4096

// sessionSets remembers the sets of sessions that have policies of their own. What it remembers holds for one version of
// an account only.
type sessionSets struct {
	mu   sync.RWMutex // guards sets; held across map work only
	sets map[*identity.Session]sessionSet
}

type sessionSet struct {
	of  *version
	set *policy.Set
}

func (c *sessionSets) set(a *Account, own *policy.Set, s *identity.Session) *policy.Set {
	c.mu.RLock()
	found, ok := c.sets[s]
	c.mu.RUnlock()
	if ok && found.of == a.version {
		return found.set
	}
	limited := *own
	limited.Session = a.sessionPolicies(s)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sets == nil || len(c.sets) >= maxSessions {
		c.sets = make(map[*identity.Session]sessionSet)
	}
	c.sets[s] = sessionSet{a.version, &limited}
	return &limited
}

// sessionPolicies compiles what limits a session. A text that is none, and an ARN of a policy that is gone, allow
// nothing. It is never nil: that would be no limit.
func (a *Account) sessionPolicies(s *identity.Session) []*policy.Policy {
	list := make([]*policy.Policy, 0, len(s.Policies)+len(s.PolicyARNs))
	for _, text := range s.Policies {
		if d, err := NewDocument(policy.Session, "session policy", text); err == nil {
			list = append(list, d.Policy())
		}
	}
	for _, arn := range s.PolicyARNs {
		if p, ok := a.Policy(arn); ok {
			list = append(list, p.InForce().Document.Policy())
		}
	}
	return list
}

// GroupPolicies are the policies of a group: what its members get of it.
func (a *Account) GroupPolicies(g *Group) []*policy.Policy { return a.rights(nil, &g.Rights) }
