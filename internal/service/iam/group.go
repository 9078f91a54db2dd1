package iam

import (
	"context"
	"slices"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

// sameFold reports whether two names differ in nothing but their case.
func sameFold(a, b string) bool { return strings.EqualFold(a, b) }

// group finds a group of the caller's account.
func (s *Server) group(ctx context.Context, c *awswire.Call, name string) (*directory.Account, *directory.Group, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	g, ok := a.Group(name)
	if !ok {
		return nil, nil, noSuchGroup(name)
	}
	return a, g, nil
}

// changeGroup changes a copy of a group.
func (s *Server) changeGroup(ctx context.Context, c *awswire.Call, name string, edit func(a *directory.Account, g *directory.Group) error) error {
	return s.change(ctx, c, func(a *directory.Account) ([]directory.Change, error) {
		g, ok := a.Group(name)
		if !ok {
			return nil, noSuchGroup(name)
		}
		next := *g
		if err := edit(a, &next); err != nil {
			return nil, err
		}
		changes := []directory.Change{directory.Put(&next)}
		if next.Name != g.Name {
			changes = append(renamed(a, g.Name, next.Name), directory.Delete(g), changes[0])
		}
		return changes, nil
	})
}

// renamed lets the members of a group follow its new name.
func renamed(a *directory.Account, from, to string) []directory.Change {
	var changes []directory.Change
	for _, u := range a.Members(from) {
		next := *u
		next.Groups = withName(withoutName(u.Groups, from), to)
		changes = append(changes, directory.Put(&next))
	}
	return changes
}

// withName adds a name to a sorted list, once.
func withName(names []string, name string) []string {
	at, found := slices.BinarySearch(names, name)
	if found {
		return names
	}
	return slices.Insert(slices.Clone(names), at, name)
}

func withoutName(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
}

// CreateGroup implements api.Server.
func (s *Server) CreateGroup(ctx context.Context, c *awswire.Call, in *api.CreateGroupRequest) (*api.CreateGroupResponse, error) {
	g := &directory.Group{
		Account: c.Principal.Account, Name: in.GroupName, Path: pathOr(in.Path), ID: registrar.NewID(registrar.GroupID), Created: moment(c),
	}
	err := s.change(ctx, c, func(a *directory.Account) ([]directory.Change, error) {
		if a.Taken(directory.KindGroup, g.Name) {
			return nil, exists("Group with name %s already exists.", g.Name)
		}
		if len(a.Groups()) >= maxGroups {
			return nil, quotaExceeded("GroupsPerAccount", maxGroups)
		}
		return []directory.Change{directory.Put(g)}, nil
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateGroupResponse{Group: new(groupShape(g))}, nil
}

// GetGroup implements api.Server.
func (s *Server) GetGroup(ctx context.Context, c *awswire.Call, in *api.GetGroupRequest) (*api.GetGroupResponse, error) {
	a, g, err := s.group(ctx, c, in.GroupName)
	if err != nil {
		return nil, err
	}
	members, truncated, next, err := page(a.Members(g.Name), userName, in.Marker, in.MaxItems)
	return &api.GetGroupResponse{Group: new(groupShape(g)), Users: mapped(members, userShape), IsTruncated: truncated, Marker: next}, err
}

// ListGroups implements api.Server.
func (s *Server) ListGroups(ctx context.Context, c *awswire.Call, in *api.ListGroupsRequest) (*api.ListGroupsResponse, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, err
	}
	groups := slices.DeleteFunc(a.Groups(), func(g *directory.Group) bool { return !under(g.Path, in.PathPrefix) })
	groups, truncated, next, err := page(groups, groupName, in.Marker, in.MaxItems)
	return &api.ListGroupsResponse{Groups: mapped(groups, groupShape), IsTruncated: truncated, Marker: next}, err
}

func groupName(g *directory.Group) string { return g.Name }

// UpdateGroup implements api.Server.
func (s *Server) UpdateGroup(ctx context.Context, c *awswire.Call, in *api.UpdateGroupRequest) error {
	return s.changeGroup(ctx, c, in.GroupName, func(a *directory.Account, g *directory.Group) error {
		if in.NewPath != nil {
			g.Path = *in.NewPath
		}
		if in.NewGroupName == nil || *in.NewGroupName == g.Name {
			return nil
		}
		if a.Taken(directory.KindGroup, *in.NewGroupName) && !sameFold(g.Name, *in.NewGroupName) {
			return exists("Group with name %s already exists.", *in.NewGroupName)
		}
		g.Name = *in.NewGroupName
		return nil
	})
}

// DeleteGroup implements api.Server.
func (s *Server) DeleteGroup(ctx context.Context, c *awswire.Call, in *api.DeleteGroupRequest) error {
	return s.change(ctx, c, func(a *directory.Account) ([]directory.Change, error) {
		g, ok := a.Group(in.GroupName)
		switch {
		case !ok:
			return nil, noSuchGroup(in.GroupName)
		case len(a.Members(g.Name)) > 0:
			return nil, inUse("Cannot delete entity, must remove users from group first.")
		}
		if err := mayGo(&g.Rights); err != nil {
			return nil, err
		}
		return []directory.Change{directory.Delete(g)}, nil
	})
}

// AddUserToGroup implements api.Server.
func (s *Server) AddUserToGroup(ctx context.Context, c *awswire.Call, in *api.AddUserToGroupRequest) error {
	return s.changeUser(ctx, c, in.UserName, func(a *directory.Account, u *directory.User) error {
		if _, ok := a.Group(in.GroupName); !ok {
			return noSuchGroup(in.GroupName)
		}
		if u.Groups = withName(u.Groups, in.GroupName); len(u.Groups) > maxGroupsOfUser {
			return quotaExceeded("GroupsPerUser", maxGroupsOfUser)
		}
		return nil
	})
}

// RemoveUserFromGroup implements api.Server. A user who is not in the group stays out of it.
func (s *Server) RemoveUserFromGroup(ctx context.Context, c *awswire.Call, in *api.RemoveUserFromGroupRequest) error {
	return s.changeUser(ctx, c, in.UserName, func(a *directory.Account, u *directory.User) error {
		if _, ok := a.Group(in.GroupName); !ok {
			return noSuchGroup(in.GroupName)
		}
		u.Groups = withoutName(u.Groups, in.GroupName)
		return nil
	})
}

// ListGroupsForUser implements api.Server.
func (s *Server) ListGroupsForUser(ctx context.Context, c *awswire.Call, in *api.ListGroupsForUserRequest) (*api.ListGroupsForUserResponse, error) {
	a, u, err := s.user(ctx, c, in.UserName)
	if err != nil {
		return nil, err
	}
	groups := slices.DeleteFunc(a.Groups(), func(g *directory.Group) bool { return !slices.Contains(u.Groups, g.Name) })
	groups, truncated, next, err := page(groups, groupName, in.Marker, in.MaxItems)
	return &api.ListGroupsForUserResponse{Groups: mapped(groups, groupShape), IsTruncated: truncated, Marker: next}, err
}
