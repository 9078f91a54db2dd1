package organizations

import (
	"context"

	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// CreateOrganization is refused: every account belongs to the one organisation there is.
func (s *Server) CreateOrganization(context.Context, *awswire.Call, *api.CreateOrganizationRequest) (*api.CreateOrganizationResponse, error) {
	return nil, conflict(api.AlreadyInOrganizationException, "The provided account is already a member of an organization.")
}

// DescribeOrganization answers every account of the organisation.
func (s *Server) DescribeOrganization(ctx context.Context, c *awswire.Call) (*api.DescribeOrganizationResponse, error) {
	now, err := s.people.Current(ctx)
	if err != nil {
		return nil, err
	}
	v, err := membersView(now, c.Principal.Account)
	if err != nil {
		return nil, err
	}
	return &api.DescribeOrganizationResponse{Organization: v.organization()}, nil
}

// EnablePolicyType lets service control policies limit the accounts. AWS's own policy, which allows everything, is then
// attached to all there is.
func (s *Server) EnablePolicyType(ctx context.Context, c *awswire.Call, in *api.EnablePolicyTypeRequest) (*api.EnablePolicyTypeResponse, error) {
	v, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		if err := v.checkPolicyType(in.RootID, in.PolicyType); err != nil {
			return nil, err
		}
		if v.org.ServiceControl {
			return nil, conflict(api.PolicyTypeAlreadyEnabledException, "The specified policy type is already enabled.")
		}
		changes := []directory.Change{v.serviceControl(true)}
		if full, ok := v.ControlPolicy(directory.FullAWSAccess); ok {
			changes = append(changes, retarget(full, v.everything()))
		}
		return changes, nil
	})
	if err != nil {
		return nil, err
	}
	return &api.EnablePolicyTypeResponse{Root: v.root()}, nil
}

// DisablePolicyType detaches every service control policy from all there is.
func (s *Server) DisablePolicyType(ctx context.Context, c *awswire.Call, in *api.DisablePolicyTypeRequest) (*api.DisablePolicyTypeResponse, error) {
	v, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		if err := v.checkPolicyType(in.RootID, in.PolicyType); err != nil {
			return nil, err
		}
		if !v.org.ServiceControl {
			return nil, notEnabled()
		}
		changes := []directory.Change{v.serviceControl(false)}
		for _, p := range v.ControlPolicies() {
			if len(p.Targets) > 0 {
				changes = append(changes, retarget(p, nil))
			}
		}
		return changes, nil
	})
	if err != nil {
		return nil, err
	}
	return &api.DisablePolicyTypeResponse{Root: v.root()}, nil
}

func (v view) checkPolicyType(root string, kind api.PolicyType) error {
	if root != v.org.Root {
		return noRoot()
	}
	return onlyServiceControl(kind)
}

// serviceControl is the change that enables or disables service control policies.
func (v view) serviceControl(enabled bool) directory.Change {
	next := *v.org
	next.ServiceControl = enabled
	return directory.Put(&next)
}

// everything are the ids of all that policies are attached to.
func (v view) everything() []string {
	all := []string{v.org.Root}
	for _, u := range v.Units() {
		all = append(all, u.ID)
	}
	for _, a := range v.Accounts() {
		all = append(all, string(a.ID))
	}
	return all
}
