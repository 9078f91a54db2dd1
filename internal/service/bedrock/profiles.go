package bedrock

import (
	"context"
	"errors"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/bedrock"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/registry"
)

// CreateInferenceProfile makes an application profile. The same token with the same parameters gives the
// profile made first.
func (s *Server) CreateInferenceProfile(ctx context.Context, c *awswire.Call, in *api.CreateInferenceProfileRequest) (*api.CreateInferenceProfileResponse, error) {
	tags, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	made, err := s.registry.Create(ctx, registry.Request{
		Account: c.Principal.Account, Region: c.Region,
		Name: in.InferenceProfileName, Description: text(in.Description),
		CopyFrom: text(in.ModelSource.CopyFrom),
		Tags:     tags, Token: text(in.ClientRequestToken),
	})
	if foreign, ok := errors.AsType[*profile.OtherAccountError](err); ok {
		return nil, foreign.Denied(c.Principal.ARN, "bedrock:CreateInferenceProfile")
	}
	if err != nil {
		return nil, err
	}
	return &api.CreateInferenceProfileResponse{
		InferenceProfileARN: made.ARN(partition(s.registry.Snapshot(), c.Region)).String(),
		Status:              new(api.InferenceProfileStatusActive),
	}, nil
}

// GetInferenceProfile shows a profile of either kind by its id or ARN.
func (s *Server) GetInferenceProfile(ctx context.Context, c *awswire.Call, in *api.GetInferenceProfileRequest) (*api.GetInferenceProfileResponse, error) {
	now, err := s.registry.Current(ctx)
	if err != nil {
		return nil, err
	}
	if app, ok := shared(now, c, in.InferenceProfileIdentifier); ok {
		return new(api.GetInferenceProfileResponse(applicationSummary(now, app))), nil
	}
	id, err := identify(now, c, "bedrock:GetInferenceProfile", in.InferenceProfileIdentifier)
	if err != nil {
		return nil, err
	}
	if id.Kind != arn.ProfileARN {
		if app, ok := now.Application(c.Principal.Account, c.Region, id.ID); ok {
			return new(api.GetInferenceProfileResponse(applicationSummary(now, app))), nil
		}
	}
	if id.Kind != arn.ApplicationARN {
		if target, ok := now.System(c.Region, id.ID); ok {
			return new(api.GetInferenceProfileResponse(systemSummary(target, c.Principal.Account))), nil
		}
	}
	return nil, notFound(in.InferenceProfileIdentifier)
}

// DeleteInferenceProfile removes an application profile. Those that the system defines stay.
func (s *Server) DeleteInferenceProfile(ctx context.Context, c *awswire.Call, in *api.DeleteInferenceProfileRequest) (*api.DeleteInferenceProfileResponse, error) {
	now, err := s.registry.Current(ctx)
	if err != nil {
		return nil, err
	}
	id, err := identify(now, c, "bedrock:DeleteInferenceProfile", in.InferenceProfileIdentifier)
	if err != nil {
		return nil, err
	}
	_, exists := now.Application(c.Principal.Account, c.Region, id.ID)
	_, system := now.Catalog().Profile(id.ID)
	switch {
	case system && (id.Kind == arn.ProfileARN || id.Kind == arn.Bare && !exists):
		return nil, fault.New(fault.Validation, "Inference profile %s is system-defined and cannot be deleted.", id.ID)
	case id.Kind == arn.ProfileARN:
		return nil, notFound(in.InferenceProfileIdentifier)
	}
	if err := s.registry.Delete(ctx, own(c, id.ID)); err != nil {
		return nil, err
	}
	return &api.DeleteInferenceProfileResponse{}, nil
}

// text is what an optional member says, or nothing.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
