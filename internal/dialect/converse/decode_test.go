package converse_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/converse"
	"github.com/outcrop/outcrop/internal/fault"
)

// server reads requests as the real one does, and keeps what it read.
type server struct {
	brt.Unimplemented
	request *chat.Request
	body    []byte
	err     error
}

func (s *server) Converse(_ context.Context, _ *awswire.Call, unread *brt.UnreadConverseRequest) (awswire.Output, error) {
	in, err := unread.Read()
	if err != nil {
		return nil, err
	}
	s.request, s.err = converse.Request(in)
	return new(brt.ConverseResponse), s.err
}

func (s *server) ConverseStream(_ context.Context, _ *awswire.Call, unread *brt.UnreadConverseStreamRequest, _ *brt.ConverseStreamWriter) error {
	in, err := unread.Read()
	if err != nil {
		return err
	}
	s.request, s.err = converse.StreamRequest(in)
	return s.err
}

func (s *server) CountTokens(_ context.Context, _ *awswire.Call, unread *brt.UnreadCountTokensRequest) (awswire.Output, error) {
	in, err := unread.Read()
	if err != nil {
		return nil, err
	}
	s.request, s.body, s.err = converse.Tokens(in.Input)
	return new(brt.CountTokensResponse), s.err
}

// post sends a body through the generated decoder and returns the answer's message, "" when it was taken.
func (s *server) post(operation, body string) string {
	r := httptest.NewRequest(http.MethodPost, "/model/anthropic.claude-3-haiku-20240307-v1:0/"+operation, nil)
	w := httptest.NewRecorder()
	brt.NewService(s).Serve(w, &awswire.Call{Request: r, Body: []byte(body), Header: w.Header()})
	if w.Code == http.StatusOK {
		return ""
	}
	var e struct {
		Message string `json:"message"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || w.Code != http.StatusBadRequest {
		return fmt.Sprintf("%d %s", w.Code, w.Body)
	}
	return e.Message
}

const full = `{
 "system": [{"text":"Be brief."},{"cachePoint":{"type":"default","ttl":"1h"}},{"guardContent":{"text":{"text":"g","qualifiers":["query"]}}}],
 "inferenceConfig": {"maxTokens":100,"temperature":0.5,"topP":0.9,"stopSequences":["END"]},
 "toolConfig": {"tools":[{"toolSpec":{"name":"look","description":"Looks.","inputSchema":{"json":{"type":"object"}},"strict":true}},{"cachePoint":{"type":"default"}}],
   "toolChoice":{"tool":{"name":"look"}}},
 "guardrailConfig": {"guardrailIdentifier":"abc","guardrailVersion":"1","trace":"enabled"},
 "additionalModelRequestFields": {"thinking":{"type":"enabled","budget_tokens":2000},"top_k":7,"own":{"a":1.50}},
 "additionalModelResponseFieldPaths": ["/stop_sequence"],
 "requestMetadata": {"team":"blue"}, "performanceConfig": {"latency":"optimized"}, "serviceTier": {"type":"flex"},
 "outputConfig": {"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{\"type\":\"object\"}","name":"n"}}}},
 "promptVariables": {},
 "messages": [
  {"role":"user","content":[{"text":"Hello"},
    {"image":{"format":"png","source":{"bytes":"AQID"}}},
    {"image":{"format":"png","source":{"s3Location":{"uri":"s3://bucket/key","bucketOwner":"111122223333"}}}},
    {"document":{"format":"pdf","name":"a_b (1) [2]-3","source":{"bytes":"JVBERg=="},"context":"c","citations":{"enabled":true}}},
    {"document":{"name":"notes","source":{"text":"t"}}},
    {"document":{"format":"md","name":"parts","source":{"content":[{"text":"one"},{"text":"two"}]}}},
    {"video":{"format":"mp4","source":{"bytes":"AQID"}}},
    {"audio":{"format":"mp3","source":{"bytes":"AQID"}}},
    {"guardContent":{"text":{"text":"plain"}}},
    {"searchResult":{"source":"s","title":"T","content":[{"text":"found"}]}},
    {"cachePoint":{"type":"default"}}]},
  {"role":"assistant","content":[
    {"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"sig"}}},
    {"reasoningContent":{"redactedContent":"AQID"}},
    {"citationsContent":{"content":[{"text":"cited"}],"citations":[{"title":"T"}]}},
    {"toolUse":{"toolUseId":"t1","name":"look","input":{"at":"sky","n":1.50}}},
    {"toolUse":{"toolUseId":"t2","name":"look","input":{}}}]},
  {"role":"user","content":[
    {"toolResult":{"toolUseId":"t2","status":"error","content":[{"text":"no"}]}},
    {"toolResult":{"toolUseId":"t1","content":[{"json":{"blue":true}},{"image":{"format":"gif","source":{"bytes":"AQID"}}},{"document":{"format":"txt","name":"d","source":{"bytes":"AQID"}}}]}}]},
  {"role":"user","content":[{"text":"Again"}]}
 ]}`

func wantFull() *chat.Request {
	point := func(ttl string) chat.Block {
		return chat.Block{Kind: chat.CachePointBlock, CachePoint: &chat.CachePoint{TTL: ttl}}
	}
	raw := []byte{1, 2, 3}
	return &chat.Request{
		System: []chat.Block{
			chat.Text("Be brief."), point("1h"),
			{Kind: chat.GuardBlock, Text: "g", Raw: []byte(`{"text":{"text":"g","qualifiers":["query"]}}`)},
		},
		Messages: []chat.Message{
			{Role: chat.User, Content: []chat.Block{
				chat.Text("Hello"),
				{Kind: chat.ImageBlock, Media: &chat.Media{Format: "png", Bytes: raw}},
				{Kind: chat.ImageBlock, Media: &chat.Media{Format: "png", S3: &chat.S3Location{URI: "s3://bucket/key", Owner: "111122223333"}}},
				{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "pdf", Name: "a_b (1) [2]-3", Bytes: []byte("%PDF"), Context: "c", Citations: true}},
				{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "txt", Name: "notes", Text: "t"}},
				{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "md", Name: "parts", Chunks: []string{"one", "two"}}},
				{Kind: chat.VideoBlock, Media: &chat.Media{Format: "mp4", Bytes: raw}},
				{Kind: chat.AudioBlock, Media: &chat.Media{Format: "mp3", Bytes: raw}},
				{Kind: chat.GuardBlock, Text: "plain"},
				{Kind: chat.SearchResultBlock, Raw: []byte(`{"source":"s","title":"T","content":[{"text":"found"}]}`)},
				point(""),
			}},
			{Role: chat.Assistant, Content: []chat.Block{
				{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: "Hm.", Signature: "sig"}},
				{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Redacted: raw}},
				{Kind: chat.CitationsBlock, Raw: []byte(`{"content":[{"text":"cited"}],"citations":[{"title":"T"}]}`)},
				{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "t1", Name: "look", Input: []byte(`{"at":"sky","n":1.50}`)}},
				{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "t2", Name: "look", Input: []byte(`{}`)}},
			}},
			{Role: chat.User, Content: []chat.Block{
				{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{ID: "t2", Error: true, Content: []chat.Block{chat.Text("no")}}},
				{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{ID: "t1", Content: []chat.Block{
					{Kind: chat.TextBlock, Raw: []byte(`{"blue":true}`)},
					{Kind: chat.ImageBlock, Media: &chat.Media{Format: "gif", Bytes: raw}},
					{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "txt", Name: "d", Bytes: raw}},
				}}},
			}},
			{Role: chat.User, Content: []chat.Block{chat.Text("Again")}},
		},
		Inference: chat.Inference{MaxTokens: new(100), Temperature: new(0.5), TopP: new(0.9), TopK: new(7), Stop: []string{"END"}},
		Tools: &chat.ToolConfig{
			Tools: []chat.Tool{
				{Name: "look", Description: "Looks.", Schema: []byte(`{"type":"object"}`), Strict: new(true)},
				{CachePoint: &chat.CachePoint{}},
			},
			Choice: chat.ToolChoice{Mode: chat.ChoiceTool, Name: "look"},
		},
		Thinking:   &chat.Thinking{Budget: 2000},
		Output:     &chat.OutputSchema{Name: "n", Schema: `{"type":"object"}`},
		Guardrail:  &chat.Guardrail{ID: "abc", Version: "1", Trace: "enabled"},
		Extra:      []byte(`{"thinking":{"type":"enabled","budget_tokens":2000},"top_k":7,"own":{"a":1.50}}`),
		ExtraPaths: []string{"/stop_sequence"},
		Metadata:   map[string]string{"team": "blue"},
		Tier:       "flex",
		Latency:    "optimized",
	}
}

func TestRequest(t *testing.T) {
	s := &server{}
	if message := s.post("converse", full); message != "" {
		t.Fatal(message)
	}
	if diff := cmp.Diff(wantFull(), s.request); diff != "" {
		t.Error(diff)
	}
}

func TestStreamRequest(t *testing.T) {
	s := &server{}
	body := strings.Replace(full, `"trace":"enabled"`, `"trace":"enabled","streamProcessingMode":"async"`, 1)
	if message := s.post("converse-stream", body); message != "" {
		t.Fatal(message)
	}
	want := wantFull()
	want.Guardrail.StreamMode = "async"
	if diff := cmp.Diff(want, s.request); diff != "" {
		t.Error(diff)
	}
}

func TestTokens(t *testing.T) {
	t.Run("converse", func(t *testing.T) {
		s := &server{}
		s.post("count-tokens", `{"input":{"converse":{"system":[{"text":"s"}],"messages":[{"role":"user","content":[{"text":"x"}]}]}}}`)
		want := &chat.Request{
			System:   []chat.Block{chat.Text("s")},
			Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{chat.Text("x")}}},
		}
		if diff := cmp.Diff(want, s.request); diff != "" || s.body != nil {
			t.Error(diff, s.body)
		}
	})
	t.Run("native", func(t *testing.T) {
		s := &server{}
		s.post("count-tokens", `{"input":{"invokeModel":{"body":"eyJhIjoxfQ=="}}}`)
		if s.err != nil || s.request != nil || string(s.body) != `{"a":1}` {
			t.Errorf("got %v, %s, %v", s.request, s.body, s.err)
		}
	})
	t.Run("neither", func(t *testing.T) {
		if _, _, err := converse.Tokens(&brt.CountTokensInput{}); !fault.Is(err, fault.Validation) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("invalid", func(t *testing.T) {
		s := &server{}
		if got := s.post("count-tokens", `{"input":{"converse":{}}}`); !strings.HasPrefix(got, "A conversation must start") {
			t.Errorf("got %s", got)
		}
	})
}

// Only what chat's words say completely is said in them.
func TestAdditionalFields(t *testing.T) {
	for name, c := range map[string]struct {
		fields   string
		thinking *chat.Thinking
		topK     *int
	}{
		"thinking":           {`{"thinking":{"type":"enabled","budget_tokens":1024}}`, &chat.Thinking{Budget: 1024}, nil},
		"reasoning_config":   {`{"reasoning_config":{"type":"enabled","budget_tokens":1024}}`, &chat.Thinking{Budget: 1024}, nil},
		"adaptive":           {`{"thinking":{"type":"adaptive"}}`, &chat.Thinking{}, nil},
		"disabled":           {`{"thinking":{"type":"disabled"}}`, nil, nil},
		"more than is known": {`{"thinking":{"type":"enabled","budget_tokens":1024,"display":"omitted"}}`, nil, nil},
		"of another kind":    {`{"thinking":"deep","top_k":"many"}`, nil, nil},
		"top_k":              {`{"top_k":200}`, nil, new(200)},
		"fraction":           {`{"top_k":1.5}`, nil, nil},
		"negative":           {`{"top_k":-5}`, nil, nil},
		"null":               {`{"top_k":null,"thinking":null}`, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{}
			if message := s.post("converse", `{"messages":[{"role":"user","content":[{"text":"x"}]}],"additionalModelRequestFields":`+c.fields+`}`); message != "" {
				t.Fatal(message)
			}
			if string(s.request.Extra) != c.fields {
				t.Errorf("extra is %s", s.request.Extra)
			}
			if diff := cmp.Diff(c.thinking, s.request.Thinking) + cmp.Diff(c.topK, s.request.Inference.TopK); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// BenchmarkServe is a small body's whole way in: matched, decoded, checked and turned into chat's words,
// and an empty answer's way out.
func BenchmarkServe(b *testing.B) {
	s := &server{}
	service := brt.NewService(s)
	r := httptest.NewRequest(http.MethodPost, "/model/anthropic.claude-3-haiku-20240307-v1:0/converse", nil)
	body := []byte(`{"messages":[{"role":"user","content":[{"text":"Describe the purpose of a 'hello world' program in one line."}]}],"inferenceConfig":{"maxTokens":512,"temperature":0.5}}`)
	w := nowhere{}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		service.Serve(w, &awswire.Call{Request: r, Body: body, Header: w.Header()})
		if s.err != nil {
			b.Fatal(s.err)
		}
	}
}

// nowhere is an answer that nobody reads.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) WriteHeader(int)             {}

func BenchmarkRequest(b *testing.B) {
	hello := "Describe the purpose of a 'hello world' program in one line."
	in := &brt.ConverseRequest{
		ModelID:         "anthropic.claude-3-haiku-20240307-v1:0",
		Messages:        []brt.Message{{Role: brt.ConversationRoleUser, Content: []brt.ContentBlock{{Text: &hello}}}},
		InferenceConfig: &brt.InferenceConfiguration{MaxTokens: new(512), Temperature: new(0.5)},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := converse.Request(in); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add(full)
	f.Add(`{"messages":[{"role":"user","content":[{"text":"x"}]}]}`)
	f.Add(`{"messages":[{"role":"user","content":[{"toolResult":{"toolUseId":"a","content":[{"json":1}]}}]}],"toolConfig":{"tools":[{"systemTool":{"name":"a"}}]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		s := &server{}
		s.post("converse", body)
		if s.err != nil && !fault.Is(s.err, fault.Validation) {
			t.Fatalf("%v is no validation error", s.err)
		}
		if s.err == nil && s.request != nil && (len(s.request.Messages) == 0 || s.request.Messages[0].Role != chat.User) {
			t.Fatal("a conversation begins without its user")
		}
	})
}
