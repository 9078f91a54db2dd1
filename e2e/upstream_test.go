package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// upstream is an OpenAI-compatible server whose answers a test scripts.
type upstream struct {
	url string

	mu     sync.Mutex // guards the fields below
	script func(w http.ResponseWriter, stream bool)
	seen   []upstreamRequest
}

// upstreamRequest is what the tests read of a chat completion request.
type upstreamRequest struct {
	Path, Authorization string
	Model               string
	Stream              bool
	StreamOptions       struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	Messages []struct {
		Role      string
		Content   any
		ToolCalls []any `json:"tool_calls"`
	}
	MaxTokens           *int `json:"max_tokens"`
	MaxCompletionTokens *int `json:"max_completion_tokens"`
	Tools               []struct {
		Function struct {
			Name       string
			Parameters map[string]any
		}
	}
	ToolChoice any `json:"tool_choice"`
}

// newUpstream answers every request by the script, which may be changed with play.
func newUpstream(t *testing.T, script func(http.ResponseWriter, bool)) *upstream {
	t.Helper()
	u := &upstream{script: script}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		request := upstreamRequest{Path: r.URL.Path, Authorization: r.Header.Get("Authorization")}
		if err == nil {
			err = json.Unmarshal(body, &request)
		}
		if err != nil {
			t.Errorf("the upstream got %q: %v", body, err)
		}
		u.mu.Lock()
		u.seen = append(u.seen, request)
		script := u.script
		u.mu.Unlock()
		script(w, request.Stream)
	}))
	t.Cleanup(server.Close)
	u.url = server.URL
	return u
}

// play changes the script and forgets what was seen.
func (u *upstream) play(script func(http.ResponseWriter, bool)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.script, u.seen = script, nil
}

// requests are those since the last play.
func (u *upstream) requests() []upstreamRequest {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]upstreamRequest(nil), u.seen...)
}

// completion answers whole with one message, a JSON object.
func completion(w http.ResponseWriter, message, finish string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"tiny","choices":[{"index":0,"message":%s,"finish_reason":%q}],`+
		`"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}}`, message, finish)
}

// sse begins a streamed answer and returns what sends one chunk of it; a choice is a JSON object, "" for none.
func sse(w http.ResponseWriter) func(choice string) {
	w.Header().Set("Content-Type", "text/event-stream")
	return func(choice string) {
		fmt.Fprintf(w, "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"tiny\",\"choices\":[%s]}\n\n", choice)
		w.(http.Flusher).Flush()
	}
}

// finish ends a streamed answer, with usage.
func finish(w http.ResponseWriter, reason string) {
	send := sse(w)
	send(fmt.Sprintf(`{"index":0,"delta":{},"finish_reason":%q}`, reason))
	_, _ = io.WriteString(w, `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"tiny","choices":[],`+
		`"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}}`+"\n\ndata: [DONE]\n\n")
}

// delta is a chunk's choice that adds text.
func delta(text string) string {
	return fmt.Sprintf(`{"index":0,"delta":{"content":%q},"finish_reason":null}`, text)
}

// saysHello answers "Hello there" either way.
func saysHello(w http.ResponseWriter, stream bool) {
	if !stream {
		completion(w, `{"role":"assistant","content":"Hello there"}`, "stop")
		return
	}
	send := sse(w)
	send(`{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}`)
	send(delta("Hello"))
	send(delta(" there"))
	finish(w, "stop")
}

// callsTool asks for the weather in Bern, in two fragments when streamed.
func callsTool(w http.ResponseWriter, stream bool) {
	if !stream {
		completion(w, `{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bern\"}"}}]}`, "tool_calls")
		return
	}
	send := sse(w)
	send(`{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}]},"finish_reason":null}`)
	send(`{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]},"finish_reason":null}`)
	send(`{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"Bern\"}"}}]},"finish_reason":null}`)
	finish(w, "tool_calls")
}

// refuses answers with an error of the given status.
func refuses(status int, message string) func(http.ResponseWriter, bool) {
	return func(w http.ResponseWriter, _ bool) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"message":%q,"type":"some_error","code":null}}`, message)
	}
}

// breaksAfter streams the given pieces of text, then cuts the connection.
func breaksAfter(pieces ...string) func(http.ResponseWriter, bool) {
	return func(w http.ResponseWriter, _ bool) {
		send := sse(w)
		send(`{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}`)
		for _, p := range pieces {
			send(delta(p))
		}
		panic(http.ErrAbortHandler)
	}
}

// twoUpstreams is a configuration with one upstream in us-east-1 and another in us-west-2.
func twoUpstreams(near, far *upstream) string {
	const text = `providers:
  - {name: near, type: openai, url: NEAR/v1, api-key: sk-near}
  - {name: far, type: openai, url: FAR/v1, api-key: sk-far}
deployments:
  - {model: MODEL, regions: [us-east-1], provider: near, upstream-model: tiny-near}
  - {model: MODEL, regions: [us-west-2], provider: far, upstream-model: tiny-far}
`
	return strings.NewReplacer("NEAR", near.url, "FAR", far.url, "MODEL", `"`+claude+`"`).Replace(text)
}
