package directory

import (
	"errors"
	"fmt"

	"github.com/outcrop/outcrop/internal/arn"
)

// Load makes a directory of everything it is to hold. Errors name what does not hold together: entities of accounts
// that are not there, and names of groups, policies and units that are not there.
func Load(entities []Entity) (*Snapshot, error) {
	empty, err := New()
	if err != nil || len(entities) == 0 {
		return empty, err
	}
	changes := make([]Change, len(entities))
	for i, e := range entities {
		changes[i] = Put(e)
	}
	s := empty.With(changes...)
	if s.organization == nil {
		return nil, errors.New("there is no organisation")
	}
	if _, ok := s.accounts[s.organization.Management]; !ok {
		return nil, fmt.Errorf("the management account %s is not there", s.organization.Management)
	}
	var errs []error
	for _, e := range entities {
		if err := s.check(e); err != nil {
			errs = append(errs, fmt.Errorf("the %s %q: %w", e.Ref().Kind, e.Ref().Key(), err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// check looks up what an entity names.
func (s *Snapshot) check(e Entity) error {
	ref := e.Ref()
	if ref.Account != "" {
		if _, ok := s.accounts[ref.Account]; !ok {
			return fmt.Errorf("there is no account %s", ref.Account)
		}
	}
	a := s.accounts[ref.Account]
	switch e := e.(type) {
	case *Member:
		return s.checkParent(e.Parent)
	case *Unit:
		return s.checkParent(e.Parent)
	case *ControlPolicy:
		for _, target := range e.Targets {
			if _, ok := s.accounts[arn.Account(target)]; !ok && s.checkParent(target) != nil {
				return fmt.Errorf("there is no account, unit or root %s", target)
			}
		}
	case *User:
		for _, name := range e.Groups {
			if _, ok := a.groups[name]; !ok {
				return fmt.Errorf("there is no group %q", name)
			}
		}
		return a.checkPolicies(&e.Rights, e.Boundary)
	case *Role:
		return a.checkPolicies(&e.Rights, e.Boundary)
	case *Group:
		return a.checkPolicies(&e.Rights, "")
	}
	return nil
}

func (s *Snapshot) checkParent(id string) error {
	if _, ok := s.units[id]; !ok && id != s.organization.Root {
		return fmt.Errorf("there is no unit or root %s", id)
	}
	return nil
}

func (a *Account) checkPolicies(r *Rights, boundary string) error {
	for _, name := range append([]string{boundary}, r.Attached...) {
		if _, ok := a.Policy(name); !ok && name != "" {
			return fmt.Errorf("there is no policy %s", name)
		}
	}
	return nil
}
