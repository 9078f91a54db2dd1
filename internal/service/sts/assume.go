package sts

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/sts"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
	"github.com/outcrop/outcrop/internal/session"
)

const (
	// usualLifetime is that of a role's session whose caller asks for none.
	usualLifetime = time.Hour
	// chainedLifetime is the longest of a role's session that another role's session asked for.
	chainedLifetime = time.Hour

	wrongMFA = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
)

// assumption is a role being assumed.
type assumption struct {
	now    *directory.Snapshot
	role   *directory.Role
	ask    policy.Request
	set    policy.Set
	limits limits

	name           string
	lifetime       time.Duration
	tags           identity.Tags // of the session, with those it inherits
	transitive     []string
	sourceIdentity string
	chained        bool
	provider       string // issuer of the web identity; empty for others
}

// AssumeRole gives credentials of a role to whom its trust policy and their own policies let have them.
func (s *Server) AssumeRole(_ context.Context, c *awswire.Call, in *api.AssumeRoleRequest) (*api.AssumeRoleResponse, error) {
	a, err := s.assume(c, in)
	if err != nil {
		return nil, err
	}
	size, err := packedSize(a.limits, a.tags)
	if err != nil {
		return nil, err
	}
	credentials, user, err := s.grant(a, c.Arrived)
	if err != nil {
		return nil, err
	}
	out := &api.AssumeRoleResponse{Credentials: credentials, AssumedRoleUser: user, PackedPolicySize: size}
	if a.sourceIdentity != "" {
		out.SourceIdentity = &a.sourceIdentity
	}
	return out, nil
}

// assume judges a request for a role. What is wrong with the request itself is told first, then whether the caller may,
// and only then what the role does not allow.
func (s *Server) assume(c *awswire.Call, in *api.AssumeRoleRequest) (*assumption, error) {
	caller := &c.Principal
	if caller.Kind == identity.Root {
		return nil, fault.New(fault.AccessDenied, "Roles may not be assumed by root accounts.")
	}
	if caller.Kind == identity.FederatedUser {
		return nil, fault.New(fault.AccessDenied, "Roles may not be assumed by federated users.")
	}
	if in.SerialNumber != nil || in.TokenCode != nil {
		return nil, fault.New(fault.AccessDenied, wrongMFA)
	}
	now := s.opt.People.Snapshot()
	a := &assumption{now: now, name: in.RoleSessionName, ask: request(now, c, "sts:AssumeRole"), set: *now.Set(caller)}
	if err := a.takeTags(caller, in); err != nil {
		return nil, err
	}
	var err error
	if a.limits, err = sessionPolicies(in.Policy, in.PolicyArns); err != nil {
		return nil, err
	}
	a.inherit(caller, in)
	a.keys(in)
	if err := a.judge(in.RoleARN); err != nil {
		return nil, err
	}
	if err := a.limits.exist(a.account()); err != nil {
		return nil, err
	}
	return a, a.takeLifetime(in.DurationSeconds)
}

// takeTags takes the tags of a request and those that the caller's session hands on, which no request can replace.
func (a *assumption) takeTags(caller *identity.Principal, in *api.AssumeRoleRequest) error {
	passed, err := sessionTags(in.Tags, in.TransitiveTagKeys)
	if err != nil {
		return err
	}
	a.ask.Keys.RequestTags = passed
	var inherited identity.Tags
	if caller.Session != nil {
		for _, key := range caller.Session.Transitive {
			if value, ok := caller.Tags.Get(key); ok {
				inherited = append(inherited, identity.Tag{Key: key, Value: value})
			}
		}
	}
	for _, t := range inherited {
		if hasKey(passed, t.Key) {
			return invalidParameter("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		a.transitive = append(a.transitive, t.Key)
	}
	a.tags = session.Merge(inherited, passed)
	for _, t := range passed {
		if hasName(in.TransitiveTagKeys, t.Key) {
			a.transitive = append(a.transitive, t.Key)
		}
	}
	return nil
}

func hasName(keys []string, key string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, key) })
}

// inherit takes what a session leaves to the next one.
func (a *assumption) inherit(caller *identity.Principal, in *api.AssumeRoleRequest) {
	if in.SourceIdentity != nil {
		a.sourceIdentity = *in.SourceIdentity
	}
	if caller.Session == nil {
		return
	}
	a.chained = caller.Kind == identity.AssumedRole
	if a.sourceIdentity == "" {
		a.sourceIdentity = caller.Session.SourceIdentity
	}
}

// keys are the condition keys of the request.
func (a *assumption) keys(in *api.AssumeRoleRequest) {
	a.ownKeys(in.RoleSessionName, in.DurationSeconds)
	if in.ExternalID != nil {
		a.extra("sts:ExternalId", *in.ExternalID)
	}
}

// ownKeys are the condition keys of STS that every session has.
func (a *assumption) ownKeys(session string, asked *int) {
	a.extra("sts:RoleSessionName", session)
	if asked != nil {
		a.extra("sts:DurationSeconds", strconv.Itoa(*asked))
	}
	if len(a.transitive) > 0 {
		a.extra("sts:TransitiveTagKeys", a.transitive...)
	}
	if a.sourceIdentity != "" {
		a.extra("sts:SourceIdentity", a.sourceIdentity)
	}
}

// extra adds a condition key by its name.
func (a *assumption) extra(name string, values ...string) {
	a.ask.Keys.Extra = append(a.ask.Keys.Extra, policy.Extra{Name: name, Values: values})
}

// judge finds the role and asks whether the caller may assume it, tag its session, and say for whom it is. A role that
// does not exist is refused like one that trusts nobody.
func (a *assumption) judge(roleARN string) error {
	role, ok := a.now.Role(roleARN)
	owner, _ := arn.Parse(roleARN)
	about(a.now, &a.ask, roleARN, owner.Account)
	open := false
	if account, there := a.now.Account(owner.Account); there {
		open = account.Open()
	}
	if !ok || !open {
		return policy.Decision{Kind: policy.Trust}.Denied(&a.ask)
	}
	a.role, a.set.Resource, a.ask.Keys.ResourceTags = role, role.Trust.Policy(), role.Tags
	actions := []string{a.ask.Action}
	if len(a.tags) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if a.sourceIdentity != "" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	return allowed(&a.set, &a.ask, actions...)
}

// allowed judges several actions on one resource.
func allowed(set *policy.Set, ask *policy.Request, actions ...string) error {
	for _, ask.Action = range actions {
		if d := policy.Evaluate(set, ask); !d.Allowed {
			return d.Denied(ask)
		}
	}
	return nil
}

// account is the role's.
func (a *assumption) account() *directory.Account {
	account, _ := a.now.Account(a.role.Account)
	return account
}

// takeLifetime takes how long the session is to last, within what the role and chaining allow.
func (a *assumption) takeLifetime(asked *int) error {
	a.lifetime = seconds(asked, usualLifetime)
	switch {
	case a.chained && a.lifetime > chainedLifetime:
		return fault.New(fault.Validation, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	case a.lifetime > max(a.role.MaxSession, usualLifetime):
		return fault.New(fault.Validation, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return nil
}

// grant makes the session of a role.
func (s *Server) grant(a *assumption, now time.Time) (*api.Credentials, *api.AssumedRoleUser, error) {
	name := arn.ARN{Partition: arn.AWS, Service: "sts", Account: a.role.Account, Resource: "assumed-role/" + a.role.Name + "/" + a.name}
	who := identity.Principal{
		Account: a.role.Account, ARN: name.String(), UserID: a.role.ID + ":" + a.name, Kind: identity.AssumedRole, Name: a.role.Name, Tags: a.tags,
		Session: &identity.Session{
			Issuer: a.role.ARN(), Name: a.name, Policies: a.limits.policies, PolicyARNs: a.limits.arns, Limited: a.limits.limited,
			Transitive: a.transitive, Chained: a.chained, SourceIdentity: a.sourceIdentity, Provider: a.provider,
		},
	}
	credentials, err := s.issue(who, a.role.ID, a.lifetime, now)
	return credentials, &api.AssumedRoleUser{AssumedRoleID: who.UserID, ARN: who.ARN}, err
}
