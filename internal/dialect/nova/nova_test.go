package nova

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/dialecttest"
	"github.com/outcrop/outcrop/internal/fault"
)

const golden = `{"schemaVersion":"messages-v1","system":[{"text":"Be brief."}],"messages":[{"role":"user","content":[{"text":"hi"},` +
	`{"image":{"format":"png","source":{"bytes":"aGk="}}},{"video":{"format":"mp4","source":{"s3Location":{"uri":"s3://b/k","bucketOwner":"111122223333"}}}},{"cachePoint":{"type":"default"}}]},` +
	`{"role":"assistant","content":[{"toolUse":{"toolUseId":"t1","name":"f","input":{"x":1}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"t1","content":[{"json":{"y":2}},{"text":"z"}],"status":"error"}}]}],` +
	`"inferenceConfig":{"max_new_tokens":512,"temperature":0.7,"topP":0.9,"topK":50,"stopSequences":["x"]},` +
	`"toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"d","inputSchema":{"json":{"type":"object"}}}}],"toolChoice":{"tool":{"name":"f"}}},"reasoningConfig":{"type":"enabled","maxReasoningEffort":"low"}}`

func family() dialecttest.Family {
	return dialecttest.Family{Codec: Codec{}, Model: "amazon.nova-lite-v1:0", Words: dialecttest.Words{
		Turns: true, System: true, Tools: true, NamedChoice: true, Parallel: true, TextAndTool: true, Images: true, Reasoning: true,
		Temperature: true, TopP: true, TopK: true, Stop: true, MaxTokens: true, Counts: true, Cache: true,
	}}
}

func TestFamily(t *testing.T)      { dialecttest.Run(t, family()) }
func FuzzDecode(f *testing.F)      { dialecttest.Fuzz(f, family(), golden) }
func BenchmarkFamily(b *testing.B) { dialecttest.Bench(b, family(), golden) }

func TestGoldenRequestComesBack(t *testing.T) {
	r, err := Codec{}.DecodeRequest("", []byte(golden))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Codec{}.EncodeRequest("", r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(golden, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestOtherNamesAreTaken(t *testing.T) {
	r, err := Codec{}.DecodeRequest("", []byte(`{"messages":[{"role":"user","content":[{"text":"x"}]}],"inferenceConfig":{"maxTokens":5,"top_p":0.5,"top_k":3}}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(chat.Inference{MaxTokens: new(5), TopP: new(0.5), TopK: new(3)}, r.Inference); diff != "" {
		t.Error(diff)
	}
}

func TestRefuses(t *testing.T) {
	for body, want := range map[string]string{
		`{"schemaVersion":"messages-v2","messages":[]}`:                                               "#/schemaVersion: messages-v2 is not a valid enum value",
		`{"messages":[{"role":"system","content":[{"text":"x"}]}]}`:                                   "#/messages/0/role: system is not a valid enum value",
		`{"messages":[{"role":"user","content":"x"}]}`:                                                "#/messages/0/content: expected type: JSONArray, found: String",
		`{"messages":[{"role":"user","content":[{}]}]}`:                                               "#/messages/0/content/0: required key [text] not found",
		`{"messages":[{"role":"user","content":[{"image":{"format":"png"}}]}]}`:                       "#/messages/0/content/0/image/source: required key [bytes] not found",
		`{"messages":[{"role":"user","content":[{"text":"x"}]}],"max_tokens":5}`:                      "#: extraneous key [max_tokens] is not permitted",
		`{"messages":[{"role":"user","content":[{"text":"x"}]}],"inferenceConfig":{"temperature":2}}`: "#/inferenceConfig/temperature: 2 is not less or equal to 1",
	} {
		_, err := Codec{}.DecodeRequest("", []byte(body))
		if want := "Malformed input request: " + want + ", please reformat your input and try again."; !fault.Is(err, fault.Validation) || fault.Public(err).Message != want {
			t.Errorf("%s:\n got %v\nwant %s", body, err, want)
		}
	}
}

// The recorded shapes.
func TestGoldenAnswers(t *testing.T) {
	got, err := Codec{}.EncodeResponse(&chat.Response{Content: dialect.Said("hi"), Stop: chat.EndTurn, Usage: chat.Usage{Input: 5, Output: 10}}, dialect.Envelope{})
	want := `{"output":{"message":{"role":"assistant","content":[{"text":"hi"}]}},"stopReason":"end_turn",` +
		`"usage":{"inputTokens":5,"outputTokens":10,"totalTokens":15,"cacheReadInputTokenCount":0,"cacheWriteInputTokenCount":0}}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	chunks := []string{
		`{"messageStart":{"role":"assistant"}}`,
		`{"contentBlockDelta":{"delta":{"text":"hi"},"contentBlockIndex":0}}`,
		`{"contentBlockStop":{"contentBlockIndex":0}}`,
		`{"messageStop":{"stopReason":"end_turn"}}`,
		`{"metadata":{"usage":{"inputTokens":5,"outputTokens":10,"cacheReadInputTokenCount":0,"cacheWriteInputTokenCount":0},"metrics":{},"trace":{}},` +
			`"amazon-bedrock-invocationMetrics":{"inputTokenCount":5,"outputTokenCount":10,"invocationLatency":7,"firstByteLatency":3,"cacheReadInputTokenCount":0,"cacheWriteInputTokenCount":0}}`,
	}
	if diff := cmp.Diff(chunks, dialecttest.Chunks(Codec{}, dialect.Envelope{}, "hi")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// As the models stream: each delta in a block of its own.
func TestTornTextIsJoined(t *testing.T) {
	d := Codec{}.NewDecoder()
	var events []chat.Event
	for _, c := range []string{
		`{"messageStart":{"role":"assistant"}}`,
		`{"contentBlockDelta":{"delta":{"text":"a"},"contentBlockIndex":0}}`, `{"contentBlockStop":{"contentBlockIndex":0}}`,
		`{"contentBlockDelta":{"delta":{"text":"b"},"contentBlockIndex":1}}`, `{"contentBlockStop":{"contentBlockIndex":1}}`,
		`{"contentBlockStart":{"start":{"toolUse":{"toolUseId":"t","name":"f"}},"contentBlockIndex":2}}`,
		`{"contentBlockDelta":{"delta":{"toolUse":{"input":"{}"}},"contentBlockIndex":2}}`, `{"contentBlockStop":{"contentBlockIndex":2}}`,
		`{"messageStop":{"stopReason":"tool_use"}}`, `{"metadata":{"usage":{"inputTokens":5,"outputTokens":10},"metrics":{},"trace":{}}}`,
	} {
		read, err := d.Decode([]byte(c))
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, read...)
	}
	got, err := dialecttest.Collect(events)
	if err != nil {
		t.Fatal(err)
	}
	want := &chat.Response{
		Content: []chat.Block{chat.Text("ab"), {Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "t", Name: "f", Input: []byte("{}")}}},
		Stop:    chat.StopToolUse, Usage: chat.Usage{Input: 5, Output: 10},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
