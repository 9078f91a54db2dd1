package openai

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// counter makes the ids "new-1", "new-2", …
func counter() NewID {
	n := 0
	return func() string {
		n++
		return fmt.Sprint("new-", n)
	}
}

func toolUse(id, name, input string) chat.Block {
	return chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: id, Name: name, Input: jsontext.Value(input)}}
}

func TestDecodeResponse(t *testing.T) {
	thought := chat.Block{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: "hm"}}
	one := chat.Usage{Input: 1, Output: 2}
	const counted = `"usage":{"prompt_tokens":1,"completion_tokens":2}`
	for _, test := range []struct {
		name, body string
		want       chat.Response
	}{
		{
			"text", `{"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],` + counted + `}`,
			chat.Response{ID: "c1", Content: []chat.Block{chat.Text("hi")}, Stop: chat.EndTurn, Usage: one},
		},
		{
			"cached tokens", `{"choices":[{"message":{"content":"hi"},"finish_reason":"length"}],"usage":{"prompt_tokens":10,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}`,
			chat.Response{Content: []chat.Block{chat.Text("hi")}, Stop: chat.MaxTokens, Usage: chat.Usage{Input: 6, Output: 2, CacheRead: 4}},
		},
		{
			"more cached than sent", `{"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":10,"completion_tokens":-2,"prompt_tokens_details":{"cached_tokens":40}}}`,
			chat.Response{Content: []chat.Block{chat.Text("hi")}, Stop: chat.EndTurn, Usage: chat.Usage{CacheRead: 10}},
		},
		{
			"no usage", `{"choices":[{"message":{"content":"12345"},"finish_reason":"content_filter"}],"usage":null}`,
			chat.Response{Content: []chat.Block{chat.Text("12345")}, Stop: chat.ContentFiltered, Usage: chat.Usage{Output: 2, Estimated: true}},
		},
		{
			"reasoning_content", `{"choices":[{"message":{"content":"hi","reasoning_content":"hm"},"finish_reason":"stop"}],` + counted + `}`,
			chat.Response{Content: []chat.Block{thought, chat.Text("hi")}, Stop: chat.EndTurn, Usage: one},
		},
		{
			"reasoning", `{"choices":[{"message":{"content":null,"reasoning":"hm"},"finish_reason":"stop"}],` + counted + `}`,
			chat.Response{Content: []chat.Block{thought}, Stop: chat.EndTurn, Usage: one},
		},
		{
			"both names for one thought", `{"choices":[{"message":{"content":"","reasoning":"hm","reasoning_content":"hm"}}],` + counted + `}`,
			chat.Response{Content: []chat.Block{thought}, Stop: chat.EndTurn, Usage: one},
		},
		{
			"content in parts", `{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}],` + counted + `}`,
			chat.Response{Content: []chat.Block{chat.Text("ab")}, Stop: chat.EndTurn, Usage: one},
		},
		{
			"refusal", `{"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}],` + counted + `}`,
			chat.Response{Content: []chat.Block{chat.Text("no")}, Stop: chat.EndTurn, Usage: one},
		},
		{
			"stop sequence", `{"choices":[{"message":{"content":"a"},"finish_reason":"stop","stop_reason":"END"}],` + counted + `}`,
			chat.Response{Content: []chat.Block{chat.Text("a")}, Stop: chat.StopSequence, StopSequence: "END", Usage: one},
		},
		{
			"stop token", `{"choices":[{"message":{"content":"a"},"finish_reason":"stop","stop_reason":128001}],` + counted + `}`,
			chat.Response{Content: []chat.Block{chat.Text("a")}, Stop: chat.EndTurn, Usage: one},
		},
		{
			"tools", `{"choices":[{"message":{"content":null,"tool_calls":[
			{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
			{"type":"function","function":{"name":"g","arguments":""}},
			{"id":"has space","function":{"name":"h","arguments":{"b":2}}}]},"finish_reason":"stop"}],` + counted + `}`,
			chat.Response{Content: []chat.Block{toolUse("call_1", "f", `{"a":1}`), toolUse("new-1", "g", `{}`), toolUse("new-2", "h", `{"b":2}`)}, Stop: chat.StopToolUse, Usage: one},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := DecodeResponse([]byte(test.body), counter())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeResponseRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		code fault.Code
	}{
		"html":                {"<html>", fault.ServiceUnavailable},
		"cut":                 {`{"choices":[`, fault.ServiceUnavailable},
		"wrong types":         {`{"choices":"x"}`, fault.ServiceUnavailable},
		"empty":               {"", fault.ServiceUnavailable},
		"no choices":          {`{"choices":[]}`, fault.ModelError},
		"input is no JSON":    {`{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{"}}]}}]}`, fault.ModelError},
		"error, rate limit":   {`{"error":{"message":"slow down","type":"rate_limit_error"}}`, fault.Throttling},
		"error, with status":  {`{"error":{"message":"no","code":400}}`, fault.Validation},
		"error, status text":  {`{"error":{"message":"no","code":"401"}}`, fault.Internal},
		"error, invalid":      {`{"error":{"message":"no","type":"invalid_request_error","code":null}}`, fault.Validation},
		"error, server":       {`{"error":{"message":"oops","type":"server_error"}}`, fault.ServiceUnavailable},
		"error, a string":     {`{"error":"oops"}`, fault.ServiceUnavailable},
		"error and no choice": {`{"choices":null,"error":{"message":{"odd":1}}}`, fault.ServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := DecodeResponse([]byte(test.body), counter()); !fault.Is(err, test.code) {
				t.Errorf("got %v, want code %d", err, test.code)
			}
		})
	}
}

func TestDecodeError(t *testing.T) {
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name       string
		status     int
		retryAfter string
		body       string
		want       fault.Error
		private    string // part of the operator's view
	}{
		{"throttled", 429, "7", `{"error":{"message":"slow down"}}`, fault.Error{Code: fault.Throttling, Message: tooMany, RetryAfter: 7 * time.Second}, "429: slow down"},
		{"throttled until", 429, "Sun, 22 Nov 2026 14:01:00 GMT", "", fault.Error{Code: fault.Throttling, Message: tooMany, RetryAfter: time.Minute}, "Too Many Requests"},
		{"throttled, fraction", 429, "0.5", "", fault.Error{Code: fault.Throttling, Message: tooMany, RetryAfter: 500 * time.Millisecond}, ""},
		{"throttled, past", 429, "Sun, 22 Nov 2026 13:00:00 GMT", "", fault.Error{Code: fault.Throttling, Message: tooMany}, ""},
		{"throttled, for ever", 429, "1e300", "", fault.Error{Code: fault.Throttling, Message: tooMany}, ""},
		{"throttled, nonsense", 429, "NaN", "", fault.Error{Code: fault.Throttling, Message: tooMany}, ""},
		{"timeout", 408, "", "", fault.Error{Code: fault.ModelTimeout, Message: tooSlow}, "408"},
		{"gateway timeout", 504, "", "", fault.Error{Code: fault.ModelTimeout, Message: tooSlow}, "504"},
		{"down", 503, "7", "<html>down</html>", fault.Error{Code: fault.ServiceUnavailable, Message: unavailable}, "503: <html>down</html>"},
		{"key refused", 401, "", `{"error":{"message":"bad key"}}`, fault.Error{Code: fault.Internal, Message: internal}, "401: bad key (check api-key"},
		{"forbidden", 403, "", ``, fault.Error{Code: fault.Internal, Message: internal}, "403: Forbidden (check api-key"},
		{
			"bad request", 400, "", `{"error":{"message":"temperature too high","type":"invalid_request_error"}}`,
			fault.Error{Code: fault.Validation, Message: "The model returned the following errors: temperature too high"},
			"",
		},
		{"not found", 404, "", `{"error":"model 'x' not found"}`, fault.Error{Code: fault.Validation, Message: "The model returned the following errors: model 'x' not found"}, "upstream-model"},
		{"fastapi", 422, "", `{"detail":[{"msg":"bad"}]}`, fault.Error{Code: fault.Validation, Message: `The model returned the following errors: [{"msg":"bad"}]`}, ""},
		{"vllm", 400, "", `{"object":"error","message":"too long","code":400}`, fault.Error{Code: fault.Validation, Message: "The model returned the following errors: too long"}, ""},
		{"not utf-8", 400, "", "\xff", fault.Error{Code: fault.Validation, Message: "The model returned the following errors: \uFFFD"}, ""},
		{"moved", 301, "", "", fault.Error{Code: fault.ServiceUnavailable, Message: unavailable}, "check url"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := DecodeError(test.status, test.retryAfter, []byte(test.body), now)
			if got.Code != test.want.Code || got.Message != test.want.Message || got.RetryAfter != test.want.RetryAfter {
				t.Errorf("got %d %q %v, want %d %q %v", got.Code, got.Message, got.RetryAfter, test.want.Code, test.want.Message, test.want.RetryAfter)
			}
			if cause := errors.Unwrap(got); cause == nil || !strings.Contains(cause.Error(), test.private) {
				t.Errorf("the cause is %v, want it to say %q", cause, test.private)
			}
		})
	}
}

func TestDecodeErrorBoundsWhatItRepeats(t *testing.T) {
	got := DecodeError(400, "", []byte(strings.Repeat("x", 1<<20)), time.Time{})
	if len(got.Message) > maxMessage+100 {
		t.Errorf("a message of %d bytes", len(got.Message))
	}
}

func TestDecodeEmbedResponse(t *testing.T) {
	got, err := DecodeEmbedResponse([]byte(`{"data":[{"embedding":[3,4]}],"usage":{"prompt_tokens":5,"total_tokens":5}}`), &chat.EmbedRequest{Inputs: chat.TextInputs("a"), Normalize: true})
	if err != nil {
		t.Fatal(err)
	}
	want := &chat.EmbedResponse{Vectors: [][]float32{{0.6, 0.8}}, Usage: chat.Usage{Input: 5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for body, code := range map[string]fault.Code{
		`{"data":[]}`: fault.ModelError, `{`: fault.ServiceUnavailable, `{"data":[{"embedding":[]}]}`: fault.ModelError,
		`{"data":[{"embedding":[1],"index":1}]}`: fault.ModelError, `{"data":[{"embedding":[1],"index":-1}]}`: fault.ModelError,
	} {
		if _, err := DecodeEmbedResponse([]byte(body), &chat.EmbedRequest{Inputs: chat.TextInputs("a")}); !fault.Is(err, code) {
			t.Errorf("%s: got %v, want code %d", body, err, code)
		}
	}
	if v := []float32{0, 0}; true {
		normalize(v)
		if v[0] != 0 {
			t.Errorf("the zero vector became %v", v)
		}
	}
}

func TestDecodeEmbedResponsePutsVectorsInOrder(t *testing.T) {
	body := `{"data":[{"embedding":[2],"index":1},{"embedding":[1],"index":0}],"usage":{"prompt_tokens":5}}`
	got, err := DecodeEmbedResponse([]byte(body), &chat.EmbedRequest{Inputs: chat.TextInputs("a", "b")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]float32{{1}, {2}}, got.Vectors); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkDecodeResponse(b *testing.B) {
	body := []byte(`{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"` +
		strings.Repeat("word ", 100) + `"},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":100,"total_tokens":110}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeResponse(body, nil); err != nil {
			b.Fatal(err)
		}
	}
}
