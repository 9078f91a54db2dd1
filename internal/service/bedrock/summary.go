package bedrock

import (
	"cmp"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/bedrock"
	"github.com/outcrop/outcrop/internal/profile"
)

// applicationSummary shows an application profile. Its source is not shown: the API has no member for it.
func applicationSummary(now *profile.Snapshot, app *profile.Application) api.InferenceProfileSummary {
	return api.InferenceProfileSummary{
		InferenceProfileName: app.Name,
		Description:          optional(app.Description),
		CreatedAt:            app.Created,
		UpdatedAt:            app.Updated,
		InferenceProfileARN:  app.ARN(partition(now, app.Region)).String(),
		Models:               models(applicationModels(now, app)),
		InferenceProfileID:   app.ID,
		Status:               api.InferenceProfileStatusActive,
		Type:                 api.InferenceProfileTypeApplication,
	}
}

// applicationModels are the models behind a profile. A profile whose source can no longer be called stays
// visible, so that it can be found and deleted.
func applicationModels(now *profile.Snapshot, app *profile.Application) []arn.ARN {
	target, err := now.Resolve(app.Account, app.Region, app.ID)
	if err == nil {
		return target.ModelARNs()
	}
	if id, ok := arn.ParseIdentifier(app.Source.String()); ok && id.Kind == arn.ModelARN {
		return []arn.ARN{app.Source}
	}
	return nil
}

// systemSummary shows a cross-region profile as caller sees it from the target's source region: its
// ARN carries the caller's account.
func systemSummary(t *profile.Target, caller arn.Account) api.InferenceProfileSummary {
	created := t.System.Created
	if created.IsZero() {
		created = t.System.FirstSeen
	}
	return api.InferenceProfileSummary{
		InferenceProfileName: cmp.Or(t.System.APIName, t.System.Name),
		Description:          optional(t.System.Description),
		CreatedAt:            created,
		UpdatedAt:            created,
		InferenceProfileARN:  arn.InferenceProfile(t.Partition, t.Source, caller, t.System.ID).String(),
		Models:               models(t.ModelARNs()),
		InferenceProfileID:   t.System.ID,
		Status:               api.InferenceProfileStatusActive,
		Type:                 api.InferenceProfileTypeSystemDefined,
	}
}

func models(arns []arn.ARN) []api.InferenceProfileModel {
	list := make([]api.InferenceProfileModel, len(arns))
	for i, a := range arns {
		list[i].ModelARN = new(a.String())
	}
	return list
}

// optional leaves an empty text out of an answer.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
