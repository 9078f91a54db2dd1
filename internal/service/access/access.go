// Package access decides who may call what: it turns every operation into the actions, resources and condition keys that
// policies speak of, and asks the directory's policies.
package access

import (
	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
	"github.com/outcrop/outcrop/internal/profile"
)

// Directory gives the current immutable view of principals and their policies.
type Directory interface {
	Snapshot() *directory.Snapshot
}

// Profiles gives the current immutable view of catalog and profiles.
type Profiles interface {
	Snapshot() *profile.Snapshot
}

// Options are what a Control is made of.
type Options struct {
	Directory Directory
	Profiles  Profiles
	// OneGrant lets a right on a profile suffice to call it: the models behind it need none of their own.
	OneGrant bool
}

// Control decides. It is safe for concurrent use, and every decision is made anew: a policy that changes counts for the
// next call.
type Control struct{ opt Options }

// New makes a Control.
func New(o Options) *Control { return &Control{o} }

// judge is one caller's rights during one request.
type judge struct {
	now *directory.Snapshot
	set policy.Set // the caller's, with the resource's policy of each question put into it
	ask policy.Request
}

// begin prepares to judge what one caller asks for.
func (c *Control) begin(who *identity.Principal, from identity.Origin) judge {
	now := c.opt.Directory.Snapshot()
	j := judge{now: now, set: *now.Set(who), ask: policy.Request{Principal: who}}
	k := &j.ask.Keys
	k.SourceIP, k.UserAgent, k.SecureTransport = from.Address, from.UserAgent, from.Secure
	if org := now.Organization(); org != nil {
		k.PrincipalOrgID, k.PrincipalOrgMaster = org.ID, string(org.Management)
		k.ResourceOrgID = org.ID
	}
	if a, ok := now.Account(who.Account); ok {
		k.PrincipalOrgPaths = a.OrgPaths()
	}
	return j
}

// bearer judges whether the caller may send an API key at all, when it did. Signed calls pass.
func (j *judge) bearer() error {
	if j.ask.Principal.Bearer == "" {
		return nil
	}
	j.ask.Action = "bedrock:CallWithBearerToken"
	return j.on("", "", nil)
}

// on judges the action on one resource. owner is the resource's account, and shared its own policy; both may be empty.
// What an account shared is shared no more once it is closed.
func (j *judge) on(resource string, owner arn.Account, shared *policy.Policy) error {
	j.ask.Resource, j.ask.Owner, j.set.Resource = resource, owner, shared
	j.ask.Keys.ResourceOrgPaths = nil
	a, known := j.now.Account(owner)
	if known {
		j.ask.Keys.ResourceOrgPaths = a.OrgPaths()
	}
	if shared != nil && !(known && a.Open()) {
		j.set.Resource = nil
	}
	d := policy.Evaluate(&j.set, &j.ask)
	if d.Allowed {
		return nil
	}
	return d.Denied(&j.ask)
}
