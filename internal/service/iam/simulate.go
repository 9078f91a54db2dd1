package iam

import (
	"context"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

// simulation is what both operations of the simulator ask.
type simulation struct {
	policies, boundaries, actions, resources []string
	resourcePolicy, resourceOwner, caller    *string
	context                                  []api.ContextEntry
	marker                                   *string
	max                                      *int
}

// SimulatePrincipalPolicy implements api.Server. The source is a user, a group or a role of the caller's account; what
// stands in PolicyInputList is added to its policies.
func (s *Server) SimulatePrincipalPolicy(ctx context.Context, c *awswire.Call, in *api.SimulatePrincipalPolicyRequest) (*api.SimulatePolicyResponse, error) {
	now, set, who, err := s.source(ctx, c, in.PolicySourceARN)
	if err != nil {
		return nil, err
	}
	return simulate(now, c, set, who, &simulation{
		in.PolicyInputList, in.PermissionsBoundaryPolicyInputList, in.ActionNames, in.ResourceArns,
		in.ResourcePolicy, in.ResourceOwner, in.CallerARN, in.ContextEntries, in.Marker, in.MaxItems,
	})
}

// SimulateCustomPolicy implements api.Server.
func (s *Server) SimulateCustomPolicy(ctx context.Context, c *awswire.Call, in *api.SimulateCustomPolicyRequest) (*api.SimulatePolicyResponse, error) {
	now, err := s.people.Current(ctx)
	if err != nil {
		return nil, err
	}
	return simulate(now, c, policy.Set{}, &c.Principal, &simulation{
		in.PolicyInputList, in.PermissionsBoundaryPolicyInputList, in.ActionNames, in.ResourceArns,
		in.ResourcePolicy, in.ResourceOwner, in.CallerARN, in.ContextEntries, in.Marker, in.MaxItems,
	})
}

// source finds the policies of a user, a group or a role of the caller's account, and who they bear on.
func (s *Server) source(ctx context.Context, c *awswire.Call, name string) (*directory.Snapshot, policy.Set, *identity.Principal, error) {
	now, err := s.people.Current(ctx)
	if err != nil {
		return nil, policy.Set{}, nil, err
	}
	a, err := accountIn(now, c.Principal.Account)
	if err != nil {
		return nil, policy.Set{}, nil, err
	}
	set, who, err := policiesOf(now, a, name)
	return now, set, who, err
}

// policiesOf finds the policies to simulate, and who they bear on: nobody in particular, when they are a group's.
func policiesOf(now *directory.Snapshot, a *directory.Account, name string) (policy.Set, *identity.Principal, error) {
	if at := strings.Index(name, ":group/"); at >= 0 {
		g, ok := a.Group(name[strings.LastIndexByte(name, '/')+1:])
		if !ok || g.ARN() != name {
			return policy.Set{}, nil, noSuchEntity("The group %s cannot be found.", name)
		}
		return policy.Set{Identity: a.GroupPolicies(g)}, &identity.Principal{Account: a.ID, ARN: name}, nil
	}
	who, ok := now.Principal(name)
	if !ok || who.Account != a.ID || who.Kind == identity.Root {
		return policy.Set{}, nil, noSuchEntity("No user, group or role %s can be found.", name)
	}
	return *now.Set(&who), &who, nil
}

func simulate(now *directory.Snapshot, c *awswire.Call, set policy.Set, who *identity.Principal, q *simulation) (*api.SimulatePolicyResponse, error) {
	if q.caller != nil {
		named, ok := now.Principal(*q.caller)
		if !ok || named.Kind != identity.User || named.Account != c.Principal.Account {
			return nil, invalidInput("Invalid Caller ARN %s: it must be that of a user of the account.", *q.caller)
		}
		who = &named
	}
	if err := q.complete(&set); err != nil {
		return nil, err
	}
	asked := &policy.Simulation{Set: &set, Principal: who, Actions: q.actions, Resources: q.resources, Keys: policy.Keys{Time: c.Arrived}}
	if q.resourceOwner != nil {
		asked.Owner = ownerOf(*q.resourceOwner)
	}
	for _, e := range q.context {
		entry := policy.ContextEntry{Values: e.ContextKeyValues}
		if e.ContextKeyName != nil {
			entry.Name = *e.ContextKeyName
		}
		if e.ContextKeyType != nil {
			entry.Type = string(*e.ContextKeyType)
		}
		asked.Context = append(asked.Context, entry)
	}
	answers, err := policy.SimulatePolicy(asked)
	if err != nil {
		return nil, err
	}
	// An answer's place is its marker: action and resource may come more than once.
	numbered := make([]result, len(answers))
	for i := range answers {
		numbered[i] = result{i, &answers[i], set.Boundary != nil}
	}
	numbered, truncated, next, err := page(numbered, result.key, q.marker, q.max)
	return &api.SimulatePolicyResponse{EvaluationResults: mapped(numbered, result.shape), IsTruncated: truncated, Marker: next}, err
}

// ownerOf is the account that an ARN names, or the text itself: the simulator takes both.
func ownerOf(text string) arn.Account {
	if name, ok := arn.Parse(text); ok {
		return name.Account
	}
	return arn.Account(text)
}

// resourceKind is the kind of the policy that resources have: roles, which are assumed, have trust policies.
func (q *simulation) resourceKind() policy.Kind {
	for _, action := range q.actions {
		if !strings.HasPrefix(strings.ToLower(action), "sts:") {
			return policy.Resource
		}
	}
	return policy.Trust
}

// complete adds the policies that the request itself has.
func (q *simulation) complete(set *policy.Set) error {
	set.Identity = set.Identity[:len(set.Identity):len(set.Identity)]
	for i, text := range q.policies {
		d, err := directory.NewDocument(policy.Identity, inputName("PolicyInputList", i), text)
		if err != nil {
			return invalidInput("%s", err)
		}
		set.Identity = append(set.Identity, d.Policy())
	}
	if len(q.boundaries) > 1 {
		return invalidInput("PermissionsBoundaryPolicyInputList takes one policy, and %d were given.", len(q.boundaries))
	}
	for i, text := range q.boundaries {
		d, err := directory.NewDocument(policy.Boundary, inputName("PermissionsBoundaryPolicyInputList", i), text)
		if err != nil {
			return invalidInput("%s", err)
		}
		set.Boundary = d.Policy()
	}
	if q.resourcePolicy != nil {
		d, err := directory.NewDocument(q.resourceKind(), "ResourcePolicy", *q.resourcePolicy)
		if err != nil {
			return invalidInput("%s", err)
		}
		set.Resource = d.Policy()
	}
	return nil
}
