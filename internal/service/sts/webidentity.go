package sts

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/sts"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/oidc"
	"github.com/outcrop/outcrop/internal/policy"
)

// AssumeRoleWithWebIdentity gives credentials of a role to whom the issuer of a token vouches for, where the role's trust
// policy lets it. The token is the credential: the request itself is not signed.
func (s *Server) AssumeRoleWithWebIdentity(ctx context.Context, c *awswire.Call, in *api.AssumeRoleWithWebIdentityRequest) (*api.AssumeRoleWithWebIdentityResponse, error) {
	if in.ProviderID != nil {
		return nil, fault.New(fault.Validation, "ProviderId is for OAuth 2.0 access tokens alone, and only OpenID Connect ID tokens are taken.")
	}
	l, err := sessionPolicies(in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	now := s.opt.People.Snapshot()
	id, provider, err := s.identify(ctx, now, c, in)
	if err != nil {
		return nil, err
	}
	a := &assumption{
		now: now, name: in.RoleSessionName, limits: l, ask: request(now, c, "sts:AssumeRoleWithWebIdentity"),
		sourceIdentity: id.SourceIdentity, provider: id.Issuer,
	}
	a.ask.Principal, a.ask.Federated = nil, provider
	if err := a.takeClaims(id); err != nil {
		return nil, err
	}
	a.vouched(id)
	a.ownKeys(in.RoleSessionName, in.DurationSeconds)
	if err := a.judge(in.RoleARN); err != nil {
		return nil, err
	}
	if err := l.exist(a.account()); err != nil {
		return nil, err
	}
	if err := a.takeLifetime(in.DurationSeconds); err != nil {
		return nil, err
	}
	return s.answer(a, id, provider, c.Arrived)
}

// identify verifies the token, by an issuer that the role's account or the operator knows, and names the issuer's
// registration.
func (s *Server) identify(ctx context.Context, now *directory.Snapshot, c *awswire.Call, in *api.AssumeRoleWithWebIdentityRequest) (*oidc.Identity, string, error) {
	token, err := oidc.Parse(in.WebIdentityToken)
	if err != nil {
		return nil, "", err
	}
	role, _ := arn.Parse(in.RoleARN)
	account, ok := now.Account(role.Account)
	if !ok {
		ask := policy.Request{Action: "sts:AssumeRoleWithWebIdentity"}
		return nil, "", policy.Decision{Kind: policy.Trust}.Denied(&ask)
	}
	name := oidc.Name(token.Issuer)
	issuer, ok := s.opt.Issuers[name]
	provider := arn.ARN{Partition: arn.AWS, Service: "iam", Account: account.ID, Resource: "oidc-provider/" + name}.String()
	if registered, there := account.Provider(name); there { // what an account says of an issuer counts for its own roles
		issuer, ok = oidc.Issuer{URL: "https://" + registered.URL, Audiences: registered.ClientIDs}, true
		provider = registered.ARN()
	}
	if !ok {
		return nil, "", fault.Named(fault.Validation, api.InvalidIdentityTokenException, "No OpenIDConnect provider found in your account for %s", token.Issuer)
	}
	id, err := s.opt.Verifier.Verify(ctx, token, issuer, c.Arrived)
	return id, provider, err
}

// takeClaims takes the tags that the issuer gives the session.
func (a *assumption) takeClaims(id *oidc.Identity) error {
	tags := make([]api.Tag, 0, len(id.Tags))
	for key, value := range id.Tags {
		tags = append(tags, api.Tag{Key: key, Value: value})
	}
	slices.SortFunc(tags, func(x, y api.Tag) int { return strings.Compare(x.Key, y.Key) })
	passed, err := sessionTags(tags, id.TransitiveKeys)
	if err != nil {
		return err
	}
	a.tags, a.transitive, a.ask.Keys.RequestTags = passed, id.TransitiveKeys, passed
	return nil
}

// vouched are the condition keys of a web identity, which have the issuer's name in front.
func (a *assumption) vouched(id *oidc.Identity) {
	name := oidc.Name(id.Issuer)
	a.extra(name+":sub", id.Subject)
	a.extra(name+":aud", id.Audience)
	a.extra(name+":oaud", id.Audiences...)
	if len(id.Methods) > 0 {
		a.extra(name+":amr", id.Methods...)
	}
}

// answer makes the session and says whom it is for.
func (s *Server) answer(a *assumption, id *oidc.Identity, provider string, now time.Time) (*api.AssumeRoleWithWebIdentityResponse, error) {
	size, err := packedSize(a.limits, a.tags)
	if err != nil {
		return nil, err
	}
	credentials, user, err := s.grant(a, now)
	if err != nil {
		return nil, err
	}
	out := &api.AssumeRoleWithWebIdentityResponse{
		Credentials: credentials, AssumedRoleUser: user, PackedPolicySize: size,
		SubjectFromWebIdentityToken: &id.Subject, Audience: &id.Audience, Provider: &provider,
	}
	if a.sourceIdentity != "" {
		out.SourceIdentity = &a.sourceIdentity
	}
	return out, nil
}
