package openai

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/providertest"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

func quoted(s string) string {
	b, _ := jsontext.AppendQuote(nil, s)
	return string(b)
}

func usageMember(u *chat.Usage) string {
	if u == nil {
		return ""
	}
	return fmt.Sprintf(`,"usage":{"prompt_tokens":%d,"completion_tokens":%d}`, u.Input, u.Output)
}

func delta(members string) []byte {
	return []byte(`data: {"id":"c1","choices":[{"index":0,"delta":{` + members + `},"finish_reason":null}]}` + "\n\n")
}

func TestBehaviours(t *testing.T) {
	providertest.Run(t, providertest.Wire{
		New: func(t testing.TB, url string, patience time.Duration) provider.Provider {
			p, err := New(Options{URL: url + "/v1", Upstream: upstream.Options{HeaderTimeout: patience}})
			if err != nil {
				t.Fatal(err)
			}
			return p
		},
		Modes:      []providertest.Mode{{Name: "chat", Request: ask}},
		StreamType: "text/event-stream",
		Whole: func(_ *providertest.Mode, text string, u *chat.Usage) providertest.Reply {
			return providertest.Reply{Header: map[string]string{"Content-Type": "application/json"}, Body: []byte(
				`{"id":"c1","choices":[{"message":{"role":"assistant","content":` + quoted(text) + `},"finish_reason":"stop"}]` + usageMember(u) + `}`)}
		},
		Refusal: func(status int, message string) providertest.Reply {
			return providertest.Reply{Status: status, Body: []byte(`{"error":{"message":` + quoted(message) + `}}`)}
		},
		Start: func(*providertest.Mode) []byte { return delta(`"role":"assistant"`) },
		Text:  func(_ *providertest.Mode, s string) []byte { return delta(`"content":` + quoted(s)) },
		ToolStart: func(_ *providertest.Mode, id, name string) []byte {
			return delta(`"tool_calls":[{"index":0,"id":` + quoted(id) + `,"function":{"name":` + quoted(name) + `,"arguments":""}}]`)
		},
		ToolInput: func(_ *providertest.Mode, s string) []byte {
			return delta(`"tool_calls":[{"index":0,"function":{"arguments":` + quoted(s) + `}}]`)
		},
		Stop: func(*providertest.Mode) []byte {
			return []byte(`data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n")
		},
		Usage: func(_ *providertest.Mode, u *chat.Usage) []byte {
			return []byte(`data: {"id":"c1","choices":[]` + usageMember(u) + "}\n\ndata: [DONE]\n\n")
		},
		Busy: func(_ *providertest.Mode, message string) []byte {
			return []byte(`data: {"error":{"message":` + quoted(message) + `,"code":` + fmt.Sprint(http.StatusServiceUnavailable) + "}}\n\n")
		},
		Garbage: []byte("data: garbage\n\n"),
	})
}
