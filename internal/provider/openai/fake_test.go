package openai

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a model server that does as it is told. Its zero value answers 200 with nothing.
type fake struct {
	status      int
	header      map[string]string
	body        string
	pieces      []string      // written one by one, each flushed
	cut         bool          // break the connection behind the last piece
	hold        chan struct{} // wait for this before the head
	holdBody    bool          // … or behind the last piece instead
	gone        chan struct{} // closed when the client has left
	arrived     chan struct{} // closed when a request has been read
	connections atomic.Int64  // opened so far

	path, auth, accept, sent string // of the last request
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.path, f.auth, f.accept, f.sent = r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("Accept"), string(body)
	if f.arrived != nil {
		close(f.arrived)
	}
	if f.hold != nil && !f.holdBody {
		f.wait(r)
	}
	for name, value := range f.header {
		w.Header().Set(name, value)
	}
	if f.pieces != nil && f.header["Content-Type"] == "" {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	}
	if f.status != 0 {
		w.WriteHeader(f.status)
	}
	_, _ = io.WriteString(w, f.body)
	for _, p := range f.pieces {
		_, _ = io.WriteString(w, p)
		_ = http.NewResponseController(w).Flush()
	}
	if f.hold != nil && f.holdBody {
		f.wait(r)
	}
	if f.cut {
		panic(http.ErrAbortHandler)
	}
}

func (f *fake) wait(r *http.Request) {
	select {
	case <-f.hold:
	case <-r.Context().Done():
		close(f.gone)
	}
}

// start runs the fake and gives a provider for it.
func (f *fake) start(t testing.TB, timeout time.Duration) *Provider {
	t.Helper()
	s := httptest.NewUnstartedServer(f)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			f.connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return newProvider(t, s.URL+"/v1/", timeout)
}

func newProvider(t testing.TB, url string, timeout time.Duration) *Provider {
	t.Helper()
	p, err := New(Options{URL: url, APIKey: identity.NewSecret("sk-test"), Upstream: upstream.Options{Timeout: timeout}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// data writes chunks as an event stream.
func data(chunks ...string) []string {
	for i, c := range chunks {
		chunks[i] = "data: " + c + "\n\n"
	}
	return chunks
}

func text(s string) string {
	return `{"id":"c1","choices":[{"index":0,"delta":{"content":"` + s + `"},"finish_reason":null}]}`
}

const (
	stopped = `{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
	counted = `{"id":"c1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}`
	whole   = `{"id":"c1","choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3}}`
)

// letters is a text as many one-byte tool input fragments.
func letters(s string) (chunks []string) {
	for _, c := range s {
		quoted := strings.ReplaceAll(strings.ReplaceAll(string(c), `\`, `\\`), `"`, `\"`)
		chunks = append(chunks, `{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"`+quoted+`"}}]}}]}`)
	}
	return chunks
}

// echo answers with the name of the model it was asked for.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, rest, _ := strings.Cut(string(body), `"model":"`)
	model, _, _ := strings.Cut(rest, `"`)
	_, _ = io.WriteString(w, strings.Replace(whole, `"hi"`, `"`+model+`"`, 1))
}
