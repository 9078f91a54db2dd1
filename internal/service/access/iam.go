package access

import (
	"strings"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// IAM guards the IAM API. Actions, resources and condition keys are those of AWS's Service Authorization Reference.
func (c *Control) IAM() awswire.Guard {
	r := &rules{control: c, prefix: "iam", table: map[string]rule{}}
	r.add(anything, "ListUsers", "ListGroups", "ListRoles", "ListPolicies", "ListAccountAliases", "CreateAccountAlias", "DeleteAccountAlias",
		"GetAccountSummary", "GetAccountAuthorizationDetails", "ListOpenIDConnectProviders", "ListVirtualMFADevices", "SimulateCustomPolicy",
		"GetContextKeysForCustomPolicy", "GetAccessKeyLastUsed", "DeleteVirtualMFADevice", "RemoveRoleFromInstanceProfile")
	r.add(onUser, "CreateUser", "GetUser", "UpdateUser", "DeleteUser", "TagUser", "UntagUser", "ListUserTags", "ListGroupsForUser",
		"CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey", "CreateServiceSpecificCredential",
		"ListServiceSpecificCredentials", "UpdateServiceSpecificCredential", "DeleteServiceSpecificCredential", "ResetServiceSpecificCredential",
		"PutUserPolicy", "GetUserPolicy", "ListUserPolicies", "DeleteUserPolicy", "AttachUserPolicy", "DetachUserPolicy",
		"ListAttachedUserPolicies", "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary", "GetLoginProfile", "DeleteLoginProfile",
		"ListMFADevices", "DeactivateMFADevice", "ListSigningCertificates", "DeleteSigningCertificate", "ListSSHPublicKeys", "DeleteSSHPublicKey")
	r.add(onGroup, "CreateGroup", "GetGroup", "UpdateGroup", "DeleteGroup", "AddUserToGroup", "RemoveUserFromGroup", "PutGroupPolicy",
		"GetGroupPolicy", "ListGroupPolicies", "DeleteGroupPolicy", "AttachGroupPolicy", "DetachGroupPolicy", "ListAttachedGroupPolicies")
	r.add(onRole, "CreateRole", "GetRole", "UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy", "DeleteRole", "TagRole", "UntagRole",
		"ListRoleTags", "PutRolePolicy", "GetRolePolicy", "ListRolePolicies", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy",
		"ListAttachedRolePolicies", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "ListInstanceProfilesForRole")
	r.add(onPolicy, "CreatePolicy", "GetPolicy", "DeletePolicy", "CreatePolicyVersion", "GetPolicyVersion", "ListPolicyVersions",
		"DeletePolicyVersion", "SetDefaultPolicyVersion", "TagPolicy", "UntagPolicy", "ListPolicyTags", "ListEntitiesForPolicy")
	r.add(onProvider, "CreateOpenIDConnectProvider", "GetOpenIDConnectProvider", "DeleteOpenIDConnectProvider",
		"UpdateOpenIDConnectProviderThumbprint", "AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider",
		"TagOpenIDConnectProvider", "UntagOpenIDConnectProvider", "ListOpenIDConnectProviderTags")
	r.add(onPrincipal, "SimulatePrincipalPolicy", "GetContextKeysForPrincipalPolicy")
	return r
}

// add gives several operations one rule.
func (r *rules) add(judged rule, operations ...string) {
	for _, op := range operations {
		r.table[op] = judged
	}
}

// iamName is the ARN of a thing of the caller's account that has no other yet.
func (a *asking) iamName(kind, path, name string) string {
	if path == "" {
		path = "/"
	}
	return "arn:aws:iam::" + string(a.account()) + ":" + kind + path + name
}

// iamKeys fills the condition keys that inputs of IAM have in common.
func (a *asking) iamKeys() {
	a.ask.Keys.RequestTags = tagField(a.in, "Tags")
	a.ask.Keys.TagKeys = keysField(a.in, "TagKeys")
	if p := field(a.in, "PolicyARN"); p != "" {
		a.with("iam:PolicyARN", p)
	}
	if b := field(a.in, "PermissionsBoundary"); b != "" {
		a.with("iam:PermissionsBoundary", b)
	}
	if s := field(a.in, "ServiceName"); s != "" {
		a.with("iam:ServiceSpecificCredentialServiceName", s)
	}
	if days := number(a.in, "CredentialAgeDays"); days != "" {
		a.with("iam:ServiceSpecificCredentialAgeDays", days)
	}
}

// bounded adds the boundary that a thing has, unless the call sets one.
func (a *asking) bounded(boundary string) {
	if boundary != "" && field(a.in, "PermissionsBoundary") == "" {
		a.with("iam:PermissionsBoundary", boundary)
	}
}

// mineIn is the caller's account; nil when it is gone.
func (a *asking) mineIn() *directory.Account {
	own, _ := a.now.Account(a.account())
	return own
}

// onUser judges a user; an input that names none is about the caller.
func onUser(a *asking) error {
	a.iamKeys()
	name := field(a.in, "UserName")
	if name == "" {
		return a.mine(a.call.Principal.ARN)
	}
	if own := a.mineIn(); own != nil {
		if u, ok := own.User(name); ok {
			a.ask.Keys.ResourceTags = u.Tags
			a.bounded(u.Boundary)
			return a.mine(u.ARN())
		}
	}
	return a.mine(a.iamName("user", field(a.in, "Path"), name))
}

func onGroup(a *asking) error {
	a.iamKeys()
	name := field(a.in, "GroupName")
	if own := a.mineIn(); own != nil {
		if g, ok := own.Group(name); ok {
			return a.mine(g.ARN())
		}
	}
	return a.mine(a.iamName("group", field(a.in, "Path"), name))
}

func onRole(a *asking) error {
	a.iamKeys()
	name := field(a.in, "RoleName")
	if own := a.mineIn(); own != nil {
		if r, ok := own.Role(name); ok {
			a.ask.Keys.ResourceTags = r.Tags
			a.bounded(r.Boundary)
			return a.mine(r.ARN())
		}
	}
	return a.mine(a.iamName("role", field(a.in, "Path"), name))
}

func onPolicy(a *asking) error {
	a.iamKeys()
	name := field(a.in, "PolicyARN")
	if name == "" {
		return a.mine(a.iamName("policy", field(a.in, "Path"), field(a.in, "PolicyName")))
	}
	if own := a.mineIn(); own != nil {
		if p, ok := own.Policy(name); ok {
			a.ask.Keys.ResourceTags = p.Tags
		}
	}
	return a.mine(name)
}

func onProvider(a *asking) error {
	a.iamKeys()
	name := field(a.in, "OpenIDConnectProviderARN")
	if name == "" {
		_, url, _ := strings.Cut(field(a.in, "URL"), "://")
		return a.mine(a.iamName("oidc-provider", "/", url))
	}
	if own := a.mineIn(); own != nil {
		if _, url, ok := strings.Cut(name, ":oidc-provider/"); ok {
			if p, ok := own.Provider(url); ok {
				a.ask.Keys.ResourceTags = p.Tags
			}
		}
	}
	return a.mine(name)
}

// onPrincipal judges whoever's policies are looked into.
func onPrincipal(a *asking) error { return a.mine(field(a.in, "PolicySourceARN")) }
