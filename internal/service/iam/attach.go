package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// attach adds a managed policy to rights, once. quota is what AWS calls the limit.
func attach(a *directory.Account, r *directory.Rights, policy, quota string) error {
	if !isPolicyARN(policy) {
		return invalidInput("ARN %s is not valid.", policy)
	}
	if _, ok := a.Policy(policy); !ok {
		return noSuchEntity("Policy %s does not exist or is not attachable.", policy)
	}
	if slices.Contains(r.Attached, policy) {
		return nil
	}
	if len(r.Attached) >= maxAttached {
		return quotaExceeded(quota, maxAttached)
	}
	r.Attached = append(slices.Clone(r.Attached), policy)
	return nil
}

// isPolicyARN reports whether a text has the form of a managed policy's ARN.
func isPolicyARN(text string) bool {
	name, ok := arn.Parse(text)
	return ok && name.Service == "iam" && name.Region == "" && strings.HasPrefix(name.Resource, "policy/")
}

func detach(r *directory.Rights, policy string) error {
	if !slices.Contains(r.Attached, policy) {
		return noSuchEntity("Policy %s was not found.", policy)
	}
	r.Attached = withoutName(r.Attached, policy)
	return nil
}

// attachedShapes are attached policies by the ARNs that rights have.
func attachedShapes(arns []string) []api.AttachedPolicy {
	return mapped(arns, func(arn string) api.AttachedPolicy {
		return api.AttachedPolicy{PolicyName: new(arn[strings.LastIndexByte(arn, '/')+1:]), PolicyARN: &arn}
	})
}

// attached is a page of the policies that rights have attached.
func attached(r *directory.Rights, prefix, marker *string, max *int) (part []api.AttachedPolicy, truncated *bool, next *string, err error) {
	arns := slices.DeleteFunc(slices.Clone(r.Attached), func(arn string) bool { return !under(pathOfPolicy(arn), prefix) })
	arns, truncated, next, err = page(arns, text, marker, max)
	return attachedShapes(arns), truncated, next, err
}

// pathOfPolicy is what stands between "policy" and the name in an ARN.
func pathOfPolicy(arn string) string {
	_, rest, _ := strings.Cut(arn, ":policy")
	return rest[:strings.LastIndexByte(rest, '/')+1]
}

// AttachUserPolicy implements api.Server.
func (s *Server) AttachUserPolicy(ctx context.Context, c *awswire.Call, in *api.AttachUserPolicyRequest) error {
	return s.changeUser(ctx, c, in.UserName, func(a *directory.Account, u *directory.User) error {
		return attach(a, &u.Rights, in.PolicyARN, "PoliciesPerUser")
	})
}

// DetachUserPolicy implements api.Server.
func (s *Server) DetachUserPolicy(ctx context.Context, c *awswire.Call, in *api.DetachUserPolicyRequest) error {
	return s.changeUser(ctx, c, in.UserName, func(_ *directory.Account, u *directory.User) error {
		return detach(&u.Rights, in.PolicyARN)
	})
}

// ListAttachedUserPolicies implements api.Server.
func (s *Server) ListAttachedUserPolicies(ctx context.Context, c *awswire.Call, in *api.ListAttachedUserPoliciesRequest) (*api.ListAttachedUserPoliciesResponse, error) {
	_, u, err := s.user(ctx, c, in.UserName)
	if err != nil {
		return nil, err
	}
	list, truncated, next, err := attached(&u.Rights, in.PathPrefix, in.Marker, in.MaxItems)
	return &api.ListAttachedUserPoliciesResponse{AttachedPolicies: list, IsTruncated: truncated, Marker: next}, err
}

// AttachGroupPolicy implements api.Server.
func (s *Server) AttachGroupPolicy(ctx context.Context, c *awswire.Call, in *api.AttachGroupPolicyRequest) error {
	return s.changeGroup(ctx, c, in.GroupName, func(a *directory.Account, g *directory.Group) error {
		return attach(a, &g.Rights, in.PolicyARN, "PoliciesPerGroup")
	})
}

// DetachGroupPolicy implements api.Server.
func (s *Server) DetachGroupPolicy(ctx context.Context, c *awswire.Call, in *api.DetachGroupPolicyRequest) error {
	return s.changeGroup(ctx, c, in.GroupName, func(_ *directory.Account, g *directory.Group) error {
		return detach(&g.Rights, in.PolicyARN)
	})
}

// ListAttachedGroupPolicies implements api.Server.
func (s *Server) ListAttachedGroupPolicies(ctx context.Context, c *awswire.Call, in *api.ListAttachedGroupPoliciesRequest) (*api.ListAttachedGroupPoliciesResponse, error) {
	_, g, err := s.group(ctx, c, in.GroupName)
	if err != nil {
		return nil, err
	}
	list, truncated, next, err := attached(&g.Rights, in.PathPrefix, in.Marker, in.MaxItems)
	return &api.ListAttachedGroupPoliciesResponse{AttachedPolicies: list, IsTruncated: truncated, Marker: next}, err
}

// AttachRolePolicy implements api.Server.
func (s *Server) AttachRolePolicy(ctx context.Context, c *awswire.Call, in *api.AttachRolePolicyRequest) error {
	return s.changeRole(ctx, c, in.RoleName, func(a *directory.Account, r *directory.Role) error {
		return attach(a, &r.Rights, in.PolicyARN, "PoliciesPerRole")
	})
}

// DetachRolePolicy implements api.Server.
func (s *Server) DetachRolePolicy(ctx context.Context, c *awswire.Call, in *api.DetachRolePolicyRequest) error {
	return s.changeRole(ctx, c, in.RoleName, func(_ *directory.Account, r *directory.Role) error {
		return detach(&r.Rights, in.PolicyARN)
	})
}

// ListAttachedRolePolicies implements api.Server.
func (s *Server) ListAttachedRolePolicies(ctx context.Context, c *awswire.Call, in *api.ListAttachedRolePoliciesRequest) (*api.ListAttachedRolePoliciesResponse, error) {
	_, r, err := s.role(ctx, c, in.RoleName)
	if err != nil {
		return nil, err
	}
	list, truncated, next, err := attached(&r.Rights, in.PathPrefix, in.Marker, in.MaxItems)
	return &api.ListAttachedRolePoliciesResponse{AttachedPolicies: list, IsTruncated: truncated, Marker: next}, err
}
