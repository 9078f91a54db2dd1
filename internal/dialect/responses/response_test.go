package responses

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
)

var envelope = dialect.Envelope{Model: "openai.gpt-oss-20b-1:0", Request: "0aa86f9a-6bd0-4a8f-8f0e-6d4b0f7a1c11", Created: 1_760_000_000}

const hex = "0aa86f9a6bd04a8f8f0e6d4b0f7a1c11"

// echoed is what an answer says of a request.
func echoed(t testing.TB, body string) Echo {
	t.Helper()
	ask, err := DecodeRequest([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return ask.Echo
}

// same compares two JSON texts, whatever the order of members.
func same(t *testing.T, want, got string) {
	t.Helper()
	for _, v := range []*string{&want, &got} {
		canonical := jsontext.Value(*v)
		if err := canonical.Canonicalize(); err != nil {
			t.Fatalf("%v: %s", err, *v)
		}
		if err := canonical.Indent(); err != nil {
			t.Fatal(err)
		}
		*v = string(canonical)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const plainEcho = `"instructions":null,"max_output_tokens":null,"metadata":{},"parallel_tool_calls":true,"previous_response_id":null,` +
	`"reasoning":{"effort":null,"summary":null},"store":false,"temperature":1.0,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","user":null`

func TestAppendResponse(t *testing.T) {
	r := &chat.Response{
		Content: []chat.Block{
			thought(chat.Reasoning{Text: "hm", Signature: "abc"}), thought(chat.Reasoning{Redacted: []byte("xy")}),
			chat.Text("Hi"),
			{Kind: chat.CitationsBlock, Raw: jsontext.Value(`{"content":[{"text":"a"},{"text":"b"}],"citations":[]}`)},
			use("c1", "f", `{"a":"\""}`),
		},
		Stop: chat.StopToolUse, Usage: chat.Usage{Input: 5, CacheRead: 4, Output: 3},
	}
	got, err := AppendResponse(nil, r, envelope, echoed(t, `{"input":"Hi"}`))
	if err != nil {
		t.Fatal(err)
	}
	same(t, `{"id":"resp_`+hex+`","object":"response","created_at":1760000000,"status":"completed","background":false,"error":null,"incomplete_details":null,"model":"openai.gpt-oss-20b-1:0","output":[`+
		`{"id":"rs_`+hex+`_0","type":"reasoning","status":"completed","summary":[],"content":[{"type":"reasoning_text","text":"hm"}],"encrypted_content":"outcrop.signed.abc"},`+
		`{"id":"rs_`+hex+`_1","type":"reasoning","status":"completed","summary":[],"content":[],"encrypted_content":"outcrop.redacted.eHk="},`+
		`{"id":"msg_`+hex+`_2","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"Hi"}]},`+
		`{"id":"msg_`+hex+`_3","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"ab"}]},`+
		`{"id":"fc_`+hex+`_4","type":"function_call","status":"completed","call_id":"c1","name":"f","arguments":"{\"a\":\"\\\"\"}"}`+
		`],`+plainEcho+`,"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":12}}`, string(got))

	for stop, want := range map[chat.StopReason]string{
		chat.MaxTokens:       `"status":"incomplete","background":false,"error":null,"incomplete_details":{"reason":"max_output_tokens"}`,
		chat.ContentFiltered: `"status":"incomplete","background":false,"error":null,"incomplete_details":{"reason":"content_filter"}`,
		chat.StopSequence:    `"status":"completed"`,
	} {
		got, err := AppendResponse(nil, &chat.Response{Stop: stop}, envelope, Echo{})
		if err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%s: %s, %v", stop, got, err)
		}
	}
	if _, err := AppendResponse(nil, &chat.Response{Content: []chat.Block{{Kind: chat.ImageBlock}}}, envelope, Echo{}); err == nil {
		t.Error("an image was written as something else")
	}
}

func TestTheRequestIsEchoed(t *testing.T) {
	body := `{"input":"Hi","instructions":"Be \"brief\".","max_output_tokens":9,"metadata":{"b":"2","a":"1"},"parallel_tool_calls":false,"reasoning":{"effort":"low","summary":"auto"},"temperature":0.5,"text":{"format":{"type":"json_schema","name":"n","description":"d","schema":{"a":1},"strict":true}},"tools":[{"type":"function","name":"f","parameters":{},"x":1}],"tool_choice":{"type":"function","name":"f"},"top_p":0,"user":"u"}`
	got, err := AppendResponse(nil, &chat.Response{}, envelope, echoed(t, body))
	if err != nil {
		t.Fatal(err)
	}
	var both [2]map[string]jsontext.Value
	if err := json.Unmarshal([]byte(body), &both[0]); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got, &both[1]); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	delete(both[0], "input")
	for name, want := range both[0] {
		same(t, string(want), string(both[1][name]))
	}
}

// eventsOf takes server-sent events apart.
func eventsOf(t testing.TB, b []byte) (names []string, data []string) {
	t.Helper()
	for piece := range strings.SplitSeq(strings.TrimSuffix(string(b), "\n\n"), "\n\n") {
		first, second, _ := strings.Cut(piece, "\n")
		name, ok := strings.CutPrefix(first, "event: ")
		payload, also := strings.CutPrefix(second, "data: ")
		if !ok || !also || !strings.HasPrefix(payload, `{"type":"`+name+`","sequence_number":`) || !jsontext.Value(payload).IsValid() {
			t.Fatalf("%q is no event", piece)
		}
		names, data = append(names, name), append(data, payload)
	}
	return names, data
}

func TestStream(t *testing.T) {
	s := NewStream(envelope, Echo{})
	var b []byte
	for _, e := range []chat.Event{
		{Kind: chat.MessageStart},
		{Kind: chat.BlockDelta, Index: 0, Block: chat.ReasoningBlock, Text: "hm"},
		{Kind: chat.BlockDelta, Index: 0, Block: chat.ReasoningBlock, Signature: "abc"},
		{Kind: chat.BlockStop, Index: 0, Block: chat.ReasoningBlock},
		{Kind: chat.BlockDelta, Index: 1, Text: "He"},
		{Kind: chat.BlockDelta, Index: 1, Text: "llo"},
		{Kind: chat.BlockStop, Index: 1},
		{Kind: chat.BlockStart, Index: 2, Block: chat.ToolUseBlock, ID: "c1", Name: "f"},
		{Kind: chat.BlockDelta, Index: 2, Block: chat.ToolUseBlock, Text: `{"a"`},
		{Kind: chat.BlockDelta, Index: 2, Block: chat.ToolUseBlock, Text: `:1}`},
		{Kind: chat.BlockStop, Index: 2, Block: chat.ToolUseBlock},
		{Kind: chat.MessageStop, Stop: chat.StopToolUse},
		{Kind: chat.Metadata, Usage: chat.Usage{Input: 1, Output: 2}},
	} {
		b = s.Append(b, &e)
	}
	names, data := eventsOf(t, b)
	want := []string{
		"response.created", "response.in_progress",
		"response.output_item.added", "response.content_part.added", "response.reasoning_text.delta", "response.reasoning_text.done", "response.content_part.done", "response.output_item.done",
		"response.output_item.added", "response.content_part.added", "response.output_text.delta", "response.output_text.delta", "response.output_text.done", "response.content_part.done", "response.output_item.done",
		"response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_item.done",
		"response.completed",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Fatal(diff)
	}
	for i, want := range map[int]string{
		4:  `{"type":"response.reasoning_text.delta","sequence_number":4,"item_id":"rs_` + hex + `_0","output_index":0,"content_index":0,"delta":"hm"}`,
		7:  `{"type":"response.output_item.done","sequence_number":7,"output_index":0,"item":{"id":"rs_` + hex + `_0","type":"reasoning","status":"completed","summary":[],"content":[{"type":"reasoning_text","text":"hm"}],"encrypted_content":"outcrop.signed.abc"}}`,
		8:  `{"type":"response.output_item.added","sequence_number":8,"output_index":1,"item":{"id":"msg_` + hex + `_1","type":"message","status":"in_progress","role":"assistant","content":[]}}`,
		9:  `{"type":"response.content_part.added","sequence_number":9,"item_id":"msg_` + hex + `_1","output_index":1,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}}`,
		11: `{"type":"response.output_text.delta","sequence_number":11,"item_id":"msg_` + hex + `_1","output_index":1,"content_index":0,"logprobs":[],"delta":"llo"}`,
		12: `{"type":"response.output_text.done","sequence_number":12,"item_id":"msg_` + hex + `_1","output_index":1,"content_index":0,"logprobs":[],"text":"Hello"}`,
		15: `{"type":"response.output_item.added","sequence_number":15,"output_index":2,"item":{"id":"fc_` + hex + `_2","type":"function_call","status":"in_progress","call_id":"c1","name":"f","arguments":""}}`,
		18: `{"type":"response.function_call_arguments.done","sequence_number":18,"item_id":"fc_` + hex + `_2","output_index":2,"name":"f","arguments":"{\"a\":1}"}`,
	} {
		same(t, want, data[i])
	}
	b = s.AppendError(nil, "server_error", "It broke.", []byte(`{"message":"It broke."}`))
	if _, data := eventsOf(t, b); data[0] != `{"type":"error","sequence_number":21,"code":"server_error","message":"It broke.","param":null,"error":{"message":"It broke."}}` {
		t.Error(data)
	}
}

// However an answer is cut into events, the object at the end of its stream is the object of the whole answer.
func TestStreamsEndWithTheWholeAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &chat.Response{
			Stop:  rapid.SampledFrom([]chat.StopReason{chat.EndTurn, chat.StopToolUse, chat.MaxTokens}).Draw(t, "stop"),
			Usage: chat.Usage{Input: rapid.Int64Range(0, 99).Draw(t, "input"), Output: rapid.Int64Range(0, 99).Draw(t, "output")},
		}
		s := NewStream(envelope, Echo{members: []byte(plainMembers)})
		b := s.Append(nil, &chat.Event{Kind: chat.MessageStart})
		pieces := func(e chat.Event, text string) {
			for _, c := range text {
				e.Text = string(c)
				b = s.Append(b, &e)
			}
			b = s.Append(b, &chat.Event{Kind: chat.BlockStop, Index: e.Index, Block: e.Block})
		}
		for i := range rapid.IntRange(0, 4).Draw(t, "blocks") {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				text := rapid.String().Draw(t, "text")
				r.Content = append(r.Content, chat.Text(text))
				pieces(chat.Event{Kind: chat.BlockDelta, Index: i}, text)
			case 1:
				r.Content = append(r.Content, use("c", "f", `{"é":"\n"}`))
				b = s.Append(b, &chat.Event{Kind: chat.BlockStart, Index: i, Block: chat.ToolUseBlock, ID: "c", Name: "f"})
				pieces(chat.Event{Kind: chat.BlockDelta, Index: i, Block: chat.ToolUseBlock}, `{"é":"\n"}`)
			case 2:
				r.Content = append(r.Content, thought(chat.Reasoning{Text: "hm", Signature: "s"}))
				b = s.Append(b, &chat.Event{Kind: chat.BlockDelta, Index: i, Block: chat.ReasoningBlock, Signature: "s"})
				pieces(chat.Event{Kind: chat.BlockDelta, Index: i, Block: chat.ReasoningBlock}, "hm")
			case 3:
				r.Content = append(r.Content, thought(chat.Reasoning{Redacted: []byte("xy")}))
				b = s.Append(b, &chat.Event{Kind: chat.BlockDelta, Index: i, Block: chat.ReasoningBlock, Redacted: []byte("xy")})
				b = s.Append(b, &chat.Event{Kind: chat.BlockStop, Index: i, Block: chat.ReasoningBlock})
			}
		}
		s.Append(b, &chat.Event{Kind: chat.MessageStop, Stop: r.Stop})
		b = s.Append(nil, &chat.Event{Kind: chat.Metadata, Usage: r.Usage})
		whole, err := AppendResponse(nil, r, envelope, Echo{members: []byte(plainMembers)})
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(b), `,"response":`)
		if diff := cmp.Diff(string(whole), strings.TrimSuffix(after, end)); diff != "" {
			t.Fatal(diff)
		}
	})
}

const plainMembers = "," + plainEcho

// What an answer has said can be said back: nothing that a model needs of it is lost.
func TestAnswersCanBeSentBack(t *testing.T) {
	content := []chat.Block{thought(chat.Reasoning{Text: "hm", Signature: "a\"b"}), thought(chat.Reasoning{Redacted: []byte("\x00xy")}), chat.Text("Hi"), use("c1", "f", `{"a":1}`)}
	body, err := AppendResponse(nil, &chat.Response{Content: content, Stop: chat.StopToolUse}, envelope, Echo{})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Output []jsontext.Value `json:"output"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(map[string]any{"input": append(answer.Output, jsontext.Value(`{"type":"function_call_output","call_id":"c1","output":"x"}`))})
	if err != nil {
		t.Fatal(err)
	}
	ask, err := DecodeRequest(again)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(content, ask.Chat.Messages[0].Content); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkStreamEvent(b *testing.B) {
	s := NewStream(envelope, Echo{})
	buf := s.Append(make([]byte, 0, 4096), &chat.Event{Kind: chat.MessageStart})
	delta := &chat.Event{Kind: chat.BlockDelta, Text: " word"}
	b.ReportAllocs()
	for b.Loop() {
		buf = s.Append(buf[:0], delta)
	}
}
