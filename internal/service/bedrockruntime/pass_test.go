package bedrockruntime

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/awsauth"
	"github.com/outcrop/outcrop/internal/provider/bedrock"
	"github.com/outcrop/outcrop/internal/route"
)

const passedModel = "anthropic.claude-3-5-sonnet-20240620-v1:0"

// fixedSnapshot is a Snapshots that never changes.
type fixedSnapshot struct{ now *profile.Snapshot }

func (f fixedSnapshot) Snapshot() *profile.Snapshot { return f.now }

// hop is this API in front of a scripted Bedrock, over sockets on both sides.
type hop struct {
	url  string
	mu   sync.Mutex // guards the fields below
	seen []gateway.Record
	got  []byte // the last body the upstream was sent
}

func newHop(t testing.TB, upstream http.HandlerFunc) *hop {
	t.Helper()
	h := &hop{}
	back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		_, _ = io.ReadFull(r.Body, body)
		h.mu.Lock()
		h.got = body
		h.mu.Unlock()
		upstream(w, r)
	}))
	t.Cleanup(back.Close)
	p, err := bedrock.New(t.Context(), bedrock.Options{
		URL: back.URL, Credentials: awsauth.Options{Key: identity.AccessKey{ID: "AKIA", Secret: identity.NewSecret("s")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	service := h.api(t, p)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		_, _ = io.ReadFull(r.Body, body)
		serve(service, w, r, body)
	}))
	t.Cleanup(front.Close)
	h.url = front.URL
	return h
}

// serve answers one request without authentication.
func serve(s *awswire.Service, w http.ResponseWriter, r *http.Request, body []byte) {
	s.Serve(w, &awswire.Call{
		RequestID: "r", Region: "us-east-1", Principal: identity.Principal{Account: "111122223333"},
		Request: r, Body: body, Header: http.Header{}, Arrived: time.Now(),
	})
}

// api is the operations over one provider.
func (h *hop) api(t testing.TB, p provider.Provider) *awswire.Service {
	t.Helper()
	facts, err := catalog.Load(catalog.Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(gateway.Options{
		Snapshots: fixedSnapshot{profile.NewSnapshot(facts, profile.Options{})},
		Table:     route.NewTable([]route.Rule{{Model: passedModel, Regions: []arn.Region{"us-east-1"}, Provider: "back"}}, []route.Offer{{Model: passedModel}}),
		Providers: map[string]provider.Provider{"back": p},
		Watcher: gateway.Watcher{Settled: func(r *gateway.Record) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.seen = append(h.seen, *r)
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return api.NewService(New(g))
}

func (h *hop) post(t testing.TB, operation, body string) (status int, answer []byte) {
	t.Helper()
	resp, err := http.Post(h.url+"/model/"+passedModel+"/"+operation, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// frame is an event as AWS pads it.
func frame(event, payload string) []byte {
	b := awswire.OpenFrame(nil, awswire.EventHeaders(event))
	return awswire.CloseEvent(append(b, payload...), 0, 9)
}

func streamed(frames ...[]byte) http.HandlerFunc {
	all := bytes.Join(frames, nil)
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		_, _ = w.Write(all)
	}
}

const answerBody = `{ "output" : {"message":{"role":"assistant","content":[{"text":"caf\u00e9"},{"unheard":{"of":1.50}}]}},"stopReason":"end_turn","usage":{"inputTokens":7,"outputTokens":3,"totalTokens":10}, "new":[1 , 2]}`

// What both sides speak is not touched: not its spaces, not its escapes, nothing that is newer than this code.
func TestBodiesPassUntouched(t *testing.T) {
	const body = `{"messages":[ {"role":"user","content":[{"text":"caf\u00e9"},{"unheard":{"of":1.50}}]} ], "serviceTier":{"type":"flex"},"requestMetadata":{"team":"blue"}}`
	h := newHop(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Bedrock-Input-Token-Count", "7")
		w.Header().Set("X-Amzn-Bedrock-Output-Token-Count", "3")
		_, _ = io.WriteString(w, answerBody)
	})
	for _, operation := range []string{"converse", "invoke"} {
		status, answer := h.post(t, operation, body)
		if status != http.StatusOK || string(answer) != answerBody || string(h.got) != body {
			t.Errorf("%s: %d\nsent on  %s\nanswered %s", operation, status, h.got, answer)
		}
	}
	if r := h.seen[0]; r.Usage != (chat.Usage{Input: 7, Output: 3}) || r.Tier != "flex" || r.Metadata["team"] != "blue" {
		t.Errorf("metered %+v", r)
	}
	if r := h.seen[1]; r.Usage != (chat.Usage{Input: 7, Output: 3}) {
		t.Errorf("metered %+v", r)
	}
}

func TestStreamsPassUntouched(t *testing.T) {
	frames := [][]byte{
		frame("messageStart", `{"role":"assistant"}`), frame("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"caf\u00e9"}, "new":1}`),
		frame("tomorrow", `{"unheard":"of"}`), frame("contentBlockStop", `{"contentBlockIndex":0}`),
		frame("messageStop", `{"stopReason":"end_turn"}`), frame("metadata", `{"usage":{"inputTokens":7,"outputTokens":3},"metrics":{"latencyMs":5},"trace":{}}`),
	}
	h := newHop(t, streamed(frames...))
	status, answer := h.post(t, "converse-stream", "{}")
	if diff := cmp.Diff(string(bytes.Join(frames, nil)), string(answer)); diff != "" || status != http.StatusOK {
		t.Errorf("%d %s", status, diff)
	}
	chunks := [][]byte{frame("chunk", `{"bytes":"e30="}`), frame("chunk", `{"bytes":"eyJhbWF6b24tYmVkcm9jay1pbnZvY2F0aW9uTWV0cmljcyI6eyJpbnB1dFRva2VuQ291bnQiOjcsIm91dHB1dFRva2VuQ291bnQiOjN9fQ=="}`)}
	h = newHop(t, streamed(chunks...))
	if _, answer := h.post(t, "invoke-with-response-stream", "{}"); !bytes.Equal(answer, bytes.Join(chunks, nil)) {
		t.Errorf("got %q", answer)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.seen) != 1 || h.seen[0].Usage != (chat.Usage{Input: 7, Output: 3}) {
		t.Errorf("metered %+v", h.seen)
	}
}

// speaker takes every body unread and answers at once.
type speaker struct{ provider.Provider }

func (speaker) Speaks(chat.Dialect, string) bool { return true }

func (speaker) Chat(context.Context, *provider.Request) (*chat.Response, error) {
	return &chat.Response{Native: []byte("{}")}, nil
}

// A body that nobody reads is not copied either: what a call allocates does not grow with it.
func TestPassingAllocatesNothingThatGrows(t *testing.T) {
	service := new(hop).api(t, speaker{})
	cost := func(size int) uint64 {
		const calls = 20
		body := []byte(`{"messages":[{"role":"user","content":[{"text":"` + strings.Repeat("x", size) + `"}]}]}`)
		r := httptest.NewRequest(http.MethodPost, "/model/"+passedModel+"/converse", http.NoBody)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range calls {
			serve(service, httptest.NewRecorder(), r, body)
		}
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / calls
	}
	cost(10) // fills the pools
	const room = 4 << 10
	if small, large := cost(10), cost(1<<20); large > small+room {
		t.Errorf("a body of 1 MiB costs %d bytes, one of 10 bytes %d", large, small)
	}
}

// BenchmarkPassedStream is one hop over two sockets, with the scripted upstream and the client in the same process:
// what it says of an event is an upper bound.
func BenchmarkPassedStream(b *testing.B) {
	const events = 1000
	delta := frame("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":" the only one"}}`)
	h := newHop(b, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		_, _ = w.Write(frame("messageStart", `{"role":"assistant"}`))
		for range events {
			_, _ = w.Write(delta)
		}
		_, _ = w.Write(frame("messageStop", `{"stopReason":"end_turn"}`))
		_, _ = w.Write(frame("metadata", `{"usage":{"inputTokens":7,"outputTokens":3}}`))
	})
	b.ReportAllocs()
	for b.Loop() {
		if status, _ := h.post(b, "converse-stream", "{}"); status != http.StatusOK {
			b.Fatal(status)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*events), "ns/event")
}
