package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

// offline decides by the files alone.
func (q *rightsQuestion) offline(all bool) (*verdict, error) {
	set, err := q.set()
	if err != nil {
		return nil, exit{exitMisuse, err}
	}
	who, err := q.caller()
	if err != nil {
		return nil, exit{exitMisuse, err}
	}
	s := &policy.Simulation{
		Set: set, Principal: who, Actions: []string{q.action}, Resources: []string{q.resource},
		Keys: policy.Keys{Time: time.Now(), SecureTransport: true},
	}
	for _, k := range q.keys {
		s.Context = append(s.Context, policy.ContextEntry{Name: k.name, Type: k.kind(), Values: k.values})
	}
	answers, err := policy.SimulatePolicy(s)
	if err != nil {
		return nil, exit{exitMisuse, err}
	}
	return q.told(set, &answers[0], all), nil
}

// kind is the type of a condition key. Policies read its values as their operators need them.
func (k *contextKey) kind() string {
	if len(k.values) > 1 {
		return "stringList"
	}
	return "string"
}

// told is an answer for people.
func (q *rightsQuestion) told(set *policy.Set, a *policy.Simulated, all bool) *verdict {
	v := &verdict{question: q, outcome: string(a.Outcome), missing: a.Missing}
	if a.Decision.Reason == policy.RootUser {
		v.by = append(v.by, deciding{"being the account's root user", "whom only denials and service control policies limit"})
	}
	for _, m := range a.Matched {
		v.by = append(v.by, deciding{m.Policy.Name, m.Statement.Label() + " (" + m.Statement.Start.String() + ")"})
	}
	if !a.Decision.Allowed {
		v.sentence = a.Decision.Denied(&a.Request).Message
	}
	if a.Outcome == policy.OutcomeImplicitDeny && (a.Decision.Kind != policy.Identity || len(v.by) > 0) {
		v.stops = append(v.stops, "no "+a.Decision.Kind.String()+" allows it")
	}
	if all {
		for _, f := range policy.Explain(set, &a.Request) {
			v.considered = append(v.considered, considered(&f))
		}
	}
	return v
}

func considered(f *policy.Finding) string {
	effect := "allow"
	if f.Statement.Deny {
		effect = "deny"
	}
	why := "applies"
	if !f.Applies {
		why = "does not apply: " + f.Why
	}
	kind := f.Kind.String()
	if f.Level > 0 {
		kind += fmt.Sprintf(" of level %d,", f.Level)
	}
	return fmt.Sprintf("%s %s, %s (%s): %s", kind, f.Policy.Name, f.Statement.Label(), effect, why)
}

// set compiles the files.
func (q *rightsQuestion) set() (*policy.Set, error) {
	set := new(policy.Set)
	var levels, boundary, forResource []*policy.Policy
	resourceKind := policy.Resource
	if strings.HasPrefix(strings.ToLower(q.action), "sts:") {
		resourceKind = policy.Trust
	}
	for _, part := range []struct {
		to    *[]*policy.Policy
		kind  policy.Kind
		files []policyFile
	}{
		{&set.Identity, policy.Identity, q.identity},
		{&set.Session, policy.Session, q.session},
		{&levels, policy.ServiceControl, q.scps},
		{&boundary, policy.Boundary, q.boundary},
		{&forResource, resourceKind, q.forResource},
	} {
		for _, f := range part.files {
			d, err := policy.Parse([]byte(f.text), part.kind)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.name, err)
			}
			*part.to = append(*part.to, &policy.Policy{Name: f.name, Document: d})
		}
	}
	for _, p := range levels {
		set.SCPs = append(set.SCPs, []*policy.Policy{p})
	}
	if boundary != nil {
		set.Boundary = boundary[0]
	}
	if forResource != nil {
		set.Resource = forResource[0]
	}
	return set, nil
}

// caller is the principal, as far as its ARN tells of it.
func (q *rightsQuestion) caller() (*identity.Principal, error) {
	a, ok := arn.Parse(q.principal)
	sort, rest, _ := strings.Cut(a.Resource, "/")
	who := &identity.Principal{Account: a.Account, ARN: q.principal, Name: rest[strings.LastIndexByte(rest, '/')+1:]}
	switch {
	case !ok:
	case a.Service == "iam" && a.Resource == "root":
		who.Kind, who.Name = identity.Root, ""
		return who, nil
	case a.Service == "iam" && sort == "user" && rest != "":
		return who, nil
	case a.Service == "iam" && sort == "role" && rest != "": // a role acts through sessions
		who.Kind = identity.AssumedRole
		who.ARN = arn.ARN{Partition: a.Partition, Service: "sts", Account: a.Account, Resource: "assumed-role/" + who.Name + "/session"}.String()
		who.Session = &identity.Session{Issuer: q.principal, Name: "session"}
		return who, nil
	case a.Service == "sts" && sort == "assumed-role" && strings.Contains(rest, "/"):
		role, session, _ := strings.Cut(rest, "/")
		who.Kind, who.Name = identity.AssumedRole, role
		issuer := arn.ARN{Partition: a.Partition, Service: "iam", Account: a.Account, Resource: "role/" + role}
		who.Session = &identity.Session{Issuer: issuer.String(), Name: session}
		return who, nil
	}
	return nil, fmt.Errorf("%q is not the ARN of a user, a role, a role's session or an account's root", q.principal)
}
