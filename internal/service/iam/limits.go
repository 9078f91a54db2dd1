package iam

import (
	"unicode"

	"github.com/outcrop/outcrop/internal/directory"
)

// IAM's default quotas.
const (
	maxUsers     = 5000 // of an account
	maxGroups    = 300
	maxRoles     = 1000
	maxPolicies  = 1500
	maxProviders = 100

	maxGroupsOfUser   = 10
	maxAccessKeys     = 2
	maxCredentials    = 2 // of a user for one service
	maxAttached       = 10
	maxVersions       = 5
	maxTags           = 50
	maxClientIDs      = 100
	maxThumbprints    = 5
	maxPolicySize     = 6144 // of a managed policy; characters that are no white space, as all sizes
	maxTrustSize      = 2048
	maxUserInlineSize = 2048 // of all inline policies together
	maxGroupInline    = 5120
	maxRoleInline     = 10240
)

// size is how long IAM takes a policy to be: white space does not count.
func size(text string) int {
	n := 0
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// inlineSize is how long all inline policies are together.
func inlineSize(r *directory.Rights) int {
	n := 0
	for i := range r.Inline {
		n += size(r.Inline[i].Document.Text())
	}
	return n
}
