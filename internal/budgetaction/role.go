package budgetaction

import (
	"time"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

// service is who assumes the roles of actions.
const service = "budgets.amazonaws.com"

// trusted finds the role of an action, if it lets AWS Budgets assume it.
func trusted(now *directory.Snapshot, k budget.Key, name string, at time.Time) (*directory.Role, error) {
	r, ok := now.Role(name)
	if !ok || r.Account != k.Account {
		return nil, fault.New(fault.AccessDenied, "AWS Budgets cannot assume the execution role %s: the role does not exist in account %s.", name, k.Account)
	}
	ask := policy.Request{
		Action: "sts:AssumeRole", Resource: r.ARN(), Owner: r.Account, Service: service,
		Keys: policy.Keys{Time: at, SecureTransport: true, ResourceTags: r.Tags, Extra: []policy.Extra{
			{Name: "aws:SourceAccount", Values: []string{string(k.Account)}}, {Name: "aws:SourceArn", Values: []string{k.ARN()}},
		}},
	}
	if d := policy.Evaluate(&policy.Set{Resource: r.Trust.Policy()}, &ask); !d.Allowed {
		return nil, fault.New(fault.AccessDenied, "AWS Budgets cannot assume the execution role %s: its trust policy does not allow sts:AssumeRole to the service %s.", name, service)
	}
	return r, nil
}

// target is what a policy is attached to, for the role's policies to judge by.
type target struct {
	name     string // ARN
	policy   string // ARN; empty for a service control policy
	tags     identity.Tags
	boundary string
}

// may asks whether the role allows an action of its account.
func (w *work) may(action string, t target) error {
	if w.free {
		return nil
	}
	const session = "AWSBudgetsAction"
	who := identity.Principal{
		Account: w.role.Account, ARN: "arn:aws:sts::" + string(w.role.Account) + ":assumed-role/" + w.role.Name + "/" + session,
		UserID: w.role.ID + ":" + session, Kind: identity.AssumedRole, Name: w.role.Name, Tags: w.role.Tags,
		Session: &identity.Session{Issuer: w.role.ARN(), Name: session, Issued: w.at, Expires: w.at.Add(time.Hour)},
	}
	ask := policy.Request{
		Action: action, Resource: t.name, Owner: w.key.Account, Principal: &who,
		Keys: policy.Keys{Time: w.at, SecureTransport: true, ResourceTags: t.tags},
	}
	if org := w.now.Organization(); org != nil {
		ask.Keys.PrincipalOrgID, ask.Keys.PrincipalOrgMaster, ask.Keys.ResourceOrgID = org.ID, string(org.Management), org.ID
	}
	if t.policy != "" {
		ask.Keys.Extra = append(ask.Keys.Extra, policy.Extra{Name: "iam:PolicyARN", Values: []string{t.policy}})
	}
	if t.boundary != "" {
		ask.Keys.Extra = append(ask.Keys.Extra, policy.Extra{Name: "iam:PermissionsBoundary", Values: []string{t.boundary}})
	}
	if d := w.now.Authorize(&who, &ask); !d.Allowed {
		return d.Denied(&ask)
	}
	return nil
}

// mayControl asks for the right to attach a service control policy to something: on both of them.
func (w *work) mayControl(p *directory.ControlPolicy, name string) error {
	action := "organizations:" + w.way.verb() + "Policy"
	if err := w.may(action, target{name: p.ARN(), tags: p.Tags}); err != nil {
		return err
	}
	return w.may(action, target{name: name})
}
