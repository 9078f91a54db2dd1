package iam

import (
	"context"
	"slices"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/policy"
)

// GetContextKeysForPrincipalPolicy implements api.Server.
func (s *Server) GetContextKeysForPrincipalPolicy(ctx context.Context, c *awswire.Call, in *api.GetContextKeysForPrincipalPolicyRequest) (*api.GetContextKeysForPolicyResponse, error) {
	_, set, _, err := s.source(ctx, c, in.PolicySourceARN)
	if err != nil {
		return nil, err
	}
	return contextKeys(set, in.PolicyInputList)
}

// GetContextKeysForCustomPolicy implements api.Server.
func (s *Server) GetContextKeysForCustomPolicy(_ context.Context, _ *awswire.Call, in *api.GetContextKeysForCustomPolicyRequest) (*api.GetContextKeysForPolicyResponse, error) {
	return contextKeys(policy.Set{}, in.PolicyInputList)
}

// contextKeys are the condition keys that policies ask for.
func contextKeys(set policy.Set, inputs []string) (*api.GetContextKeysForPolicyResponse, error) {
	if err := (&simulation{policies: inputs}).complete(&set); err != nil {
		return nil, err
	}
	names := []string{}
	for _, p := range set.Identity {
		names = append(names, p.ContextKeys()...)
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return &api.GetContextKeysForPolicyResponse{ContextKeyNames: slices.CompactFunc(names, strings.EqualFold)}, nil
}
