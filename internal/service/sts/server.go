// Package sts answers the AWS Security Token Service: who a caller is, and temporary credentials for roles, users and web
// identities.
package sts

import (
	"context"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/sts"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/oidc"
	"github.com/outcrop/outcrop/internal/policy"
	"github.com/outcrop/outcrop/internal/session"
)

// People is where the directory is kept.
type People interface {
	// Snapshot is the directory as it is now.
	Snapshot() *directory.Snapshot
}

// Issuers are the issuers of web identities that the operator trusts for every account, beside those that accounts have
// registered. A trust policy names them as it names the registered ones.
type Issuers map[string]oidc.Issuer // by URL without the scheme

// Options are what a Server is made of.
type Options struct {
	People   People
	Tokens   session.Codec
	Verifier *oidc.Verifier // of web identity tokens
	Issuers  Issuers
}

// Server does the operations. It is safe for concurrent use.
type Server struct {
	api.Unimplemented
	opt Options
}

var _ api.Server = (*Server)(nil)

// New makes a server.
func New(o Options) *Server { return &Server{opt: o} }

// Unsigned are the operations that need no credential: a web identity's token is one.
func Unsigned() []string { return []string{"AssumeRoleWithWebIdentity"} }

// GetCallerIdentity tells who calls. It needs no permission, and no policy can deny it.
func (s *Server) GetCallerIdentity(_ context.Context, c *awswire.Call, _ *api.GetCallerIdentityRequest) (*api.GetCallerIdentityResponse, error) {
	who := &c.Principal
	return &api.GetCallerIdentityResponse{UserID: &who.UserID, Account: new(string(who.Account)), ARN: &who.ARN}, nil
}

// GetAccessKeyInfo tells the account of an access key. That of a temporary key stands in its id.
func (s *Server) GetAccessKeyInfo(_ context.Context, c *awswire.Call, in *api.GetAccessKeyInfoRequest) (*api.GetAccessKeyInfoResponse, error) {
	now := s.opt.People.Snapshot()
	q := request(now, c, "sts:GetAccessKeyInfo")
	if d := now.Authorize(&c.Principal, &q); !d.Allowed {
		return nil, d.Denied(&q)
	}
	account, ok := session.Account(in.AccessKeyID)
	if !ok {
		owner, known := now.KeyOwner(in.AccessKeyID)
		if !known {
			return nil, fault.New(fault.Validation, "The access key %s belongs to no account of this organization.", in.AccessKeyID)
		}
		account = owner.Account
	}
	return &api.GetAccessKeyInfoResponse{Account: new(string(account))}, nil
}

// request is a question to the policies about an action of the caller's, without a resource yet.
func request(now *directory.Snapshot, c *awswire.Call, action string) policy.Request {
	from := c.Origin()
	q := policy.Request{Action: action, Principal: &c.Principal}
	k := &q.Keys
	k.Time, k.RequestedRegion = c.Arrived, c.Region
	k.SourceIP, k.UserAgent, k.SecureTransport = from.Address, from.UserAgent, from.Secure
	org := now.Organization()
	if org == nil {
		return q
	}
	k.ResourceOrgID = org.ID
	if a, ok := now.Account(c.Principal.Account); ok {
		k.PrincipalOrgID, k.PrincipalOrgMaster, k.PrincipalOrgPaths = org.ID, string(org.Management), a.OrgPaths()
	}
	return q
}

// about sets the resource a question is about.
func about(now *directory.Snapshot, q *policy.Request, resource string, owner arn.Account) {
	q.Resource, q.Owner = resource, owner
	if a, ok := now.Account(owner); ok {
		q.Keys.ResourceOrgPaths = a.OrgPaths()
	}
}
