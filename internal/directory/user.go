package directory

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
)

// User is an IAM user with all that is its own.
type User struct {
	Account  arn.Account
	Name     string
	Path     string // "/", or "/division/team/"
	ID       string // "AIDA…"
	Created  time.Time
	Tags     identity.Tags
	Boundary string // ARN of the managed policy that bounds its rights; empty for none
	Rights
	Groups      []string // names, sorted
	AccessKeys  []AccessKey
	Credentials []ServiceCredential
}

// AccessKey is a long-term key pair of a user.
type AccessKey struct {
	ID      string          // "AKIA…"
	Secret  identity.Secret `json:"-"`
	Active  bool
	Created time.Time
}

// ServiceCredential is a long-term API key of a user for one service.
type ServiceCredential struct {
	ID      string // "ACCA…"
	Service string // "bedrock.amazonaws.com"
	Alias   string // what the key says of its owner: "admin-at-111122223333"
	Digest  []byte // SHA-256 of the whole key; the key itself is kept nowhere
	Active  bool
	Created time.Time
	Expires time.Time // zero for never
}

// Ref implements Entity.
func (u *User) Ref() Ref { return Ref{KindUser, u.Account, u.Name} }

// ARN is the user's ARN.
func (u *User) ARN() string { return iamARN(u.Account, "user", u.Path, u.Name) }

func (u *User) compile() error { return u.Rights.compile() }

// principal is who calls with credentials of the user's own. AccessKeyID is left empty.
func (u *User) principal() identity.Principal {
	return identity.Principal{Account: u.Account, ARN: u.ARN(), UserID: u.ID, Kind: identity.User, Name: u.Name, Tags: u.Tags}
}

// Group is an IAM group. Its members are the users that name it.
type Group struct {
	Account arn.Account
	Name    string
	Path    string
	ID      string // "AGPA…"
	Created time.Time
	Rights
}

// Ref implements Entity.
func (g *Group) Ref() Ref { return Ref{KindGroup, g.Account, g.Name} }

// ARN is the group's ARN.
func (g *Group) ARN() string { return iamARN(g.Account, "group", g.Path, g.Name) }

func (g *Group) compile() error { return g.Rights.compile() }

// iamARN is the ARN of a thing that IAM names by a path and a name.
func iamARN(account arn.Account, kind, path, name string) string {
	return "arn:aws:iam::" + string(account) + ":" + kind + path + name
}
