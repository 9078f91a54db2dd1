package sts

import (
	"context"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/sts"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
)

// The lifetimes of sessions of users: without a word of the caller's, and of a root user at the most.
const (
	userLifetime = 12 * time.Hour
	rootLifetime = time.Hour
)

// GetSessionToken gives temporary credentials for the caller itself. It needs no permission; only long-term credentials
// may ask.
func (s *Server) GetSessionToken(_ context.Context, c *awswire.Call, in *api.GetSessionTokenRequest) (*api.GetSessionTokenResponse, error) {
	who := c.Principal
	if who.Session != nil {
		return nil, fault.New(fault.AccessDenied, "Cannot call GetSessionToken with session credentials")
	}
	if in.SerialNumber != nil || in.TokenCode != nil {
		return nil, fault.New(fault.AccessDenied, wrongMFA)
	}
	issuer := who.UserID
	who.Tags = nil // they are looked up at each call, as the user's are
	who.Session = &identity.Session{Issuer: who.ARN}
	credentials, err := s.issue(who, issuer, lifetime(in.DurationSeconds, who.Kind), c.Arrived)
	return &api.GetSessionTokenResponse{Credentials: credentials}, err
}

// lifetime is how long a session of a user may last. That of a root user is cut to its longest.
func lifetime(asked *int, kind identity.Kind) time.Duration {
	if kind == identity.Root {
		return min(seconds(asked, rootLifetime), rootLifetime)
	}
	return seconds(asked, userLifetime)
}

// GetFederationToken gives temporary credentials for somebody whom the caller names, with the rights that the caller and
// the session policies both have: none without session policies.
func (s *Server) GetFederationToken(_ context.Context, c *awswire.Call, in *api.GetFederationTokenRequest) (*api.GetFederationTokenResponse, error) {
	caller := &c.Principal
	if caller.Session != nil {
		return nil, fault.New(fault.AccessDenied, "Cannot call GetFederationToken with session credentials")
	}
	now := s.opt.People.Snapshot()
	account, ok := now.Account(caller.Account)
	if !ok {
		return nil, fault.New(fault.AccessDenied, "The account %s does not exist.", caller.Account)
	}
	tags, err := sessionTags(in.Tags, nil)
	if err != nil {
		return nil, err
	}
	l, err := sessionPolicies(in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	name := arn.ARN{Partition: arn.AWS, Service: "sts", Account: caller.Account, Resource: "federated-user/" + in.Name}.String()
	ask := request(now, c, "sts:GetFederationToken")
	ask.Keys.RequestTags = tags
	about(now, &ask, name, caller.Account)
	actions := []string{ask.Action}
	if len(tags) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if err := allowed(now.Set(caller), &ask, actions...); err != nil {
		return nil, err
	}
	if err := l.exist(account); err != nil {
		return nil, err
	}
	size, err := packedSize(l, tags)
	if err != nil {
		return nil, err
	}
	who := identity.Principal{
		Account: caller.Account, ARN: name, UserID: string(caller.Account) + ":" + in.Name, Kind: identity.FederatedUser, Name: in.Name, Tags: tags,
		Session: &identity.Session{Issuer: caller.ARN, Name: in.Name, Policies: l.policies, PolicyARNs: l.arns, Limited: true},
	}
	credentials, err := s.issue(who, caller.UserID, lifetime(in.DurationSeconds, caller.Kind), c.Arrived)
	return &api.GetFederationTokenResponse{
		Credentials: credentials, PackedPolicySize: size, FederatedUser: &api.FederatedUser{FederatedUserID: who.UserID, ARN: who.ARN},
	}, err
}
