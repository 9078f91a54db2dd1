package organizations

import (
	"context"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// node is what an id names in the tree of the organisation.
type node struct {
	kind    nodeKind
	unit    *directory.Unit
	account *directory.Account
}

type nodeKind uint8

const (
	isNothing nodeKind = iota
	isRoot
	isUnit
	isAccount
)

func (v view) node(id string) node {
	if id == v.org.Root {
		return node{kind: isRoot}
	}
	if u, ok := v.Unit(id); ok {
		return node{kind: isUnit, unit: u}
	}
	if a, ok := v.Account(arn.Account(id)); ok {
		return node{kind: isAccount, account: a}
	}
	return node{}
}

// isParent reports whether an id names what accounts and units can be in.
func (v view) isParent(id string) bool {
	kind := v.node(id).kind
	return kind == isRoot || kind == isUnit
}

// accountsIn are the accounts directly in a unit or root.
func (v view) accountsIn(parent string) []*directory.Account {
	return slices.DeleteFunc(v.Accounts(), func(a *directory.Account) bool { return a.Parent != parent })
}

// unitsIn are the units directly in a unit or root.
func (v view) unitsIn(parent string) []*directory.Unit {
	return slices.DeleteFunc(v.Units(), func(u *directory.Unit) bool { return u.Parent != parent })
}

// depth is how many units a unit stands in, itself included; 0 for the root.
func (v view) depth(id string) int { return strings.Count(v.path(id), "/") - 2 }

// ListRoots answers with the one root.
func (s *Server) ListRoots(ctx context.Context, c *awswire.Call, in *api.ListRootsRequest) (*api.ListRootsResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	roots, next, err := page("ListRoots", []string{v.org.Root}, self, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListRootsResponse{Roots: forms(roots, func(string) api.Root { return *v.root() }), NextToken: next}, nil
}

func self(id string) string { return id }

// ListParents answers with the one parent of a unit or an account.
func (s *Server) ListParents(ctx context.Context, c *awswire.Call, in *api.ListParentsRequest) (*api.ListParentsResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	var parent string
	switch n := v.node(in.ChildID); n.kind {
	case isUnit:
		parent = n.unit.Parent
	case isAccount:
		parent = n.account.Parent
	default:
		return nil, notFound(api.ChildNotFoundException, "You specified a child that doesn't exist.")
	}
	kind := api.ParentTypeOrganizationalUnit
	if parent == v.org.Root {
		kind = api.ParentTypeRoot
	}
	parents, next, err := page("ListParents "+in.ChildID, []string{parent}, self, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	form := func(id string) api.Parent { return api.Parent{ID: new(id), Type: new(kind)} }
	return &api.ListParentsResponse{Parents: forms(parents, form), NextToken: next}, nil
}

// ListChildren answers with the ids of the accounts or of the units in a unit or root.
func (s *Server) ListChildren(ctx context.Context, c *awswire.Call, in *api.ListChildrenRequest) (*api.ListChildrenResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	if !v.isParent(in.ParentID) {
		return nil, noParent()
	}
	var ids []string
	for _, a := range v.accountsIn(in.ParentID) {
		if in.ChildType == api.ChildTypeAccount {
			ids = append(ids, string(a.ID))
		}
	}
	for _, u := range v.unitsIn(in.ParentID) {
		if in.ChildType == api.ChildTypeOrganizationalUnit {
			ids = append(ids, u.ID)
		}
	}
	ids, next, err := page("ListChildren "+in.ParentID+" "+string(in.ChildType), ids, self, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	form := func(id string) api.Child { return api.Child{ID: new(id), Type: new(in.ChildType)} }
	return &api.ListChildrenResponse{Children: forms(ids, form), NextToken: next}, nil
}
