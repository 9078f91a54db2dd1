package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/google/go-cmp/cmp"
)

func tag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }

// tags lists a resource's tags as text, sorted.
func (c client) tags(t *testing.T, arn string) []string {
	t.Helper()
	out, err := c.control.ListTagsForResource(withPatience(t), &bedrock.ListTagsForResourceInput{ResourceARN: &arn})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, g := range out.Tags {
		all = append(all, *g.Key+"="+*g.Value)
	}
	slices.Sort(all)
	return all
}

// applicationProfiles lists the ARNs of the account's own profiles, a page of one at a time.
func (c client) applicationProfiles(t *testing.T) []string {
	t.Helper()
	pages := bedrock.NewListInferenceProfilesPaginator(c.control, &bedrock.ListInferenceProfilesInput{
		TypeEquals: types.InferenceProfileTypeApplication, MaxResults: aws.Int32(1),
	})
	var arns []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(withPatience(t))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(page.InferenceProfileSummaries); n > 1 {
			t.Errorf("a page of %d profiles, asked for 1", n)
		}
		for _, p := range page.InferenceProfileSummaries {
			arns = append(arns, *p.InferenceProfileArn)
		}
	}
	slices.Sort(arns)
	return arns
}

func TestApplicationProfilesLiveAndDie(t *testing.T) {
	t.Parallel()
	c := start(t, "").client()
	for _, source := range []struct {
		name, arn string
		models    []string
	}{
		{"one region", modelARN("us-east-1", claude), []string{modelARN("us-east-1", claude)}},
		{"many regions", profileARN("us-east-1", claudeProfile), []string{
			modelARN("us-east-1", claude), modelARN("us-west-2", claude),
		}},
	} {
		t.Run(source.name, func(t *testing.T) {
			arn := c.createProfile(t, source.name, source.arn, tag("team", "search"), tag("env", "test"))
			if !regexp.MustCompile(`^arn:aws:bedrock:us-east-1:` + account + `:application-inference-profile/[a-z0-9]{12}$`).MatchString(arn) {
				t.Errorf("ARN %q has not AWS's form", arn)
			}
			id := arn[strings.LastIndexByte(arn, '/')+1:]
			for _, name := range []string{id, arn} {
				c.checkProfile(t, name, arn, source.name, source.models)
			}
			c.checkTags(t, arn)
			c.deleteProfile(t, arn)
		})
	}
}

// checkProfile reads a profile back by one of its names.
func (c client) checkProfile(t *testing.T, name, arn, title string, models []string) {
	t.Helper()
	got, err := c.control.GetInferenceProfile(withPatience(t), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: &name})
	if err != nil {
		t.Fatalf("get %s: %v", name, err)
	}
	var regions []string
	for _, m := range got.Models {
		regions = append(regions, *m.ModelArn)
	}
	slices.Sort(regions)
	if diff := cmp.Diff(models, regions); diff != "" {
		t.Errorf("models of %s (-want +got):\n%s", name, diff)
	}
	if *got.InferenceProfileArn != arn || *got.InferenceProfileName != title || got.Type != types.InferenceProfileTypeApplication ||
		got.Status != types.InferenceProfileStatusActive || got.CreatedAt == nil || got.UpdatedAt == nil {
		t.Errorf("get %s: %+v", name, got)
	}
}

// checkTags changes the tags of a profile that was made with team=search and env=test.
func (c client) checkTags(t *testing.T, arn string) {
	t.Helper()
	if diff := cmp.Diff([]string{"env=test", "team=search"}, c.tags(t, arn)); diff != "" {
		t.Errorf("tags given at creation (-want +got):\n%s", diff)
	}
	if _, err := c.control.TagResource(withPatience(t), &bedrock.TagResourceInput{
		ResourceARN: &arn, Tags: []types.Tag{tag("env", "prod"), tag("cost center", "a/b=c")},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.control.UntagResource(withPatience(t), &bedrock.UntagResourceInput{ResourceARN: &arn, TagKeys: []string{"team", "never-there"}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"cost center=a/b=c", "env=prod"}, c.tags(t, arn)); diff != "" {
		t.Errorf("tags after a change (-want +got):\n%s", diff)
	}
}

// deleteProfile removes a profile and sees that it is gone at once.
func (c client) deleteProfile(t *testing.T, arn string) {
	t.Helper()
	if _, err := c.control.DeleteInferenceProfile(withPatience(t), &bedrock.DeleteInferenceProfileInput{InferenceProfileIdentifier: &arn}); err != nil {
		t.Fatal(err)
	}
	_, err := c.control.GetInferenceProfile(withPatience(t), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: &arn})
	failure[*types.ResourceNotFoundException](t, err, 404)
	_, err = c.control.DeleteInferenceProfile(withPatience(t), &bedrock.DeleteInferenceProfileInput{InferenceProfileIdentifier: &arn})
	failure[*types.ResourceNotFoundException](t, err, 404)
	if all := c.applicationProfiles(t); slices.Contains(all, arn) {
		t.Errorf("%s is still listed", arn)
	}
	if _, err := c.converse(t, arn, "Anyone there?"); err == nil {
		t.Error("a deleted profile still answers")
	}
}

func TestProfilesAreListedPageByPage(t *testing.T) {
	t.Parallel()
	c := start(t, "").client()
	var want []string
	for i := range 5 {
		want = append(want, c.createProfile(t, fmt.Sprintf("profile-%d", i), modelARN("us-east-1", claude)))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, c.applicationProfiles(t)); diff != "" {
		t.Errorf("pages of one (-want +got):\n%s", diff)
	}
	pages := bedrock.NewListInferenceProfilesPaginator(c.control, &bedrock.ListInferenceProfilesInput{TypeEquals: types.InferenceProfileTypeSystemDefined})
	seen := map[string]bool{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(withPatience(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.InferenceProfileSummaries {
			if seen[*p.InferenceProfileId] || p.Type != types.InferenceProfileTypeSystemDefined {
				t.Errorf("%s: twice, or of type %s", *p.InferenceProfileId, p.Type)
			}
			seen[*p.InferenceProfileId] = true
		}
	}
	if !seen[claudeProfile] || seen["eu."+claude] {
		t.Errorf("us-east-1 lists %s: %v, eu.%s: %v", claudeProfile, seen[claudeProfile], claude, seen["eu."+claude])
	}
}

func TestCreatingTwiceWithOneTokenCreatesOnce(t *testing.T) {
	t.Parallel()
	c := start(t, "").client()
	create := func(name string) (*bedrock.CreateInferenceProfileOutput, error) {
		return c.control.CreateInferenceProfile(withPatience(t), &bedrock.CreateInferenceProfileInput{
			InferenceProfileName: &name, ClientRequestToken: aws.String("token-1"),
			ModelSource: &types.InferenceProfileModelSourceMemberCopyFrom{Value: modelARN("us-east-1", claude)},
		})
	}
	first, err := create("once")
	if err != nil {
		t.Fatal(err)
	}
	second, err := create("once")
	if err != nil {
		t.Fatal(err)
	}
	if *first.InferenceProfileArn != *second.InferenceProfileArn {
		t.Errorf("two profiles: %s and %s", *first.InferenceProfileArn, *second.InferenceProfileArn)
	}
	_, err = create("other")
	failure[*types.ConflictException](t, err, 400)
}

func TestModelsCanBeLookedUp(t *testing.T) {
	t.Parallel()
	c := start(t, "").client()
	list, err := c.control.ListFoundationModels(withPatience(t), &bedrock.ListFoundationModelsInput{ByProvider: aws.String("Anthropic")})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range list.ModelSummaries {
		ids = append(ids, *m.ModelId)
		if *m.ProviderName != "Anthropic" {
			t.Errorf("asked for Anthropic, got %s of %s", *m.ModelId, *m.ProviderName)
		}
	}
	if !slices.Contains(ids, claude) {
		t.Errorf("%s is not among %v", claude, ids)
	}
	for _, name := range []string{claude, modelARN("us-east-1", claude)} {
		got, err := c.control.GetFoundationModel(withPatience(t), &bedrock.GetFoundationModelInput{ModelIdentifier: &name})
		if err != nil {
			t.Fatalf("get %s: %v", name, err)
		}
		if *got.ModelDetails.ModelArn != modelARN("us-east-1", claude) || !*got.ModelDetails.ResponseStreamingSupported {
			t.Errorf("get %s: %+v", name, got.ModelDetails)
		}
	}
	if _, err := c.control.GetFoundationModelAvailability(withPatience(t), &bedrock.GetFoundationModelAvailabilityInput{ModelId: aws.String(claude)}); err != nil {
		t.Error(err)
	}
}
