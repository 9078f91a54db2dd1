package bedrock_test

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/bedrock"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/invocationlog"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/bedrock"
	"github.com/outcrop/outcrop/internal/service/registry"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	account   = "111122223333"
	usEast    = "us-east-1"
	novaLite  = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
	usSonnet  = "us.anthropic.claude-3-5-sonnet-20241022-v2:0"
	usSonnetA = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/" + usSonnet
)

// facts is the embedded catalog, read once.
var facts = sync.OnceValues(func() (*catalog.Catalog, error) { return catalog.Load(catalog.Overlay{}) })

// node is a control plane on a real listener, over a store in a directory. It can be restarted.
type node struct {
	t       *testing.T
	dir     string
	options registry.Options
	wrap    func(store.Profiles) store.Profiles // what stands between registry and store

	db       *sqlite.DB
	registry *registry.Registry
	logs     *invocationlog.Log
	handler  atomic.Pointer[http.Handler]
	url      string
	client   *http.Client
}

// newNode starts a node whose ids and times are the same in every run.
func newNode(t *testing.T, change ...func(*node)) *node {
	t.Helper()
	n := &node{t: t, dir: t.TempDir(), options: registry.Options{
		Random: lettersFrom(1), Now: clockFrom(time.Date(2026, 7, 13, 14, 0, 42, 680_622_107, time.UTC)),
	}, wrap: func(s store.Profiles) store.Profiles { return s }}
	for _, f := range change {
		f(n)
	}
	n.start()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*n.handler.Load()).ServeHTTP(w, r) }))
	n.url, n.client = server.URL, server.Client()
	t.Cleanup(func() {
		server.Close()
		n.stop()
	})
	return n
}

func (n *node) start() {
	n.t.Helper()
	c, err := facts()
	if err != nil {
		n.t.Fatal(err)
	}
	if n.db, err = sqlite.Open(n.t.Context(), n.dir); err != nil {
		n.t.Fatal(err)
	}
	if n.registry, err = registry.Open(n.t.Context(), n.wrap(n.db), c, n.options); err != nil {
		n.t.Fatal(err)
	}
	if n.logs, err = invocationlog.Open(n.t.Context(), invocationlog.Options{
		Store: n.db, Dir: filepath.Join(n.dir, "invocation-logs"), Log: slog.New(slog.DiscardHandler),
		Flush: time.Hour, Queue: 1 << 20, FileSize: 1 << 20,
	}); err != nil {
		n.t.Fatal(err)
	}
	service := api.NewService(bedrock.New(n.registry, n.logs))
	h := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(service, w, r) }))
	n.handler.Store(&h)
}

func (n *node) stop() {
	if err := n.logs.Close(context.Background()); err != nil {
		n.t.Error(err)
	}
	if err := n.db.Close(); err != nil {
		n.t.Error(err)
	}
}

func (n *node) restart() {
	n.t.Helper()
	n.stop()
	n.start()
}

// serve is the edge: it takes region and account from headers, where a server would take them from a signature.
func serve(s *awswire.Service, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	owner := arn.Account(r.Header.Get("test-account"))
	s.Serve(w, &awswire.Call{
		RequestID: "0aa86f9a-6bd0-4a8f-8f0e-6d4b0f7a1c11",
		Region:    arn.Region(r.Header.Get("test-region")),
		Principal: identity.Principal{Account: owner, ARN: "arn:aws:iam::" + string(owner) + ":user/admin"},
		Request:   r, Body: body, Header: http.Header{},
	})
}

// request is one HTTP request as tests write it.
type request struct{ method, path, body, region, account string }

// answer is what came back.
type answer struct {
	status int
	kind   string // x-amzn-ErrorType up to the colon
	body   string
}

// do sends a request. The path goes out as it stands.
func (n *node) do(q request) answer {
	n.t.Helper()
	req, err := http.NewRequestWithContext(n.t.Context(), q.method, n.url, strings.NewReader(q.body))
	if err != nil {
		n.t.Fatal(err)
	}
	path, query, _ := strings.Cut(q.path, "?")
	req.URL.Opaque, req.URL.RawQuery = path, query
	req.Header.Set("test-region", or(q.region, usEast))
	req.Header.Set("test-account", or(q.account, account))
	resp, err := n.client.Do(req)
	if err != nil {
		n.t.Error(err)
		return answer{}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		n.t.Error(err)
	}
	kind, _, _ := strings.Cut(resp.Header.Get("x-amzn-ErrorType"), ":")
	return answer{resp.StatusCode, kind, string(body)}
}

func (n *node) get(path string) answer { n.t.Helper(); return n.do(request{method: "GET", path: path}) }

func (n *node) post(path, body string) answer {
	n.t.Helper()
	return n.do(request{method: "POST", path: path, body: body})
}

// read decodes an answer that must be a success.
func read[T any](t *testing.T, a answer) (out T) {
	t.Helper()
	if a.status >= 300 {
		t.Fatalf("%d %s %s", a.status, a.kind, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return out
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// clockFrom moves on by a second whenever it is asked.
func clockFrom(start time.Time) func() time.Time {
	var asked atomic.Int64
	return func() time.Time { return start.Add(time.Duration(asked.Add(1)-1) * time.Second) }
}

// lettersFrom is the same randomness in every run.
func lettersFrom(seed byte) io.Reader { return &locked{r: rand.NewChaCha8([32]byte{seed})} }

type locked struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *locked) Read(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(b)
}

// enforcing judges models by their age on a day.
func enforcing(day time.Time) func(*node) {
	return func(n *node) { n.options.Profile = profile.Options{Lifecycle: profile.Enforce, Today: day} }
}
