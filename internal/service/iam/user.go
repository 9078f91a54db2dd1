package iam

import (
	"cmp"
	"context"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

// user finds a user of the caller's account.
func (s *Server) user(ctx context.Context, c *awswire.Call, name string) (*directory.Account, *directory.User, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	u, ok := a.User(name)
	if !ok {
		return nil, nil, noSuchUser(name)
	}
	return a, u, nil
}

// changeUser changes a copy of a user. What the copy refers to is shared and must be replaced, not changed.
func (s *Server) changeUser(ctx context.Context, c *awswire.Call, name string, edit func(a *directory.Account, u *directory.User) error) error {
	return s.changeFor(ctx, c, func(now *directory.Snapshot, a *directory.Account) ([]directory.Change, error) {
		u, ok := a.User(name)
		if !ok {
			return nil, noSuchUser(name)
		}
		next := *u
		if err := edit(a, &next); err != nil {
			return nil, err
		}
		if next.Name == u.Name && next.Path == u.Path {
			return []directory.Change{directory.Put(&next)}, nil
		}
		changes, err := follow(now, u.ARN(), next.ARN())
		return append(changes, directory.Delete(u), directory.Put(&next)), err
	})
}

// CreateUser implements api.Server.
func (s *Server) CreateUser(ctx context.Context, c *awswire.Call, in *api.CreateUserRequest) (*api.CreateUserResponse, error) {
	u := &directory.User{
		Account: c.Principal.Account, Name: in.UserName, Path: pathOr(in.Path), ID: registrar.NewID(registrar.UserID), Created: moment(c),
	}
	var err error
	if u.Tags, err = newTags(in.Tags); err != nil {
		return nil, err
	}
	err = s.change(ctx, c, func(a *directory.Account) ([]directory.Change, error) {
		if a.Taken(directory.KindUser, u.Name) {
			return nil, exists("User with name %s already exists.", u.Name)
		}
		if len(a.Users()) >= maxUsers {
			return nil, quotaExceeded("UsersPerAccount", maxUsers)
		}
		if u.Boundary, err = boundaryFor(a, in.PermissionsBoundary); err != nil {
			return nil, err
		}
		return []directory.Change{directory.Put(u)}, nil
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateUserResponse{User: wholeUser(u)}, nil
}

// GetUser implements api.Server. Without a name it is about the caller, who may be the root user.
func (s *Server) GetUser(ctx context.Context, c *awswire.Call, in *api.GetUserRequest) (*api.GetUserResponse, error) {
	if in.UserName == nil && c.Principal.Kind == identity.Root {
		return s.rootUser(ctx, c)
	}
	name, err := callerName(c, in.UserName)
	if err != nil {
		return nil, err
	}
	_, u, err := s.user(ctx, c, name)
	if err != nil {
		return nil, err
	}
	return &api.GetUserResponse{User: wholeUser(u)}, nil
}

func (s *Server) rootUser(ctx context.Context, c *awswire.Call) (*api.GetUserResponse, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, err
	}
	return &api.GetUserResponse{User: &api.User{
		Path: "/", UserName: cmp.Or(a.Alias, string(a.ID)), UserID: string(a.ID), ARN: c.Principal.ARN, CreateDate: a.Created,
	}}, nil
}

// ListUsers implements api.Server.
func (s *Server) ListUsers(ctx context.Context, c *awswire.Call, in *api.ListUsersRequest) (*api.ListUsersResponse, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, err
	}
	var users []*directory.User
	for _, u := range a.Users() {
		if under(u.Path, in.PathPrefix) {
			users = append(users, u)
		}
	}
	users, truncated, next, err := page(users, userName, in.Marker, in.MaxItems)
	return &api.ListUsersResponse{Users: mapped(users, userShape), IsTruncated: truncated, Marker: next}, err
}

func userName(u *directory.User) string { return u.Name }

// UpdateUser implements api.Server.
func (s *Server) UpdateUser(ctx context.Context, c *awswire.Call, in *api.UpdateUserRequest) error {
	return s.changeUser(ctx, c, in.UserName, func(a *directory.Account, u *directory.User) error {
		if in.NewPath != nil {
			u.Path = *in.NewPath
		}
		if in.NewUserName == nil || *in.NewUserName == u.Name {
			return nil
		}
		if a.Taken(directory.KindUser, *in.NewUserName) && !sameFold(u.Name, *in.NewUserName) {
			return exists("User with name %s already exists.", *in.NewUserName)
		}
		u.Name = *in.NewUserName
		return nil
	})
}

// DeleteUser implements api.Server.
func (s *Server) DeleteUser(ctx context.Context, c *awswire.Call, in *api.DeleteUserRequest) error {
	return s.changeFor(ctx, c, func(now *directory.Snapshot, a *directory.Account) ([]directory.Change, error) {
		u, ok := a.User(in.UserName)
		switch {
		case !ok:
			return nil, noSuchUser(in.UserName)
		case len(u.Groups) > 0:
			return nil, inUse("Cannot delete entity, must remove users from group first.")
		case len(u.AccessKeys) > 0:
			return nil, inUse("Cannot delete entity, must delete access keys first.")
		case len(u.Credentials) > 0:
			return nil, inUse("Cannot delete entity, must delete service specific credentials first.")
		}
		if err := mayGo(&u.Rights); err != nil {
			return nil, err
		}
		changes, err := follow(now, u.ARN(), u.ID)
		return append(changes, directory.Delete(u)), err
	})
}

// mayGo refuses to delete what has policies still.
func mayGo(r *directory.Rights) error {
	switch {
	case len(r.Attached) > 0:
		return inUse("Cannot delete entity, must detach all policies first.")
	case len(r.Inline) > 0:
		return inUse("Cannot delete entity, must delete policies first.")
	}
	return nil
}
