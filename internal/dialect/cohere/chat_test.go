package cohere

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/dialecttest"
	"github.com/outcrop/outcrop/internal/fault"
)

const goldenChat = `{"message":"And now?","chat_history":[{"role":"USER","message":"hi"},{"role":"CHATBOT","message":"hello"}],"preamble":"Be brief.",` +
	`"documents":[{"title":"T","snippet":"S"},{"text":"other"}],"tools":[{"name":"f","description":"d","parameter_definitions":{"n":{"description":"how many","type":"int","required":true},"w":{"type":"List[str]"},"x":{"type":"datetime"}}}],` +
	`"max_tokens":20,"temperature":0.3,"p":0.75,"k":3,"stop_sequences":["x"],"prompt_truncation":"OFF","seed":7}`

func chatFamily() dialecttest.Family {
	return dialecttest.Family{Codec: Chat{}, Model: "cohere.command-r-v1:0", Words: dialecttest.Words{
		Turns: true, System: true, Tools: true, NoChoice: true, Parallel: true, TextAndTool: true, NoIDs: true,
		Temperature: true, TopP: true, TopK: true, Stop: true, MaxTokens: true,
	}}
}

func TestChatFamily(t *testing.T)      { dialecttest.Run(t, chatFamily()) }
func FuzzChat(f *testing.F)            { dialecttest.Fuzz(f, chatFamily(), goldenChat) }
func BenchmarkChatFamily(b *testing.B) { dialecttest.Bench(b, chatFamily(), goldenChat) }

func TestChatGoldenRequestComesBack(t *testing.T) {
	r, err := Chat{}.DecodeRequest("", []byte(goldenChat))
	if err != nil {
		t.Fatal(err)
	}
	last := r.Messages[len(r.Messages)-1].Content
	want := []chat.Block{
		{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "txt", Name: "T", Text: "S"}},
		{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "txt", Text: `{"text":"other"}`}},
		chat.Text("And now?"),
	}
	if diff := cmp.Diff(want, last); diff != "" {
		t.Error(diff)
	}
	const schema = `{"type":"object","properties":{"n":{"type":"integer","description":"how many"},"w":{"type":"array","items":{"type":"string"}},"x":{"$comment":"datetime"}},"required":["n"]}`
	if got := string(r.Tools.Tools[0].Schema); got != schema {
		t.Errorf("got %s", got)
	}
	got, err := Chat{}.EncodeRequest("", r)
	if diff := cmp.Diff(goldenChat, string(got)); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestToolResultsOfOneStep(t *testing.T) {
	const body = `{"message":"weather?","tools":[{"name":"f","description":"d"}],"tool_results":[{"call":{"name":"f","parameters":{"x":1}},"outputs":[{"sun":true},{"text":"warm"}]}]}`
	r, err := Chat{}.DecodeRequest("", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	want := []chat.Message{
		{Role: chat.User, Content: dialect.Said("weather?")},
		{Role: chat.Assistant, Content: []chat.Block{{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "call_1", Name: "f", Input: []byte(`{"x":1}`)}}}},
		{Role: chat.User, Content: []chat.Block{{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{
			ID: "call_1", Content: []chat.Block{{Raw: []byte(`{"sun":true}`)}, chat.Text("warm")},
		}}}},
	}
	if diff := cmp.Diff(want, r.Messages, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestChatRefuses(t *testing.T) {
	for body, want := range map[string]string{
		`{"message":""}`: "#/message: expected minLength: 1, actual: 0",
		`{"message":"x","chat_history":[{"role":"SYSTEM","message":"x"}]}`:                                     "#/chat_history/0/role: SYSTEM is not a valid enum value",
		`{"message":"x","search_queries_only":true}`:                                                           "#/search_queries_only: search queries alone are not supported",
		`{"message":"x","documents":["y"]}`:                                                                    "#/documents: expected type: JSONObject, found: String",
		`{"message":"x","raw_prompting":true,"preamble":"y"}`:                                                  "#/raw_prompting: a raw prompt stands alone: remove chat_history, preamble, documents, tools and tool_results",
		`{"message":"x","messages":[]}`:                                                                        "#: extraneous key [messages] is not permitted",
		`{"message":"x","chat_history":[{"role":"TOOL","tool_results":[{"call":{"name":"f"},"outputs":[]}]}]}`: "#/chat_history/0/tool_results: there are 1 results for 0 tool calls before them",
	} {
		_, err := Chat{}.DecodeRequest("", []byte(body))
		if want := "Malformed input request: " + want + ", please reformat your input and try again."; !fault.Is(err, fault.Validation) || fault.Public(err).Message != want {
			t.Errorf("%s:\n got %v\nwant %s", body, err, want)
		}
	}
	for name, r := range map[string]*chat.Request{
		"an enum":         {Tools: &chat.ToolConfig{Tools: []chat.Tool{{Name: "f", Schema: []byte(`{"type":"object","properties":{"x":{"type":"string","enum":["a"]}}}`)}}}},
		"a tool demanded": {Tools: &chat.ToolConfig{Choice: chat.ToolChoice{Mode: chat.ChoiceAny}}},
		"a prefill":       {Messages: []chat.Message{{Role: chat.Assistant, Content: dialect.Said("x")}}},
		"a PDF":           {Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "pdf", Bytes: []byte("x")}}}}}},
	} {
		if _, err := (Chat{}).EncodeRequest("", r); !fault.Is(err, fault.Validation) {
			t.Errorf("%s: %v, want a validation error", name, err)
		}
	}
}

func TestChatGoldenAnswers(t *testing.T) {
	env := dialect.Envelope{Request: "r", Asked: &chat.Request{Messages: []chat.Message{{Role: chat.User, Content: dialect.Said("hi")}}}}
	got, err := Chat{}.EncodeResponse(&chat.Response{Content: dialect.Said("ho"), Stop: chat.EndTurn}, env)
	want := `{"response_id":"r","text":"ho","generation_id":"r","chat_history":[{"role":"USER","message":"hi"},{"role":"CHATBOT","message":"ho"}],"finish_reason":"COMPLETE"}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	chunks := dialecttest.Chunks(Chat{}, env, "ho")
	if chunks[0] != `{"event_type":"text-generation","text":"ho","is_finished":false}` || len(chunks) != 2 ||
		!strings.HasPrefix(chunks[1], `{"event_type":"stream-end","is_finished":true,"finish_reason":"COMPLETE","response":{`) {
		t.Errorf("got %s", chunks)
	}
}
