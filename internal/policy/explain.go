package policy

import (
	"cmp"
	"fmt"
	"strings"
)

// Finding is one statement that was considered, and what came of it.
type Finding struct {
	Kind      Kind // the part its policy plays in the set
	Level     int  // of service control policies: 1 is the root's; 0 elsewhere
	Policy    *Policy
	Statement *Statement
	Applies   bool
	// Why says in a sentence what kept the statement from applying; empty where it applies.
	Why string
}

// Explain lists every statement of a set with whether it applies to the request, in the order in which Evaluate looks at
// policies. It is thorough rather than quick.
func Explain(s *Set, r *Request) []Finding {
	var all []Finding
	for i, level := range s.SCPs {
		for _, p := range level {
			all = p.explain(all, ServiceControl, i+1, r)
		}
	}
	if s.Resource != nil {
		all = s.Resource.explain(all, s.Resource.kind, 0, r)
	}
	if s.Boundary != nil {
		all = s.Boundary.explain(all, Boundary, 0, r)
	}
	for _, p := range s.Session {
		all = p.explain(all, Session, 0, r)
	}
	for _, p := range s.Identity {
		all = p.explain(all, Identity, 0, r)
	}
	return all
}

// explain appends what is found of one policy.
func (p *Policy) explain(all []Finding, kind Kind, level int, r *Request) []Finding {
	for i := range p.statements {
		s := &p.statements[i]
		why := s.misses(p.kind, r)
		all = append(all, Finding{kind, level, p, s, why == "", why})
	}
	return all
}

// misses says what keeps the statement of a document of some kind from applying.
func (s *Statement) misses(kind Kind, r *Request) string {
	switch {
	case !s.actions.holds(r.Action, r):
		return "it is not about " + r.Action
	case !s.coversResource(r) && r.Resource == "":
		return "it is about resources, and the action has none"
	case !s.coversResource(r):
		return "it is not about " + r.Resource
	case kind.namesPrincipals() && !s.names(r):
		return "it is not about " + callerName(r)
	}
	for i := range s.conditions {
		if c := &s.conditions[i]; !c.holds(r) {
			return "its condition " + c.name + " on " + c.key.name + " does not hold: " + c.found(r)
		}
	}
	return ""
}

// names reports whether the statement speaks of the caller.
func (s *Statement) names(r *Request) bool {
	if s.Deny {
		return s.principals.denies(r)
	}
	return s.principals.reach(r) != unnamed
}

func callerName(r *Request) string {
	if r.Principal == nil {
		return cmp.Or(r.Federated, r.Service)
	}
	return r.Principal.ARN
}

// found says what the request has for the condition's key.
func (c *condition) found(r *Request) string {
	v := r.value(&c.key)
	if v.len() == 0 {
		return "the request does not have the key"
	}
	texts := make([]string, v.len())
	for i := range texts {
		item := v.at(i)
		texts[i] = fmt.Sprintf("%q", item.string())
	}
	return "the request has " + strings.Join(texts, ", ")
}

// Label names a statement as people do: by its Sid, or else by its number.
func (s *Statement) Label() string {
	if s.Sid != "" {
		return s.Sid
	}
	return fmt.Sprintf("statement %d", s.Number)
}
