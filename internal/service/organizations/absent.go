package organizations

import (
	"context"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awswire"
)

// What no organisation here has, clients ask for all the same: Terraform before it shows the organisation, and before it
// forgets an account.

// ListAWSServiceAccessForOrganization answers that no service has access.
func (s *Server) ListAWSServiceAccessForOrganization(ctx context.Context, c *awswire.Call, in *api.ListAWSServiceAccessForOrganizationRequest) (*api.ListAWSServiceAccessForOrganizationResponse, error) {
	none, next, err := nothing[api.EnabledServicePrincipal](ctx, s, c, "ListAWSServiceAccessForOrganization", in.NextToken)
	return &api.ListAWSServiceAccessForOrganizationResponse{EnabledServicePrincipals: none, NextToken: next}, err
}

// ListDelegatedAdministrators answers that there are none.
func (s *Server) ListDelegatedAdministrators(ctx context.Context, c *awswire.Call, in *api.ListDelegatedAdministratorsRequest) (*api.ListDelegatedAdministratorsResponse, error) {
	none, next, err := nothing[api.DelegatedAdministrator](ctx, s, c, "ListDelegatedAdministrators", in.NextToken)
	return &api.ListDelegatedAdministratorsResponse{DelegatedAdministrators: none, NextToken: next}, err
}

// nothing is an empty list for the management account.
func nothing[T any](ctx context.Context, s *Server, c *awswire.Call, query string, token *string) ([]T, *string, error) {
	if _, err := s.read(ctx, c); err != nil {
		return nil, nil, err
	}
	return page(query, []T{}, func(T) string { return "" }, token, nil)
}

// ListDelegatedServicesForAccount answers that the account administers nothing.
func (s *Server) ListDelegatedServicesForAccount(ctx context.Context, c *awswire.Call, in *api.ListDelegatedServicesForAccountRequest) (*api.ListDelegatedServicesForAccountResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	if _, ok := v.Account(arn.Account(in.AccountID)); !ok {
		return nil, noAccount()
	}
	return nil, notFound(api.AccountNotRegisteredException, "The provided account is not a registered delegated administrator for your organization.")
}

// RemoveAccountFromOrganization is refused: there is nowhere else for an account to be.
func (s *Server) RemoveAccountFromOrganization(ctx context.Context, c *awswire.Call, in *api.RemoveAccountFromOrganizationRequest) error {
	v, err := s.read(ctx, c)
	if err != nil {
		return err
	}
	a, ok := v.Account(arn.Account(in.AccountID))
	switch {
	case !ok:
		return noAccount()
	case a.ID == v.org.Management:
		return conflict(api.MasterCannotLeaveOrganizationException, "The management account can't leave the organization.")
	}
	return violation(api.ConstraintViolationExceptionReasonAccountCannotLeaveOrganization,
		"Every account of this server belongs to its organization. Close the account instead (CloseAccount; in Terraform close_on_deletion).")
}
