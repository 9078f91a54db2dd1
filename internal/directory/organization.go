package directory

import (
	"errors"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

// Organization is what all accounts belong to. There is one.
type Organization struct {
	ID         string // "o-" and 10 to 32 lower-case letters and digits
	Root       string // id of the root, the parent of all: "r-" and 4 to 32 lower-case letters and digits
	Management arn.Account
	Created    time.Time
	// ServiceControl says that service control policies are enabled. When they are not, none limits anybody.
	ServiceControl bool
	RootTags       identity.Tags // of the root
	// Refused are creations of accounts that failed, oldest first, for who asks later what became of them.
	Refused []RefusedAccount
}

// RefusedAccount is an account that was not made.
type RefusedAccount struct {
	RequestID string // "car-…"
	Name      string
	Reason    string // in Organizations' words, such as EMAIL_ALREADY_EXISTS
	At        time.Time
}

// Ref implements Entity.
func (*Organization) Ref() Ref { return Ref{Kind: KindOrganization} }

func (o *Organization) compile() error {
	if o.Management == "" || o.Root == "" {
		return errors.New("the organisation has no management account, or no root")
	}
	return nil
}

// Member is an account as the organisation sees it.
type Member struct {
	ID        arn.Account
	Name      string
	Email     string
	Alias     string // of the account in IAM; empty for none
	Parent    string // id of the unit it is in, or of the root
	Status    Status
	Invited   bool // it joined by invitation instead of being made by the organisation
	Created   time.Time
	Joined    time.Time
	Tags      identity.Tags
	RequestID string // of the creation, "car-…", for who asks later what became of it
}

// Status is the state of an account as Organizations words it.
type Status string

// The states of accounts.
const (
	Active    Status = "ACTIVE"
	Suspended Status = "SUSPENDED" // closed: nobody of the account may do anything
)

// Ref implements Entity.
func (m *Member) Ref() Ref { return Ref{Kind: KindMember, Name: string(m.ID)} }

func (m *Member) compile() error {
	if m.ID == "" || m.Parent == "" {
		return errors.New("the account has no id, or no parent")
	}
	return nil
}

// Unit is an organisational unit.
type Unit struct {
	ID      string // "ou-", what follows "r-" in the root's id, "-", and 8 to 32 lower-case letters and digits
	Name    string // unique among its siblings
	Parent  string // id of the unit it is in, or of the root
	Created time.Time
	Tags    identity.Tags
}

// Ref implements Entity.
func (u *Unit) Ref() Ref { return Ref{Kind: KindUnit, Name: u.ID} }

func (u *Unit) compile() error {
	if u.ID == "" || u.Parent == "" {
		return errors.New("the unit has no id, or no parent")
	}
	return nil
}

// ControlPolicy is a service control policy and what it is attached to.
type ControlPolicy struct {
	ID          string // "p-" and 8 to 128 letters, digits and underscores
	Name        string
	Description string
	Document    Document
	Targets     []string // ids of accounts, units and roots, sorted
	AWSManaged  bool
	Created     time.Time
	Tags        identity.Tags
	// Organization is the organisation's id, of which the ARN is made; Management the account it names.
	Organization string
	Management   arn.Account
}

// Ref implements Entity.
func (c *ControlPolicy) Ref() Ref { return Ref{Kind: KindControlPolicy, Name: c.ID} }

// ARN is the policy's ARN. AWS's own belong to the account "aws" and to no organisation.
func (c *ControlPolicy) ARN() string {
	if c.AWSManaged {
		return "arn:aws:organizations::aws:policy/service_control_policy/" + c.ID
	}
	return "arn:aws:organizations::" + string(c.Management) + ":policy/" + c.Organization + "/service_control_policy/" + c.ID
}

func (c *ControlPolicy) compile() error {
	if c.ID == "" {
		return errors.New("the service control policy has no id")
	}
	return c.Document.compile(policy.ServiceControl, c.ARN())
}
