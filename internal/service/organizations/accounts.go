package organizations

import (
	"context"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// DescribeAccount answers with one account.
func (s *Server) DescribeAccount(ctx context.Context, c *awswire.Call, in *api.DescribeAccountRequest) (*api.DescribeAccountResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	a, ok := v.Account(arn.Account(in.AccountID))
	if !ok {
		return nil, noAccount()
	}
	return &api.DescribeAccountResponse{Account: new(v.account(a))}, nil
}

// ListAccounts answers with all accounts, closed ones included.
func (s *Server) ListAccounts(ctx context.Context, c *awswire.Call, in *api.ListAccountsRequest) (*api.ListAccountsResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	accounts, next, err := page("ListAccounts", v.Accounts(), accountAge, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListAccountsResponse{Accounts: forms(accounts, v.account), NextToken: next}, nil
}

// ListAccountsForParent answers with the accounts directly in a unit or root.
func (s *Server) ListAccountsForParent(ctx context.Context, c *awswire.Call, in *api.ListAccountsForParentRequest) (*api.ListAccountsForParentResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	if !v.isParent(in.ParentID) {
		return nil, noParent()
	}
	accounts, next, err := page("ListAccountsForParent "+in.ParentID, v.accountsIn(in.ParentID), accountAge, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListAccountsForParentResponse{Accounts: forms(accounts, v.account), NextToken: next}, nil
}

// MoveAccount moves an account from the unit or root it is in to another.
func (s *Server) MoveAccount(ctx context.Context, c *awswire.Call, in *api.MoveAccountRequest) error {
	_, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		a, ok := v.Account(arn.Account(in.AccountID))
		switch {
		case !ok:
			return nil, noAccount()
		case !v.isParent(in.SourceParentID):
			return nil, notFound(api.SourceParentNotFoundException, "You specified a source parent that doesn't exist.")
		case !v.isParent(in.DestinationParentID):
			return nil, notFound(api.DestinationParentNotFoundException, "You specified a destination parent that doesn't exist.")
		case a.Parent == in.DestinationParentID:
			return nil, conflict(api.DuplicateAccountException, "The account is already in the destination that you specified.")
		case a.Parent != in.SourceParentID:
			return nil, notFound(api.AccountNotFoundException, "The account is not in the source parent that you specified.")
		}
		next := *a.Member
		next.Parent = in.DestinationParentID
		return []directory.Change{directory.Put(&next)}, nil
	})
	return err
}

// CloseAccount suspends an account at once: nobody of it may do anything any more. What it has used stays known.
func (s *Server) CloseAccount(ctx context.Context, c *awswire.Call, in *api.CloseAccountRequest) error {
	_, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		a, ok := v.Account(arn.Account(in.AccountID))
		switch {
		case !ok:
			return nil, noAccount()
		case a.ID == v.org.Management:
			return nil, violation(api.ConstraintViolationExceptionReasonCannotCloseManagementAccount, "You can't close the management account.")
		case !a.Open():
			return nil, conflict(api.AccountAlreadyClosedException, "The provided account is already closed.")
		}
		next := *a.Member
		next.Status = directory.Suspended
		return []directory.Change{directory.Put(&next)}, nil
	})
	return err
}
