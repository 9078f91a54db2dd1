package bedrock

import (
	"context"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/bedrock"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/profile"
)

// ListFoundationModels lists the models of the call's region that pass every filter, by id.
func (s *Server) ListFoundationModels(_ context.Context, c *awswire.Call, in *api.ListFoundationModelsRequest) (*api.ListFoundationModelsResponse, error) {
	now := s.registry.Snapshot()
	out := &api.ListFoundationModelsResponse{ModelSummaries: []api.FoundationModelSummary{}}
	for _, m := range now.Models(c.Region) {
		if d := details(now, c.Region, m); passes(in, d) {
			out.ModelSummaries = append(out.ModelSummaries, api.FoundationModelSummary(d))
		}
	}
	return out, nil
}

// passes reports whether every filter of in lets a model through.
func passes(in *api.ListFoundationModelsRequest, d api.FoundationModelDetails) bool {
	return (in.ByProvider == nil || isProvider(d, *in.ByProvider)) &&
		has(d.CustomizationsSupported, in.ByCustomizationType) &&
		has(d.OutputModalities, in.ByOutputModality) &&
		has(d.InferenceTypesSupported, in.ByInferenceType)
}

// isProvider takes a provider's name and the word its model ids begin with, in any case: both "AI21 Labs" and "ai21".
func isProvider(d api.FoundationModelDetails, name string) bool {
	word, _, _ := strings.Cut(d.ModelID, ".")
	return strings.EqualFold(name, text(d.ProviderName)) || strings.EqualFold(name, word)
}

// has reports whether want is in the list, or nothing is wanted.
func has[T comparable](list []T, want *T) bool { return want == nil || slices.Contains(list, *want) }

// GetFoundationModel shows one model by its id or ARN. Inference profiles are not models.
func (s *Server) GetFoundationModel(_ context.Context, c *awswire.Call, in *api.GetFoundationModelRequest) (*api.GetFoundationModelResponse, error) {
	now := s.registry.Snapshot()
	id, ok := arn.ParseIdentifier(in.ModelIdentifier)
	if !ok || id.Kind != arn.Bare && id.Kind != arn.ModelARN {
		return nil, invalidModel()
	}
	if id.Kind == arn.ModelARN {
		if err := atHome(now, c, "bedrock:GetFoundationModel", id.ARN); err != nil {
			return nil, err
		}
	}
	m, ok := now.Model(c.Region, id.ID)
	if !ok {
		return nil, invalidModel()
	}
	return &api.GetFoundationModelResponse{ModelDetails: new(details(now, c.Region, m))}, nil
}

// GetFoundationModelAvailability says whether a model can be used in the call's region. Nothing here needs an
// agreement or an entitlement, so the region alone decides.
func (s *Server) GetFoundationModelAvailability(_ context.Context, c *awswire.Call, in *api.GetFoundationModelAvailabilityRequest) (*api.GetFoundationModelAvailabilityResponse, error) {
	now := s.registry.Snapshot()
	if _, ok := now.Catalog().Model(in.ModelID); !ok {
		return nil, invalidModel()
	}
	region := api.RegionAvailabilityNotAvailable
	if _, ok := now.Model(c.Region, in.ModelID); ok {
		region = api.RegionAvailabilityAvailable
	}
	return &api.GetFoundationModelAvailabilityResponse{
		ModelID:                 in.ModelID,
		AgreementAvailability:   &api.AgreementAvailability{Status: api.AgreementStatusAvailable},
		AuthorizationStatus:     api.AuthorizationStatusAuthorized,
		EntitlementAvailability: api.EntitlementAvailabilityAvailable,
		RegionAvailability:      region,
	}, nil
}

// details shows a model as one region offers it.
func details(now *profile.Snapshot, r arn.Region, m profile.Summary) api.FoundationModelDetails {
	status := api.FoundationModelLifecycleStatusActive
	if m.Legacy {
		status = api.FoundationModelLifecycleStatusLegacy
	}
	return api.FoundationModelDetails{
		ModelARN:                   arn.FoundationModel(partition(now, r), r, m.Model.ID).String(),
		ModelID:                    m.Model.ID,
		ModelName:                  optional(m.Model.Name),
		ProviderName:               optional(m.Model.Provider),
		InputModalities:            convert[api.ModelModality](m.Model.Input),
		OutputModalities:           convert[api.ModelModality](m.Model.Output),
		ResponseStreamingSupported: new(m.Model.Streaming),
		CustomizationsSupported:    convert[api.ModelCustomization](m.Model.Customizations),
		InferenceTypesSupported:    convert[api.InferenceType](m.Types.Strings()),
		ModelLifecycle: &api.FoundationModelLifecycle{
			Status: status, LegacyTime: m.Model.Lifecycle.Legacy, EndOfLifeTime: m.Model.Lifecycle.EndOfLife,
		},
	}
}

// convert respells a list of words. It is never nil: an empty list is shown as one.
func convert[To, From ~string](list []From) []To {
	out := make([]To, len(list))
	for i, v := range list {
		out[i] = To(v)
	}
	return out
}

func invalidModel() error {
	return fault.New(fault.Validation, "The provided model identifier is invalid.")
}
