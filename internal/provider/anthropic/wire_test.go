package anthropic

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/providertest"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const claude = "anthropic.claude-sonnet-4-5-20250929-v1:0"

func newProvider(t testing.TB, url string, patience time.Duration) *Provider {
	t.Helper()
	p, err := New(Options{URL: url, APIKey: identity.NewSecret("sk-test"), Betas: []string{"own"}, Upstream: upstream.Options{HeaderTimeout: patience}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func ask() *provider.Request {
	return &provider.Request{Region: "eu-west-1", Model: claude, Upstream: claude, Chat: &chat.Request{
		Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{chat.Text("Hello there, model.")}}},
	}}
}

// passed is a request that nobody has read.
func passed(d chat.Dialect, body string) *provider.Request {
	r := ask()
	r.Chat, r.Native = nil, &chat.Native{Dialect: d, Body: []byte(body), Invoke: new(chat.InvokeOptions)}
	return r
}

const (
	invokeBody   = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":100,"messages":[{"role":"user","content":"Hello there, model."}]}`
	messagesBody = `{"model":"any","max_tokens":100,"messages":[{"role":"user","content":"Hello there, model."}]}`
)

func quoted(s string) string {
	b, _ := jsontext.AppendQuote(nil, s)
	return string(b)
}

func event(name, data string) []byte { return []byte("event: " + name + "\ndata: " + data + "\n\n") }

func delta(kind, member, s string) []byte {
	return event("content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"`+kind+`","`+member+`":`+quoted(s)+`}}`)
}

func passing(name string, request func() *provider.Request) providertest.Mode {
	return providertest.Mode{
		Name: name, Request: request,
		Text: func(t testing.TB, e *chat.Event) string {
			var w struct {
				Delta struct {
					Text string `json:"text"`
					JSON string `json:"partial_json"`
				} `json:"delta"`
			}
			if err := json.Unmarshal(e.Native, &w); err != nil {
				t.Fatal(err)
			}
			return w.Delta.Text + w.Delta.JSON
		},
		Said: func(t testing.TB, native []byte) string {
			var w struct {
				Content []struct {
					Text string `json:"text"`
				} `json:"content"`
			}
			if err := json.Unmarshal(native, &w); err != nil {
				t.Fatal(err)
			}
			return w.Content[0].Text
		},
	}
}

func usage(u *chat.Usage) string {
	if u == nil {
		return ""
	}
	return fmt.Sprintf(`,"usage":{"input_tokens":%d,"output_tokens":%d}`, u.Input, u.Output)
}

func wire() providertest.Wire {
	return providertest.Wire{
		New: func(t testing.TB, url string, patience time.Duration) provider.Provider {
			return newProvider(t, url, patience)
		},
		Modes: []providertest.Mode{
			{Name: "chat", Request: ask},
			passing("Messages passed on", func() *provider.Request { return passed(chat.MessagesDialect, messagesBody) }),
			passing("InvokeModel passed on", func() *provider.Request { return passed(chat.InvokeDialect, invokeBody) }),
		},
		StreamType: "text/event-stream; charset=utf-8",
		Whole: func(_ *providertest.Mode, text string, u *chat.Usage) providertest.Reply {
			return providertest.Reply{Header: map[string]string{"Content-Type": "application/json"}, Body: []byte(
				`{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":` + quoted(text) + `}],"stop_reason":"end_turn"` + usage(u) + `}`)}
		},
		Refusal: func(status int, message string) providertest.Reply {
			return providertest.Reply{Status: status, Body: []byte(`{"type":"error","error":{"type":"` + kindOf(status) + `","message":` + quoted(message) + `}}`)}
		},
		Start: func(*providertest.Mode) []byte {
			return append(event("message_start", `{"type":"message_start","message":{"id":"msg_1","content":[]}}`), event("ping", `{"type":"ping"}`)...)
		},
		Text: func(_ *providertest.Mode, s string) []byte { return delta("text_delta", "text", s) },
		ToolStart: func(_ *providertest.Mode, id, name string) []byte {
			return event("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":`+quoted(id)+`,"name":`+quoted(name)+`,"input":{}}}`)
		},
		ToolInput: func(_ *providertest.Mode, s string) []byte { return delta("input_json_delta", "partial_json", s) },
		Stop: func(*providertest.Mode) []byte {
			return event("content_block_stop", `{"type":"content_block_stop","index":0}`)
		},
		Usage: func(_ *providertest.Mode, u *chat.Usage) []byte {
			return append(event("message_delta", `{"type":"message_delta","delta":{"stop_reason":"end_turn"}`+usage(u)+`}`), event("message_stop", `{"type":"message_stop"}`)...)
		},
		Busy: func(_ *providertest.Mode, message string) []byte {
			return event("error", `{"type":"error","error":{"type":"overloaded_error","message":`+quoted(message)+`}}`)
		},
		Garbage: []byte("data: garbage\n\n"),
	}
}

func TestBehaviours(t *testing.T) { providertest.Run(t, wire()) }
