package iam

import (
	"context"
	"slices"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// usage is how many users, groups and roles have a policy attached, and how many it bounds.
type usage struct{ attached, bounds int }

// counts reports whether a policy is used in the way that is asked for.
func (u usage) counts(kind *api.PolicyUsageType) bool {
	switch {
	case kind == nil:
		return true
	case *kind == api.PolicyUsageTypePermissionsBoundary:
		return u.bounds > 0
	}
	return u.attached > 0
}

// usages counts how policies are used in an account, by their ARNs.
func usages(a *directory.Account) map[string]usage {
	all := map[string]usage{}
	add := func(r *directory.Rights, boundary string) {
		for _, arn := range r.Attached {
			u := all[arn]
			u.attached++
			all[arn] = u
		}
		if boundary != "" {
			u := all[boundary]
			u.bounds++
			all[boundary] = u
		}
	}
	for _, u := range a.Users() {
		add(&u.Rights, u.Boundary)
	}
	for _, g := range a.Groups() {
		add(&g.Rights, "")
	}
	for _, r := range a.Roles() {
		add(&r.Rights, r.Boundary)
	}
	return all
}

// user, group or role that uses a policy.
type policyUser struct {
	kind     api.EntityType
	name, id string
}

func (p policyUser) key() string { return string(p.kind) + "/" + p.name }

// ListEntitiesForPolicy implements api.Server.
func (s *Server) ListEntitiesForPolicy(ctx context.Context, c *awswire.Call, in *api.ListEntitiesForPolicyRequest) (*api.ListEntitiesForPolicyResponse, error) {
	a, _, err := s.policy(ctx, c, in.PolicyARN)
	if err != nil {
		return nil, err
	}
	list, truncated, next, err := page(policyUsers(a, in), policyUser.key, in.Marker, in.MaxItems)
	out := &api.ListEntitiesForPolicyResponse{
		PolicyGroups: []api.PolicyGroup{}, PolicyUsers: []api.PolicyUser{}, PolicyRoles: []api.PolicyRole{}, IsTruncated: truncated, Marker: next,
	}
	for _, p := range list {
		switch p.kind {
		case api.EntityTypeGroup:
			out.PolicyGroups = append(out.PolicyGroups, api.PolicyGroup{GroupName: &p.name, GroupID: &p.id})
		case api.EntityTypeUser:
			out.PolicyUsers = append(out.PolicyUsers, api.PolicyUser{UserName: &p.name, UserID: &p.id})
		case api.EntityTypeRole:
			out.PolicyRoles = append(out.PolicyRoles, api.PolicyRole{RoleName: &p.name, RoleID: &p.id})
		}
	}
	return out, err
}

// policyUsers finds who uses a policy in the way that is asked for.
func policyUsers(a *directory.Account, in *api.ListEntitiesForPolicyRequest) []policyUser {
	uses := func(kind api.EntityType, path string, r *directory.Rights, boundary string) bool {
		var u usage
		if slices.Contains(r.Attached, in.PolicyARN) {
			u.attached++
		}
		if boundary == in.PolicyARN {
			u.bounds++
		}
		return u.attached+u.bounds > 0 && u.counts(in.PolicyUsageFilter) && under(path, in.PathPrefix) && (in.EntityFilter == nil || *in.EntityFilter == kind)
	}
	var list []policyUser
	for _, g := range a.Groups() {
		if uses(api.EntityTypeGroup, g.Path, &g.Rights, "") {
			list = append(list, policyUser{api.EntityTypeGroup, g.Name, g.ID})
		}
	}
	for _, r := range a.Roles() {
		if uses(api.EntityTypeRole, r.Path, &r.Rights, r.Boundary) {
			list = append(list, policyUser{api.EntityTypeRole, r.Name, r.ID})
		}
	}
	for _, u := range a.Users() {
		if uses(api.EntityTypeUser, u.Path, &u.Rights, u.Boundary) {
			list = append(list, policyUser{api.EntityTypeUser, u.Name, u.ID})
		}
	}
	return list
}
