package gateway

import (
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/route"
)

// script is how the model behaves in one region. Its zero value answers "ok" at once.
type script struct {
	refuse error         // the call is not accepted
	panics bool          // the provider has a bug
	wait   time.Duration // before the first event, or before the whole answer
	broken error         // the stream ends with this …
	after  int           // … after so many content events; 0 means before any
	cut    bool          // the stream ends without its last events
}

// fake is a provider that follows its scripts. It is safe for concurrent use.
type fake struct {
	mu      sync.Mutex
	scripts map[arn.Region]script
	asked   []arn.Region // in which order the regions were tried
	open    int          // streams not yet closed
}

var _ provider.Provider = (*fake)(nil)

func (f *fake) begin(ctx context.Context, r arn.Region) (script, error) {
	f.mu.Lock()
	s := f.scripts[r]
	f.asked = append(f.asked, r)
	f.mu.Unlock()
	if s.wait > 0 {
		select {
		case <-time.After(s.wait):
		case <-ctx.Done():
			return s, ctx.Err()
		}
	}
	if s.panics {
		panic("a bug")
	}
	return s, s.refuse
}

func (f *fake) Chat(ctx context.Context, r *provider.Request) (*chat.Response, error) {
	if _, err := f.begin(ctx, r.Region); err != nil {
		return nil, err
	}
	return &chat.Response{Content: []chat.Block{chat.Text("ok")}, Stop: chat.EndTurn, Usage: chat.Usage{Input: 7, Output: 1}}, nil
}

func (f *fake) Embed(ctx context.Context, r *provider.EmbedRequest) (*chat.EmbedResponse, error) {
	if _, err := f.begin(ctx, r.Region); err != nil {
		return nil, err
	}
	return &chat.EmbedResponse{Vectors: [][]float32{{1}}, Usage: chat.Usage{Input: 3}}, nil
}

func (f *fake) Rerank(ctx context.Context, r *provider.RerankRequest) (*chat.RerankResponse, error) {
	if _, err := f.begin(ctx, r.Region); err != nil {
		return nil, err
	}
	return &chat.RerankResponse{Results: []chat.Ranked{{Index: 0, Score: 1}}, Usage: chat.Usage{SearchUnits: 1}}, nil
}

func (f *fake) CountTokens(ctx context.Context, r *provider.Request) (int64, bool, error) {
	_, err := f.begin(ctx, r.Region)
	return 7, true, err
}

func (f *fake) Stream(ctx context.Context, r *provider.Request) (provider.Stream, error) {
	s, err := f.begin(ctx, r.Region)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.open++
	f.mu.Unlock()
	return &fakeStream{fake: f, script: s}, nil
}

// fakeStream sends four deltas of four bytes. It uses one Event for all, as real ones do.
type fakeStream struct {
	fake   *fake
	script script
	at     int
	event  chat.Event
	closed bool
}

func (s *fakeStream) Next() (*chat.Event, error) {
	s.at++
	s.event = chat.Event{}
	content := s.at - 2 // how many content events have been sent
	if s.script.broken != nil && content == s.script.after {
		return nil, s.script.broken
	}
	switch {
	case s.at == 1:
		s.event.Kind, s.event.Usage = chat.MessageStart, chat.Usage{Input: 7}
	case content < 4:
		s.event.Kind, s.event.Text = chat.BlockDelta, "four"
	case s.script.cut:
		return nil, io.EOF
	case content == 4:
		s.event.Kind = chat.BlockStop
	case content == 5:
		s.event.Kind, s.event.Stop = chat.MessageStop, chat.EndTurn
	case content == 6:
		s.event.Kind, s.event.Usage = chat.Metadata, chat.Usage{Input: 7, Output: 9}
	default:
		return nil, io.EOF
	}
	return &s.event, nil
}

func (s *fakeStream) Close() error {
	s.fake.mu.Lock()
	defer s.fake.mu.Unlock()
	if !s.closed {
		s.closed = true
		s.fake.open--
	}
	return nil
}

// fixed is a Snapshots that never changes.
type fixed struct{ now *profile.Snapshot }

func (f fixed) Snapshot() *profile.Snapshot { return f.now }

// house is a gateway over three regions of its own, with one model in each and a profile over all.
type house struct {
	*Gateway
	fake    *fake
	mu      sync.Mutex
	settled []*Record
}

// newHouse gives every deployment room for so many calls at once; 0 means no bound.
func newHouse(t *testing.T, concurrency int, scripts map[arn.Region]script) *house {
	t.Helper()
	lat := func(f float64) *float64 { return &f }
	c, err := catalog.Load(catalog.Overlay{
		Regions: []catalog.OverlayRegion{
			{ID: "site-a", Latitude: lat(50), Longitude: lat(8)},
			{ID: "site-b", Latitude: lat(50), Longitude: lat(9)},
			{ID: "site-c", Latitude: lat(50), Longitude: lat(12)},
		},
		Models:   []catalog.OverlayModel{{ID: "house.llama", Regions: []arn.Region{"site-a", "site-b", "site-c"}}},
		Profiles: []catalog.OverlayProfile{{ID: "all.house.llama", Model: "house.llama", Routes: map[arn.Region][]arn.Region{"site-a": {"site-c", "site-b", "site-a"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{fake: &fake{scripts: scripts}}
	h.Gateway, err = New(Options{
		Snapshots: fixed{profile.NewSnapshot(c, profile.Options{})},
		Table: route.NewTable([]route.Rule{{Model: "house.llama", Provider: "fake", Capacity: route.Capacity{Concurrency: concurrency, Fixed: true}}},
			[]route.Offer{{Model: "house.llama", Regions: []arn.Region{"site-a", "site-b", "site-c"}}}),
		Providers: map[string]provider.Provider{"fake": h.fake},
		Watcher: Watcher{Settled: func(r *Record) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.settled = append(h.settled, r)
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// call makes a call from site-a.
func call(identifier string, stream bool) *Call {
	return &Call{
		RequestID: "r", Principal: identity.Principal{Account: "111122223333"}, Source: "site-a",
		Operation: "Converse", Identifier: identifier, Arrived: now(), Stream: stream,
		Parse: func(*profile.Target) (Ask, error) { return Ask{Chat: &chat.Request{}}, nil },
	}
}

// idle fails the test when any place is still taken or any stream open.
func (h *house) idle(t testing.TB) {
	t.Helper()
	for _, d := range h.Fleet().Table().All() {
		if n := h.Fleet().State(d).Figures(now()).Running; n != 0 {
			t.Errorf("%s still has %d calls", d.Region, n)
		}
	}
	if h.fake.open != 0 {
		t.Errorf("%d streams were never closed", h.fake.open)
	}
}
