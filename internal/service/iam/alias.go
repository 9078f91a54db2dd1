package iam

import (
	"context"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// ListAccountAliases implements api.Server. An account has one alias at most.
func (s *Server) ListAccountAliases(ctx context.Context, c *awswire.Call, in *api.ListAccountAliasesRequest) (*api.ListAccountAliasesResponse, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, err
	}
	all := []string{}
	if a.Alias != "" {
		all = append(all, a.Alias)
	}
	all, truncated, next, err := page(all, text, in.Marker, in.MaxItems)
	return &api.ListAccountAliasesResponse{AccountAliases: all, IsTruncated: truncated, Marker: next}, err
}

// CreateAccountAlias implements api.Server. The alias takes the place of any before it. No two accounts have the same.
func (s *Server) CreateAccountAlias(ctx context.Context, c *awswire.Call, in *api.CreateAccountAliasRequest) error {
	return s.people.Change(ctx, func(now *directory.Snapshot) ([]directory.Change, error) {
		for _, a := range now.Accounts() {
			if a.Alias == in.AccountAlias {
				return nil, exists("The account alias %s already exists.", in.AccountAlias)
			}
		}
		return setAlias(now, c, in.AccountAlias)
	})
}

// DeleteAccountAlias implements api.Server.
func (s *Server) DeleteAccountAlias(ctx context.Context, c *awswire.Call, in *api.DeleteAccountAliasRequest) error {
	return s.people.Change(ctx, func(now *directory.Snapshot) ([]directory.Change, error) {
		a, err := accountIn(now, c.Principal.Account)
		if err != nil {
			return nil, err
		}
		if a.Alias != in.AccountAlias {
			return nil, noSuchEntity("The account alias %s cannot be found.", in.AccountAlias)
		}
		return setAlias(now, c, "")
	})
}

func setAlias(now *directory.Snapshot, c *awswire.Call, alias string) ([]directory.Change, error) {
	a, err := accountIn(now, c.Principal.Account)
	if err != nil {
		return nil, err
	}
	next := *a.Member
	next.Alias = alias
	return []directory.Change{directory.Put(&next)}, nil
}
