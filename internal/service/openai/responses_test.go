package openai_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/service/inference/doortest"
)

type response struct {
	ID, Object, Status, Model string
	Store                     bool
	Output                    []struct {
		Type, Name, Arguments, Status string
		CallID                        string `json:"call_id"`
		Content                       []struct{ Type, Text string }
	}
	Usage struct {
		Total int `json:"total_tokens"`
	}
}

func asked(model, more string) string {
	return `{"model":"` + model + `","instructions":"Be brief.","input":"What is an outcrop?"` + more + `}`
}

func TestResponses(t *testing.T) {
	d := simulated(t)
	for _, model := range []string{doortest.Claude, doortest.ClaudeProfile, doortest.Application, doortest.ApplicationARN()} {
		for _, path := range []string{"/openai/v1/responses", "/v1/responses"} {
			r := d.Send(t, path, asked(model, ""))
			got := read[response](t, r)
			if got.Object != "response" || got.Status != "completed" || got.Model != doortest.Claude || got.Store || got.Usage.Total == 0 ||
				len(got.Output) != 1 || got.Output[0].Type != "message" || got.Output[0].Content[0].Text == "" || r.Header.Get("X-Outcrop-Region") != "us-east-1" {
				t.Errorf("%s: %s", model, r.Body)
			}
		}
	}
	if got := read[response](t, d.Send(t, "/v1/responses", asked(doortest.Claude, `,"max_output_tokens":3`))); got.Status != "incomplete" {
		t.Errorf("cut off: %+v", got)
	}
}

func TestResponsesStream(t *testing.T) {
	d := simulated(t)
	want := read[response](t, d.Send(t, "/v1/responses", asked(doortest.Claude, ""))).Output[0].Content[0].Text
	r := d.Send(t, "/v1/responses", asked(doortest.Claude, `,"stream":true`))
	events := doortest.Events(t, r.Body)
	text := ""
	for i, e := range events {
		var data struct {
			Type, Delta string
			Number      int `json:"sequence_number"`
		}
		if err := json.Unmarshal([]byte(e.Data), &data, anyCase); err != nil || data.Type != e.Name || data.Number != i {
			t.Fatalf("event %d is %+v (%v)", i, e, err)
		}
		text += data.Delta
	}
	if events[0].Name != "response.created" || events[len(events)-1].Name != "response.completed" || text != want {
		t.Errorf("%q, want %q; %s … %s", text, want, events[0].Name, events[len(events)-1].Name)
	}
}

// A whole round with a tool, each answer sent back as it came.
func TestResponsesCallTools(t *testing.T) {
	d := simulated(t)
	tools := `,"tools":[{"type":"function","name":"weather","description":"Weather of a city","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}]`
	r := d.Send(t, "/v1/responses", asked(doortest.Claude, tools+`,"tool_choice":"required"`))
	got := read[response](t, r)
	call := got.Output[len(got.Output)-1]
	if call.Type != "function_call" || call.Name != "weather" || !strings.Contains(call.Arguments, `"city"`) {
		t.Fatalf("%s", r.Body)
	}
	raw := read[struct{ Output []jsontext.Value }](t, r).Output
	input := `[{"role":"user","content":"Weather?"},`
	for _, item := range raw {
		input += string(item) + ","
	}
	input += `{"type":"function_call_output","call_id":"` + call.CallID + `","output":"rain"}]`
	if got := read[response](t, d.Send(t, "/v1/responses", `{"model":"`+doortest.Claude+`","input":`+input+tools+`}`)); got.Status != "completed" {
		t.Errorf("%+v", got)
	}
}

func TestResponsesRefuse(t *testing.T) {
	d := simulated(t)
	for body, sentence := range map[string]string{
		asked(doortest.Claude, `,"store":true`):                       "store: only false is supported",
		asked(doortest.Claude, `,"previous_response_id":"r"`):         "previous_response_id is not supported",
		asked(doortest.Claude, `,"max_output_tokens":10000000`):       "exceeds the model limit",
		asked(doortest.Embedding, ""):                                 "doesn't support the model",
		`{"model":"` + doortest.Claude + `"}`:                         "required key [input]",
		`{"model":"` + doortest.Claude + `","stream":1,"input":"Hi"}`: "Boolean",
	} {
		if r := d.Send(t, "/v1/responses", body); r.Status != 400 || !strings.Contains(r.Body, sentence) {
			t.Errorf("%s: %d %s", body, r.Status, r.Body)
		}
	}
	if r := d.Send(t, "/v1/responses", asked("gpt-5", "")); r.Status != 404 || !strings.Contains(r.Body, `"param":"model","code":"model_not_found"`) {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestALateErrorOfAResponse(t *testing.T) {
	d := scripted(t, &doortest.Script{Events: events("Hel"), Err: fault.New(fault.ModelStreamError, "It broke.")})
	got := doortest.Events(t, d.Send(t, "/v1/responses", asked(doortest.Claude, `,"stream":true`)).Body)
	want := doortest.Event{Name: "error", Data: `{"type":"error","sequence_number":5,"code":"server_error","message":"It broke.","param":null,"error":{"message":"It broke.","type":"server_error","param":null,"code":null}}`}
	if got[len(got)-1] != want {
		t.Errorf("%+v", got)
	}
}

func TestResponsesPassThrough(t *testing.T) {
	s := &doortest.Script{
		Passes:   chat.ResponsesDialect,
		Response: &chat.Response{Native: []byte(`{"odd": 1}`)},
		Events: []chat.Event{
			{Kind: chat.BlockDelta, NativeType: "response.odd", Native: []byte(`{"a": 1}`)},
			{Kind: chat.Metadata, NativeType: "response.completed", Native: []byte(`{}`)},
		},
	}
	d := scripted(t, s)
	if r := d.Send(t, "/v1/responses", asked(doortest.Claude, "")); r.Body != `{"odd": 1}` {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	want := "event: response.odd\ndata: {\"a\": 1}\n\nevent: response.completed\ndata: {}\n\n"
	if r := d.Send(t, "/v1/responses", asked(doortest.Claude, `,"stream":true`)); r.Body != want {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}
