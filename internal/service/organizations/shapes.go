package organizations

import (
	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/directory"
)

// arn is the ARN of a thing of the organisation but its policies.
func (v view) arn(kind, id string) string {
	base := "arn:aws:organizations::" + string(v.org.Management) + ":" + kind + "/" + v.org.ID
	if id == "" {
		return base
	}
	return base + "/" + id
}

// path is the way from the organisation down to a unit or root: "o-abc/r-def/ou-def-ghi/".
func (v view) path(id string) string {
	way := id + "/"
	for u, ok := v.Unit(id); ok; u, ok = v.Unit(u.Parent) {
		way = u.Parent + "/" + way
	}
	return v.org.ID + "/" + way
}

func (v view) organization() *api.Organization {
	o := &api.Organization{
		ID: new(v.org.ID), ARN: new(v.arn("organization", "")), FeatureSet: new(api.OrganizationFeatureSetAll),
		MasterAccountID: new(string(v.org.Management)), MasterAccountARN: new(v.arn("account", string(v.org.Management))),
		AvailablePolicyTypes: v.policyTypes(),
	}
	if a, ok := v.Account(v.org.Management); ok {
		o.MasterAccountEmail = new(a.Email)
	}
	return o
}

// policyTypes are those that are enabled, which can be one.
func (v view) policyTypes() []api.PolicyTypeSummary {
	if !v.org.ServiceControl {
		return []api.PolicyTypeSummary{}
	}
	return []api.PolicyTypeSummary{{Type: new(api.PolicyTypeServiceControlPolicy), Status: new(api.PolicyTypeStatusEnabled)}}
}

func (v view) root() *api.Root {
	return &api.Root{ID: new(v.org.Root), ARN: new(v.arn("root", v.org.Root)), Name: new("Root"), PolicyTypes: v.policyTypes()}
}

func (v view) account(a *directory.Account) api.Account {
	status, state, joined := api.AccountStatusActive, api.AccountStateActive, api.AccountJoinedMethodCreated
	if !a.Open() {
		status, state = api.AccountStatusSuspended, api.AccountStateSuspended
	}
	if a.Invited || a.ID == v.org.Management {
		joined = api.AccountJoinedMethodInvited // as AWS says of whoever was an account before the organisation was
	}
	id := string(a.ID)
	return api.Account{
		ID: new(id), ARN: new(v.arn("account", id)), Email: new(a.Email), Name: new(a.Name), Status: new(status), State: new(state),
		Paths: []string{v.path(a.Parent) + id + "/"}, JoinedMethod: new(joined), JoinedTimestamp: a.Joined,
	}
}

func (v view) unit(u *directory.Unit) api.OrganizationalUnit {
	return api.OrganizationalUnit{ID: new(u.ID), ARN: new(v.arn("ou", u.ID)), Name: new(u.Name), Path: new(v.path(u.ID))}
}

func summary(p *directory.ControlPolicy) api.PolicySummary {
	return api.PolicySummary{
		ID: new(p.ID), ARN: new(p.ARN()), Name: new(p.Name), Description: new(p.Description),
		Type: new(api.PolicyTypeServiceControlPolicy), AwsManaged: new(p.AWSManaged),
	}
}

func whole(p *directory.ControlPolicy) *api.Policy {
	return &api.Policy{PolicySummary: new(summary(p)), Content: new(p.Document.Text())}
}

// target is a policy's target by its id.
func (v view) target(id string) api.PolicyTargetSummary {
	form := api.PolicyTargetSummary{TargetID: new(id)}
	switch n := v.node(id); n.kind {
	case isRoot:
		form.ARN, form.Name, form.Type = new(v.arn("root", id)), new("Root"), new(api.TargetTypeRoot)
	case isUnit:
		form.ARN, form.Name, form.Type = new(v.arn("ou", id)), new(n.unit.Name), new(api.TargetTypeOrganizationalUnit)
	case isAccount:
		form.ARN, form.Name, form.Type = new(v.arn("account", id)), new(n.account.Name), new(api.TargetTypeAccount)
	}
	return form
}
