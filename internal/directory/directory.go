// Package directory is who there is in an organisation and what they may do: its accounts, units and service control
// policies, and of each account the users, groups, roles, keys and policies, compiled.
//
// A Snapshot is immutable. With makes the next one of it, which shares what did not change; everything else is a look-up
// that takes no lock, asks no clock and does no I/O. What With publishes is in force for the next call.
package directory

import (
	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

// Snapshot is the directory at one moment.
type Snapshot struct {
	organization *Organization
	units        map[string]*Unit
	controls     map[string]*ControlPolicy
	accounts     map[arn.Account]*Account
	keys         *keyIndex
	aws          map[string]*ManagedPolicy // AWS's own, by ARN
	sessions     *sessionSets
}

// New makes an empty directory: nobody is in it, and of policies only AWS's own.
func New() (*Snapshot, error) {
	aws, err := awsManaged()
	if err != nil {
		return nil, err
	}
	return &Snapshot{
		units: map[string]*Unit{}, controls: map[string]*ControlPolicy{}, accounts: map[arn.Account]*Account{},
		keys: newKeyIndex(), aws: aws, sessions: new(sessionSets),
	}, nil
}

// Organization is the organisation all accounts belong to. It is nil in an empty directory only.
func (s *Snapshot) Organization() *Organization { return s.organization }

// Management is the account that governs the organisation.
func (s *Snapshot) Management() arn.Account {
	if s.organization == nil {
		return ""
	}
	return s.organization.Management
}

// Account finds an account by its id.
func (s *Snapshot) Account(id arn.Account) (*Account, bool) {
	a, ok := s.accounts[id]
	return a, ok
}

// Accounts are all accounts in the order of their ids.
func (s *Snapshot) Accounts() []*Account { return sorted(s.accounts) }

// Unit finds an organisational unit by its id.
func (s *Snapshot) Unit(id string) (*Unit, bool) {
	u, ok := s.units[id]
	return u, ok
}

// Units are all units in the order of their ids.
func (s *Snapshot) Units() []*Unit { return sorted(s.units) }

// ControlPolicy finds a service control policy by its id.
func (s *Snapshot) ControlPolicy(id string) (*ControlPolicy, bool) {
	c, ok := s.controls[id]
	return c, ok
}

// ControlPolicies are all service control policies in the order of their ids.
func (s *Snapshot) ControlPolicies() []*ControlPolicy { return sorted(s.controls) }

// AWSPolicies are the managed policies that AWS itself provides, in the order of their names. Every account has them.
func (s *Snapshot) AWSPolicies() []*ManagedPolicy { return sorted(s.aws) }

// Authorize decides one request of a principal by every policy that bears on it but for the resource's own.
func (s *Snapshot) Authorize(who *identity.Principal, q *policy.Request) policy.Decision {
	return policy.Evaluate(s.Set(who), q)
}
