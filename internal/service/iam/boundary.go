package iam

import (
	"context"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// boundaryFor looks up the policy that is to bound a user or a role; nil is none.
func boundaryFor(a *directory.Account, policy *string) (string, error) {
	if policy == nil {
		return "", nil
	}
	if !isPolicyARN(*policy) {
		return "", invalidInput("ARN %s is not valid.", *policy)
	}
	if _, ok := a.Policy(*policy); !ok {
		return "", noSuchEntity("Scope ARN: %s does not exist or is not attachable.", *policy)
	}
	return *policy, nil
}

// PutUserPermissionsBoundary implements api.Server.
func (s *Server) PutUserPermissionsBoundary(ctx context.Context, c *awswire.Call, in *api.PutUserPermissionsBoundaryRequest) error {
	return s.changeUser(ctx, c, in.UserName, func(a *directory.Account, u *directory.User) (err error) {
		u.Boundary, err = boundaryFor(a, &in.PermissionsBoundary)
		return err
	})
}

// DeleteUserPermissionsBoundary implements api.Server. A user without one stays so.
func (s *Server) DeleteUserPermissionsBoundary(ctx context.Context, c *awswire.Call, in *api.DeleteUserPermissionsBoundaryRequest) error {
	return s.changeUser(ctx, c, in.UserName, func(_ *directory.Account, u *directory.User) error {
		u.Boundary = ""
		return nil
	})
}

// PutRolePermissionsBoundary implements api.Server.
func (s *Server) PutRolePermissionsBoundary(ctx context.Context, c *awswire.Call, in *api.PutRolePermissionsBoundaryRequest) error {
	return s.changeRole(ctx, c, in.RoleName, func(a *directory.Account, r *directory.Role) (err error) {
		r.Boundary, err = boundaryFor(a, &in.PermissionsBoundary)
		return err
	})
}

// DeleteRolePermissionsBoundary implements api.Server. A role without one stays so.
func (s *Server) DeleteRolePermissionsBoundary(ctx context.Context, c *awswire.Call, in *api.DeleteRolePermissionsBoundaryRequest) error {
	return s.changeRole(ctx, c, in.RoleName, func(_ *directory.Account, r *directory.Role) error {
		r.Boundary = ""
		return nil
	})
}
