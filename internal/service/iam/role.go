package iam

import (
	"context"
	"slices"
	"time"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

// role finds a role of the caller's account.
func (s *Server) role(ctx context.Context, c *awswire.Call, name string) (*directory.Account, *directory.Role, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	r, ok := a.Role(name)
	if !ok {
		return nil, nil, noSuchRole(name)
	}
	return a, r, nil
}

// changeRole changes a copy of a role. What the copy refers to is shared and must be replaced, not changed.
func (s *Server) changeRole(ctx context.Context, c *awswire.Call, name string, edit func(a *directory.Account, r *directory.Role) error) error {
	return s.change(ctx, c, func(a *directory.Account) ([]directory.Change, error) {
		r, ok := a.Role(name)
		if !ok {
			return nil, noSuchRole(name)
		}
		next := *r
		if err := edit(a, &next); err != nil {
			return nil, err
		}
		return []directory.Change{directory.Put(&next)}, nil
	})
}

// defaultSession is how long AssumeRole may ask for unless a role says otherwise.
const defaultSession = time.Hour

// CreateRole implements api.Server.
func (s *Server) CreateRole(ctx context.Context, c *awswire.Call, in *api.CreateRoleRequest) (*api.CreateRoleResponse, error) {
	r := &directory.Role{
		Account: c.Principal.Account, Name: in.RoleName, Path: pathOr(in.Path), ID: registrar.NewID(registrar.RoleID),
		Created: moment(c), MaxSession: defaultSession,
	}
	if in.Description != nil {
		r.Description = *in.Description
	}
	if in.MaxSessionDuration != nil {
		r.MaxSession = time.Duration(*in.MaxSessionDuration) * time.Second
	}
	var err error
	if r.Tags, err = newTags(in.Tags); err != nil {
		return nil, err
	}
	if r.Trust, err = s.trust(ctx, r, in.AssumeRolePolicyDocument); err != nil {
		return nil, err
	}
	err = s.change(ctx, c, func(a *directory.Account) ([]directory.Change, error) {
		if a.Taken(directory.KindRole, r.Name) {
			return nil, exists("Role with name %s already exists.", r.Name)
		}
		if len(a.Roles()) >= maxRoles {
			return nil, quotaExceeded("RolesPerAccount", maxRoles)
		}
		if r.Boundary, err = boundaryFor(a, in.PermissionsBoundary); err != nil {
			return nil, err
		}
		return []directory.Change{directory.Put(r)}, nil
	})
	if err != nil {
		return nil, err
	}
	out := s.wholeRole(r)
	out.RoleLastUsed = nil
	return &api.CreateRoleResponse{Role: out}, nil
}

// GetRole implements api.Server.
func (s *Server) GetRole(ctx context.Context, c *awswire.Call, in *api.GetRoleRequest) (*api.GetRoleResponse, error) {
	_, r, err := s.role(ctx, c, in.RoleName)
	if err != nil {
		return nil, err
	}
	return &api.GetRoleResponse{Role: s.wholeRole(r)}, nil
}

// ListRoles implements api.Server.
func (s *Server) ListRoles(ctx context.Context, c *awswire.Call, in *api.ListRolesRequest) (*api.ListRolesResponse, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, err
	}
	roles := slices.DeleteFunc(a.Roles(), func(r *directory.Role) bool { return !under(r.Path, in.PathPrefix) })
	roles, truncated, next, err := page(roles, func(r *directory.Role) string { return r.Name }, in.Marker, in.MaxItems)
	return &api.ListRolesResponse{Roles: mapped(roles, roleShape), IsTruncated: truncated, Marker: next}, err
}

// UpdateRole implements api.Server. What is left out stays.
func (s *Server) UpdateRole(ctx context.Context, c *awswire.Call, in *api.UpdateRoleRequest) (*api.UpdateRoleResponse, error) {
	return &api.UpdateRoleResponse{}, s.changeRole(ctx, c, in.RoleName, func(_ *directory.Account, r *directory.Role) error {
		if in.Description != nil {
			r.Description = *in.Description
		}
		if in.MaxSessionDuration != nil {
			r.MaxSession = time.Duration(*in.MaxSessionDuration) * time.Second
		}
		return nil
	})
}

// UpdateRoleDescription implements api.Server.
func (s *Server) UpdateRoleDescription(ctx context.Context, c *awswire.Call, in *api.UpdateRoleDescriptionRequest) (*api.UpdateRoleDescriptionResponse, error) {
	out := &api.UpdateRoleDescriptionResponse{}
	err := s.changeRole(ctx, c, in.RoleName, func(_ *directory.Account, r *directory.Role) error {
		r.Description = in.Description
		out.Role = s.wholeRole(r)
		return nil
	})
	return out, err
}

// UpdateAssumeRolePolicy implements api.Server.
func (s *Server) UpdateAssumeRolePolicy(ctx context.Context, c *awswire.Call, in *api.UpdateAssumeRolePolicyRequest) error {
	_, r, err := s.role(ctx, c, in.RoleName)
	if err != nil {
		return err
	}
	trusted, err := s.trust(ctx, r, in.PolicyDocument)
	if err != nil {
		return err
	}
	return s.changeRole(ctx, c, in.RoleName, func(_ *directory.Account, r *directory.Role) error {
		r.Trust = trusted
		return nil
	})
}

// DeleteRole implements api.Server.
func (s *Server) DeleteRole(ctx context.Context, c *awswire.Call, in *api.DeleteRoleRequest) error {
	return s.changeFor(ctx, c, func(now *directory.Snapshot, a *directory.Account) ([]directory.Change, error) {
		r, ok := a.Role(in.RoleName)
		if !ok {
			return nil, noSuchRole(in.RoleName)
		}
		if err := mayGo(&r.Rights); err != nil {
			return nil, err
		}
		changes, err := follow(now, r.ARN(), r.ID)
		return append(changes, directory.Delete(r)), err
	})
}
