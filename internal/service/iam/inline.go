package iam

import (
	"context"
	"slices"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// writtenInto is what policies are written into, for errors: "user", "kim".
type writtenInto struct {
	kind, name string
	limit      int
}

// put writes a policy into rights, in place of any by its name.
func (w writtenInto) put(r *directory.Rights, name, text string) error {
	p, err := directory.NewInline(name, text)
	if err != nil {
		return err
	}
	at, found := slices.BinarySearchFunc(r.Inline, name, func(p directory.Inline, name string) int { return strings.Compare(p.Name, name) })
	r.Inline = slices.Clone(r.Inline)
	if found {
		r.Inline[at] = p
	} else {
		r.Inline = slices.Insert(r.Inline, at, p)
	}
	if inlineSize(r) > w.limit {
		return limitExceeded("Maximum policy size of %d bytes exceeded for %s %s", w.limit, w.kind, w.name)
	}
	return nil
}

func (w writtenInto) find(r *directory.Rights, name string) (*directory.Inline, error) {
	p, ok := r.Policy(name)
	if !ok {
		return nil, noSuchEntity("The %s policy with name %s cannot be found.", w.kind, name)
	}
	return p, nil
}

func (w writtenInto) delete(r *directory.Rights, name string) error {
	if _, err := w.find(r, name); err != nil {
		return err
	}
	r.Inline = slices.DeleteFunc(slices.Clone(r.Inline), func(p directory.Inline) bool { return p.Name == name })
	return nil
}

func inlineNames(r *directory.Rights, marker *string, max *int) (part []string, truncated *bool, next *string, err error) {
	return page(mapped(r.Inline, func(p directory.Inline) string { return p.Name }), text, marker, max)
}

func intoUser(name string) writtenInto  { return writtenInto{"user", name, maxUserInlineSize} }
func intoGroup(name string) writtenInto { return writtenInto{"group", name, maxGroupInline} }
func intoRole(name string) writtenInto  { return writtenInto{"role", name, maxRoleInline} }

// PutUserPolicy implements api.Server.
func (s *Server) PutUserPolicy(ctx context.Context, c *awswire.Call, in *api.PutUserPolicyRequest) error {
	return s.changeUser(ctx, c, in.UserName, func(_ *directory.Account, u *directory.User) error {
		return intoUser(u.Name).put(&u.Rights, in.PolicyName, in.PolicyDocument)
	})
}

// GetUserPolicy implements api.Server.
func (s *Server) GetUserPolicy(ctx context.Context, c *awswire.Call, in *api.GetUserPolicyRequest) (*api.GetUserPolicyResponse, error) {
	_, u, err := s.user(ctx, c, in.UserName)
	if err != nil {
		return nil, err
	}
	p, err := intoUser(u.Name).find(&u.Rights, in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &api.GetUserPolicyResponse{UserName: u.Name, PolicyName: p.Name, PolicyDocument: *escaped(p.Document.Text())}, nil
}

// ListUserPolicies implements api.Server.
func (s *Server) ListUserPolicies(ctx context.Context, c *awswire.Call, in *api.ListUserPoliciesRequest) (*api.ListUserPoliciesResponse, error) {
	_, u, err := s.user(ctx, c, in.UserName)
	if err != nil {
		return nil, err
	}
	names, truncated, next, err := inlineNames(&u.Rights, in.Marker, in.MaxItems)
	return &api.ListUserPoliciesResponse{PolicyNames: names, IsTruncated: truncated, Marker: next}, err
}

// DeleteUserPolicy implements api.Server.
func (s *Server) DeleteUserPolicy(ctx context.Context, c *awswire.Call, in *api.DeleteUserPolicyRequest) error {
	return s.changeUser(ctx, c, in.UserName, func(_ *directory.Account, u *directory.User) error {
		return intoUser(u.Name).delete(&u.Rights, in.PolicyName)
	})
}

// PutGroupPolicy implements api.Server.
func (s *Server) PutGroupPolicy(ctx context.Context, c *awswire.Call, in *api.PutGroupPolicyRequest) error {
	return s.changeGroup(ctx, c, in.GroupName, func(_ *directory.Account, g *directory.Group) error {
		return intoGroup(g.Name).put(&g.Rights, in.PolicyName, in.PolicyDocument)
	})
}

// GetGroupPolicy implements api.Server.
func (s *Server) GetGroupPolicy(ctx context.Context, c *awswire.Call, in *api.GetGroupPolicyRequest) (*api.GetGroupPolicyResponse, error) {
	_, g, err := s.group(ctx, c, in.GroupName)
	if err != nil {
		return nil, err
	}
	p, err := intoGroup(g.Name).find(&g.Rights, in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &api.GetGroupPolicyResponse{GroupName: g.Name, PolicyName: p.Name, PolicyDocument: *escaped(p.Document.Text())}, nil
}

// ListGroupPolicies implements api.Server.
func (s *Server) ListGroupPolicies(ctx context.Context, c *awswire.Call, in *api.ListGroupPoliciesRequest) (*api.ListGroupPoliciesResponse, error) {
	_, g, err := s.group(ctx, c, in.GroupName)
	if err != nil {
		return nil, err
	}
	names, truncated, next, err := inlineNames(&g.Rights, in.Marker, in.MaxItems)
	return &api.ListGroupPoliciesResponse{PolicyNames: names, IsTruncated: truncated, Marker: next}, err
}

// DeleteGroupPolicy implements api.Server.
func (s *Server) DeleteGroupPolicy(ctx context.Context, c *awswire.Call, in *api.DeleteGroupPolicyRequest) error {
	return s.changeGroup(ctx, c, in.GroupName, func(_ *directory.Account, g *directory.Group) error {
		return intoGroup(g.Name).delete(&g.Rights, in.PolicyName)
	})
}

// PutRolePolicy implements api.Server.
func (s *Server) PutRolePolicy(ctx context.Context, c *awswire.Call, in *api.PutRolePolicyRequest) error {
	return s.changeRole(ctx, c, in.RoleName, func(_ *directory.Account, r *directory.Role) error {
		return intoRole(r.Name).put(&r.Rights, in.PolicyName, in.PolicyDocument)
	})
}

// GetRolePolicy implements api.Server.
func (s *Server) GetRolePolicy(ctx context.Context, c *awswire.Call, in *api.GetRolePolicyRequest) (*api.GetRolePolicyResponse, error) {
	_, r, err := s.role(ctx, c, in.RoleName)
	if err != nil {
		return nil, err
	}
	p, err := intoRole(r.Name).find(&r.Rights, in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &api.GetRolePolicyResponse{RoleName: r.Name, PolicyName: p.Name, PolicyDocument: *escaped(p.Document.Text())}, nil
}

// ListRolePolicies implements api.Server.
func (s *Server) ListRolePolicies(ctx context.Context, c *awswire.Call, in *api.ListRolePoliciesRequest) (*api.ListRolePoliciesResponse, error) {
	_, r, err := s.role(ctx, c, in.RoleName)
	if err != nil {
		return nil, err
	}
	names, truncated, next, err := inlineNames(&r.Rights, in.Marker, in.MaxItems)
	return &api.ListRolePoliciesResponse{PolicyNames: names, IsTruncated: truncated, Marker: next}, err
}

// DeleteRolePolicy implements api.Server.
func (s *Server) DeleteRolePolicy(ctx context.Context, c *awswire.Call, in *api.DeleteRolePolicyRequest) error {
	return s.changeRole(ctx, c, in.RoleName, func(_ *directory.Account, r *directory.Role) error {
		return intoRole(r.Name).delete(&r.Rights, in.PolicyName)
	})
}
