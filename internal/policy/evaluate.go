package policy

import (
	"strings"

	"github.com/outcrop/outcrop/internal/identity"
)

// Evaluate decides one request. The order is AWS's:
//
//  1. A statement that denies, in any policy, decides.
//  2. Each level of service control policies must allow.
//  3. The resource's own policy. In the owner's account it may be enough, by how it names the caller: see reach. Across
//     accounts it must allow, and so must everything that follows. A role's trust policy must allow in either case.
//  4. The root user needs no more.
//  5. The permissions boundary, the session's policies and the identity's policies must each allow.
//
// What is reported of a request that nothing denies is the first of these that lacks an allowance.
func Evaluate(s *Set, r *Request) Decision {
	if d := s.denied(r); d.Reason == ExplicitDeny {
		return d
	}
	for _, level := range s.SCPs {
		if _, _, ok := allows(level, r); !ok {
			return Decision{Kind: ServiceControl}
		}
	}
	return s.granted(r)
}

// denied looks for a statement that denies.
func (s *Set) denied(r *Request) Decision {
	for _, level := range s.SCPs {
		if d, ok := denies(level, ServiceControl, r); ok {
			return d
		}
	}
	if s.Resource != nil {
		if st := s.Resource.denial(r); st != nil {
			return Decision{Reason: ExplicitDeny, Kind: s.Resource.kind, Policy: s.Resource, Statement: st}
		}
	}
	if s.Boundary != nil {
		if st := s.Boundary.denial(r); st != nil {
			return Decision{Reason: ExplicitDeny, Kind: Boundary, Policy: s.Boundary, Statement: st}
		}
	}
	if d, ok := denies(s.Session, Session, r); ok {
		return d
	}
	d, _ := denies(s.Identity, Identity, r)
	return d
}

// granted looks for what allows, once nothing denies and the organisation lets it be.
func (s *Set) granted(r *Request) Decision {
	named, grant := s.resourceGrant(r)
	if named == unnamed && s.needsResource(r) {
		return Decision{Kind: s.resourceKind()}
	}
	abroad := foreign(r)
	if !abroad && named == personally { // whoever has no principal is named so, or not at all
		return grant
	}
	if r.Principal.Kind == identity.Root {
		return Decision{Allowed: true, Reason: RootUser}
	}
	if s.Boundary != nil && s.Boundary.allowance(r) == nil {
		return Decision{Kind: Boundary}
	}
	if s.Session != nil {
		if _, _, ok := allows(s.Session, r); !ok {
			return Decision{Kind: Session}
		}
	}
	if !abroad && named == byIssuer {
		return grant
	}
	if ofRoot(r.Principal) {
		return Decision{Allowed: true, Reason: RootUser}
	}
	p, st, ok := allows(s.Identity, r)
	if !ok {
		return Decision{Kind: Identity}
	}
	return Decision{Allowed: true, Reason: Granted, Kind: Identity, Policy: p, Statement: st}
}

// ofRoot reports whether the caller is a federated user whom a root user made: it has the rights of that one which its
// session's policies leave.
func ofRoot(p *identity.Principal) bool {
	return p.Kind == identity.FederatedUser && p.Session != nil && strings.HasSuffix(p.Session.Issuer, ":root")
}

// foreign reports whether the resource belongs to another account than the caller.
func foreign(r *Request) bool {
	return r.Principal != nil && r.Owner != "" && r.Owner != r.Principal.Account
}

// needsResource reports whether the resource's policy has to allow, whatever others do.
func (s *Set) needsResource(r *Request) bool {
	return foreign(r) || r.Principal == nil || s.resourceKind() == Trust
}

// resourceKind is what the resource's policy is called.
func (s *Set) resourceKind() Kind {
	if s.Resource != nil && s.Resource.kind == Trust {
		return Trust
	}
	return Resource
}

// resourceGrant finds the statement of the resource's policy that names the caller best.
func (s *Set) resourceGrant(r *Request) (reach, Decision) {
	best := unnamed
	var by *Statement
	if s.Resource == nil {
		return best, Decision{}
	}
	for _, st := range s.Resource.allows {
		if named := st.principals.reach(r); named > best && st.applies(r) {
			best, by = named, st
		}
	}
	return best, Decision{Allowed: true, Reason: Granted, Kind: s.Resource.kind, Policy: s.Resource, Statement: by}
}

// denies finds the first statement of a list of policies that denies.
func denies(list []*Policy, kind Kind, r *Request) (Decision, bool) {
	for _, p := range list {
		if st := p.denial(r); st != nil {
			return Decision{Reason: ExplicitDeny, Kind: kind, Policy: p, Statement: st}, true
		}
	}
	return Decision{}, false
}

// allows finds the first statement of a list of policies that allows.
func allows(list []*Policy, r *Request) (*Policy, *Statement, bool) {
	for _, p := range list {
		if st := p.allowance(r); st != nil {
			return p, st, true
		}
	}
	return nil, nil, false
}

// denial is the first statement that denies the request.
func (d *Document) denial(r *Request) *Statement {
	for _, st := range d.denies {
		if (!d.kind.namesPrincipals() || st.principals.denies(r)) && st.applies(r) {
			return st
		}
	}
	return nil
}

// allowance is the first statement that allows the request, to whomever the document is attached.
func (d *Document) allowance(r *Request) *Statement {
	for _, st := range d.allows {
		if st.applies(r) {
			return st
		}
	}
	return nil
}

// applies reports whether the request is what the statement speaks of, whoever makes it.
func (s *Statement) applies(r *Request) bool {
	if !s.actions.holds(r.Action, r) || !s.coversResource(r) {
		return false
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(r) {
			return false
		}
	}
	return true
}

// coversResource reports whether the statement covers the request's resource. An action without one is like one on
// "*", as policies write it; a statement without one speaks of the role it belongs to.
func (s *Statement) coversResource(r *Request) bool {
	if len(s.resources.patterns) == 0 {
		return true
	}
	if r.Resource == "" {
		return s.resources.holds("*", r)
	}
	return s.resources.holds(r.Resource, r)
}
