package bedrock

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// recording keeps the input of each operation and answers with what a test gives it.
type recording struct {
	Unimplemented
	in  any
	get *GetInferenceProfileResponse
}

func (r *recording) CreateInferenceProfile(_ context.Context, _ *awswire.Call, in *CreateInferenceProfileRequest) (*CreateInferenceProfileResponse, error) {
	r.in = in
	return &CreateInferenceProfileResponse{InferenceProfileARN: "arn:p", Status: new(InferenceProfileStatusActive)}, nil
}

func (r *recording) GetInferenceProfile(_ context.Context, _ *awswire.Call, in *GetInferenceProfileRequest) (*GetInferenceProfileResponse, error) {
	r.in = in
	return r.get, nil
}

func (r *recording) ListInferenceProfiles(_ context.Context, _ *awswire.Call, in *ListInferenceProfilesRequest) (*ListInferenceProfilesResponse, error) {
	r.in = in
	return &ListInferenceProfilesResponse{InferenceProfileSummaries: []InferenceProfileSummary{}}, nil
}

func (r *recording) DeleteInferenceProfile(_ context.Context, _ *awswire.Call, in *DeleteInferenceProfileRequest) (*DeleteInferenceProfileResponse, error) {
	r.in = in
	return &DeleteInferenceProfileResponse{}, nil
}

func (r *recording) ListFoundationModels(_ context.Context, _ *awswire.Call, in *ListFoundationModelsRequest) (*ListFoundationModelsResponse, error) {
	r.in = in
	return &ListFoundationModelsResponse{ModelSummaries: []FoundationModelSummary{{
		ModelARN: "arn:m", ModelID: "m", ResponseStreamingSupported: new(false), InferenceTypesSupported: []InferenceType{"INFERENCE_PROFILE"},
		ModelLifecycle: &FoundationModelLifecycle{Status: FoundationModelLifecycleStatusActive, EndOfLifeTime: time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC)},
	}}}, nil
}

func (r *recording) TagResource(_ context.Context, _ *awswire.Call, in *TagResourceRequest) (*TagResourceResponse, error) {
	r.in = in
	return nil, nil // a void operation may answer with nothing
}

func (r *recording) UntagResource(_ context.Context, _ *awswire.Call, in *UntagResourceRequest) (*UntagResourceResponse, error) {
	r.in = in
	return &UntagResourceResponse{}, nil
}

func do(server Server, method, target, body string) (*httptest.ResponseRecorder, awswire.Outcome) {
	rec := httptest.NewRecorder()
	out := NewService(server).Serve(rec, &awswire.Call{Request: httptest.NewRequest(method, target, nil), Body: []byte(body)})
	return rec, out
}

const sourceARN = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0"

func TestOperations(t *testing.T) {
	created := time.Date(2024, 11, 6, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		method, target, body string
		get                  *GetInferenceProfileResponse
		in                   any
		status               int
		answer               string
	}{
		"create": {
			"POST", "/inference-profiles",
			`{"inferenceProfileName":"n","description":"d","clientRequestToken":"t","modelSource":{"copyFrom":"` + sourceARN + `"},"tags":[{"key":"k","value":""}]}`,
			nil,
			&CreateInferenceProfileRequest{
				InferenceProfileName: "n", Description: new("d"), ClientRequestToken: new("t"),
				ModelSource: &InferenceProfileModelSource{CopyFrom: new(sourceARN)}, Tags: []Tag{{Key: "k"}},
			},
			201, `{"inferenceProfileArn":"arn:p","status":"ACTIVE"}`,
		},
		"get": {
			"GET", "/inference-profiles/" + strings.ReplaceAll(url.PathEscape(sourceARN), ":", "%3A"), "not read",
			&GetInferenceProfileResponse{
				InferenceProfileName: "n", CreatedAt: created, InferenceProfileARN: sourceARN,
				Models: []InferenceProfileModel{{ModelARN: new("arn:aws:bedrock:::foundation-model/x")}, {}}, InferenceProfileID: "us.amazon.nova-lite-v1:0",
				Status: InferenceProfileStatusActive, Type: InferenceProfileTypeSystemDefined,
			},
			&GetInferenceProfileRequest{InferenceProfileIdentifier: sourceARN},
			200, `{"inferenceProfileName":"n","createdAt":"2024-11-06T00:00:00Z","inferenceProfileArn":"` + sourceARN + `",` +
				`"models":[{"modelArn":"arn:aws:bedrock:::foundation-model/x"},{}],"inferenceProfileId":"us.amazon.nova-lite-v1:0","status":"ACTIVE","type":"SYSTEM_DEFINED"}`,
		},
		"get with required members unset": {
			"GET", "/inference-profiles/x", "", &GetInferenceProfileResponse{},
			&GetInferenceProfileRequest{InferenceProfileIdentifier: "x"},
			200, `{"inferenceProfileName":"","inferenceProfileArn":"","models":[],"inferenceProfileId":"","status":"","type":""}`,
		},
		"list": {
			"GET", "/inference-profiles?type=APPLICATION&maxResults=10&nextToken=a%2Bb%2F%3D&unknown=1", "", nil,
			&ListInferenceProfilesRequest{MaxResults: new(10), NextToken: new("a+b/="), TypeEquals: new(InferenceProfileTypeApplication)},
			200, `{"inferenceProfileSummaries":[]}`,
		},
		"list without a filter": {"GET", "/inference-profiles", "", nil, &ListInferenceProfilesRequest{}, 200, `{"inferenceProfileSummaries":[]}`},
		"delete":                {"DELETE", "/inference-profiles/abc", "", nil, &DeleteInferenceProfileRequest{InferenceProfileIdentifier: "abc"}, 200, `{}`},
		"tag": {
			"POST", "/tagResource", `{"resourceARN":"` + sourceARN + `","tags":[{"value":"v","key":"k"}]}`, nil,
			&TagResourceRequest{ResourceARN: sourceARN, Tags: []Tag{{Key: "k", Value: "v"}}},
			200, `{}`,
		},
		"untag": {
			"POST", "/untagResource", `{"resourceARN":"` + sourceARN + `","tagKeys":["a","b"]}`, nil,
			&UntagResourceRequest{ResourceARN: sourceARN, TagKeys: []string{"a", "b"}},
			200, `{}`,
		},
		"list models": {
			"GET", "/foundation-models?byInferenceType=ON_DEMAND&byProvider=amazon", "", nil,
			&ListFoundationModelsRequest{ByProvider: new("amazon"), ByInferenceType: new(InferenceTypeOnDemand)},
			200, `{"modelSummaries":[{"modelArn":"arn:m","modelId":"m","responseStreamingSupported":false,"inferenceTypesSupported":["INFERENCE_PROFILE"],` +
				`"modelLifecycle":{"status":"ACTIVE","endOfLifeTime":"2027-01-02T00:00:00Z"}}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := &recording{get: test.get}
			rec, out := do(server, test.method, test.target, test.body)
			if out.Err != nil || rec.Code != test.status {
				t.Fatalf("status %d, %+v", rec.Code, out)
			}
			if diff := cmp.Diff(test.in, server.in); diff != "" {
				t.Error(diff)
			}
			if rec.Body.String() != test.answer {
				t.Errorf("got  %s\nwant %s", rec.Body, test.answer)
			}
		})
	}
}

func TestViolations(t *testing.T) {
	const (
		failed  = " failed to satisfy constraint: "
		keyRule = "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-zA-Z0-9\\s._:/=+@-]*]"
	)
	source := `"modelSource":{"copyFrom":"` + sourceARN + `"}`
	for name, test := range map[string]struct{ method, target, body, want string }{
		"create with nothing": {
			"POST", "/inference-profiles", ``,
			"2 validation errors detected: Value null at 'inferenceProfileName'" + failed + "Member must not be null; Value null at 'modelSource'" + failed + "Member must not be null",
		},
		"name": {
			"POST", "/inference-profiles", `{"inferenceProfileName":"a--b",` + source + `}`,
			"1 validation error detected: Value 'a--b' at 'inferenceProfileName'" + failed + "Member must satisfy regular expression pattern: ([0-9a-zA-Z][ _-]?)+",
		},
		"empty name": {
			"POST", "/inference-profiles", `{"inferenceProfileName":"",` + source + `}`,
			"2 validation errors detected: Value '' at 'inferenceProfileName'" + failed + "Member must have length greater than or equal to 1; " +
				"Value '' at 'inferenceProfileName'" + failed + "Member must satisfy regular expression pattern: ([0-9a-zA-Z][ _-]?)+",
		},
		"description is not printed": {
			"POST", "/inference-profiles", `{"inferenceProfileName":"a","description":"(secret)",` + source + `}`,
			"1 validation error detected: Value at 'description'" + failed + "Member must satisfy regular expression pattern: ([0-9a-zA-Z:.][ _-]?)+",
		},
		"source is an id": {
			"POST", "/inference-profiles", `{"inferenceProfileName":"a","modelSource":{"copyFrom":"us.amazon.nova-lite-v1:0"}}`,
			"1 validation error detected: Value 'us.amazon.nova-lite-v1:0' at 'modelSource.copyFrom'" + failed + "Member must satisfy regular expression pattern: arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:(|[0-9a-z-]{0,20}):(|[0-9]{12}):(inference-profile|foundation-model)/[a-zA-Z0-9-:.]+",
		},
		"source with a line break at the end": {
			"POST", "/inference-profiles", `{"inferenceProfileName":"a","modelSource":{"copyFrom":"` + sourceARN + `\n"}}`,
			"1 validation error detected: Value '" + sourceARN + "\n' at 'modelSource.copyFrom'" + failed + "Member must satisfy regular expression pattern: arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:(|[0-9a-z-]{0,20}):(|[0-9]{12}):(inference-profile|foundation-model)/[a-zA-Z0-9-:.]+",
		},
		"source without a member": {
			"POST", "/inference-profiles", `{"inferenceProfileName":"a","modelSource":{}}`,
			"1 validation error detected: Value at 'modelSource'" + failed + "Member must have exactly one of its members set: [copyFrom]",
		},
		"tags": {
			"POST", "/inference-profiles", `{"inferenceProfileName":"a",` + source + `,"tags":[{"key":"a"},{"key":"$","value":"ok"}]}`,
			"2 validation errors detected: Value null at 'tags.1.member.value'" + failed + "Member must not be null; " +
				"Value '$' at 'tags.2.member.key'" + failed + "Member must satisfy regular expression pattern: [a-zA-Z0-9\\s._:/=+@-]*",
		},
		"201 tags": {
			"POST", "/tagResource", `{"resourceARN":"` + sourceARN + `","tags":[` + strings.Repeat(`{"key":"k","value":"v"},`, 200) + `{"key":"k","value":"v"}]}`,
			"1 validation error detected: Value at 'tags'" + failed + "Member must have length less than or equal to 200",
		},
		"tag keys": {
			"POST", "/untagResource", `{"resourceARN":"` + sourceARN + `","tagKeys":["ok","é"]}`,
			"1 validation error detected: Value '[ok, é]' at 'tagKeys'" + failed + "Member must satisfy constraint: " + keyRule,
		},
		"list": {
			"GET", "/inference-profiles?maxResults=1001&nextToken=a%20b&type=application", "",
			"3 validation errors detected: Value '1001' at 'maxResults'" + failed + "Member must have value less than or equal to 1000; " +
				"Value 'a b' at 'nextToken'" + failed + "Member must satisfy regular expression pattern: \\S*; " +
				"Value 'application' at 'typeEquals'" + failed + "Member must satisfy enum value set: [SYSTEM_DEFINED, APPLICATION]",
		},
		"list at zero": {
			"GET", "/inference-profiles?maxResults=0", "",
			"1 validation error detected: Value '0' at 'maxResults'" + failed + "Member must have value greater than or equal to 1",
		},
		"identifier": {
			"GET", "/inference-profiles/a%20b", "",
			"1 validation error detected: Value 'a b' at 'inferenceProfileIdentifier'" + failed + "Member must satisfy regular expression pattern: (arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:(|[0-9a-z-]{0,20}):(|[0-9]{12}):(inference-profile|application-inference-profile)/)?[a-zA-Z0-9-:.]+",
		},
	} {
		t.Run(name, func(t *testing.T) {
			rec, out := do(&recording{}, test.method, test.target, test.body)
			if rec.Code != 400 || !fault.Is(out.Err, fault.Validation) {
				t.Fatalf("status %d, %+v", rec.Code, out)
			}
			if out.Err.Error() != test.want {
				t.Errorf("got  %s\nwant %s", out.Err, test.want)
			}
		})
	}
}

func TestWrongTypesOutsideTheBody(t *testing.T) {
	for target, want := range map[string]string{
		"/inference-profiles?maxResults=ten":        "'ten' at 'maxResults' can not be converted to an Integer",
		"/inference-profiles?maxResults=":           "'' at 'maxResults' can not be converted to an Integer",
		"/inference-profiles?maxResults=9999999999": "'9999999999' at 'maxResults' can not be converted to an Integer",
	} {
		rec, out := do(&recording{}, "GET", target, "")
		if rec.Code != 400 || !fault.Is(out.Err, fault.Serialization) || out.Err.Error() != want {
			t.Errorf("%s: status %d, %+v", target, rec.Code, out)
		}
	}
	r := httptest.NewRequest("GET", "/inference-profiles", nil)
	r.URL.RawQuery = "type=%zz"
	rec := httptest.NewRecorder()
	out := NewService(&recording{}).Serve(rec, &awswire.Call{Request: r})
	if rec.Code != http.StatusBadRequest || !fault.Is(out.Err, fault.Validation) {
		t.Errorf("a malformed query: status %d, %+v", rec.Code, out)
	}
}

func TestRealProfilesLongerThanTheModelSaysAreSent(t *testing.T) {
	models := make([]InferenceProfileModel, 7)
	_, out := do(&recording{get: &GetInferenceProfileResponse{Models: models}}, "GET", "/inference-profiles/apac.x", "")
	if out.Err != nil {
		t.Error(out.Err)
	}
}
