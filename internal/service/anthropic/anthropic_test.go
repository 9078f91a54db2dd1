package anthropic_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/simulator"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/service/anthropic"
	"github.com/outcrop/outcrop/internal/service/inference/doortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// simulated is a door to the simulator, which answers at once.
func simulated(t testing.TB) *doortest.Door {
	t.Helper()
	sim, err := simulator.New(simulator.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return doortest.Start(t, anthropic.NewService, map[string]provider.Provider{"simulator": sim}, route.Rule{Model: "*", Provider: "simulator"})
}

// scripted is a door to a script.
func scripted(t testing.TB, s *doortest.Script) *doortest.Door {
	t.Helper()
	return doortest.Start(t, anthropic.NewService, map[string]provider.Provider{"script": s}, route.Rule{Model: "*", Provider: "script"})
}

// anyCase lets the structures of tests go without a tag on every field.
var anyCase = json.MatchCaseInsensitiveNames(true)

// read decodes a reply that must be a success.
func read[T any](t testing.TB, r doortest.Reply) (out T) {
	t.Helper()
	if r.Status != 200 {
		t.Fatalf("status %d: %s", r.Status, r.Body)
	}
	if err := json.Unmarshal([]byte(r.Body), &out, anyCase); err != nil {
		t.Fatalf("%v: %s", err, r.Body)
	}
	return out
}

type message struct {
	ID, Type, Role, Model string
	Content               []struct{ Type, Text, Name, ID string }
	StopReason            string `json:"stop_reason"`
	Usage                 struct {
		Input  int `json:"input_tokens"`
		Output int `json:"output_tokens"`
	}
}

const (
	messages = "/anthropic/v1/messages"
	count    = "/anthropic/v1/messages/count_tokens"
	version  = "anthropic-version: 2023-06-01"
)

func body(model, more string) string {
	return `{"model":"` + model + `","max_tokens":300,"system":"Be brief.","messages":[{"role":"user","content":"What is an outcrop?"}]` + more + `}`
}

func TestEveryIdentifierIsAnswered(t *testing.T) {
	d := simulated(t)
	for model, served := range map[string]string{
		doortest.Claude: doortest.Claude, doortest.ClaudeProfile: doortest.Claude, doortest.Application: doortest.Claude,
		doortest.ApplicationARN(): doortest.Claude, doortest.Nova: doortest.Nova,
	} {
		for path, header := range map[string]string{messages: "X-Any: 1", "/v1/messages": version, "/v1/messages?beta=true": version} {
			r := d.Send(t, path, body(model, ""), header)
			got := read[message](t, r)
			if got.Type != "message" || got.Role != "assistant" || got.Content[0].Text == "" || got.StopReason != "end_turn" || got.Usage.Input == 0 || got.Usage.Output == 0 {
				t.Errorf("%s: %s", model, r.Body)
			}
			headers := []string{r.Header.Get("X-Outcrop-Model"), r.Header.Get("X-Outcrop-Region"), r.Header.Get("Request-Id"), r.Header.Get("X-Amzn-Requestid")}
			if diff := cmp.Diff([]string{served, "us-east-1", doortest.RequestID, doortest.RequestID}, headers); diff != "" {
				t.Errorf("%s: headers (-want +got):\n%s", model, diff)
			}
		}
	}
}

func TestStreamsSayWhatWholeAnswersSay(t *testing.T) {
	d := simulated(t)
	want := read[message](t, d.Send(t, messages, body(doortest.Claude, ""))).Content[0].Text
	r := d.Send(t, messages, body(doortest.Application, `,"stream":true`))
	if r.Status != 200 || r.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		t.Fatalf("%d %v %s", r.Status, r.Header, r.Body)
	}
	var text string
	var order []string
	events := doortest.Events(t, r.Body)
	for _, e := range events {
		var data struct {
			Type  string
			Delta struct{ Text string }
		}
		if err := json.Unmarshal([]byte(e.Data), &data, anyCase); err != nil || data.Type != e.Name {
			t.Fatalf("%+v: %v", e, err)
		}
		if text += data.Delta.Text; len(order) == 0 || order[len(order)-1] != e.Name {
			order = append(order, e.Name)
		}
	}
	wantOrder := []string{"message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"}
	if diff := cmp.Diff(wantOrder, order); diff != "" || text != want {
		t.Errorf("%q, want %q; order (-want +got):\n%s", text, want, diff)
	}
	if last := events[len(events)-1].Data; last != `{"type":"message_stop","x-outcrop-cost-usd":"0"}` { // nothing is metered here
		t.Errorf("the last event is %s", last)
	}
}

func TestToolsAreUsed(t *testing.T) {
	d := simulated(t)
	tool := `,"tools":[{"name":"weather","description":"Weather of a city","input_schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}],"tool_choice":{"type":"any"}`
	got := read[message](t, d.Send(t, messages, body(doortest.Claude, tool)))
	if n := len(got.Content); got.StopReason != "tool_use" || got.Content[n-1].Type != "tool_use" || got.Content[n-1].Name != "weather" {
		t.Errorf("%+v", got)
	}
}

// Claude Code sends all of this, to any model.
func TestWhatAgentsSend(t *testing.T) {
	d := simulated(t)
	more := `,"anthropic_version":"vertex-2023-10-16","metadata":{"user_id":"user_abc_account__session_1"},"thinking":{"type":"enabled","budget_tokens":1024},"max_tokens":4096,` +
		`"context_management":{"edits":[]},"temperature":1`
	asked := strings.Replace(body("us."+doortest.ProfileOnly, more), `"max_tokens":300,`, "", 1)
	if r := d.Send(t, "/v1/messages?beta=true", asked, version, "anthropic-beta: interleaved-thinking-2025-05-14, context-management-2025-06-27", "anthropic-dangerous-direct-browser-access: true"); r.Status != 200 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestBetasReachTheProvider(t *testing.T) {
	s := &doortest.Script{Response: &chat.Response{Content: []chat.Block{chat.Text("hi")}, Stop: chat.EndTurn}}
	d := scripted(t, s)
	read[message](t, d.Send(t, messages, body(doortest.Claude, ""), "anthropic-beta: a, b", "anthropic-beta: c"))
	if diff := cmp.Diff(`{"anthropic_beta":["a","b","c"]}`, string(s.Asked.Chat.Extra)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, s.Asked.Native.Betas); diff != "" {
		t.Error(diff)
	}
	read[message](t, d.Send(t, messages, body(doortest.Claude, `,"anthropic_beta":["own"]`), "anthropic-beta: a"))
	if diff := cmp.Diff(`{"anthropic_beta":["own"]}`, string(s.Asked.Chat.Extra)); diff != "" {
		t.Error(diff)
	}
}

func TestTokensAreCounted(t *testing.T) {
	s := &doortest.Script{}
	d := scripted(t, s)
	ask := `{"model":"` + doortest.Application + `","messages":[{"role":"user","content":"Hello"}]}`
	for _, path := range []string{count, "/v1/messages/count_tokens"} {
		r := d.Send(t, path, ask, version)
		if r.Status != 200 || r.Body != `{"input_tokens":42}` || r.Header.Get("X-Outcrop-Token-Count-Exact") != "true" {
			t.Errorf("%s: %d %s %v", path, r.Status, r.Body, r.Header)
		}
	}
	if got := s.Asked.Chat; got == nil || got.Inference.MaxTokens != nil {
		t.Errorf("asked %+v", got)
	}
	if n := len(d.Settled()); n != 0 {
		t.Errorf("%d calls settled: counting is free", n)
	}
}

func TestBadRequests(t *testing.T) {
	d := simulated(t)
	for name, c := range map[string]struct {
		path, body string
		header     string
		status     int
		kind       string
		sentence   string
	}{
		"not JSON":             {messages, `{"model"`, version, 400, "invalid_request_error", "not valid JSON"},
		"no model":             {messages, `{}`, version, 400, "invalid_request_error", "field model is missing"},
		"two streams":          {messages, body(doortest.Claude, `,"stream":true,"stream":false`), version, 400, "invalid_request_error", "twice"},
		"no version":           {"/v1/messages", body(doortest.Claude, ""), "X-Any: 1", 400, "invalid_request_error", "anthropic-version: header is required"},
		"unknown model":        {messages, body("claude-sonnet-4-5-20250929", ""), version, 404, "not_found_error", "The provided model identifier is invalid."},
		"doubled prefix":       {messages, body("us."+doortest.ClaudeProfile, ""), version, 404, "not_found_error", "The provided model identifier is invalid."},
		"prefix on an ARN":     {messages, body("us."+doortest.ApplicationARN(), ""), version, 404, "not_found_error", "The provided model identifier is invalid."},
		"another geography":    {messages, body("eu."+doortest.Claude, ""), version, 404, "not_found_error", "The provided model identifier is invalid."},
		"a model of profiles":  {messages, body(doortest.ProfileOnly, ""), version, 400, "invalid_request_error", "with on-demand throughput isn’t supported"},
		"another account":      {messages, body("arn:aws:bedrock:us-east-1:999999999999:inference-profile/us.x", ""), version, 403, "permission_error", "is not authorized to perform: bedrock:InvokeModel on"},
		"another, streamed":    {messages, body("arn:aws:bedrock:us-east-1:999999999999:inference-profile/us.x", `,"stream":true`), version, 403, "permission_error", "bedrock:InvokeModelWithResponseStream on"},
		"no max_tokens":        {messages, `{"model":"` + doortest.Claude + `","messages":[{"role":"user","content":"Hi"}]}`, version, 400, "invalid_request_error", "max_tokens"},
		"too many tokens":      {messages, strings.Replace(body(doortest.Claude, ""), "300", "1000000", 1), version, 400, "invalid_request_error", "exceeds the model limit of"},
		"no messages":          {messages, `{"model":"` + doortest.Claude + `","max_tokens":3,"messages":[]}`, version, 400, "invalid_request_error", "at least one message"},
		"a bad role":           {messages, `{"model":"` + doortest.Claude + `","max_tokens":3,"messages":[{"role":"x","content":"y"}]}`, version, 400, "invalid_request_error", "#/messages/0/role"},
		"a tool of theirs":     {messages, body(doortest.Claude, `,"tools":[{"type":"web_search_20250305","name":"web_search"}]`), version, 400, "invalid_request_error", "web_search_20250305"},
		"no text model":        {messages, body(doortest.Embedding, ""), version, 400, "invalid_request_error", "doesn't support the model"},
		"counting for nobody":  {count, body("x", ""), version, 404, "not_found_error", "The provided model identifier is invalid."},
		"counting badly":       {count, `{"model":"` + doortest.Claude + `"}`, version, 400, "invalid_request_error", "messages"},
		"counting below 1":     {count, `{"model":"` + doortest.Claude + `","max_tokens":0,"messages":[{"role":"user","content":"Hi"}]}`, version, 400, "invalid_request_error", "max_tokens"},
		"a path nobody serves": {"/anthropic/v1/complete", `{}`, version, 404, "not_found_error", "not recognized"},
		"batches":              {"/v1/messages/batches", `{}`, version, 404, "not_found_error", "not recognized"},
	} {
		t.Run(name, func(t *testing.T) {
			r := d.Send(t, c.path, c.body, c.header)
			var got struct {
				Type  string
				Error struct{ Type, Message string }
				ID    string `json:"request_id"`
			}
			if err := json.Unmarshal([]byte(r.Body), &got, anyCase, json.RejectUnknownMembers(true)); err != nil {
				t.Fatalf("%v: %s", err, r.Body)
			}
			if r.Status != c.status || got.Type != "error" || got.Error.Type != c.kind || !strings.Contains(got.Error.Message, c.sentence) || got.ID != doortest.RequestID {
				t.Errorf("status %d: %s\nwant %d %s with %q", r.Status, r.Body, c.status, c.kind, c.sentence)
			}
			if r.Header.Get("Request-Id") != doortest.RequestID || r.Header.Get("X-Amzn-Errortype") == "" {
				t.Errorf("headers %v", r.Header)
			}
		})
	}
}

func TestFailuresOfTheModel(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		kind   string
	}{
		"throttled":   {fault.New(fault.Throttling, "no"), 429, "rate_limit_error"},
		"broken":      {fault.New(fault.ServiceUnavailable, "no"), 529, "overloaded_error"},
		"too slow":    {fault.New(fault.ModelTimeout, "no"), 504, "timeout_error"},
		"model error": {fault.New(fault.ModelError, "no"), 500, "api_error"},
	} {
		d := scripted(t, &doortest.Script{Err: c.err})
		for _, stream := range []string{"", `,"stream":true`} {
			if r := d.Send(t, messages, body(doortest.Claude, stream)); r.Status != c.status || !strings.Contains(r.Body, `"type":"`+c.kind+`"`) {
				t.Errorf("%s: %d %s", name, r.Status, r.Body)
			}
		}
	}
}

func TestALateErrorIsTheLastEvent(t *testing.T) {
	d := scripted(t, &doortest.Script{
		Events: []chat.Event{{Kind: chat.MessageStart}, {Kind: chat.BlockDelta, Text: "Hel"}},
		Err:    fault.New(fault.ModelStreamError, "It broke."),
	})
	r := d.Send(t, messages, body(doortest.Claude, `,"stream":true`))
	got := doortest.Events(t, r.Body)
	want := doortest.Event{Name: "error", Data: `{"type":"error","error":{"type":"api_error","message":"It broke."},"request_id":"` + doortest.RequestID + `"}`}
	if r.Status != 200 || got[len(got)-1] != want {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// What a provider of the dialect answers goes out byte for byte; an event is named after its type.
func TestPassThrough(t *testing.T) {
	s := &doortest.Script{Passes: chat.MessagesDialect, Response: &chat.Response{Native: []byte(`{"type": "message"}`)}}
	d := scripted(t, s)
	sent := body(doortest.Application, `, "odd": 7`)
	if r := d.Send(t, messages, sent); r.Status != 200 || r.Body != `{"type": "message"}` {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if s.Asked.Chat != nil || string(s.Asked.Native.Body) != sent {
		t.Errorf("the provider was asked %+v", s.Asked)
	}
	s.Events = []chat.Event{
		{Kind: chat.MessageStart, Native: []byte(`{"type":"message_start","x":1}`)},
		{Kind: chat.MessageStart, Native: []byte(`{ "x":1, "type":"ping"}`)},
		{Kind: chat.BlockDelta, Native: []byte(`{"type":"of_tomorrow"}`), Size: 2},
		{Kind: chat.BlockDelta, Native: []byte(`{"type":"\u006fdd"}`), Size: 2},
		{Kind: chat.BlockDelta, Native: []byte(`{"type":"a\nb"}`)},
		{Kind: chat.Metadata, Native: []byte(`{"type":"message_stop"}`), Usage: chat.Usage{Output: 4}},
	}
	want := "event: message_start\ndata: {\"type\":\"message_start\",\"x\":1}\n\nevent: ping\ndata: { \"x\":1, \"type\":\"ping\"}\n\n" +
		"event: of_tomorrow\ndata: {\"type\":\"of_tomorrow\"}\n\nevent: odd\ndata: {\"type\":\"\\u006fdd\"}\n\ndata: {\"type\":\"a\\nb\"}\n\n" +
		"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
	if r := d.Send(t, messages, body(doortest.Application, `,"stream":true`)); r.Body != want {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestAClientThatLeavesCancels(t *testing.T) {
	s := &doortest.Script{
		Events: []chat.Event{{Kind: chat.MessageStart}, {Kind: chat.BlockDelta, Text: "Hello"}},
		Hold:   true, Held: make(chan struct{}),
	}
	d := scripted(t, s)
	ctx, leave := context.WithCancel(t.Context())
	stream := d.Open(ctx, t, messages, body(doortest.Claude, `,"stream":true`))
	<-s.Held
	if first := make([]byte, 20); true {
		if _, err := io.ReadFull(stream, first); err != nil || string(first) != "event: message_start" {
			t.Errorf("%q %v: the content must be there while the model goes on", first, err)
		}
	}
	leave()
	<-s.Held // the provider's context has ended
	stream.Close()
}

func TestModels(t *testing.T) {
	d := simulated(t)
	type model struct {
		Type, ID string
		Name     string `json:"display_name"`
		Created  string `json:"created_at"`
	}
	list := read[struct {
		Data    []model
		More    bool   `json:"has_more"`
		FirstID string `json:"first_id"`
		LastID  string `json:"last_id"`
	}](t, d.Send(t, "/anthropic/v1/models?limit=1000", ""))
	if n := len(list.Data); n == 0 || list.FirstID != list.Data[0].ID || list.LastID != list.Data[n-1].ID || list.More {
		t.Errorf("%+v", list)
	}
	want := model{Type: "model", ID: doortest.ApplicationARN(), Name: "search", Created: "2025-10-09T08:53:20Z"}
	if diff := cmp.Diff(want, list.Data[len(list.Data)-1]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, read[model](t, d.Send(t, "/anthropic/v1/models/"+doortest.ApplicationARN(), ""))); diff != "" {
		t.Error(diff)
	}
	if r := d.Send(t, "/anthropic/v1/models/claude-opus-9", ""); r.Status != 404 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}
