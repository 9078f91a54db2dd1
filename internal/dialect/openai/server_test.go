package openai

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/dialecttest"
	"github.com/outcrop/outcrop/internal/fault"
)

var words = dialecttest.Words{
	Turns: true, System: true, Tools: true, NamedChoice: true, Serial: true, Strict: true, Parallel: true, TextAndTool: true,
	Images: true, Reasoning: true, Temperature: true, TopP: true, TopK: true, Stop: true, MaxTokens: true, Counts: true,
}

func families() map[string]dialecttest.Family {
	bare := words
	bare.Counts = false
	return map[string]dialecttest.Family{
		"open models": {Codec: Codec{Shape{Metrics: true}}, Model: "qwen.qwen3-32b-v1:0", Words: words},
		"tagged":      {Codec: Codec{Shape{Metrics: true, Tagged: true}}, Model: "openai.gpt-oss-20b-1:0", Words: words},
		"mistral":     {Codec: Codec{Shape{Metrics: true, Mistral: true, NoUsage: true}}, Model: "mistral.mistral-large-2407-v1:0", Words: bare},
	}
}

func TestFamilies(t *testing.T) {
	for name, f := range families() {
		t.Run(name, func(t *testing.T) { dialecttest.Run(t, f) })
	}
}

func FuzzServer(f *testing.F) {
	dialecttest.Fuzz(f, families()["tagged"], goldenRequest, goldenAnswer, goldenTagged)
}

func BenchmarkServer(b *testing.B) {
	dialecttest.Bench(b, families()["tagged"], goldenRequest)
}

const (
	goldenRequest = `{"model":"openai.gpt-oss-20b-1:0","messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"What is it?"},` +
		`{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,aGk="}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"x\":1}"}}]},` +
		`{"role":"tool","tool_call_id":"c1","content":"a cat"},{"role":"user","content":"And now?"}],"max_completion_tokens":150,"temperature":0.5,"top_p":0.9,"stream":false,"reasoning_effort":"low",` +
		`"tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}],"tool_choice":"required","service_tier":"flex","seed":7}`
	goldenAnswer = `{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}`
	goldenTagged = `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"<reasoning>hm</reasoning>hi"},"finish_reason":null}]}`
)

func TestDecodeRequestGolden(t *testing.T) {
	got, err := DecodeRequest([]byte(goldenRequest))
	if err != nil {
		t.Fatal(err)
	}
	want := &Ask{
		Model: "openai.gpt-oss-20b-1:0", Stream: new(bool),
		Chat: &chat.Request{
			System: []chat.Block{chat.Text("Be brief.")},
			Messages: []chat.Message{
				{Role: chat.User, Content: []chat.Block{
					chat.Text("What is it?"), {Kind: chat.ImageBlock, Media: &chat.Media{Format: "jpeg", Bytes: []byte("hi")}},
				}},
				{Role: chat.Assistant, Content: []chat.Block{{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "c1", Name: "look", Input: []byte(`{"x":1}`)}}}},
				{Role: chat.User, Content: []chat.Block{
					{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{ID: "c1", Content: []chat.Block{chat.Text("a cat")}}},
					chat.Text("And now?"),
				}},
			},
			Inference: chat.Inference{MaxTokens: new(150), Temperature: new(0.5), TopP: new(0.9)},
			Tools: &chat.ToolConfig{
				Tools: []chat.Tool{{Name: "look", Schema: []byte(`{"type":"object"}`)}}, Choice: chat.ToolChoice{Mode: chat.ChoiceAny},
			},
			Thinking: &chat.Thinking{Effort: "low"}, Tier: "flex", Extra: []byte(`{"seed":7}`),
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeRequestRefuses(t *testing.T) {
	for body, want := range map[string]string{
		`{"messages":[{"role":"user","content":"x"}],"n":2}`:                                                              "#/n: 2 choices are not supported, only 1",
		`{"messages":[{"role":"user","content":"x"}],"logprobs":true}`:                                                    "#/logprobs: log probabilities are not supported",
		`{"messages":[{"role":"user","content":"x"}],"temperature":3}`:                                                    "#/temperature: 3 is not less or equal to 2",
		`{"messages":[{"role":"user","content":"x"}],"tool_choice":"required"}`:                                           "#/tool_choice: may only be specified while providing tools",
		`{"messages":[{"role":"system","content":"x"}]}`:                                                                  "#/messages: expected at least one message of a user",
		`{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}`: "#/messages/0/content/0/image_url/url: must be a data URL such as data:image/png;base64,…; addresses are not fetched",
		`{"messages":[{"role":"tool","content":"x"}]}`:                                                                    "#/messages/0: required key [tool_call_id] not found",
		`{"messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{"}}]}]}`:           "#/messages/0/tool_calls/0/function/arguments: is not JSON",
		`{"messages":[{"role":"user","content":"x"}],"functions":[]}`:                                                     "#: extraneous key [functions] is not permitted, use [tools]",
	} {
		_, err := DecodeRequest([]byte(body))
		if want := "Malformed input request: " + want + ", please reformat your input and try again."; !fault.Is(err, fault.Validation) || fault.Public(err).Message != want {
			t.Errorf("%s:\n got %v\nwant %s", body, err, want)
		}
	}
}

func TestCodecHoldsTheModelAgainstThePath(t *testing.T) {
	c := Codec{}
	if _, err := c.DecodeRequest("a", []byte(`{"model":"b","messages":[{"role":"user","content":"x"}]}`)); !fault.Is(err, fault.Validation) {
		t.Errorf("another model: %v", err)
	}
	if _, err := c.DecodeRequest("a", []byte(`{"model":"a","messages":[{"role":"user","content":"x"}]}`)); err != nil {
		t.Error(err)
	}
}

func TestEncodeStreamGolden(t *testing.T) {
	s := NewStream(dialect.Envelope{Model: "m", Request: "r", Created: 5}, Shape{Tagged: true, Metrics: true})
	var got []string
	for _, e := range []chat.Event{
		{Kind: chat.MessageStart},
		{Kind: chat.BlockDelta, Block: chat.ReasoningBlock, Text: "hm"},
		{Kind: chat.BlockStop, Block: chat.ReasoningBlock},
		{Kind: chat.BlockDelta, Index: 1, Block: chat.TextBlock, Text: "hi"},
		{Kind: chat.BlockStop, Index: 1, Block: chat.TextBlock},
		{Kind: chat.MessageStop, Stop: chat.MaxTokens},
		{Kind: chat.Metadata, Usage: chat.Usage{Input: 3, Output: 2, CacheRead: 4}},
	} {
		for _, c := range s.Encode(&e, dialect.Timing{Invocation: 9, FirstByte: 8}) {
			got = append(got, string(c))
		}
	}
	const head = `{"id":"chatcmpl-r","object":"chat.completion.chunk","created":5,"model":"m","choices":[`
	want := []string{
		head + `{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`,
		head + `{"index":0,"delta":{"content":"<reasoning>hm"},"finish_reason":null}]}`,
		head + `{"index":0,"delta":{"content":"</reasoning>"},"finish_reason":null}]}`,
		head + `{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}`,
		head + `{"index":0,"delta":{},"finish_reason":"length"}]}`,
		head + `],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9,"prompt_tokens_details":{"cached_tokens":4}},` +
			`"amazon-bedrock-invocationMetrics":{"inputTokenCount":3,"outputTokenCount":2,"invocationLatency":9,"firstByteLatency":8,"cacheReadInputTokenCount":4,"cacheWriteInputTokenCount":0}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
