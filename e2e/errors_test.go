package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	bedrocktypes "github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"
)

func TestWrongNamesAreValidationErrors(t *testing.T) {
	t.Parallel()
	c := start(t, "").client()
	const (
		invalid = "The provided model identifier is invalid."
		region  = "The provided ARN is invalid for the service region"
	)
	for _, x := range []struct{ name, id, sentence string }{
		{
			"a model that only profiles serve", profileOnly,
			"Invocation of model ID " + profileOnly + " with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
		},
		{"no such model", "anthropic.claude-9000", invalid},
		{"another geography", "eu.anthropic.claude-3-haiku-20240307-v1:0", invalid},
		{"a model's ARN in another region", modelARN("eu-west-1", claude), region},
		{"a profile's ARN in another region", profileARN("us-west-2", claudeProfile), region},
	} {
		t.Run(x.name, func(t *testing.T) {
			_, err := c.converse(t, x.id, "Hello?")
			got, h := failure[*types.ValidationException](t, err, 400)
			if !strings.HasPrefix(got.ErrorMessage(), x.sentence) {
				t.Errorf("Converse says %q, want %q", got.ErrorMessage(), x.sentence)
			}
			if !strings.HasPrefix(h.Get("X-Amzn-Errortype"), "ValidationException") || h.Get("X-Amzn-Requestid") == "" {
				t.Errorf("error type %q, request id %q", h.Get("X-Amzn-Errortype"), h.Get("X-Amzn-Requestid"))
			}
			_, _, err = c.stream(t, x.id, "Hello?")
			if got, _ := failure[*types.ValidationException](t, err, 400); !strings.HasPrefix(got.ErrorMessage(), x.sentence) {
				t.Errorf("ConverseStream says %q", got.ErrorMessage())
			}
			_, err = c.runtime.InvokeModel(withPatience(t), &bedrockruntime.InvokeModelInput{ModelId: &x.id, Body: []byte(messages)})
			if got, _ := failure[*types.ValidationException](t, err, 400); !strings.HasPrefix(got.ErrorMessage(), x.sentence) {
				t.Errorf("InvokeModel says %q", got.ErrorMessage())
			}
		})
	}
}

func TestProfilesOfOthersAreDenied(t *testing.T) {
	t.Parallel()
	c := start(t, "").client()
	const theirs = "arn:aws:bedrock:us-east-1:999988887777:application-inference-profile/abcdef012345"
	_, err := c.converse(t, theirs, "Hello?")
	got, _ := failure[*types.AccessDeniedException](t, err, 403)
	if !strings.Contains(got.ErrorMessage(), theirs) || !strings.Contains(got.ErrorMessage(), "not authorized") {
		t.Errorf("says %q", got.ErrorMessage())
	}
	_, err = c.control.GetInferenceProfile(withPatience(t), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: aws.String(theirs)})
	failure[*bedrocktypes.AccessDeniedException](t, err, 403)
}

func TestControlPlaneErrorsHaveTheirTypes(t *testing.T) {
	t.Parallel()
	c := start(t, "").client()
	create := func(name, source string, tags ...bedrocktypes.Tag) error {
		_, err := c.control.CreateInferenceProfile(withPatience(t), &bedrock.CreateInferenceProfileInput{
			InferenceProfileName: &name, Tags: tags,
			ModelSource: &bedrocktypes.InferenceProfileModelSourceMemberCopyFrom{Value: source},
		})
		return err
	}
	good := modelARN("us-east-1", claude)
	for _, x := range []struct {
		name     string
		err      error
		sentence string
	}{
		{"a name with two spaces", create("two  spaces", good), "1 validation error detected: Value"},
		{"a name too long", create(strings.Repeat("n", 65), good), "Member must have length less than or equal to 64"},
		{"two faults at once", create("!"+strings.Repeat("n", 65), good), "2 validation errors detected: "},
		{"an id for an ARN", create("fine", claude), "failed to satisfy constraint: Member must satisfy regular expression pattern"},
		{"a tag key with a comma", create("fine", good, tag("a,b", "c")), "failed to satisfy constraint"},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, _ := failure[*bedrocktypes.ValidationException](t, x.err, 400)
			if !strings.Contains(got.ErrorMessage(), x.sentence) {
				t.Errorf("says %q, want something with %q", got.ErrorMessage(), x.sentence)
			}
		})
	}
	t.Run("no such profile", func(t *testing.T) {
		_, err := c.control.GetInferenceProfile(withPatience(t), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: aws.String("abcdef012345")})
		failure[*bedrocktypes.ResourceNotFoundException](t, err, 404)
		_, err = c.control.ListTagsForResource(withPatience(t), &bedrock.ListTagsForResourceInput{
			ResourceARN: aws.String("arn:aws:bedrock:us-east-1:" + account + ":application-inference-profile/abcdef012345"),
		})
		failure[*bedrocktypes.ResourceNotFoundException](t, err, 404)
	})
	t.Run("too many tags", func(t *testing.T) {
		var tags []bedrocktypes.Tag
		for i := range 51 {
			tags = append(tags, tag("key-"+strings.Repeat("i", i), ""))
		}
		got, _ := failure[*bedrocktypes.TooManyTagsException](t, create("tagged", good, tags...), 400)
		if got.ResourceName == nil && got.ErrorMessage() == "" {
			t.Errorf("neither a message nor a resource: %+v", got)
		}
	})
	t.Run("a system profile cannot be deleted", func(t *testing.T) {
		_, err := c.control.DeleteInferenceProfile(withPatience(t), &bedrock.DeleteInferenceProfileInput{InferenceProfileIdentifier: aws.String(claudeProfile)})
		failure[*bedrocktypes.ValidationException](t, err, 400)
	})
	t.Run("an operation that is not served", func(t *testing.T) {
		_, err := c.control.ListGuardrails(withPatience(t), &bedrock.ListGuardrailsInput{})
		got, _ := failure[smithy.APIError](t, err, 404)
		if got.ErrorCode() != "UnknownOperationException" {
			t.Errorf("the code is %q, want UnknownOperationException", got.ErrorCode())
		}
	})
}

func TestTagsHaveALimitPerResource(t *testing.T) {
	t.Parallel()
	c := start(t, "").client()
	arn := c.createProfile(t, "tagged", modelARN("us-east-1", claude), tag("first", "1"))
	add := func(count int, prefix string) error {
		var tags []bedrocktypes.Tag
		for i := range count {
			tags = append(tags, tag(prefix+strings.Repeat("i", i), ""))
		}
		_, err := c.control.TagResource(withPatience(t), &bedrock.TagResourceInput{ResourceARN: &arn, Tags: tags})
		return err
	}
	if err := add(49, "a-"); err != nil {
		t.Fatalf("50 tags in all: %v", err)
	}
	failure[*bedrocktypes.TooManyTagsException](t, add(1, "b-"), 400)
	if n := len(c.tags(t, arn)); n != 50 {
		t.Errorf("%d tags after a refusal, want 50", n)
	}
}

func TestSignaturesAreChecked(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	right := s.credentials()
	call := func(a access) error {
		_, err := s.clientWith(a).converse(t, claudeProfile, "Hello?")
		return err
	}
	if err := call(access{keys: right}); err != nil {
		t.Fatalf("the right key is refused: %v", err)
	}
	for _, x := range []struct {
		name, code string
		err        error
		sentence   string
	}{
		{"an unknown key", "UnrecognizedClientException", call(access{keys: keys{"AKIAAAAAAAAAAAAAAAAA", right.secret}}), "The security token included in the request is invalid."},
		{"a wrong secret", "InvalidSignatureException", call(access{keys: keys{right.id, "wrong"}}), "The request signature we calculated does not match the signature you provided."},
		{"a clock an hour behind", "InvalidSignatureException", call(access{keys: right, clock: -time.Hour}), "Signature expired: "},
		{"a clock an hour ahead", "InvalidSignatureException", call(access{keys: right, clock: time.Hour}), "Signature not yet current: "},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, _ := failure[smithy.APIError](t, x.err, 403)
			if got.ErrorCode() != x.code || !strings.HasPrefix(got.ErrorMessage(), x.sentence) {
				t.Errorf("%s: %s, want %s: %s", got.ErrorCode(), got.ErrorMessage(), x.code, x.sentence)
			}
		})
	}
	t.Run("an anonymous call", func(t *testing.T) {
		r := s.signed(t, http.MethodGet, "/inference-profiles", nil)
		r.Header.Del("Authorization")
		got := send(t, http.DefaultClient, r)
		checkRefusal(t, "no authorization", got)
		if name := got.header.Get("X-Amzn-Errortype"); got.status != http.StatusForbidden || !strings.HasPrefix(name, "MissingAuthenticationTokenException") {
			t.Errorf("status %d, error type %q", got.status, name)
		}
	})
}
