package access

import (
	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/bedrock"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/profile"
)

// Bedrock guards the control plane of Amazon Bedrock. Actions and resources are those of AWS's Service Authorization
// Reference.
func (c *Control) Bedrock() awswire.Guard {
	return &rules{control: c, prefix: "bedrock", bearer: true, table: map[string]rule{
		"ListFoundationModels":                      anything,
		"GetFoundationModelAvailability":            anything,
		"ListInferenceProfiles":                     anything,
		"PutModelInvocationLoggingConfiguration":    anything,
		"GetModelInvocationLoggingConfiguration":    anything,
		"DeleteModelInvocationLoggingConfiguration": anything,

		"GetFoundationModel": func(a *asking) error {
			return a.model(a.in.(*api.GetFoundationModelRequest).ModelIdentifier)
		},
		"CreateInferenceProfile": createProfile,
		"GetInferenceProfile": func(a *asking) error {
			return a.profile(a.in.(*api.GetInferenceProfileRequest).InferenceProfileIdentifier)
		},
		"DeleteInferenceProfile": func(a *asking) error {
			return a.profile(a.in.(*api.DeleteInferenceProfileRequest).InferenceProfileIdentifier)
		},
		"TagResource": func(a *asking) error {
			in := a.in.(*api.TagResourceRequest)
			a.ask.Keys.RequestTags = tagsOf(in.Tags, bedrockTag)
			return a.profile(in.ResourceARN)
		},
		"UntagResource": func(a *asking) error {
			in := a.in.(*api.UntagResourceRequest)
			a.ask.Keys.TagKeys = in.TagKeys
			return a.profile(in.ResourceARN)
		},
		"ListTagsForResource": func(a *asking) error { return a.profile(a.in.(*api.ListTagsForResourceRequest).ResourceARN) },
		"PutResourcePolicy":   func(a *asking) error { return a.profile(a.in.(*api.PutResourcePolicyRequest).ResourceARN) },
		"GetResourcePolicy":   func(a *asking) error { return a.profile(a.in.(*api.GetResourcePolicyRequest).ResourceARN) },
		"DeleteResourcePolicy": func(a *asking) error {
			return a.profile(a.in.(*api.DeleteResourcePolicyRequest).ResourceARN)
		},
	}}
}

// Doors guards what the routes of OpenAI's and Anthropic's shape have besides inference: to list models is to list
// inference profiles, and to look at one is to get it.
func (c *Control) Doors() awswire.Guard {
	return &rules{control: c, prefix: "bedrock", bearer: true, table: map[string]rule{
		"ListModels": as("bedrock:ListInferenceProfiles", anything),
		"RetrieveModel": func(a *asking) error {
			id := *a.in.(*string)
			if isModel(a.control.opt.Profiles.Snapshot(), id) {
				a.ask.Action = "bedrock:GetFoundationModel"
				return a.model(id)
			}
			a.ask.Action = "bedrock:GetInferenceProfile"
			return a.profile(id)
		},
	}}
}

func isModel(now *profile.Snapshot, identifier string) bool {
	if id, ok := arn.ParseIdentifier(identifier); ok && id.Kind == arn.ModelARN {
		return true
	}
	_, ok := now.Catalog().Model(identifier)
	return ok
}

func bedrockTag(t *api.Tag) (key, value string) { return t.Key, t.Value }

// createProfile judges the new profile, whose id nobody knows yet, and what it is copied from.
func createProfile(a *asking) error {
	in := a.in.(*api.CreateInferenceProfileRequest)
	a.ask.Keys.RequestTags = tagsOf(in.Tags, bedrockTag)
	if err := a.mine(arn.ApplicationProfile(a.partition(), a.call.Region, a.account(), "*").String()); err != nil {
		return err
	}
	if in.ModelSource == nil || in.ModelSource.CopyFrom == nil {
		return nil // which is refused
	}
	id, ok := arn.ParseIdentifier(*in.ModelSource.CopyFrom)
	if !ok {
		return nil // likewise
	}
	return a.on(*in.ModelSource.CopyFrom, id.ARN.Account, nil)
}

// model judges a foundation model by its id or ARN.
func (a *asking) model(identifier string) error {
	id, ok := arn.ParseIdentifier(identifier)
	if !ok || id.Kind == arn.Bare {
		identifier = arn.FoundationModel(a.partition(), a.call.Region, identifier).String()
	}
	return a.on(identifier, "", nil)
}

func isSystem(now *profile.Snapshot, id string) bool {
	_, ok := now.Catalog().Profile(id)
	return ok
}

// profile judges an inference profile by its id or ARN. One that does not exist is judged under the name it would have,
// so that a denial does not tell.
func (a *asking) profile(identifier string) error {
	now := a.control.opt.Profiles.Snapshot()
	id, ok := arn.ParseIdentifier(identifier)
	if !ok {
		return a.mine(identifier)
	}
	region, owner := a.call.Region, a.account()
	name := identifier
	switch id.Kind {
	case arn.ApplicationARN, arn.ProfileARN:
		if id.ARN.Region != "" {
			region = id.ARN.Region
		}
		if id.ARN.Account != "" {
			owner = id.ARN.Account
		}
	case arn.Bare:
		if isSystem(now, identifier) {
			return a.mine(arn.InferenceProfile(a.partition(), region, owner, identifier).String())
		}
		name = arn.ApplicationProfile(a.partition(), region, owner, identifier).String()
	}
	if app, ok := now.Application(owner, region, id.ID); ok {
		a.ask.Keys.ResourceTags = app.Labels()
		return a.on(app.ARN(a.partition()).String(), owner, app.Policy)
	}
	return a.on(name, owner, nil)
}
