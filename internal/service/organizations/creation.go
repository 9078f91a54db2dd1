package organizations

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/policy"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

const (
	// accessRole is the role by which the management account comes into an account it made.
	accessRole = "OrganizationAccountAccessRole"
	// accessPolicy is what that role may do.
	accessPolicy  = "arn:aws:iam::aws:policy/AdministratorAccess"
	accessSession = time.Hour

	reservedRole = "AWSServiceRoleFor"
	// maxRefused is how many creations that failed are remembered, for who asks later what became of them.
	maxRefused = 100
)

// CreateAccount makes an account, at once: the status it answers with is final.
func (s *Server) CreateAccount(ctx context.Context, c *awswire.Call, in *api.CreateAccountRequest) (*api.CreateAccountResponse, error) {
	var done api.CreateAccountStatus
	_, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		if err := v.checkNewAccount(in); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(v.Accounts(), func(a *directory.Account) bool { return strings.EqualFold(a.Email, in.Email) }) {
			refused := directory.RefusedAccount{
				RequestID: requestID(), Name: in.AccountName, At: moment(c), Reason: string(api.CreateAccountFailureReasonEmailAlreadyExists),
			}
			done = failed(refused)
			return []directory.Change{v.refuse(refused)}, nil
		}
		made, changes, err := v.newAccount(in, moment(c))
		done = succeeded(made)
		return changes, err
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateAccountResponse{CreateAccountStatus: &done}, nil
}

func (v view) checkNewAccount(in *api.CreateAccountRequest) error {
	if in.RoleName != nil && strings.HasPrefix(*in.RoleName, reservedRole) {
		return invalid(api.InvalidInputExceptionReasonInvalidRoleName, "A role name can't begin with the reserved prefix %s.", reservedRole)
	}
	if len(v.Accounts()) >= maxAccounts {
		return violation(api.ConstraintViolationExceptionReasonAccountNumberLimitExceeded, "An organization can have %d accounts at most.", maxAccounts)
	}
	return nil
}

// newAccount is an account in the root, with its access role.
func (v view) newAccount(in *api.CreateAccountRequest, now time.Time) (*directory.Member, []directory.Change, error) {
	tags, err := merge(nil, in.Tags)
	if err != nil {
		return nil, nil, err
	}
	id := accountID(func(id arn.Account) bool { _, taken := v.Account(id); return taken })
	made := &directory.Member{
		ID: id, Name: in.AccountName, Email: in.Email, Parent: v.org.Root, Status: directory.Active,
		Created: now, Joined: now, Tags: tags, RequestID: requestID(),
	}
	name := accessRole
	if in.RoleName != nil {
		name = *in.RoleName
	}
	role, err := newAccessRole(id, name, v.org.Management, now)
	if err != nil {
		return nil, nil, err
	}
	return made, append(v.fullAccess(string(id)), directory.Put(made), directory.Put(role)), nil
}

// newAccessRole is a role of an account that the management account may assume, and that may do everything.
func newAccessRole(account arn.Account, name string, management arn.Account, now time.Time) (*directory.Role, error) {
	role := &directory.Role{
		Account: account, Name: name, Path: "/", ID: registrar.NewID(registrar.RoleID), MaxSession: accessSession, Created: now,
		Rights: directory.Rights{Attached: []string{accessPolicy}},
	}
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + string(management) + `:root"},"Action":"sts:AssumeRole"}]}`
	var err error
	role.Trust, err = directory.NewDocument(policy.Trust, role.ARN(), trust)
	return role, err
}

// refuse remembers a creation that failed.
func (v view) refuse(r directory.RefusedAccount) directory.Change {
	next := *v.org
	kept := next.Refused[max(0, len(next.Refused)-maxRefused+1):]
	next.Refused = append(slices.Clone(kept), r)
	return directory.Put(&next)
}

func succeeded(m *directory.Member) api.CreateAccountStatus {
	if m == nil {
		return api.CreateAccountStatus{}
	}
	return api.CreateAccountStatus{
		ID: new(m.RequestID), AccountName: new(m.Name), State: new(api.CreateAccountStateSucceeded), AccountID: new(string(m.ID)),
		RequestedTimestamp: m.Created, CompletedTimestamp: m.Created,
	}
}

func failed(r directory.RefusedAccount) api.CreateAccountStatus {
	return api.CreateAccountStatus{
		ID: new(r.RequestID), AccountName: new(r.Name), State: new(api.CreateAccountStateFailed),
		FailureReason: new(api.CreateAccountFailureReason(r.Reason)), RequestedTimestamp: r.At, CompletedTimestamp: r.At,
	}
}

// creations are what became of all creations that are remembered.
func (v view) creations() []api.CreateAccountStatus {
	list := forms(v.org.Refused, failed)
	for _, a := range v.Accounts() {
		if a.RequestID != "" {
			list = append(list, succeeded(a.Member))
		}
	}
	return list
}

// DescribeCreateAccountStatus answers with what became of one creation.
func (s *Server) DescribeCreateAccountStatus(ctx context.Context, c *awswire.Call, in *api.DescribeCreateAccountStatusRequest) (*api.DescribeCreateAccountStatusResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	all := v.creations()
	at := slices.IndexFunc(all, func(status api.CreateAccountStatus) bool { return *status.ID == in.CreateAccountRequestID })
	if at < 0 {
		return nil, notFound(api.CreateAccountStatusNotFoundException, "You specified a create account request that doesn't exist.")
	}
	return &api.DescribeCreateAccountStatusResponse{CreateAccountStatus: &all[at]}, nil
}

// ListCreateAccountStatus answers with what became of creations, of all or of those in some states.
func (s *Server) ListCreateAccountStatus(ctx context.Context, c *awswire.Call, in *api.ListCreateAccountStatusRequest) (*api.ListCreateAccountStatusResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	query := "ListCreateAccountStatus"
	all := v.creations()
	if len(in.States) > 0 {
		all = slices.DeleteFunc(all, func(status api.CreateAccountStatus) bool { return !slices.Contains(in.States, *status.State) })
		for _, state := range in.States {
			query += " " + string(state)
		}
	}
	begun := func(status api.CreateAccountStatus) string { return age(status.RequestedTimestamp, *status.ID) }
	statuses, next, err := page(query, all, begun, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListCreateAccountStatusResponse{CreateAccountStatuses: statuses, NextToken: next}, nil
}
