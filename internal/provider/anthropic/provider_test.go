package anthropic

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

// recorder answers with what it is told and keeps what it was asked.
type recorder struct {
	answer string
	stream bool

	path, body string
	header     http.Header
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	body, _ := io.ReadAll(in.Body)
	r.path, r.body, r.header = in.URL.Path, string(body), in.Header
	if r.stream {
		w.Header().Set("Content-Type", "text/event-stream")
	}
	_, _ = io.WriteString(w, r.answer)
}

func (r *recorder) start(t testing.TB) *Provider {
	t.Helper()
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return newProvider(t, srv.URL, 0)
}

const message = `{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"max_tokens","usage":{"input_tokens":5,"output_tokens":1,"cache_creation_input_tokens":7,` +
	`"cache_read_input_tokens":2,"cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":4}}}`

func TestBodiesAreRewrittenNoFurtherThanNeeded(t *testing.T) {
	const rest = ` "max_tokens" : 1.0e2 , "x":{"model":"deep","s":"}"}, "messages":[{"role":"user","content":"\u0068i"}]`
	for name, test := range map[string]struct {
		ask        *provider.Request
		want, beta string
	}{
		"invoke": {
			passed(chat.InvokeDialect, `{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["a","b"],`+rest+"}\n"),
			`{"model":"claude-sonnet-4-5-20250929","max_tokens" : 1.0e2,"x":{"model":"deep","s":"}"},"messages":[{"role":"user","content":"\u0068i"}]}`, "own,a,b",
		},
		"messages": {
			passed(chat.MessagesDialect, `{`+rest+`,"model":"other","stream":false,"\u0073tream":true}`),
			`{"model":"claude-sonnet-4-5-20250929","max_tokens" : 1.0e2,"x":{"model":"deep","s":"}"},"messages":[{"role":"user","content":"\u0068i"}]}`, "own",
		},
		"chat": {ask(), `{"model":"claude-sonnet-4-5-20250929","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text","text":"Hello there, model."}]}]}`, "own"},
	} {
		r := &recorder{answer: message}
		p := r.start(t)
		got, err := p.Chat(t.Context(), test.ask)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, r.body); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		h := r.header
		if r.path != "/v1/messages" || h.Get("X-Api-Key") != "sk-test" || h.Get("Anthropic-Version") != "2023-06-01" || h.Get("Anthropic-Beta") != test.beta {
			t.Errorf("%s: %s with %v", name, r.path, h)
		}
		if want := (chat.Usage{Input: 5, Output: 1, CacheRead: 2, CacheWrite5m: 3, CacheWrite1h: 4}); got.Usage != want || got.Stop != chat.MaxTokens {
			t.Errorf("%s: %+v, %s", name, got.Usage, got.Stop)
		}
		if test.ask.Native != nil && string(got.Native) != message {
			t.Errorf("%s: the answer is %s", name, got.Native)
		}
	}
}

func TestExtraBetasBecomeAHeader(t *testing.T) {
	r := &recorder{answer: message}
	q := ask()
	q.Chat.Extra = []byte(`{"anthropic_beta":["x"],"top_k":5}`)
	if _, err := r.start(t).Chat(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if r.header.Get("Anthropic-Beta") != "own,x" || strings.Contains(r.body, "beta") || !strings.Contains(r.body, `"top_k":5`) {
		t.Errorf("sent %s with %v", r.body, r.header)
	}
	m := passed(chat.MessagesDialect, messagesBody)
	m.Native.Beta = "y,z"
	if _, err := r.start(t).Chat(t.Context(), m); err != nil || r.header.Get("Anthropic-Beta") != "own,y,z" {
		t.Errorf("sent %v, %v", r.header, err)
	}
}

func TestBodiesThatCannotBePassedOn(t *testing.T) {
	p := (&recorder{answer: message}).start(t)
	guarded := passed(chat.InvokeDialect, invokeBody)
	guarded.Native.Invoke.GuardrailID = "g"
	inChat := ask()
	inChat.Chat.Guardrail = &chat.Guardrail{ID: "g"}
	fast, tiered := ask(), ask()
	fast.Chat.Latency, tiered.Chat.Tier = "optimized", "flex"
	for name, r := range map[string]*provider.Request{
		"nothing": passed(chat.InvokeDialect, ""), "no object": passed(chat.InvokeDialect, "[1]"), "cut off": passed(chat.InvokeDialect, `{"a":1`),
		"cut in a name": passed(chat.InvokeDialect, `{"a":1,"b`), "betas": passed(chat.InvokeDialect, `{"anthropic_beta":"x"}`),
		"a header in a beta": passed(chat.InvokeDialect, `{"anthropic_beta":["x\r\nhost: y"]}`), "guardrail": guarded, "guardrail in chat": inChat,
		"optimized latency": fast, "a tier of Bedrock's": tiered,
	} {
		if _, err := p.Chat(t.Context(), r); !fault.Is(err, fault.Validation) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := p.Stream(t.Context(), r); !fault.Is(err, fault.Validation) {
			t.Errorf("%s, streamed: %v", name, err)
		}
	}
}

func streaming(s string) *recorder { return &recorder{answer: s, stream: true} }

const told = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":5,\"output_tokens\":1,\"cache_creation\":{\"ephemeral_5m_input_tokens\":3,\"ephemeral_1h_input_tokens\":4}}}}\n\n" +
	"event: ping\ndata: {\"type\": \"ping\"}\n\n" +
	"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"four\"}}\n\n" +
	"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"},\"usage\":{\"output_tokens\":9}}\n\n" +
	"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

// A stream that is passed on reaches the caller as it came, but for pings; InvokeModel's last chunk also counts.
func TestStreamsArePassedOn(t *testing.T) {
	for _, d := range []chat.Dialect{chat.MessagesDialect, chat.InvokeDialect} {
		r := streaming(told)
		s, err := r.start(t).Stream(t.Context(), passed(d, invokeBody))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var got []string
		var last chat.Event
		size := 0
		for {
			e, err := s.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got, last, size = append(got, string(e.Native)), *e, size+e.Size
		}
		var want []string
		for line := range strings.Lines(told) {
			if data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: "); ok && !strings.Contains(data, "ping") {
				want = append(want, data)
			}
		}
		if d == chat.InvokeDialect {
			want[len(want)-1] = `{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":5,"outputTokenCount":9,"invocationLatency":N,"firstByteLatency":N,"cacheReadInputTokenCount":0,"cacheWriteInputTokenCount":7}}`
			got[len(got)-1] = untimed(got[len(got)-1])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", d, diff)
		}
		if u := (chat.Usage{Input: 5, Output: 9, CacheWrite5m: 3, CacheWrite1h: 4}); last.Usage != u || size != 4 {
			t.Errorf("%s: %+v, %d bytes", d, last.Usage, size)
		}
		if !strings.Contains(r.body, `"stream":true`) || r.header.Get("Accept") != "text/event-stream" {
			t.Errorf("%s: sent %s", d, r.body)
		}
	}
}

// untimed takes the milliseconds out of a last chunk.
func untimed(chunk string) string {
	for _, name := range []string{`"invocationLatency":`, `"firstByteLatency":`} {
		before, after, found := strings.Cut(chunk, name)
		if found {
			chunk = before + name + "N" + strings.TrimLeft(after, "0123456789")
		}
	}
	return chunk
}

func TestCountTokens(t *testing.T) {
	for name, q := range map[string]*provider.Request{
		"chat":   ask(),
		"invoke": passed(chat.InvokeDialect, `{"anthropic_version":"v","max_tokens":7,"temperature":1,"messages":[{"role":"user","content":[{"type":"text","text":"Hello there, model."}]}]}`),
	} {
		r := &recorder{answer: `{"input_tokens":42}`}
		n, exact, err := r.start(t).CountTokens(t.Context(), q)
		if n != 42 || !exact || err != nil || r.path != "/v1/messages/count_tokens" {
			t.Errorf("%s: %d, %v, %v from %s", name, n, exact, err, r.path)
		}
		const want = `{"model":"claude-sonnet-4-5-20250929","messages":[{"role":"user","content":[{"type":"text","text":"Hello there, model."}]}]}`
		if diff := cmp.Diff(want, r.body); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if _, _, err := (&recorder{answer: "{}"}).start(t).CountTokens(t.Context(), ask()); !fault.Is(err, fault.ServiceUnavailable) {
		t.Errorf("without a count: %v", err)
	}
}

func TestErrorsByTheirKind(t *testing.T) {
	for kind, want := range map[string]fault.Code{
		"invalid_request_error": fault.Validation, "request_too_large": fault.RequestTooLarge, "rate_limit_error": fault.Throttling,
		"timeout_error": fault.ModelTimeout, "authentication_error": fault.Internal, "not_found_error": fault.Internal, "billing_error": fault.Internal,
		"overloaded_error": fault.ServiceUnavailable, "api_error": fault.ServiceUnavailable, "new_error": fault.ServiceUnavailable,
	} {
		s, err := streaming("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\""+kind+"\",\"message\":\"m\"}}\n\n").start(t).Stream(t.Context(), ask())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Next(); !fault.Is(err, want) {
			t.Errorf("%s: %v", kind, err)
		}
		s.Close()
	}
	poor := &apiError{upstream.Complaint{Name: "invalid_request_error", Message: "Your credit balance is too low"}}
	if f := poor.fault(); f.Code != fault.Internal {
		t.Errorf("no credit: %v", f)
	}
	if f := parse([]byte("<html>"), statusOverloaded).fault(); f.Code != fault.ServiceUnavailable || !strings.Contains(f.Error(), "<html>") {
		t.Errorf("no JSON: %v", f)
	}
	for status, want := range map[int]fault.Code{429: fault.Throttling, 400: fault.Validation, 401: fault.Internal, 408: fault.ModelTimeout, 500: fault.ServiceUnavailable} {
		if f := parse([]byte(`{"error":{"type":"NotAnthropics","message":"m"}}`), status).fault(); f.Code != want {
			t.Errorf("%d in the words of another API: %v", status, f)
		}
	}
}

func TestNew(t *testing.T) {
	for url, want := range map[string]string{
		"": "/v1/messages", "http://h": "/v1/messages", "http://h/v1/": "/v1/messages", "http://h/anthropic": "/anthropic/v1/messages", "http://h/a?k=v": "/a/v1/messages?k=v",
	} {
		p, err := New(Options{URL: url})
		if err != nil || p.messages != want {
			t.Errorf("%q: %v, %v", url, p, err)
		}
	}
	for _, url := range []string{"://", "ftp://h", "http://u:p@h"} {
		if _, err := New(Options{URL: url}); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%q: %v", url, err)
		}
	}
	p := newProvider(t, "http://h", 0)
	for d, want := range map[chat.Dialect]bool{chat.MessagesDialect: true, chat.InvokeDialect: true, chat.ConverseDialect: false, chat.CountTokensDialect: false} {
		if p.Speaks(d, claude) != want {
			t.Errorf("speaks %s: %v", d, !want)
		}
	}
	if p.Speaks(chat.InvokeDialect, "meta.llama3-8b") {
		t.Error("speaks InvokeModel for Llama")
	}
}

func FuzzRewrite(f *testing.F) {
	f.Add(invokeBody)
	f.Add(`{"anthropic_beta":["a"],"model":"x"}`)
	f.Add(`{"a":[}`)
	f.Fuzz(func(t *testing.T, body string) {
		if _, _, err := rewrite(nil, []byte(body), "m", true); err != nil && !fault.Is(err, fault.Validation) {
			t.Error(err)
		}
		if _, _, err := onlyCountable(nil, []byte(body), "m"); err != nil && !fault.Is(err, fault.Validation) {
			t.Error(err)
		}
	})
}

func BenchmarkRewrite(b *testing.B) {
	body := []byte(`{"anthropic_version":"bedrock-2023-05-31","max_tokens":100,"messages":[{"role":"user","content":"` + strings.Repeat("words ", 20_000) + `"}]}`)
	var room []byte
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		room, _, _ = rewrite(room[:0], body, "claude-sonnet-4-5", true)
	}
}
