package bedrock

import (
	"context"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/bedrock"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/policy"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/store"
)

// PutResourcePolicy lets principals of other accounts call an application profile or look at it, in place of any policy it has. AWS
// has resource policies for other resources of Bedrock; of what is served here, only application profiles take them.
func (s *Server) PutResourcePolicy(ctx context.Context, c *awswire.Call, in *api.PutResourcePolicyRequest) (*api.PutResourcePolicyResponse, error) {
	key, err := s.shareable(ctx, c, "bedrock:PutResourcePolicy", in.ResourceARN)
	if err != nil {
		return nil, err
	}
	if _, err := policy.Parse([]byte(in.ResourcePolicy), policy.Resource); err != nil {
		return nil, fault.New(fault.Validation, "The provided resource policy is malformed: %s", fault.Public(err).Message)
	}
	if err := s.registry.SetPolicy(ctx, key, in.ResourcePolicy); err != nil {
		return nil, err
	}
	return &api.PutResourcePolicyResponse{ResourceARN: &in.ResourceARN}, nil
}

// GetResourcePolicy returns the policy of an application profile as it was put.
func (s *Server) GetResourcePolicy(ctx context.Context, c *awswire.Call, in *api.GetResourcePolicyRequest) (*api.GetResourcePolicyResponse, error) {
	key, err := s.shareable(ctx, c, "bedrock:GetResourcePolicy", in.ResourceARN)
	if err != nil {
		return nil, err
	}
	text, err := s.registry.Policy(ctx, key)
	switch {
	case err != nil:
		return nil, err
	case text == "":
		return nil, noPolicy(in.ResourceARN)
	}
	return &api.GetResourcePolicyResponse{ResourcePolicy: &text}, nil
}

// DeleteResourcePolicy closes an application profile to other accounts.
func (s *Server) DeleteResourcePolicy(ctx context.Context, c *awswire.Call, in *api.DeleteResourcePolicyRequest) (*api.DeleteResourcePolicyResponse, error) {
	key, err := s.shareable(ctx, c, "bedrock:DeleteResourcePolicy", in.ResourceARN)
	if err != nil {
		return nil, err
	}
	text, err := s.registry.Policy(ctx, key)
	switch {
	case err != nil:
		return nil, err
	case text == "":
		return nil, noPolicy(in.ResourceARN)
	}
	return &api.DeleteResourcePolicyResponse{}, s.registry.SetPolicy(ctx, key, "")
}

// shareable is the key of the application profile behind a resourceArn of the caller's own.
func (s *Server) shareable(ctx context.Context, c *awswire.Call, action, resource string) (store.ProfileKey, error) {
	id, ok := arn.ParseIdentifier(resource)
	if !ok || id.Kind != arn.ApplicationARN {
		return store.ProfileKey{}, fault.New(fault.Validation,
			"The provided ARN %s cannot have a resource policy here: only the ARN of an application inference profile can.", resource)
	}
	app, err := s.taggable(ctx, c, action, resource)
	if err != nil {
		return store.ProfileKey{}, err
	}
	return own(c, app.ID), nil
}

// shared finds an application profile of another account that has a resource policy. Whether that lets the caller in the
// guard has judged; all others are as if they did not exist.
func shared(now *profile.Snapshot, c *awswire.Call, identifier string) (*profile.Application, bool) {
	id, ok := arn.ParseIdentifier(identifier)
	if !ok || id.Kind != arn.ApplicationARN || id.ARN.Region != c.Region || id.ARN.Partition != partition(now, c.Region) ||
		id.ARN.Account == "" || id.ARN.Account == c.Principal.Account {
		return nil, false
	}
	app, ok := now.Application(id.ARN.Account, c.Region, id.ID)
	return app, ok && app.Policy != nil
}

func noPolicy(resource string) error {
	return fault.New(fault.ResourceNotFound, "The resource %s has no resource policy.", resource)
}
