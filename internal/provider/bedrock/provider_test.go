package bedrock

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/awsauth"
	"github.com/outcrop/outcrop/internal/provider/upstream"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// recorder answers with what it is told and keeps what it was asked.
type recorder struct {
	header map[string]string
	answer string

	request *http.Request
	body    []byte
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	r.body, _ = io.ReadAll(in.Body)
	r.request = in
	for name, value := range r.header {
		w.Header().Set(name, value)
	}
	_, _ = io.WriteString(w, r.answer)
}

func (r *recorder) serve(t testing.TB) string {
	t.Helper()
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return srv.URL
}

func start(t testing.TB, o Options) *Provider {
	t.Helper()
	p, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// keys are the far side's, for its verifier.
type keys map[string]string

func (k keys) AccessKey(id, _ string, _ time.Time) (identity.AccessKey, error) {
	return identity.AccessKey{ID: id, Secret: identity.NewSecret(k[id])}, nil
}

// What is sent is signed so that a verifier takes it, for any name that a model may have upstream.
func TestCallsAreSigned(t *testing.T) {
	v := sigv4.NewVerifier(keys{"AKIATEST": "secret"}, sigv4.Options{Services: []sigv4.Service{{Name: "bedrock"}}})
	for _, name := range []string{claude, "eu." + claude, "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc123def456", "odd name+é"} {
		r := &recorder{answer: "{}"}
		q := passed(chat.InvokeDialect, messagesBody)
		q.Upstream, q.Native.Invoke = name, &chat.InvokeOptions{RequestMetadata: `{"team":"blue"}`}
		if _, err := start(t, Options{URL: r.serve(t) + "/deep/", Credentials: key()}).Chat(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		got, err := v.Verify(r.request, r.body, time.Now())
		if err != nil || got.Region != "eu-west-1" {
			t.Errorf("%s: %v, signed for %s", name, err, got.Region)
		}
		if r.request.URL.Path != "/deep/model/"+name+"/invoke" || strings.Contains(r.request.URL.EscapedPath(), ":") {
			t.Errorf("%s: sent to %s", name, r.request.URL.EscapedPath())
		}
		if !strings.Contains(r.request.Header.Get("Authorization"), "x-amzn-bedrock-request-metadata") {
			t.Error("the metadata was not signed")
		}
	}
}

func TestTheRegionsOfCalls(t *testing.T) {
	r := &recorder{answer: "{}"}
	p := start(t, Options{URL: r.serve(t), Region: "ap-south-1", Credentials: key()})
	if _, err := p.Chat(t.Context(), passed(chat.InvokeDialect, "{}")); err != nil || !strings.Contains(r.request.Header.Get("Authorization"), "/ap-south-1/bedrock/") {
		t.Errorf("signed with %s, %v", r.request.Header.Get("Authorization"), err)
	}
	for template, want := range map[string]string{
		"":                               "https://bedrock-runtime.eu-west-1.amazonaws.com",
		"https://{region}.example:443/x": "https://eu-west-1.example/x",
		"http://h:8080/":                 "http://h:8080",
	} {
		s, err := start(t, Options{URL: template, APIKey: identity.NewSecret("k")}).site("eu-west-1")
		if err != nil || s.base.String() != want {
			t.Errorf("%q: %v, %v", template, s.base, err)
		}
	}
	china, err := start(t, Options{APIKey: identity.NewSecret("k")}).site("cn-north-1")
	if err != nil || china.base.Host != "bedrock-runtime.cn-north-1.amazonaws.com.cn" {
		t.Errorf("China: %v, %v", china, err)
	}
}

func TestAnAPIKeySignsNothing(t *testing.T) {
	r := &recorder{answer: "{}"}
	if _, err := start(t, Options{URL: r.serve(t), APIKey: identity.NewSecret("key")}).Chat(t.Context(), passed(chat.InvokeDialect, "{}")); err != nil {
		t.Fatal(err)
	}
	h := r.request.Header
	if h.Get("Authorization") != "Bearer key" || h.Get("X-Amz-Date") != "" {
		t.Errorf("sent %v", h)
	}
}

func TestHeadersOfInvokeModelGoOn(t *testing.T) {
	r := &recorder{answer: "{}", header: map[string]string{
		"X-Amzn-Bedrock-Input-Token-Count": "5", "X-Amzn-Bedrock-Output-Token-Count": "6",
		"X-Amzn-Bedrock-Cache-Read-Input-Token-Count": "7", "X-Amzn-Bedrock-Cache-Write-Input-Token-Count": "8",
	}}
	q := passed(chat.InvokeDialect, "\x00 any bytes")
	q.Native.Invoke = &chat.InvokeOptions{
		ContentType: "text/plain", Accept: "image/png", Trace: "ENABLED", GuardrailID: "g", GuardrailVersion: "1", Latency: "optimized", Tier: "flex",
	}
	p := start(t, Options{URL: r.serve(t), Credentials: key()})
	got, err := p.Chat(t.Context(), q)
	if err != nil || got.Usage != (chat.Usage{Input: 5, Output: 6, CacheRead: 7, CacheWrite5m: 8}) || string(r.body) != "\x00 any bytes" {
		t.Errorf("got %+v, %v; sent %q", got, err, r.body)
	}
	sent := map[string]string{}
	for _, name := range []string{"Content-Type", "Accept", "X-Amzn-Bedrock-Trace", "X-Amzn-Bedrock-GuardrailIdentifier", "X-Amzn-Bedrock-GuardrailVersion", "X-Amzn-Bedrock-PerformanceConfig-Latency", "X-Amzn-Bedrock-Service-Tier"} {
		sent[name] = r.request.Header.Get(name)
	}
	want := map[string]string{
		"Content-Type": "text/plain", "Accept": "image/png", "X-Amzn-Bedrock-Trace": "ENABLED", "X-Amzn-Bedrock-GuardrailIdentifier": "g",
		"X-Amzn-Bedrock-GuardrailVersion": "1", "X-Amzn-Bedrock-PerformanceConfig-Latency": "optimized", "X-Amzn-Bedrock-Service-Tier": "flex",
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
	if s, err := p.Stream(t.Context(), q); err == nil {
		s.Close()
	}
	if h := r.request.Header; h.Get("Accept") != typeStream || h.Get("X-Amzn-Bedrock-Accept") != "image/png" {
		t.Errorf("streamed: accepts %s and %s", h.Get("Accept"), h.Get("X-Amzn-Bedrock-Accept"))
	}
}

func TestCountsInBodies(t *testing.T) {
	for body, want := range map[string]chat.Usage{
		`{"usage":{"input_tokens":5,"output_tokens":6,"cache_creation":{"ephemeral_5m_input_tokens":1,"ephemeral_1h_input_tokens":2}}}`: {Input: 5, Output: 6, CacheWrite5m: 1, CacheWrite1h: 2},
		`{"usage":{"inputTokens":5,"outputTokens":6}}`: {Input: 5, Output: 6},
		`{"usage":7}`: {Estimated: true},
		`not JSON`:    {Estimated: true},
	} {
		if got := bodyUsage([]byte(body)); got != want {
			t.Errorf("%s: %+v", body, got)
		}
	}
	got := converseAnswer(ask(), []byte(`{"usage":{"inputTokens":5,"outputTokens":6,"cacheWriteInputTokens":9,"cacheDetails":[{"ttl":"1h","inputTokens":4},{"ttl":"5m","inputTokens":5}]},"stopReason":"max_tokens"}`))
	if got.Usage != (chat.Usage{Input: 5, Output: 6, CacheWrite5m: 5, CacheWrite1h: 4}) || got.Stop != chat.MaxTokens {
		t.Errorf("got %+v", got)
	}
}

func TestCountTokens(t *testing.T) {
	for name, test := range map[string]struct {
		ask   *provider.Request
		want  string
		exact bool
	}{
		"passed": {passed(chat.CountTokensDialect, `{ "input":{} }`), `{ "input":{} }`, true},
		"chat":   {ask(), `{"input":{"converse":` + converseBody + `}}`, false},
	} {
		r := &recorder{answer: `{"inputTokens":42}`}
		if !test.exact {
			r.header = map[string]string{"X-Outcrop-Token-Count-Exact": "false"}
		}
		n, exact, err := start(t, Options{URL: r.serve(t), Credentials: key()}).CountTokens(t.Context(), test.ask)
		if n != 42 || exact != test.exact || err != nil || string(r.body) != test.want {
			t.Errorf("%s: %d, %v, %v; sent %s", name, n, exact, err, r.body)
		}
	}
}

func TestErrorsByTheirName(t *testing.T) {
	header := func(fields ...upstream.Field) *upstream.Response {
		return &upstream.Response{Status: 400, Header: fields}
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		resp *upstream.Response
		body string
		want fault.Error
	}{
		"validation":      {header(upstream.Field{Name: "x-amzn-ErrorType", Value: "ValidationException:http://x/"}), `{"message":"too long"}`, fault.Error{Code: fault.Validation, Message: "too long"}},
		"by its type":     {header(), `{"__type":"com.amazon#ValidationException","Message":"too long"}`, fault.Error{Code: fault.Validation, Message: "too long"}},
		"by its status":   {&upstream.Response{Status: 408}, `no JSON`, fault.Error{Code: fault.ModelTimeout, Message: "no JSON"}},
		"the model error": {header(upstream.Field{Name: "x-amzn-errortype", Value: "ModelErrorException"}), `{"message":"m","originalStatusCode":418}`, fault.Error{Code: fault.ModelError, Message: "m", OriginalStatus: 418}},
		"the model's name": {
			header(upstream.Field{Name: "x-amzn-errortype", Value: "ValidationException"}), `{"message":"The provided model identifier is invalid."}`,
			fault.Error{Code: fault.Internal, Message: upstream.Refused},
		},
		"milliseconds": {
			&upstream.Response{Status: 429, Header: upstream.Header{{Name: "X-Amz-Retry-After", Value: "250"}, {Name: "Retry-After", Value: "9"}}}, "",
			fault.Error{Code: fault.Throttling, Message: upstream.TooMany, RetryAfter: 250 * time.Millisecond},
		},
		"a date": {
			&upstream.Response{Status: 503, Header: upstream.Header{{Name: "Retry-After", Value: now.Add(time.Minute).Format(http.TimeFormat)}}}, "",
			fault.Error{Code: fault.ServiceUnavailable, Message: upstream.Unavailable, RetryAfter: time.Minute},
		},
	} {
		var got *fault.Error
		if !errors.As(refusal(test.resp, []byte(test.body), now), &got) {
			t.Fatal(name)
		}
		if got.Code != test.want.Code || got.Message != test.want.Message || got.RetryAfter != test.want.RetryAfter || got.OriginalStatus != test.want.OriginalStatus {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	var late *fault.Error
	if !errors.As(exception("modelStreamErrorException", []byte(`{"message":"m","originalStatusCode":500,"originalMessage":"o"}`)), &late) ||
		late.Code != fault.ModelStreamError || late.OriginalStatus != 500 || late.OriginalMessage != "o" {
		t.Errorf("in a stream: %+v", late)
	}
}

// A connection that breaks before an answer is tried once more, and no further.
func TestAResetIsTriedOnceMore(t *testing.T) {
	for resets, served := range map[int64]bool{0: true, 1: true, 2: false} {
		var calls atomic.Int64
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if calls.Add(1) > resets {
				_, _ = io.WriteString(w, "{}")
				return
			}
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.(*net.TCPConn).SetLinger(0)
				conn.Close()
			}
		}))
		_, err := newProvider(t, srv.URL, 0).Chat(t.Context(), passed(chat.InvokeDialect, "{}"))
		if served != (err == nil) || calls.Load() != min(resets+1, 2) {
			t.Errorf("%d resets: %v after %d calls", resets, err, calls.Load())
		}
		srv.Close()
	}
}

func TestNewRefuses(t *testing.T) {
	for _, url := range []string{"://", "ftp://h", "http://u:p@h", "http://h?q=1"} {
		if _, err := New(t.Context(), Options{URL: url}); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := New(t.Context(), Options{URL: "http://h", Credentials: awsauth.Options{Profile: "no such profile"}}); err == nil {
		t.Error("a profile that is not there was taken")
	}
	p := newProvider(t, "http://h", 0)
	if _, err := p.Embed(t.Context(), &provider.EmbedRequest{}); !fault.Is(err, fault.Validation) {
		t.Error(err)
	}
	if _, err := p.Rerank(t.Context(), &provider.RerankRequest{}); !fault.Is(err, fault.Validation) {
		t.Error(err)
	}
}

// Bytes of any kind are read to a clear end.
func FuzzStream(f *testing.F) {
	f.Add(append(frame("contentBlockDelta", `{"delta":{"text":"x"},"contentBlockIndex":0}`), frame("metadata", `{"usage":{"inputTokens":1}}`)...))
	f.Add(append(chunk(`{"type":"message_start"}`), chunk(`{"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}`)...))
	f.Add([]byte("garbage"))
	var sent atomic.Pointer[[]byte]
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", typeStream)
		_, _ = w.Write(*sent.Load())
	}))
	f.Cleanup(srv.Close)
	p := newProvider(f, srv.URL, 0)
	f.Fuzz(func(t *testing.T, stream []byte) {
		sent.Store(&stream)
		for _, m := range modes() {
			in, err := p.Stream(t.Context(), m.Request())
			if err != nil {
				t.Fatal(err)
			}
			for err == nil {
				_, err = in.Next()
			}
			var e *fault.Error
			if err != io.EOF && !errors.As(err, &e) { //nolint:errorlint // nothing else is the end
				t.Errorf("%s: %v", m.Name, err)
			}
			in.Close()
		}
	})
}
