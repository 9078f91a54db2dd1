// Package doortest runs a front door for tests: a service on a real listener, over a real gateway, the real catalog and
// the providers of the test.
package doortest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/route"
)

// What can be called, by the catalog's facts. Every call comes from Region.
const (
	Account = "111122223333"
	Region  = "us-east-1"
	// RequestID is that of every request.
	RequestID = "0aa86f9a-6bd0-4a8f-8f0e-6d4b0f7a1c11"

	Claude        = "anthropic.claude-3-5-sonnet-20240620-v1:0" // by its id, and through us.…
	ClaudeProfile = "us." + Claude
	ProfileOnly   = "anthropic.claude-sonnet-4-5-20250929-v1:0" // not by its id
	Nova          = "amazon.nova-lite-v1:0"
	Embedding     = "amazon.titan-embed-text-v2:0"
	Application   = "a1b2c3d4e5f6" // over ClaudeProfile
)

// ApplicationARN is Application's.
func ApplicationARN() string {
	return arn.ApplicationProfile(arn.AWS, Region, Account, Application).String()
}

// facts is the embedded catalog, read once.
var facts = sync.OnceValues(func() (*catalog.Catalog, error) { return catalog.Load(catalog.Overlay{}) })

// Door is a service that runs.
type Door struct {
	URL     string
	Client  *http.Client
	Service *awswire.Service // for who has no need of a listener

	mu      sync.Mutex // guards settled
	settled []*gateway.Record
}

type snapshots struct{ now *profile.Snapshot }

func (s snapshots) Snapshot() *profile.Snapshot { return s.now }

// Start runs the service that service makes. Each model of the providers' rules is served in the two regions of
// ClaudeProfile, by the provider that a rule names.
func Start(t testing.TB, service func(*gateway.Gateway, gateway.Snapshots) *awswire.Service, providers map[string]provider.Provider, rules ...route.Rule) *Door {
	t.Helper()
	c, err := facts()
	if err != nil {
		t.Fatal(err)
	}
	source, _ := arn.Parse(arn.InferenceProfile(arn.AWS, Region, Account, ClaudeProfile).String())
	now := profile.NewSnapshot(c, profile.Options{}).Put(&profile.Application{
		ID: Application, Name: "search", Account: Account, Region: Region, Source: source, Created: time.Unix(1_760_000_000, 0),
	})
	var offers []route.Offer
	for _, m := range c.Models() {
		offers = append(offers, route.Offer{Model: m.ID, Regions: []arn.Region{"us-east-1", "us-west-2"}})
	}
	d := &Door{}
	g, err := gateway.New(gateway.Options{
		Snapshots: snapshots{now}, Table: route.NewTable(rules, offers), Providers: providers,
		Watcher: gateway.Watcher{Settled: d.settle},
	})
	if err != nil {
		t.Fatal(err)
	}
	api := service(g, snapshots{now})
	api.WriteTimeout = 10 * time.Second
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.serve(api, w, r) }))
	t.Cleanup(server.Close)
	d.URL, d.Client, d.Service = server.URL, server.Client(), api
	return d
}

// serve is the edge: every request is the same principal's.
func (d *Door) serve(s *awswire.Service, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has left
	}
	s.Serve(w, &awswire.Call{
		RequestID: RequestID, Region: Region,
		Principal: identity.Principal{Account: Account, ARN: "arn:aws:iam::" + Account + ":user/admin"},
		Request:   r, Body: body, Header: http.Header{}, Arrived: time.Now(),
	})
}

func (d *Door) settle(r *gateway.Record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settled = append(d.settled, r)
}

// Settled are the records of the calls so far.
func (d *Door) Settled() []*gateway.Record {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.settled)
}

// Reply is an HTTP reply, read to its end.
type Reply struct {
	Status int
	Header http.Header
	Body   string
}

// Send sends a request, GET when it has no body. Headers are "Name: value".
func (d *Door) Send(t testing.TB, path, body string, headers ...string) Reply {
	t.Helper()
	resp := d.open(t.Context(), t, path, body, headers...)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return Reply{resp.StatusCode, resp.Header, string(text)}
}

// Open sends a request and leaves the reply to be read.
func (d *Door) Open(ctx context.Context, t testing.TB, path, body string, headers ...string) io.ReadCloser {
	t.Helper()
	return d.open(ctx, t, path, body, headers...).Body
}

func (d *Door) open(ctx context.Context, t testing.TB, path, body string, headers ...string) *http.Response {
	t.Helper()
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(ctx, method, d.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	resp, err := d.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// Event is one server-sent event.
type Event struct{ Name, Data string }

// Events takes a stream apart.
func Events(t testing.TB, body string) []Event {
	t.Helper()
	var out []Event
	for piece := range strings.SplitAfterSeq(body, "\n\n") {
		if piece == "" {
			continue
		}
		var e Event
		for line := range strings.Lines(strings.TrimSuffix(piece, "\n")) {
			field, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			switch {
			case ok && field == "event":
				e.Name = value
			case ok && field == "data" && e.Data == "":
				e.Data = value
			default:
				t.Fatalf("%q is no event of the kind that doors send", piece)
			}
		}
		out = append(out, e)
	}
	return out
}
