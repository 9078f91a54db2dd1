package iam

import (
	"context"
	"slices"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// detail is one item of GetAccountAuthorizationDetails, of any kind.
type detail struct {
	kind  api.EntityType
	name  string
	shape func(*api.GetAccountAuthorizationDetailsResponse)
}

func (d detail) key() string { return string(d.kind) + "/" + d.name }

// GetAccountAuthorizationDetails implements api.Server. One page has items of all kinds.
func (s *Server) GetAccountAuthorizationDetails(ctx context.Context, c *awswire.Call, in *api.GetAccountAuthorizationDetailsRequest) (*api.GetAccountAuthorizationDetailsResponse, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(s.details(a), func(d detail) bool { return len(in.Filter) > 0 && !slices.Contains(in.Filter, d.kind) })
	list, truncated, next, err := page(all, detail.key, in.Marker, in.MaxItems)
	out := &api.GetAccountAuthorizationDetailsResponse{
		UserDetailList: []api.UserDetail{}, GroupDetailList: []api.GroupDetail{}, RoleDetailList: []api.RoleDetail{},
		Policies: []api.ManagedPolicyDetail{}, IsTruncated: truncated, Marker: next,
	}
	for _, d := range list {
		d.shape(out)
	}
	return out, err
}

// details are all there is of an account, and of AWS's policies those it uses, sorted by their keys.
func (s *Server) details(a *directory.Account) []detail {
	var all []detail
	used := usages(a)
	for _, p := range a.AWSPolicies() {
		if u := used[p.ARN()]; u.attached+u.bounds > 0 {
			all = append(all, detail{api.EntityTypeAWSManagedPolicy, p.Name, policyDetail(p, u)})
		}
	}
	for _, g := range a.Groups() {
		all = append(all, detail{api.EntityTypeGroup, g.Name, func(out *api.GetAccountAuthorizationDetailsResponse) {
			out.GroupDetailList = append(out.GroupDetailList, groupDetail(g))
		}})
	}
	for _, p := range a.Policies() {
		all = append(all, detail{api.EntityTypeLocalManagedPolicy, p.Name, policyDetail(p, used[p.ARN()])})
	}
	for _, r := range a.Roles() {
		all = append(all, detail{api.EntityTypeRole, r.Name, func(out *api.GetAccountAuthorizationDetailsResponse) {
			out.RoleDetailList = append(out.RoleDetailList, s.roleDetail(r))
		}})
	}
	for _, u := range a.Users() {
		all = append(all, detail{api.EntityTypeUser, u.Name, func(out *api.GetAccountAuthorizationDetailsResponse) {
			out.UserDetailList = append(out.UserDetailList, userDetail(u))
		}})
	}
	return all
}

func userDetail(u *directory.User) api.UserDetail {
	return api.UserDetail{
		Path: &u.Path, UserName: &u.Name, UserID: &u.ID, ARN: new(u.ARN()), CreateDate: u.Created,
		UserPolicyList: inlineDetails(&u.Rights), GroupList: mapped(u.Groups, text), AttachedManagedPolicies: attachedShapes(u.Attached),
		PermissionsBoundary: boundaryShape(u.Boundary), Tags: tagShapes(u.Tags),
	}
}

func groupDetail(g *directory.Group) api.GroupDetail {
	return api.GroupDetail{
		Path: &g.Path, GroupName: &g.Name, GroupID: &g.ID, ARN: new(g.ARN()), CreateDate: g.Created,
		GroupPolicyList: inlineDetails(&g.Rights), AttachedManagedPolicies: attachedShapes(g.Attached),
	}
}

func (s *Server) roleDetail(r *directory.Role) api.RoleDetail {
	return api.RoleDetail{
		Path: &r.Path, RoleName: &r.Name, RoleID: &r.ID, ARN: new(r.ARN()), CreateDate: r.Created,
		AssumeRolePolicyDocument: escaped(r.Trust.Text()), InstanceProfileList: []api.InstanceProfile{},
		RolePolicyList: inlineDetails(&r.Rights), AttachedManagedPolicies: attachedShapes(r.Attached),
		PermissionsBoundary: boundaryShape(r.Boundary), Tags: tagShapes(r.Tags), RoleLastUsed: s.roleLastUsed(r),
	}
}

func policyDetail(p *directory.ManagedPolicy, used usage) func(*api.GetAccountAuthorizationDetailsResponse) {
	return func(out *api.GetAccountAuthorizationDetailsResponse) {
		d := api.ManagedPolicyDetail{
			PolicyName: &p.Name, PolicyID: &p.ID, ARN: new(p.ARN()), Path: &p.Path, DefaultVersionID: &p.Default,
			AttachmentCount: &used.attached, PermissionsBoundaryUsageCount: &used.bounds, IsAttachable: new(true),
			Description: orNil(p.Description), CreateDate: p.Created, UpdateDate: p.Updated,
		}
		for i := range p.Versions {
			v := versionShape(p, &p.Versions[i])
			v.Document = escaped(p.Versions[i].Document.Text())
			d.PolicyVersionList = append(d.PolicyVersionList, v)
		}
		out.Policies = append(out.Policies, d)
	}
}

func inlineDetails(r *directory.Rights) []api.PolicyDetail {
	return mapped(r.Inline, func(p directory.Inline) api.PolicyDetail {
		return api.PolicyDetail{PolicyName: &p.Name, PolicyDocument: escaped(p.Document.Text())}
	})
}
