package access

import (
	"strings"

	"github.com/outcrop/outcrop/internal/awswire"
)

// Organizations guards AWS Organizations.
func (c *Control) Organizations() awswire.Guard {
	r := &rules{control: c, prefix: "organizations", table: map[string]rule{}}
	r.add(anything, "CreateOrganization", "DescribeOrganization", "ListRoots", "CreateAccount", "ListAccounts", "DescribeCreateAccountStatus",
		"ListCreateAccountStatus", "CreatePolicy", "ListPolicies", "ListAWSServiceAccessForOrganization", "ListDelegatedAdministrators")
	r.add(onMember("AccountID"), "DescribeAccount", "CloseAccount", "RemoveAccountFromOrganization", "ListDelegatedServicesForAccount")
	r.add(onMember("AccountID", "SourceParentID", "DestinationParentID"), "MoveAccount")
	r.add(onMember("ParentID"), "ListAccountsForParent", "CreateOrganizationalUnit", "ListOrganizationalUnitsForParent", "ListChildren")
	r.add(onMember("OrganizationalUnitID"), "DescribeOrganizationalUnit", "UpdateOrganizationalUnit", "DeleteOrganizationalUnit")
	r.add(onMember("ChildID"), "ListParents")
	r.add(onMember("PolicyID"), "DescribePolicy", "UpdatePolicy", "DeletePolicy", "ListTargetsForPolicy")
	r.add(onMember("PolicyID", "TargetID"), "AttachPolicy", "DetachPolicy")
	r.add(onMember("TargetID"), "ListPoliciesForTarget")
	r.add(onMember("RootID"), "EnablePolicyType", "DisablePolicyType")
	r.add(onMember("ResourceID"), "TagResource", "UntagResource", "ListTagsForResource")
	return r
}

// onMember judges every part of the organisation that the fields of an input name.
func onMember(fields ...string) rule {
	return func(a *asking) error {
		a.ask.Keys.RequestTags, a.ask.Keys.TagKeys = tagField(a.in, "Tags"), keysField(a.in, "TagKeys")
		for _, f := range fields {
			if err := a.mine(a.memberARN(field(a.in, f))); err != nil {
				return err
			}
		}
		return nil
	}
}

// memberARN is the ARN of a part of the organisation, whose id tells its kind.
func (a *asking) memberARN(id string) string {
	org := a.now.Organization()
	if org == nil || strings.HasPrefix(id, "arn:") {
		return id
	}
	kind := "account"
	switch {
	case strings.HasPrefix(id, "r-"):
		kind = "root"
	case strings.HasPrefix(id, "ou-"):
		kind = "ou"
	case strings.HasPrefix(id, "p-"):
		if c, ok := a.now.ControlPolicy(id); ok {
			return c.ARN()
		}
		return "arn:aws:organizations::" + string(org.Management) + ":policy/" + org.ID + "/service_control_policy/" + id
	}
	return "arn:aws:organizations::" + string(org.Management) + ":" + kind + "/" + org.ID + "/" + id
}
