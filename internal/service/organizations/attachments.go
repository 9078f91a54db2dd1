package organizations

import (
	"context"
	"slices"

	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// AttachPolicy lets a policy limit a root, a unit or an account, and all that is in it.
func (s *Server) AttachPolicy(ctx context.Context, c *awswire.Call, in *api.AttachPolicyRequest) error {
	_, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		p, err := v.attachment(in.PolicyID, in.TargetID)
		switch {
		case err != nil:
			return nil, err
		case slices.Contains(p.Targets, in.TargetID):
			return nil, conflict(api.DuplicatePolicyAttachmentException, "A policy with the specified name and type already exists.") // AWS's own words
		case len(v.attachedTo(in.TargetID)) >= maxAttachments:
			return nil, violation(api.ConstraintViolationExceptionReasonMaxPolicyTypeAttachmentLimitExceeded,
				"You can attach %d service control policies to one target at most.", maxAttachments)
		}
		return []directory.Change{retarget(p, with(p.Targets, in.TargetID))}, nil
	})
	return err
}

// DetachPolicy is the reverse of AttachPolicy. One policy stays attached to everything, for without any a target and all
// that is in it could do nothing.
func (s *Server) DetachPolicy(ctx context.Context, c *awswire.Call, in *api.DetachPolicyRequest) error {
	_, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		p, err := v.attachment(in.PolicyID, in.TargetID)
		switch {
		case err != nil:
			return nil, err
		case !slices.Contains(p.Targets, in.TargetID):
			return nil, notFound(api.PolicyNotAttachedException, "The policy isn't attached to the specified target.")
		case len(v.attachedTo(in.TargetID)) == 1:
			return nil, violation(api.ConstraintViolationExceptionReasonMinPolicyTypeAttachmentLimitExceeded,
				"You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.")
		}
		return []directory.Change{retarget(p, without(p.Targets, in.TargetID))}, nil
	})
	return err
}

// attachment finds the two ends of an attachment that is to be made or undone.
func (v view) attachment(policyID, target string) (*directory.ControlPolicy, error) {
	p, ok := v.ControlPolicy(policyID)
	switch {
	case !ok:
		return nil, noPolicy(noPolicyThere)
	case v.node(target).kind == isNothing:
		return nil, noTarget()
	case !v.org.ServiceControl:
		return nil, notEnabled()
	}
	return p, nil
}

func notEnabled() error {
	return conflict(api.PolicyTypeNotEnabledException, "This operation can be performed only for enabled policy types.")
}

// attachedTo are the policies attached to a target, in the order of their ids.
func (v view) attachedTo(target string) []*directory.ControlPolicy {
	return slices.DeleteFunc(v.ControlPolicies(), func(p *directory.ControlPolicy) bool { return !slices.Contains(p.Targets, target) })
}

// fullAccess attaches AWS's own policy, which allows everything, to what is new.
func (v view) fullAccess(target string) []directory.Change {
	p, ok := v.ControlPolicy(directory.FullAWSAccess)
	if !ok || !v.org.ServiceControl {
		return nil
	}
	return []directory.Change{retarget(p, with(p.Targets, target))}
}

// retarget is the change of what a policy is attached to.
func retarget(p *directory.ControlPolicy, targets []string) directory.Change {
	next := *p
	slices.Sort(targets)
	next.Targets = targets
	return directory.Put(&next)
}

func with(targets []string, target string) []string { return append(slices.Clone(targets), target) }

func without(targets []string, target string) []string {
	return slices.DeleteFunc(slices.Clone(targets), func(t string) bool { return t == target })
}

// ListPoliciesForTarget answers with the policies attached to a target directly.
func (s *Server) ListPoliciesForTarget(ctx context.Context, c *awswire.Call, in *api.ListPoliciesForTargetRequest) (*api.ListPoliciesForTargetResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	if v.node(in.TargetID).kind == isNothing {
		return nil, noTarget()
	}
	policies, next, err := policyPage("ListPoliciesForTarget "+in.TargetID, v.attachedTo(in.TargetID), in.Filter, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListPoliciesForTargetResponse{Policies: policies, NextToken: next}, nil
}

// ListTargetsForPolicy answers with what a policy is attached to.
func (s *Server) ListTargetsForPolicy(ctx context.Context, c *awswire.Call, in *api.ListTargetsForPolicyRequest) (*api.ListTargetsForPolicyResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	p, ok := v.ControlPolicy(in.PolicyID)
	if !ok {
		return nil, noPolicy(noPolicyThere)
	}
	targets, next, err := page("ListTargetsForPolicy "+p.ID, p.Targets, self, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListTargetsForPolicyResponse{Targets: forms(targets, v.target), NextToken: next}, nil
}
