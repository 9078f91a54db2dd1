package directory

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

// Role is an IAM role.
type Role struct {
	Account     arn.Account
	Name        string
	Path        string
	ID          string // "AROA…"
	Description string
	MaxSession  time.Duration // how long AssumeRole may ask for
	Trust       Document      // who may assume it
	Created     time.Time
	Tags        identity.Tags
	Boundary    string // ARN of the managed policy that bounds its rights; empty for none
	Rights
}

// Ref implements Entity.
func (r *Role) Ref() Ref { return Ref{KindRole, r.Account, r.Name} }

// ARN is the role's ARN.
func (r *Role) ARN() string { return iamARN(r.Account, "role", r.Path, r.Name) }

func (r *Role) compile() error {
	if err := r.Rights.compile(); err != nil {
		return err
	}
	return r.Trust.compile(policy.Trust, r.ARN())
}

// OIDCProvider is an issuer of web identities whom an account trusts.
type OIDCProvider struct {
	Account     arn.Account
	URL         string // without the scheme: "issuer.example.com/path"
	ClientIDs   []string
	Thumbprints []string
	Created     time.Time
	Tags        identity.Tags
}

// Ref implements Entity.
func (p *OIDCProvider) Ref() Ref { return Ref{KindProvider, p.Account, p.URL} }

// ARN is the provider's ARN.
func (p *OIDCProvider) ARN() string { return iamARN(p.Account, "oidc-provider", "/", p.URL) }

func (*OIDCProvider) compile() error { return nil }
