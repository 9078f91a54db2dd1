package budgetaction

import (
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
)

// maxControls is how many service control policies a target may have: Organizations' own quota.
const maxControls = 5

// control attaches a service control policy to, or detaches it from, each of a list of accounts and units.
func (w *work) control(d *SCP) ([]directory.Change, error) {
	org := w.now.Organization()
	if org == nil || org.Management != w.key.Account {
		return nil, fault.New(fault.AccessDenied, "Service control policies can be attached by the organization's management account only, which %s is not.", w.key.Account)
	}
	p, ok := w.now.ControlPolicy(d.Policy)
	switch {
	case !ok && w.way == detaching:
		return nil, nil
	case !ok:
		return nil, fault.New(fault.ResourceNotFound, "We can't find a policy with the PolicyId %s.", d.Policy)
	case !org.ServiceControl && w.way == attaching:
		return nil, fault.New(fault.Conflict, "Service control policies are not enabled in the organization, so that none limits anybody.")
	}
	targets := slices.Clone(p.Targets)
	for _, id := range d.Targets {
		name, ok := w.member(org, id)
		if !ok {
			if w.way == detaching {
				continue
			}
			return nil, fault.New(fault.ResourceNotFound, "We can't find an account or an organizational unit with the TargetId %s.", id)
		}
		if err := w.mayControl(p, name); err != nil {
			return nil, err
		}
		var err error
		if targets, err = w.retarget(targets, id, d.Policy); err != nil {
			return nil, err
		}
	}
	if slices.Equal(targets, p.Targets) {
		return nil, nil
	}
	next := *p
	slices.Sort(targets)
	next.Targets = targets
	return []directory.Change{directory.Put(&next)}, nil
}

// member is the ARN of an account or a unit.
func (w *work) member(org *directory.Organization, id string) (string, bool) {
	of := "arn:aws:organizations::" + string(org.Management)
	if strings.HasPrefix(id, "ou-") {
		_, ok := w.now.Unit(id)
		return of + ":ou/" + org.ID + "/" + id, ok
	}
	_, ok := w.now.Account(arn.Account(id))
	return of + ":account/" + org.ID + "/" + id, ok
}

// retarget is a list of targets with, or without, one. Something has to stay attached to a target, as Organizations
// demands: without any service control policy nobody there could do anything.
func (w *work) retarget(targets []string, id, policy string) ([]string, error) {
	has, others := slices.Contains(targets, id), 0
	for _, p := range w.now.ControlPolicies() {
		if p.ID != policy && slices.Contains(p.Targets, id) {
			others++
		}
	}
	switch {
	case w.way == detaching && has && others == 0:
		return nil, fault.New(fault.Conflict, "The policy %s is the last one attached to %s, and one has to stay.", policy, id)
	case w.way == detaching:
		return slices.DeleteFunc(targets, func(t string) bool { return t == id }), nil
	case has:
		return targets, nil
	case others >= maxControls:
		return nil, fault.New(fault.LimitExceeded, "%s has %d service control policies already, which is the most there can be.", id, others)
	}
	return append(targets, id), nil
}
