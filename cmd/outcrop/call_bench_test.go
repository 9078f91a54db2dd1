package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/server"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// discard is a ResponseWriter that a benchmark can use again and again.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header            { return d.header }
func (d *discard) Write(b []byte) (int, error)    { return len(b), nil }
func (d *discard) WriteHeader(status int)         { d.status = status }
func (*discard) Flush()                           {}
func (*discard) SetReadDeadline(time.Time) error  { return nil }
func (*discard) SetWriteDeadline(time.Time) error { return nil }
func (d *discard) reset()                         { clear(d.header); d.status = 0 }

// BenchmarkCall is a whole call in memory, everything on: signature, body, profile, an OpenAI-shaped
// upstream over loopback, answer. What net/http adds at the front is not in it.
func BenchmarkCall(b *testing.B) {
	const answer = `{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello there, this is an answer."},"finish_reason":"stop"}],"usage":{"prompt_tokens":16,"completion_tokens":9,"total_tokens":25}}`
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	b.Cleanup(upstream.Close)
	for name, file := range map[string]string{
		"simulator": "simulator: {first-token: 0s, tokens-per-second: 0}\n",
		"openai":    "providers: [{name: up, type: openai, url: " + upstream.URL + "}]\ndeployments: [{model: '*', provider: up}]\n",
	} {
		b.Run(name, func(b *testing.B) { benchmarkCalls(b, file) })
	}
}

func benchmarkCalls(b *testing.B, file string) {
	s, sign := benchServer(b, file)
	const body = `{"system":[{"text":"You are terse."}],"messages":[{"role":"user","content":[{"text":"Name the seven wonders of the ancient world and one fact about each of them."}]}],"inferenceConfig":{"maxTokens":256}}`
	request := sign("/model/us.anthropic.claude-3-5-sonnet-20241022-v2%3A0/converse", body)
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		w.reset()
		request.Body = io.NopCloser(strings.NewReader(body))
		s.ServeHTTP(w, request)
		if w.status != http.StatusOK {
			b.Fatal(w.status, w.header)
		}
	}
}

// benchServer is a server in memory, and a signer of requests to it.
func benchServer(b *testing.B, file string) (*server.Server, func(path, body string) *http.Request) {
	b.Helper()
	s, admin := inMemory(b, file)
	return s, func(path, body string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, fmt.Sprint("http://127.0.0.1", path), strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		sigv4.Sign(r, []byte(body), admin, "us-east-1", "bedrock", time.Now())
		return r
	}
}

// inMemory assembles a server that is called without its listener. The key is its administrator's.
func inMemory(b testing.TB, file string) (*server.Server, identity.AccessKey) {
	b.Helper()
	cfg, err := config.Parse("memory.yaml", []byte(file), func(string) (string, bool) { return "", false })
	if err != nil {
		b.Fatal(err)
	}
	cfg.Listen, cfg.Data, cfg.Log.Level = "127.0.0.1:0", b.TempDir(), "error"
	h, err := openHoldings(b.Context(), cfg, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := h.close(); err != nil {
			b.Error(err)
		}
	})
	s, _, err := assemble(b.Context(), cfg, h)
	if err != nil {
		b.Fatal(err)
	}
	return s, h.admin
}
