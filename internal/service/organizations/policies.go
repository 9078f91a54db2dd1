package organizations

import (
	"context"
	"slices"
	"unicode/utf8"

	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/policy"
)

// CreatePolicy makes a service control policy, which is attached to nothing yet.
func (s *Server) CreatePolicy(ctx context.Context, c *awswire.Call, in *api.CreatePolicyRequest) (*api.CreatePolicyResponse, error) {
	var made *directory.ControlPolicy
	_, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		if err := onlyServiceControl(in.Type); err != nil {
			return nil, err
		}
		if len(v.ControlPolicies()) >= maxPolicies {
			return nil, violation(api.ConstraintViolationExceptionReasonPolicyNumberLimitExceeded, "An organization can have %d service control policies at most.", maxPolicies)
		}
		if err := v.checkPolicyName(in.Name); err != nil {
			return nil, err
		}
		tags, err := merge(nil, in.Tags)
		if err != nil {
			return nil, err
		}
		made = &directory.ControlPolicy{
			ID: policyID(), Name: in.Name, Description: in.Description, Created: moment(c), Tags: tags,
			Organization: v.org.ID, Management: v.org.Management,
		}
		if made.Document, err = document(made, in.Content); err != nil {
			return nil, err
		}
		return []directory.Change{directory.Put(made)}, nil
	})
	if err != nil {
		return nil, err
	}
	return &api.CreatePolicyResponse{Policy: whole(made)}, nil
}

// document compiles the text of a policy.
func document(p *directory.ControlPolicy, text string) (directory.Document, error) {
	if utf8.RuneCountInString(text) > maxDocument {
		return directory.Document{}, violation(api.ConstraintViolationExceptionReasonPolicyContentLimitExceeded,
			"A service control policy can have %d characters at most.", maxDocument)
	}
	return directory.NewDocument(policy.ServiceControl, p.ARN(), text)
}

// onlyServiceControl refuses the types of policies that are not served.
func onlyServiceControl(kind api.PolicyType) error {
	if kind == api.PolicyTypeServiceControlPolicy {
		return nil
	}
	return conflict(api.PolicyTypeNotAvailableForOrganizationException, "Of the policy types this organization has SERVICE_CONTROL_POLICY only.")
}

func (v view) checkPolicyName(name string) error {
	if slices.ContainsFunc(v.ControlPolicies(), func(p *directory.ControlPolicy) bool { return p.Name == name }) {
		return conflict(api.DuplicatePolicyException, "A policy with the same name already exists.")
	}
	return nil
}

// own finds a policy that the organisation made itself, and so may change.
func (v view) own(id string) (*directory.ControlPolicy, error) {
	p, ok := v.ControlPolicy(id)
	if !ok {
		return nil, noPolicy(noSuchPolicy)
	}
	if p.AWSManaged {
		return nil, invalid(api.InvalidInputExceptionReasonImmutablePolicy, "You can't change a policy that AWS manages.")
	}
	return p, nil
}

// DescribePolicy answers with one policy and its text.
func (s *Server) DescribePolicy(ctx context.Context, c *awswire.Call, in *api.DescribePolicyRequest) (*api.DescribePolicyResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	p, ok := v.ControlPolicy(in.PolicyID)
	if !ok {
		return nil, noPolicy(noSuchPolicy)
	}
	return &api.DescribePolicyResponse{Policy: whole(p)}, nil
}

// UpdatePolicy changes a policy's name, description or text. What is absent stays.
func (s *Server) UpdatePolicy(ctx context.Context, c *awswire.Call, in *api.UpdatePolicyRequest) (*api.UpdatePolicyResponse, error) {
	var next directory.ControlPolicy
	_, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		p, err := v.own(in.PolicyID)
		if err != nil {
			return nil, err
		}
		next = *p
		if in.Name != nil && *in.Name != p.Name {
			if err := v.checkPolicyName(*in.Name); err != nil {
				return nil, err
			}
			next.Name = *in.Name
		}
		if in.Description != nil {
			next.Description = *in.Description
		}
		if in.Content != nil {
			if next.Document, err = document(p, *in.Content); err != nil {
				return nil, err
			}
		}
		return []directory.Change{directory.Put(&next)}, nil
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdatePolicyResponse{Policy: whole(&next)}, nil
}

// DeletePolicy deletes a policy that is attached to nothing.
func (s *Server) DeletePolicy(ctx context.Context, c *awswire.Call, in *api.DeletePolicyRequest) error {
	_, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		p, err := v.own(in.PolicyID)
		if err != nil {
			return nil, err
		}
		if len(p.Targets) > 0 {
			return nil, conflict(api.PolicyInUseException, "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.")
		}
		return []directory.Change{directory.Delete(p)}, nil
	})
	return err
}

// ListPolicies answers with the policies of one type; of those that are not served there are none.
func (s *Server) ListPolicies(ctx context.Context, c *awswire.Call, in *api.ListPoliciesRequest) (*api.ListPoliciesResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	policies, next, err := policyPage("ListPolicies", v.ControlPolicies(), in.Filter, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListPoliciesResponse{Policies: policies, NextToken: next}, nil
}

func policyPage(query string, all []*directory.ControlPolicy, filter api.PolicyType, token *string, most *int) ([]api.PolicySummary, *string, error) {
	if filter != api.PolicyTypeServiceControlPolicy {
		all = nil
	}
	policies, next, err := page(query+" "+string(filter), all, policyAge, token, most)
	if err != nil {
		return nil, nil, err
	}
	return forms(policies, summary), next, nil
}
