package iam

import (
	"context"
	"slices"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/policy"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

// policy finds a managed policy: one of the caller's account, or of AWS's.
func (s *Server) policy(ctx context.Context, c *awswire.Call, arn string) (*directory.Account, *directory.ManagedPolicy, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	p, err := policyIn(a, arn)
	return a, p, err
}

func policyIn(a *directory.Account, arn string) (*directory.ManagedPolicy, error) {
	if !isPolicyARN(arn) {
		return nil, invalidInput("ARN %s is not valid.", arn)
	}
	p, ok := a.Policy(arn)
	if !ok {
		return nil, noSuchEntity("Policy %s was not found.", arn)
	}
	return p, nil
}

// ownPolicy finds a managed policy that the caller's account may change.
func ownPolicy(c *awswire.Call, a *directory.Account, arn string) (*directory.ManagedPolicy, error) {
	p, err := policyIn(a, arn)
	if err == nil && p.Account == directory.AWSOwner {
		return nil, fault.New(fault.AccessDenied, "User: %s is not authorized to perform: iam:%s on resource: policy %s", c.Principal.ARN, c.Match.Operation.Name, arn)
	}
	return p, err
}

// changePolicy changes a copy of a managed policy.
func (s *Server) changePolicy(ctx context.Context, c *awswire.Call, arn string, edit func(a *directory.Account, p *directory.ManagedPolicy) error) error {
	return s.change(ctx, c, func(a *directory.Account) ([]directory.Change, error) {
		p, err := ownPolicy(c, a, arn)
		if err != nil {
			return nil, err
		}
		next := *p
		if err := edit(a, &next); err != nil {
			return nil, err
		}
		return []directory.Change{directory.Put(&next)}, nil
	})
}

// managedDocument compiles the text of a managed policy.
func managedDocument(arn, text string) (directory.Document, error) {
	d, err := directory.NewDocument(policy.Identity, arn, text)
	if err == nil && size(text) > maxPolicySize {
		err = quotaExceeded("PolicySize", maxPolicySize)
	}
	return d, err
}

// CreatePolicy implements api.Server.
func (s *Server) CreatePolicy(ctx context.Context, c *awswire.Call, in *api.CreatePolicyRequest) (*api.CreatePolicyResponse, error) {
	at := moment(c)
	p := &directory.ManagedPolicy{
		Account: c.Principal.Account, Name: in.PolicyName, Path: pathOr(in.Path), ID: registrar.NewID(registrar.PolicyID),
		Created: at, Updated: at, Default: "v1", Last: 1,
	}
	if in.Description != nil {
		p.Description = *in.Description
	}
	document, err := managedDocument(p.ARN(), in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	p.Versions = []directory.Version{{ID: p.Default, Document: document, Created: at}}
	if p.Tags, err = newTags(in.Tags); err != nil {
		return nil, err
	}
	err = s.change(ctx, c, func(a *directory.Account) ([]directory.Change, error) {
		if a.Taken(directory.KindPolicy, p.Name) {
			return nil, exists("A policy called %s already exists. Duplicate names are not allowed.", p.Name)
		}
		if len(a.Policies()) >= maxPolicies {
			return nil, quotaExceeded("PoliciesPerAccount", maxPolicies)
		}
		return []directory.Change{directory.Put(p)}, nil
	})
	if err != nil {
		return nil, err
	}
	out := policyShape(p, usage{})
	out.Tags = someTags(p.Tags)
	return &api.CreatePolicyResponse{Policy: &out}, nil
}

// policyShape is a policy as lists have it: without description and tags.
func policyShape(p *directory.ManagedPolicy, used usage) api.Policy {
	return api.Policy{
		PolicyName: &p.Name, PolicyID: &p.ID, ARN: new(p.ARN()), Path: &p.Path, DefaultVersionID: &p.Default,
		AttachmentCount: &used.attached, PermissionsBoundaryUsageCount: &used.bounds, IsAttachable: new(true),
		CreateDate: p.Created, UpdateDate: p.Updated,
	}
}

// GetPolicy implements api.Server.
func (s *Server) GetPolicy(ctx context.Context, c *awswire.Call, in *api.GetPolicyRequest) (*api.GetPolicyResponse, error) {
	a, p, err := s.policy(ctx, c, in.PolicyARN)
	if err != nil {
		return nil, err
	}
	out := policyShape(p, usages(a)[in.PolicyARN])
	out.Description, out.Tags = orNil(p.Description), tagShapes(p.Tags)
	return &api.GetPolicyResponse{Policy: &out}, nil
}

// ListPolicies implements api.Server.
func (s *Server) ListPolicies(ctx context.Context, c *awswire.Call, in *api.ListPoliciesRequest) (*api.ListPoliciesResponse, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, err
	}
	used := usages(a)
	list := slices.DeleteFunc(inScope(a, in.Scope), func(p *directory.ManagedPolicy) bool {
		u := used[p.ARN()]
		return !under(p.Path, in.PathPrefix) || in.OnlyAttached != nil && *in.OnlyAttached && u.attached+u.bounds == 0 || !u.counts(in.PolicyUsageFilter)
	})
	list, truncated, next, err := page(list, (*directory.ManagedPolicy).ARN, in.Marker, in.MaxItems)
	return &api.ListPoliciesResponse{
		Policies:    mapped(list, func(p *directory.ManagedPolicy) api.Policy { return policyShape(p, used[p.ARN()]) }),
		IsTruncated: truncated, Marker: next,
	}, err
}

// inScope are the account's own policies, AWS's, or both, in the order of their ARNs.
func inScope(a *directory.Account, scope *api.PolicyScopeType) []*directory.ManagedPolicy {
	list := append(a.Policies(), a.AWSPolicies()...)
	switch {
	case scope != nil && *scope == api.PolicyScopeTypeAws:
		list = a.AWSPolicies()
	case scope != nil && *scope == api.PolicyScopeTypeLocal:
		list = a.Policies()
	}
	slices.SortFunc(list, func(x, y *directory.ManagedPolicy) int { return strings.Compare(x.ARN(), y.ARN()) })
	return list
}

// DeletePolicy implements api.Server.
func (s *Server) DeletePolicy(ctx context.Context, c *awswire.Call, in *api.DeletePolicyRequest) error {
	return s.change(ctx, c, func(a *directory.Account) ([]directory.Change, error) {
		p, err := ownPolicy(c, a, in.PolicyARN)
		if err != nil {
			return nil, err
		}
		if u := usages(a)[in.PolicyARN]; u.attached+u.bounds > 0 {
			return nil, inUse("Cannot delete a policy attached to entities.")
		}
		if len(p.Versions) > 1 {
			return nil, inUse("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		}
		return []directory.Change{directory.Delete(p)}, nil
	})
}
