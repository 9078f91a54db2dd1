package iam

import (
	"context"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
)

// GetAccountSummary implements api.Server. What there is none of here counts 0.
func (s *Server) GetAccountSummary(ctx context.Context, c *awswire.Call) (*api.GetAccountSummaryResponse, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, err
	}
	versions := 0
	for _, p := range a.Policies() {
		versions += len(p.Versions)
	}
	return &api.GetAccountSummaryResponse{SummaryMap: map[api.SummaryKeyType]int{
		api.SummaryKeyTypeUsers: len(a.Users()), api.SummaryKeyTypeUsersQuota: maxUsers,
		api.SummaryKeyTypeGroups: len(a.Groups()), api.SummaryKeyTypeGroupsQuota: maxGroups,
		api.SummaryKeyTypeRoles: len(a.Roles()), api.SummaryKeyTypeRolesQuota: maxRoles,
		api.SummaryKeyTypePolicies: len(a.Policies()), api.SummaryKeyTypePoliciesQuota: maxPolicies,
		api.SummaryKeyTypePolicyVersionsInUse: versions, api.SummaryKeyTypePolicyVersionsInUseQuota: maxPolicies * maxVersions,
		api.SummaryKeyTypeProviders: len(a.Providers()),

		api.SummaryKeyTypeUserPolicySizeQuota: maxUserInlineSize, api.SummaryKeyTypeGroupPolicySizeQuota: maxGroupInline,
		api.SummaryKeyTypeRolePolicySizeQuota: maxRoleInline, api.SummaryKeyTypePolicySizeQuota: maxPolicySize,
		api.SummaryKeyTypeAssumeRolePolicySizeQuota: maxTrustSize,

		api.SummaryKeyTypeGroupsPerUserQuota: maxGroupsOfUser, api.SummaryKeyTypeAccessKeysPerUserQuota: maxAccessKeys,
		api.SummaryKeyTypeVersionsPerPolicyQuota: maxVersions, api.SummaryKeyTypeAttachedPoliciesPerUserQuota: maxAttached,
		api.SummaryKeyTypeAttachedPoliciesPerGroupQuota: maxAttached, api.SummaryKeyTypeAttachedPoliciesPerRoleQuota: maxAttached,

		api.SummaryKeyTypeServerCertificates: 0, api.SummaryKeyTypeInstanceProfiles: 0,
		api.SummaryKeyTypeMFADevices: 0, api.SummaryKeyTypeMFADevicesInUse: 0, api.SummaryKeyTypeAccountMFAEnabled: 0,
		api.SummaryKeyTypeAccountAccessKeysPresent: 0, api.SummaryKeyTypeAccountPasswordPresent: 0,
		api.SummaryKeyTypeAccountSigningCertificatesPresent: 0, api.SummaryKeyTypeGlobalEndpointTokenVersion: 2,
	}}, nil
}
