package directory

import (
	"errors"
	"fmt"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

// AWSOwner is the account that ARNs of AWS's own managed policies name.
const AWSOwner arn.Account = "aws"

// ManagedPolicy is a policy of its own, which users, groups and roles attach.
type ManagedPolicy struct {
	Account     arn.Account // AWSOwner for AWS's own
	Name        string
	Path        string
	ID          string // "ANPA…"
	Description string
	Created     time.Time
	Updated     time.Time
	Tags        identity.Tags
	Versions    []Version // oldest first; never empty
	Default     string    // id of the version in force
	Last        int       // number of the newest version there ever was
}

// Version is one version of a managed policy.
type Version struct {
	ID       string // "v1"
	Document Document
	Created  time.Time
}

// Ref implements Entity.
func (p *ManagedPolicy) Ref() Ref { return Ref{KindPolicy, p.Account, p.Name} }

// ARN is the policy's ARN.
func (p *ManagedPolicy) ARN() string { return iamARN(p.Account, "policy", p.Path, p.Name) }

// Version finds a version by its id.
func (p *ManagedPolicy) Version(id string) (*Version, bool) {
	for i := range p.Versions {
		if p.Versions[i].ID == id {
			return &p.Versions[i], true
		}
	}
	return nil, false
}

// InForce is the default version.
func (p *ManagedPolicy) InForce() *Version {
	v, ok := p.Version(p.Default)
	if !ok {
		panic("BUG: the default version of " + p.ARN() + " is gone")
	}
	return v
}

func (p *ManagedPolicy) compile() error {
	if _, ok := p.Version(p.Default); !ok {
		return fmt.Errorf("it has no version %q, which should be in force", p.Default)
	}
	var errs []error
	for i := range p.Versions {
		errs = append(errs, p.Versions[i].Document.compile(policy.Identity, p.ARN()))
	}
	return errors.Join(errs...)
}
