package main

import "slices"

// iam is the part of IAM that is served.
var iam = target{
	Service:    "iam",
	Package:    "iam",
	Operations: slices.Concat(iamUsers, iamGroups, iamRoles, iamKeys, iamInline, iamManaged, iamAttachments, iamAccount, iamSimulator, iamProviders, iamAbsent),
	Adjust: map[string]adjustment{
		// The model looks ahead so that no two hyphens stand together; the length is checked beside it.
		"accountAliasType": {Pattern: `[a-z0-9]+(-[a-z0-9]+)*`},

		"userNameType":         {Allowed: "+=,.@_-"},
		"existingUserNameType": {Allowed: "+=,.@_-"},
		"groupNameType":        {Allowed: "+=,.@_-"},
		"roleNameType":         {Allowed: "+=,.@_-"},
		"policyNameType":       {Allowed: "+=,.@_-"},
	},
}

// The operations of IAM by what they are about.
var (
	iamUsers = []string{
		"CreateUser",
		"GetUser",
		"ListUsers",
		"UpdateUser",
		"DeleteUser",
		"TagUser",
		"UntagUser",
		"ListUserTags",
		"PutUserPermissionsBoundary",
		"DeleteUserPermissionsBoundary",
	}
	iamGroups = []string{
		"CreateGroup",
		"GetGroup",
		"ListGroups",
		"UpdateGroup",
		"DeleteGroup",
		"AddUserToGroup",
		"RemoveUserFromGroup",
		"ListGroupsForUser",
	}
	iamRoles = []string{
		"CreateRole",
		"GetRole",
		"ListRoles",
		"UpdateRole",
		"UpdateRoleDescription",
		"UpdateAssumeRolePolicy",
		"DeleteRole",
		"TagRole",
		"UntagRole",
		"ListRoleTags",
		"PutRolePermissionsBoundary",
		"DeleteRolePermissionsBoundary",
	}
	iamKeys = []string{
		"CreateAccessKey",
		"ListAccessKeys",
		"UpdateAccessKey",
		"DeleteAccessKey",
		"GetAccessKeyLastUsed",
		"CreateServiceSpecificCredential",
		"ListServiceSpecificCredentials",
		"UpdateServiceSpecificCredential",
		"DeleteServiceSpecificCredential",
		"ResetServiceSpecificCredential",
	}
	iamInline = []string{
		"PutUserPolicy",
		"GetUserPolicy",
		"ListUserPolicies",
		"DeleteUserPolicy",
		"PutGroupPolicy",
		"GetGroupPolicy",
		"ListGroupPolicies",
		"DeleteGroupPolicy",
		"PutRolePolicy",
		"GetRolePolicy",
		"ListRolePolicies",
		"DeleteRolePolicy",
	}
	iamManaged = []string{
		"CreatePolicy",
		"GetPolicy",
		"ListPolicies",
		"DeletePolicy",
		"CreatePolicyVersion",
		"GetPolicyVersion",
		"ListPolicyVersions",
		"DeletePolicyVersion",
		"SetDefaultPolicyVersion",
		"TagPolicy",
		"UntagPolicy",
		"ListPolicyTags",
	}
	iamAttachments = []string{
		"AttachUserPolicy",
		"DetachUserPolicy",
		"ListAttachedUserPolicies",
		"AttachGroupPolicy",
		"DetachGroupPolicy",
		"ListAttachedGroupPolicies",
		"AttachRolePolicy",
		"DetachRolePolicy",
		"ListAttachedRolePolicies",
		"ListEntitiesForPolicy",
	}
	iamAccount = []string{
		"GetAccountAuthorizationDetails",
		"GetAccountSummary",
		"ListAccountAliases",
		"CreateAccountAlias",
		"DeleteAccountAlias",
	}
	iamSimulator = []string{
		"SimulatePrincipalPolicy",
		"SimulateCustomPolicy",
		"GetContextKeysForPrincipalPolicy",
		"GetContextKeysForCustomPolicy",
	}
	iamProviders = []string{
		"CreateOpenIDConnectProvider",
		"GetOpenIDConnectProvider",
		"ListOpenIDConnectProviders",
		"DeleteOpenIDConnectProvider",
		"UpdateOpenIDConnectProviderThumbprint",
		"AddClientIDToOpenIDConnectProvider",
		"RemoveClientIDFromOpenIDConnectProvider",
		"TagOpenIDConnectProvider",
		"UntagOpenIDConnectProvider",
		"ListOpenIDConnectProviderTags",
	}
	// What no account here has; clients ask for it before they delete a user or a role.
	iamAbsent = []string{
		"ListInstanceProfilesForRole",
		"RemoveRoleFromInstanceProfile",
		"GetLoginProfile",
		"DeleteLoginProfile",
		"ListMFADevices",
		"DeactivateMFADevice",
		"ListVirtualMFADevices",
		"DeleteVirtualMFADevice",
		"ListSigningCertificates",
		"DeleteSigningCertificate",
		"ListSSHPublicKeys",
		"DeleteSSHPublicKey",
	}
)
