package openai_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/simulator"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/service/inference/doortest"
	"github.com/outcrop/outcrop/internal/service/openai"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// anyCase lets the structures of tests go without a tag on every field.
var anyCase = json.MatchCaseInsensitiveNames(true)

// simulated is a door to the simulator, which answers at once.
func simulated(t testing.TB) *doortest.Door {
	t.Helper()
	sim, err := simulator.New(simulator.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return doortest.Start(t, openai.NewService, map[string]provider.Provider{"simulator": sim}, route.Rule{Model: "*", Provider: "simulator"})
}

// scripted is a door to a script.
func scripted(t testing.TB, s *doortest.Script) *doortest.Door {
	t.Helper()
	return doortest.Start(t, openai.NewService, map[string]provider.Provider{"script": s}, route.Rule{Model: "*", Provider: "script"})
}

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

type completion struct {
	ID, Object, Model string
	Created           int64
	Choices           []struct {
		Message struct {
			Role, Content string
			ToolCalls     []struct {
				ID, Type string
				Function struct{ Name, Arguments string }
			} `json:"tool_calls"`
		}
		FinishReason string `json:"finish_reason"`
	}
	Usage struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Total      int `json:"total_tokens"`
	}
}

func body(model, more string) string {
	return `{"model":"` + model + `","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"What is an outcrop?"}]` + more + `}`
}

func TestEveryIdentifierIsCompleted(t *testing.T) {
	d := simulated(t)
	for _, c := range []struct{ model, served, profile string }{
		{doortest.Claude, doortest.Claude, ""},
		{"arn:aws:bedrock:us-east-1::foundation-model/" + doortest.Nova, doortest.Nova, ""},
		{doortest.ClaudeProfile, doortest.Claude, "arn:aws:bedrock:us-east-1:111122223333:inference-profile/" + doortest.ClaudeProfile},
		{"arn:aws:bedrock:us-east-1:111122223333:inference-profile/" + doortest.ClaudeProfile, doortest.Claude, "arn:aws:bedrock:us-east-1:111122223333:inference-profile/" + doortest.ClaudeProfile},
		{doortest.Application, doortest.Claude, doortest.ApplicationARN()},
		{doortest.ApplicationARN(), doortest.Claude, doortest.ApplicationARN()},
	} {
		for _, path := range []string{"/openai/v1", "/v1"} {
			r := d.Send(t, path+"/chat/completions", body(c.model, ""))
			got := read[completion](t, r)
			if got.Object != "chat.completion" || got.Model != c.served || got.Choices[0].Message.Content == "" || got.Choices[0].FinishReason != "stop" ||
				got.Usage.Total != got.Usage.Prompt+got.Usage.Completion || got.Usage.Completion == 0 || got.Created < 1_700_000_000 {
				t.Errorf("%s: %s", c.model, r.Body)
			}
			headers := []string{r.Header.Get("X-Outcrop-Model"), r.Header.Get("X-Outcrop-Profile"), r.Header.Get("X-Outcrop-Region"), r.Header.Get("X-Request-Id"), r.Header.Get("X-Amzn-Requestid")}
			if diff := cmp.Diff([]string{c.served, c.profile, "us-east-1", doortest.RequestID, doortest.RequestID}, headers); diff != "" {
				t.Errorf("%s: headers (-want +got):\n%s", c.model, diff)
			}
		}
	}
	if n := len(d.Settled()); n != 12 {
		t.Errorf("%d calls settled, want 12", n)
	}
}

// streamed is the text, the finish reason and the usage of a stream of chunks, which must end with [DONE].
func streamed(t *testing.T, r doortest.Reply) (text, reason string, usages int) {
	t.Helper()
	events := doortest.Events(t, r.Body)
	if r.Status != 200 || r.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" || events[len(events)-1].Data != "[DONE]" {
		t.Fatalf("%d %v %s", r.Status, r.Header, r.Body)
	}
	for i, e := range events[:len(events)-1] {
		var chunk struct {
			Object  string
			Choices []struct {
				Delta        struct{ Content string }
				FinishReason string `json:"finish_reason"`
			}
			Usage *struct{}
		}
		if err := json.Unmarshal([]byte(e.Data), &chunk, anyCase); err != nil || e.Name != "" || chunk.Object != "chat.completion.chunk" {
			t.Fatalf("event %d is %+v (%v)", i, e, err)
		}
		for _, c := range chunk.Choices {
			text, reason = text+c.Delta.Content, reason+c.FinishReason
		}
		if chunk.Usage != nil {
			usages++
			if i != len(events)-2 || len(chunk.Choices) != 0 {
				t.Errorf("the usage stands in event %d of %d", i, len(events))
			}
		}
	}
	return text, reason, usages
}

func TestStreamsSayWhatWholeAnswersSay(t *testing.T) {
	d := simulated(t)
	want := read[completion](t, d.Send(t, "/v1/chat/completions", body(doortest.Claude, ""))).Choices[0].Message.Content
	for more, usages := range map[string]int{
		`,"stream":true`: 0,
		`,"stream":true,"stream_options":{"include_usage":false}`: 0,
		`,"stream":true,"stream_options":{"include_usage":true}`:  1,
	} {
		text, reason, n := streamed(t, d.Send(t, "/v1/chat/completions", body(doortest.Application, more)))
		if text != want || reason != "stop" || n != usages {
			t.Errorf("%s: %q, %s, %d usages; want %q and %d", more, text, reason, n, want, usages)
		}
	}
}

func TestToolsAreCalled(t *testing.T) {
	d := simulated(t)
	tool := `,"tools":[{"type":"function","function":{"name":"weather","description":"Weather of a city","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}],"tool_choice":"required"`
	got := read[completion](t, d.Send(t, "/v1/chat/completions", body(doortest.Claude, tool))).Choices[0]
	if got.FinishReason != "tool_calls" || len(got.Message.ToolCalls) != 1 {
		t.Fatalf("%+v", got)
	}
	call := got.Message.ToolCalls[0]
	if call.Type != "function" || call.Function.Name != "weather" || !strings.Contains(call.Function.Arguments, `"city"`) {
		t.Errorf("%+v", call)
	}
	again := `{"model":"` + doortest.Claude + `","messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"` + call.ID +
		`","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]},{"role":"tool","tool_call_id":"` + call.ID + `","content":"rain"}]` + strings.Replace(tool, "required\"", "auto\"", -1) + `}`
	if got := d.Send(t, "/v1/chat/completions", again); got.Status != 200 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

type failure struct {
	Error struct{ Message, Type, Param, Code string }
}

func TestBadRequests(t *testing.T) {
	d := simulated(t)
	for name, c := range map[string]struct {
		path, body string
		status     int
		kind, code string
		sentence   string // part of the message
	}{
		"not JSON":                {"/v1/chat/completions", `{"model"`, 400, "invalid_request_error", "", "not valid JSON"},
		"a list":                  {"/v1/chat/completions", `[]`, 400, "invalid_request_error", "", "must be a structure"},
		"text behind it":          {"/v1/chat/completions", body(doortest.Claude, "") + "x", 400, "invalid_request_error", "", "text behind"},
		"no model":                {"/v1/chat/completions", `{"messages":[]}`, 400, "invalid_request_error", "", "field model is missing"},
		"a null model":            {"/v1/chat/completions", `{"model":null}`, 400, "invalid_request_error", "", "field model is missing"},
		"a number for a model":    {"/v1/chat/completions", `{"model":4}`, 400, "invalid_request_error", "", "String"},
		"two models":              {"/v1/chat/completions", `{"model":"a","model":"b"}`, 400, "invalid_request_error", "", "twice"},
		"two models, one escaped": {"/v1/chat/completions", `{"model":"a","mode\u006c":"b"}`, 400, "invalid_request_error", "", "twice"},
		"stream is no bool":       {"/v1/chat/completions", body(doortest.Claude, `,"stream":"yes"`), 400, "invalid_request_error", "", "Boolean"},
		"unknown model":           {"/v1/chat/completions", body("gpt-4o", ""), 404, "invalid_request_error", "model_not_found", "The provided model identifier is invalid."},
		"doubled prefix":          {"/v1/chat/completions", body("us.us."+doortest.Claude, ""), 404, "invalid_request_error", "model_not_found", "The provided model identifier is invalid."},
		"no identifier at all":    {"/v1/chat/completions", body("../../etc/passwd?", ""), 404, "invalid_request_error", "model_not_found", "The provided model identifier is invalid."},
		"no such application":     {"/v1/chat/completions", body("zzzzzzzzzzzz", ""), 404, "invalid_request_error", "model_not_found", "does not exist"},
		"a model of profiles":     {"/v1/chat/completions", body(doortest.ProfileOnly, ""), 400, "invalid_request_error", "", "with on-demand throughput isn’t supported"},
		"another region":          {"/v1/chat/completions", body("arn:aws:bedrock:eu-west-1::foundation-model/"+doortest.Claude, ""), 400, "invalid_request_error", "", "The provided ARN is invalid for the service region"},
		"another account":         {"/v1/chat/completions", body("arn:aws:bedrock:us-east-1:999999999999:application-inference-profile/a1b2c3d4e5f6", ""), 403, "permission_error", "access_denied", "is not authorized to perform: bedrock:InvokeModel on resource"},
		"no text model":           {"/v1/chat/completions", body(doortest.Embedding, ""), 400, "invalid_request_error", "", "doesn't support the model"},
		"no messages":             {"/v1/chat/completions", `{"model":"` + doortest.Claude + `","messages":[]}`, 400, "invalid_request_error", "", "#/messages"},
		"too many tokens":         {"/v1/chat/completions", body(doortest.Claude, `,"max_tokens":1000000`), 400, "invalid_request_error", "", "exceeds the model limit of"},
		"several choices":         {"/v1/chat/completions", body(doortest.Claude, `,"n":2`), 400, "invalid_request_error", "", "#/n"},
		"no body":                 {"/v1/models/x", "{}", 404, "invalid_request_error", "unknown_url", "not recognized"},
		"no such model":           {"/v1/models/gpt-4o", "", 404, "invalid_request_error", "model_not_found", "The provided model identifier is invalid."},
		"a bad escape":            {"/v1/models/%25zz", "", 404, "invalid_request_error", "model_not_found", "The provided model identifier is invalid."},
	} {
		t.Run(name, func(t *testing.T) {
			r := d.Send(t, c.path, c.body)
			var got failure
			if err := json.Unmarshal([]byte(r.Body), &got, json.RejectUnknownMembers(true), anyCase); err != nil {
				t.Fatalf("%v: %s", err, r.Body)
			}
			if r.Status != c.status || got.Error.Type != c.kind || got.Error.Code != c.code || !strings.Contains(got.Error.Message, c.sentence) {
				t.Errorf("status %d: %s\nwant %d %s %s with %q", r.Status, r.Body, c.status, c.kind, c.code, c.sentence)
			}
			if r.Header.Get("X-Request-Id") != doortest.RequestID || r.Header.Get("X-Amzn-Requestid") != doortest.RequestID || r.Header.Get("X-Amzn-Errortype") == "" {
				t.Errorf("headers %v", r.Header)
			}
		})
	}
}

func TestFailuresOfTheModel(t *testing.T) {
	slow := fault.New(fault.Throttling, "Too many requests, please wait before trying again.")
	slow.RetryAfter = 3 * time.Second
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
		retry  string
	}{
		"throttled":   {slow, 429, "rate_limit_exceeded", "3"},
		"broken":      {fault.New(fault.ServiceUnavailable, "no"), 503, "service_unavailable", ""},
		"unnamed":     {io.ErrUnexpectedEOF, 503, "service_unavailable", ""},
		"too slow":    {fault.New(fault.ModelTimeout, "no"), 503, "service_unavailable", ""},
		"model error": {fault.New(fault.ModelError, "no"), 500, "", ""},
		"refused":     {fault.New(fault.Validation, "The model returned the following errors: no"), 400, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := scripted(t, &doortest.Script{Err: c.err})
			for _, stream := range []string{"", `,"stream":true`} {
				r := d.Send(t, "/v1/chat/completions", body(doortest.Claude, stream))
				var got failure
				if err := json.Unmarshal([]byte(r.Body), &got, anyCase); err != nil || r.Status != c.status || got.Error.Code != c.code || r.Header.Get("Retry-After") != c.retry {
					t.Errorf("%d %q %s (%v)", r.Status, r.Header.Get("Retry-After"), r.Body, err)
				}
			}
		})
	}
}

func events(texts ...string) []chat.Event {
	out := []chat.Event{{Kind: chat.MessageStart, ID: "c1"}}
	for _, text := range texts {
		out = append(out, chat.Event{Kind: chat.BlockDelta, Text: text})
	}
	return out
}

func TestALateErrorIsTheLastEvent(t *testing.T) {
	d := scripted(t, &doortest.Script{Events: events("Hel", "lo"), Err: fault.New(fault.ModelStreamError, "It broke.")})
	r := d.Send(t, "/v1/chat/completions", body(doortest.Claude, `,"stream":true`))
	got := doortest.Events(t, r.Body)
	want := doortest.Event{Data: `{"error":{"message":"It broke.","type":"server_error","param":null,"code":null}}`}
	if r.Status != 200 || len(got) != 4 || got[3] != want {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// What a provider of the dialect answers goes out byte for byte.
func TestPassThrough(t *testing.T) {
	const answer = `{"id":"x",  "choices":[{"message":{"content":"hi"}}],"odd":[1e400]}`
	s := &doortest.Script{Passes: chat.ChatCompletionsDialect, Response: &chat.Response{Native: []byte(answer), Usage: chat.Usage{Input: 3, Output: 4}}}
	d := scripted(t, s)
	sent := body(doortest.Application, `, "seed" :7`)
	if r := d.Send(t, "/v1/chat/completions", sent); r.Status != 200 || r.Body != answer || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if s.Asked.Chat != nil || string(s.Asked.Native.Body) != sent {
		t.Errorf("the provider was asked %+v", s.Asked)
	}
	s.Events = []chat.Event{
		{Kind: chat.MessageStart, Native: []byte(`{"a": 1}`)},
		{Kind: chat.BlockDelta, Native: []byte(`{"b":2 }`), Size: 2},
		{Kind: chat.MessageStop, Native: []byte(`{"c":3}`)},
		{Kind: chat.Metadata, Usage: chat.Usage{Input: 3, Output: 4}},
	}
	want := "data: {\"a\": 1}\n\ndata: {\"b\":2 }\n\ndata: {\"c\":3}\n\ndata: [DONE]\n\n"
	if r := d.Send(t, "/v1/chat/completions", body(doortest.Application, `,"stream":true`)); r.Body != want {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	for _, r := range d.Settled() {
		if r.Usage.Output != 4 || r.Failure != nil || r.Target.Application == nil {
			t.Errorf("settled as %+v", r)
		}
	}
}

func TestAClientThatLeavesCancels(t *testing.T) {
	s := &doortest.Script{Events: events("Hello"), Hold: true, Held: make(chan struct{})}
	d := scripted(t, s)
	ctx, leave := context.WithCancel(t.Context())
	stream := d.Open(ctx, t, "/v1/chat/completions", body(doortest.Claude, `,"stream":true`))
	<-s.Held
	first := make([]byte, 6)
	if _, err := io.ReadFull(stream, first); err != nil || !bytes.HasPrefix(first, []byte("data: ")) {
		t.Errorf("%q %v: the content must be there while the model goes on", first, err)
	}
	leave()
	<-s.Held // the provider's context has ended
	stream.Close()
}

func TestModels(t *testing.T) {
	d := simulated(t)
	type model struct {
		ID, Object, Name string
		Created          int64
		OwnedBy          string `json:"owned_by"`
	}
	list := read[struct {
		Object string
		Data   []model
	}](t, d.Send(t, "/openai/v1/models", ""))
	by := map[string]model{}
	for _, m := range list.Data {
		by[m.ID] = m
		one := read[model](t, d.Send(t, "/v1/models/"+strings.ReplaceAll(m.ID, "/", "%2F"), ""))
		if diff := cmp.Diff(m, one); diff != "" {
			t.Error(diff)
		}
	}
	if len(by) != len(list.Data) || list.Object != "list" {
		t.Errorf("%d models, %d different", len(list.Data), len(by))
	}
	for id, want := range map[string]model{
		doortest.Claude:           {ID: doortest.Claude, Object: "model", Name: "Claude 3.5 Sonnet", OwnedBy: "Anthropic"},
		doortest.ApplicationARN(): {ID: doortest.ApplicationARN(), Object: "model", Name: "search", OwnedBy: "Anthropic", Created: 1_760_000_000},
	} {
		if diff := cmp.Diff(want, by[id]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	for id, want := range map[string]bool{doortest.ClaudeProfile: true, "us." + doortest.ProfileOnly: true, doortest.ProfileOnly: false, doortest.Embedding: false, "google.gemma-4-31b": true} {
		if _, got := by[id]; got != want {
			t.Errorf("%s is listed: %v, want %v", id, got, want)
		}
	}
	if got := d.Send(t, "/v1/models/"+doortest.ApplicationARN(), ""); got.Status != 200 {
		t.Errorf("an ARN with its slash: %d %s", got.Status, got.Body)
	}
}
