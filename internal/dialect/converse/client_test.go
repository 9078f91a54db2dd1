package converse_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/converse"
	"github.com/outcrop/outcrop/internal/fault"
)

const claude = "anthropic.claude-3-haiku-20240307-v1:0"

// What a caller of Converse said reaches a server of Converse whole.
func TestEncodedRequestsReadBackTheSame(t *testing.T) {
	for operation, streamed := range map[string]bool{"converse": false, "converse-stream": true} {
		first := &server{}
		if message := first.post(operation, full); message != "" {
			t.Fatal(message)
		}
		body, err := converse.EncodeRequest(claude, first.request, streamed)
		if err != nil {
			t.Fatal(err)
		}
		again := &server{}
		if message := again.post(operation, string(body)); message != "" {
			t.Fatalf("%s\n%s", message, body)
		}
		if diff := cmp.Diff(first.request, again.request); diff != "" {
			t.Errorf("%s: %s", operation, diff)
		}
	}
}

func TestEncodedTokensReadBackTheSame(t *testing.T) {
	ask := &chat.Request{
		System:   []chat.Block{chat.Text("Be brief.")},
		Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{chat.Text("Hello")}}},
	}
	body, err := converse.EncodeTokens(claude, ask)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{}
	if message := s.post("count-tokens", string(body)); message != "" {
		t.Fatal(message)
	}
	if diff := cmp.Diff(ask, s.request); diff != "" {
		t.Error(diff)
	}
}

// Other dialects say things that Converse has no member for; the model's own fields carry them.
func TestExtraFieldsSayWhatTheFamilyKnows(t *testing.T) {
	tools := func(c chat.ToolChoice) *chat.ToolConfig {
		return &chat.ToolConfig{Tools: []chat.Tool{{Name: "f", Schema: []byte(`{"type":"object"}`)}}, Choice: c}
	}
	for name, test := range map[string]struct {
		model string
		ask   chat.Request
		want  string // additionalModelRequestFields, "" for none
	}{
		"nothing":         {claude, chat.Request{}, ""},
		"budget":          {claude, chat.Request{Thinking: &chat.Thinking{Budget: 2000}}, `{"thinking":{"type":"enabled","budget_tokens":2000}}`},
		"effort":          {claude, chat.Request{Thinking: &chat.Thinking{Effort: "low"}}, `{"output_config":{"effort":"low"},"thinking":{"type":"adaptive"}}`},
		"said already":    {claude, chat.Request{Thinking: &chat.Thinking{Budget: 2000}, Extra: []byte(`{"thinking":{"type":"x"}}`)}, `{"thinking":{"type":"x"}}`},
		"by another name": {claude, chat.Request{Thinking: &chat.Thinking{Budget: 2000}, Extra: []byte(`{"reasoning_config":{"type":"x"}}`)}, `{"reasoning_config":{"type":"x"}}`},
		"nova's effort":   {"amazon.nova-2-lite-v1:0", chat.Request{Thinking: &chat.Thinking{}}, `{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"medium"}}`},
		"gpt-oss":         {"openai.gpt-oss-120b-1:0", chat.Request{Thinking: &chat.Thinking{Effort: "high"}}, `{"reasoning_effort":"high"}`},
		"top k":           {claude, chat.Request{Inference: chat.Inference{TopK: new(7)}}, `{"top_k":7}`},
		"nova's top k":    {"amazon.nova-pro-v1:0", chat.Request{Inference: chat.Inference{TopK: new(7)}}, `{"inferenceConfig":{"topK":7}}`},
		"version":         {claude, chat.Request{Extra: []byte(`{"anthropic_version":"v","anthropic_beta":["b"]}`)}, `{"anthropic_beta":["b"]}`},
		"one tool":        {claude, chat.Request{Tools: tools(chat.ToolChoice{Serial: true})}, `{"tool_choice":{"type":"auto","disable_parallel_tool_use":true}}`},
	} {
		t.Run(name, func(t *testing.T) {
			body, err := converse.EncodeRequest(test.model, &test.ask, false)
			if err != nil {
				t.Fatal(err)
			}
			_, got, found := strings.Cut(string(body), `"additionalModelRequestFields":`)
			if got = strings.TrimSuffix(got, "}"); got != test.want || found != (test.want != "") {
				t.Errorf("got %s, want %s", body, test.want)
			}
		})
	}
}

func TestWhatConverseCannotSayIsRefused(t *testing.T) {
	used := []chat.Message{{Role: chat.Assistant, Content: []chat.Block{{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "t", Name: "f"}}}}}
	tools := func(c chat.ToolChoice) *chat.ToolConfig {
		return &chat.ToolConfig{Tools: []chat.Tool{{Name: "f", Schema: []byte(`{}`)}}, Choice: c}
	}
	for name, ask := range map[string]chat.Request{
		"no tools after their use":   {Messages: used, Tools: tools(chat.ToolChoice{Mode: chat.ChoiceNone})},
		"one tool of another family": {Tools: tools(chat.ToolChoice{Serial: true})},
		"an image as system prompt":  {System: []chat.Block{{Kind: chat.ImageBlock, Media: &chat.Media{}}}},
		"a sound as tool result": {Messages: []chat.Message{{Content: []chat.Block{{
			Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{Content: []chat.Block{{Kind: chat.AudioBlock, Media: &chat.Media{}}}},
		}}}}},
		"raw JSON that does not fit": {Messages: []chat.Message{{Content: []chat.Block{{Kind: chat.SearchResultBlock, Raw: []byte(`7`)}}}}},
		"fields that are no object":  {Extra: []byte(`7`)},
	} {
		if _, err := converse.EncodeRequest("meta.llama3-8b", &ask, false); !fault.Is(err, fault.Validation) {
			t.Errorf("%s: %v", name, err)
		}
	}
	body, err := converse.EncodeRequest(claude, &chat.Request{Tools: tools(chat.ToolChoice{Mode: chat.ChoiceNone})}, false)
	if err != nil || strings.Contains(string(body), "toolConfig") {
		t.Errorf("tools that must not be used: %s, %v", body, err)
	}
}

func TestDocumentNamesFitAndDiffer(t *testing.T) {
	document := func(name string) chat.Block {
		return chat.Block{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "txt", Name: name, Text: "t"}}
	}
	ask := &chat.Request{Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{
		chat.Text("Read."), document("report.pdf"), document("report.pdf"), document(""), document("über  uns"), document(strings.Repeat("x", 500)),
	}}}}
	body, err := converse.EncodeRequest(claude, ask, false)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{}
	if message := s.post("converse", string(body)); message != "" {
		t.Fatal(message)
	}
	var names []string
	for _, b := range s.request.Messages[0].Content[1:] {
		names = append(names, b.Media.Name)
	}
	if diff := cmp.Diff([]string{"report-pdf", "report-pdf 2", "document", "-ber uns", strings.Repeat("x", 190)}, names); diff != "" {
		t.Error(diff)
	}
}

func someAnswer() *chat.Response {
	return &chat.Response{
		Content: []chat.Block{
			{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: "Hm.", Signature: "sig"}},
			{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Redacted: []byte{1}}},
			chat.Text("Hello"), chat.Text(""),
			{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "t1", Name: "look", Input: []byte(`{"at":1.50}`)}},
			{Kind: chat.ImageBlock, Media: &chat.Media{Format: "png", Bytes: []byte{1, 2}}},
			{Kind: chat.VideoBlock, Media: &chat.Media{Format: "mp4", S3: &chat.S3Location{URI: "s3://b/k"}}},
			{Kind: chat.AudioBlock, Media: &chat.Media{Format: "mp3", Bytes: []byte{3}}},
			{Kind: chat.CitationsBlock, Raw: []byte(`{"content":[{"text":"cited"}],"citations":[{"title":"T"}]}`)},
		},
		Stop: chat.StopSequence, StopSequence: "END",
		Usage: chat.Usage{Input: 10, Output: 20, CacheRead: 3, CacheWrite5m: 4, CacheWrite1h: 5},
		Extra: []byte(`{"stop_sequence":"END"}`),
	}
}

func TestEncodedAnswersReadBackTheSame(t *testing.T) {
	w, err := converse.Response(someAnswer(), converse.Envelope{LatencyMs: 7, FieldPaths: []string{"/stop_sequence"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := converse.DecodeResponse(w.AppendJSON(nil))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(someAnswer(), got); diff != "" {
		t.Error(diff)
	}
}

func TestAnswersThatCannotBeRead(t *testing.T) {
	for _, body := range []string{
		"", "null", "{", "[]", `{"output":{}}`, `{"output":{"message":{"content":[{"hologram":{}}]}}}`, `{"output":{"message":7}}`, `{"usage":{"inputTokens":"7"}}`,
	} {
		if _, err := converse.DecodeResponse([]byte(body)); !fault.Is(err, fault.ModelError) {
			t.Errorf("%s: %v", body, err)
		}
	}
	got, err := converse.DecodeResponse([]byte(`{"output":{"message":{"role":"assistant","content":[{"text":"x"}]}},"stopReason":"end_turn"}`))
	if err != nil || !got.Usage.Estimated {
		t.Errorf("without usage: %+v, %v", got, err)
	}
}

// decodeAll reads a stream of lines of name and payload.
func decodeAll(t *testing.T, lines []byte) []chat.Event {
	t.Helper()
	var d converse.StreamDecoder
	var all []chat.Event
	for line := range bytes.Lines(lines) {
		name, payload, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		e, err := d.Decode(string(name), payload)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if e != nil {
			all = append(all, *e)
		}
	}
	return all
}

func TestEncodedStreamsReadBackTheSame(t *testing.T) {
	events := []chat.Event{
		{Kind: chat.MessageStart},
		{Kind: chat.BlockDelta, Block: chat.ReasoningBlock, Text: "Hm."},
		{Kind: chat.BlockDelta, Block: chat.ReasoningBlock, Signature: "sig"},
		{Kind: chat.BlockDelta, Block: chat.ReasoningBlock, Redacted: []byte{1}},
		{Kind: chat.BlockStop, Block: chat.ReasoningBlock},
		{Kind: chat.BlockDelta, Index: 1, Text: "Hel\"lo"},
		{Kind: chat.BlockStop, Index: 1},
		{Kind: chat.BlockStart, Index: 2, Block: chat.ToolUseBlock, ID: "t1", Name: "look"},
		{Kind: chat.BlockDelta, Index: 2, Block: chat.ToolUseBlock, Text: `{"at`},
		{Kind: chat.BlockStop, Index: 2, Block: chat.ToolUseBlock},
		{Kind: chat.MessageStop, Stop: chat.StopSequence, StopSequence: "END"},
		{Kind: chat.Metadata, Usage: chat.Usage{Input: 1, Output: 2, CacheWrite5m: 3}},
	}
	r := &recorder{}
	out := converse.NewStream(r, converse.Envelope{FieldPaths: []string{"/stop_sequence"}})
	for i := range events {
		if err := out.Send(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(events, decodeAll(t, r.out)); diff != "" {
		t.Error(diff)
	}
}

func TestEventsWithoutWordsAreLeftOut(t *testing.T) {
	lines := "ping {}\ncontentBlockStart {\"start\":{\"image\":{\"format\":\"png\"}},\"contentBlockIndex\":0}\n" +
		"contentBlockDelta {\"delta\":{\"citation\":{\"title\":\"T\"}},\"contentBlockIndex\":0}\ncontentBlockDelta {}\n"
	if got := decodeAll(t, []byte(lines)); got != nil {
		t.Errorf("got %+v", got)
	}
	var d converse.StreamDecoder
	for _, payload := range []string{"{", `{"delta":{"text":"x"},"contentBlockIndex":-1}`, `{"delta":{"text":"x"},"contentBlockIndex":10000}`} {
		if _, err := d.Decode("contentBlockDelta", []byte(payload)); !fault.Is(err, fault.ModelStreamError) {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

func FuzzDecodeResponse(f *testing.F) {
	w, err := converse.Response(someAnswer(), converse.Envelope{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(w.AppendJSON(nil))
	f.Add([]byte(`{"output":{"message":{"content":[{"reasoningContent":{}},{"image":{}}]}},"usage":{"cacheDetails":[null]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := converse.DecodeResponse(body); err != nil && !fault.Is(err, fault.ModelError) {
			t.Error(err)
		}
	})
}

func FuzzDecodeStream(f *testing.F) {
	f.Add("contentBlockDelta", []byte(`{"delta":{"reasoningContent":{"redactedContent":"AQ=="}},"contentBlockIndex":0,"p":"abc"}`))
	f.Add("contentBlockStart", []byte(`{"start":{"toolUse":{"toolUseId":"a","name":"b"}},"contentBlockIndex":3}`))
	f.Add("metadata", []byte(`{"usage":{"inputTokens":1},"metrics":{}}`))
	f.Add("messageStop", []byte(`{"stopReason":"x","additionalModelResponseFields":{"stop_sequence":"s"}}`))
	f.Add("contentBlockStop", []byte(`{"contentBlockIndex":-7}`))
	f.Fuzz(func(t *testing.T, name string, payload []byte) {
		var d converse.StreamDecoder
		for range 2 {
			if _, err := d.Decode(name, payload); err != nil && !fault.Is(err, fault.ModelStreamError) {
				t.Error(err)
			}
		}
	})
}

func BenchmarkDecodeTextDelta(b *testing.B) {
	var d converse.StreamDecoder
	payload := []byte(`{"contentBlockIndex":0,"delta":{"text":" the only one"},"p":"abcdefghijklmnop"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Decode("contentBlockDelta", payload); err != nil {
			b.Fatal(err)
		}
	}
}
