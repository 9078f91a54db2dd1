package bedrockruntime

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/awswire"
)

func decodeConverse(t *testing.T, body string) ConverseRequest {
	t.Helper()
	var in ConverseRequest
	var r awswire.Reader
	r.Reset([]byte(body))
	in.decode(&r)
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return in
}

func TestDecodeConverse(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want ConverseRequest
	}{
		"empty": {"", ConverseRequest{}},
		"absent and empty differ": {
			`{"messages":[],"system":null,"inferenceConfig":{"stopSequences":[]},"requestMetadata":{}}`,
			ConverseRequest{
				Messages:        []Message{},
				InferenceConfig: &InferenceConfiguration{StopSequences: []string{}},
				RequestMetadata: map[string]string{},
			},
		},
		"text": {
			`{"system":[{"text":"s"}],"messages":[{"role":"user","content":[{"text":"a"},{"text":""}]}],
			  "inferenceConfig":{"maxTokens":256,"temperature":0.5,"topP":1,"stopSequences":["x","y"]}}`,
			ConverseRequest{
				System:   []SystemContentBlock{{Text: new("s")}},
				Messages: []Message{{Role: "user", Content: []ContentBlock{{Text: new("a")}, {Text: new("")}}}},
				InferenceConfig: &InferenceConfiguration{
					MaxTokens: new(256), Temperature: new(0.5), TopP: new(1.0), StopSequences: []string{"x", "y"},
				},
			},
		},
		"tools": {
			`{"toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"d","inputSchema":{"json":{"type":"object"}},"strict":true}},{"cachePoint":{"type":"default","ttl":"1h"}}],
			  "toolChoice":{"any":{}}},
			  "messages":[{"role":"assistant","content":[{"toolUse":{"toolUseId":"t1","name":"f","input":{"a":[1, 2]}}}]},
			   {"role":"user","content":[{"toolResult":{"toolUseId":"t1","status":"error","content":[{"json":null},{"text":"no"},{"json":{"k":1}}]}}]}]}`,
			ConverseRequest{
				ToolConfig: &ToolConfiguration{
					Tools: []Tool{
						{ToolSpec: &ToolSpecification{
							Name: "f", Description: new("d"), Strict: new(true),
							InputSchema: &ToolInputSchema{JSON: jsontext.Value(`{"type":"object"}`)},
						}},
						{CachePoint: &CachePointBlock{Type: CachePointTypeDefault, TTL: new(CacheTTL1h)}},
					},
					ToolChoice: &ToolChoice{Any: &AnyToolChoice{}},
				},
				Messages: []Message{
					{Role: "assistant", Content: []ContentBlock{{ToolUse: &ToolUseBlock{ToolUseID: "t1", Name: "f", Input: jsontext.Value(`{"a":[1, 2]}`)}}}},
					{Role: "user", Content: []ContentBlock{{ToolResult: &ToolResultBlock{
						ToolUseID: "t1", Status: new(ToolResultStatusError),
						Content: []ToolResultContentBlock{{}, {Text: new("no")}, {JSON: jsontext.Value(`{"k":1}`)}},
					}}}},
				},
			},
		},
		"media and reasoning": {
			`{"messages":[{"role":"user","content":[
			  {"image":{"format":"png","source":{"bytes":"iVBORw=="}}},
			  {"document":{"format":"pdf","name":"d","source":{"s3Location":{"uri":"s3://bucket/k","bucketOwner":"111122223333"}},"citations":{"enabled":false}}},
			  {"reasoningContent":{"reasoningText":{"text":"hm","signature":"sig"}}},
			  {"reasoningContent":{"redactedContent":"AAEC"}}]}]}`,
			ConverseRequest{Messages: []Message{{Role: "user", Content: []ContentBlock{
				{Image: &ImageBlock{Format: ImageFormatPng, Source: &ImageSource{Bytes: []byte{0x89, 'P', 'N', 'G'}}}},
				{Document: &DocumentBlock{
					Format: new(DocumentFormatPdf), Name: "d", Citations: &CitationsConfig{},
					Source: &DocumentSource{S3Location: &S3Location{URI: "s3://bucket/k", BucketOwner: new("111122223333")}},
				}},
				{ReasoningContent: &ReasoningContentBlock{ReasoningText: &ReasoningTextBlock{Text: "hm", Signature: new("sig")}}},
				{ReasoningContent: &ReasoningContentBlock{RedactedContent: []byte{0, 1, 2}}},
			}}}},
		},
		"the rest": {
			`{"guardrailConfig":{"guardrailIdentifier":"g1","guardrailVersion":"DRAFT","trace":"enabled_full"},
			  "additionalModelRequestFields":{"top_k":5},"additionalModelResponseFieldPaths":["/a"],
			  "promptVariables":{"v":{"text":"x"}},"requestMetadata":{"team":"blue"},"performanceConfig":{"latency":"optimized"},
			  "serviceTier":{"type":"flex"},"outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{}","name":"n"}}}},
			  "somethingNew":{"a":[{}]}}`,
			ConverseRequest{
				GuardrailConfig:                   &GuardrailConfiguration{GuardrailIdentifier: new("g1"), GuardrailVersion: new("DRAFT"), Trace: new(GuardrailTraceEnabledFull)},
				AdditionalModelRequestFields:      jsontext.Value(`{"top_k":5}`),
				AdditionalModelResponseFieldPaths: []string{"/a"},
				PromptVariables:                   map[string]PromptVariableValues{"v": {Text: new("x")}},
				RequestMetadata:                   map[string]string{"team": "blue"},
				PerformanceConfig:                 &PerformanceConfiguration{Latency: new(PerformanceConfigLatencyOptimized)},
				ServiceTier:                       &ServiceTier{Type: ServiceTierTypeFlex},
				OutputConfig: &OutputConfig{TextFormat: &OutputFormat{
					Type: OutputFormatTypeJsonSchema, Structure: &OutputFormatStructure{JSONSchema: &JSONSchemaDefinition{Schema: "{}", Name: new("n")}},
				}},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, decodeConverse(t, test.body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodedStringsOutliveTheBody(t *testing.T) {
	body := []byte(`{"messages":[{"role":"user","content":[{"text":"hello"}]}],"requestMetadata":{"team":"blue"}}`)
	var in ConverseRequest
	var r awswire.Reader
	r.Reset(body)
	in.decode(&r)
	clear(body)
	if *in.Messages[0].Content[0].Text != "hello" || in.RequestMetadata["team"] != "blue" || in.Messages[0].Role != ConversationRoleUser {
		t.Errorf("strings changed with the body: %+v", in)
	}
}

func TestBindInvokeModel(t *testing.T) {
	body := "\x00 not JSON at all {"
	var got InvokeModelRequest
	bind := func(header http.Header) error {
		got = InvokeModelRequest{}
		r := httptest.NewRequest(http.MethodPost, "/model/amazon.titan-embed-text-v2%3A0/invoke", nil)
		r.Header = header
		s := NewService(&capturing{invoke: func(in *InvokeModelRequest) { got = *in }, output: &InvokeModelResponse{}})
		return s.Serve(httptest.NewRecorder(), &awswire.Call{Request: r, Body: []byte(body)}).Err
	}
	if err := bind(http.Header{
		"Content-Type": {"application/json"}, "Accept": {"*/*"}, "X-Amzn-Bedrock-Trace": {"ENABLED_FULL"},
		"X-Amzn-Bedrock-Guardrailidentifier": {"g1"}, "X-Amzn-Bedrock-Guardrailversion": {"1"},
		"X-Amzn-Bedrock-Performanceconfig-Latency": {"standard"}, "X-Amzn-Bedrock-Service-Tier": {"priority"},
	}); err != nil {
		t.Fatal(err)
	}
	want := InvokeModelRequest{
		ModelID: "amazon.titan-embed-text-v2:0", Body: []byte(body), ContentType: new("application/json"), Accept: new("*/*"),
		Trace: new(TraceEnabledFull), GuardrailIdentifier: new("g1"), GuardrailVersion: new("1"),
		PerformanceConfigLatency: new(PerformanceConfigLatencyStandard), ServiceTier: new(ServiceTierTypePriority),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := bind(http.Header{}); err != nil {
		t.Fatal(err)
	}
	want = InvokeModelRequest{ModelID: "amazon.titan-embed-text-v2:0", Body: []byte(body)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	err := bind(http.Header{"X-Amzn-Bedrock-Trace": {"enabled"}, "X-Amzn-Bedrock-Service-Tier": {"free"}})
	const sentence = "2 validation errors detected: Value 'enabled' at 'trace' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED, ENABLED_FULL]; " +
		"Value 'free' at 'serviceTier' failed to satisfy constraint: Member must satisfy enum value set: [priority, default, flex, reserved]"
	if err == nil || err.Error() != sentence {
		t.Errorf("got  %v\nwant %s", err, sentence)
	}
}
