package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/limiter"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/simulate/trace"
	"github.com/outcrop/outcrop/internal/tokens"
)

// The real gateway, with the same upstreams behind it, decides every call of a trace as the simulation does: the same
// places are asked in the same order, the same are passed over for the same reasons, and the same calls are refused.
func TestTheGatewayDecidesAsTheSimulation(t *testing.T) {
	alike(t, func(t *rapid.T) (*Setup, *World, Variant) {
		setup := newHouse(t, limited(quota.Amounts{Tokens: &quota.Amount{N: 60_000}}), func(s *Setup) {
			s.Table.All()[0].Concurrency = rapid.IntRange(0, 5).Draw(t, "known concurrency")
			s.Table.All()[1].TokensPerMinute = rapid.SampledFrom([]int64{0, 20_000}).Draw(t, "known tokens")
			s.Table.All()[0].FirstContent = rapid.SampledFrom([]time.Duration{0, 250 * time.Millisecond}).Draw(t, "first content")
		})
		return setup, worlds(t), Variant{}
	})
}

// Calls that wait get their turns alike. No place pauses here: then several would wait for the same moment, and of two
// things that a server does at one moment either may be first.
func TestTheGatewayQueuesAsTheSimulation(t *testing.T) {
	alike(t, func(t *rapid.T) (*Setup, *World, Variant) {
		w := worlds(t)
		u := &w.Upstreams[0]
		u.Concurrency, u.TokensPerMinute = rapid.Int64Range(1, 8).Draw(t, "concurrency"), 0
		for i := range w.BrownOuts {
			w.BrownOuts[i].Kind = Slow
		}
		setup := newHouse(t, func(s *Setup) {
			for _, d := range s.Table.All() {
				d.Concurrency = int(u.Concurrency)
			}
		})
		return setup, w, Variant{Queue: &WaitingRoom{
			Length: rapid.SampledFrom([]int{1, 5, 50}).Draw(t, "length"),
			Wait:   time.Duration(rapid.IntRange(1, 5000).Draw(t, "wait")) * time.Millisecond,
		}}
	})
}

// alike compares the two.
func alike(whole *testing.T, scene func(*rapid.T) (*Setup, *World, Variant)) {
	whole.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // what is begun first is done first
	rapid.Check(whole, func(t *rapid.T) {
		setup, w, v := scene(t)
		calls := traffic(rapid.Uint64().Draw(t, "trace")).Reshape(trace.Shape{Limit: 100, Speed: 2, Max: 400})
		policy := rapid.SampledFrom([]route.Policy{route.SourceFirst, route.LeastLoaded, route.Cheapest, route.Sticky}).Draw(t, "policy")
		v.Policy = &policy
		var want, got []string
		var err error
		synctest.Test(whole, func(*testing.T) { // where a property must not fail: that is a goroutine of its own
			w.Start.Time = time.Now()
			var l *live
			if l, err = newLive(setup, w, calls, v); err != nil {
				return
			}
			e := newEngine(setup, w, l.trace, v)
			want = make([]string, len(calls.Calls))
			for i := range want {
				want[i] = fate(&route.Trail{}, fault.New(fault.Throttling, "")) // of those that no quota lets in
			}
			e.told = func(i int, trail *route.Trail, f *fault.Error) { want[i] = fate(trail, f) }
			if err = e.play(context.Background(), nil); err == nil {
				got = l.run()
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-simulation +gateway):\n%s", diff)
		}
	})
}

// fate is a call's way in one line.
func fate(t *route.Trail, f *fault.Error) string {
	if f == nil {
		return t.String()
	}
	return t.String() + " → " + f.Code.String()
}

// live is the real gateway in front of a world's upstreams.
type live struct {
	*gateway.Gateway
	world *World
	trace *trace.Trace
	setup *Setup
	begun time.Time
	now   int // the call that arrives

	// mu guards the places.
	mu     sync.Mutex
	places map[string]*place
}

func newLive(s *Setup, w *World, calls *trace.Trace, v Variant) (*live, error) {
	l := &live{world: w, setup: s, begun: time.Now(), places: map[string]*place{}}
	whole := *calls
	l.trace = &whole
	for i := range whole.Calls { // the gateway counts the input itself
		whole.Calls[i].At += time.Duration(i) // no two things at once
		whole.Calls[i].Input = int32(tokens.For(model).Request(l.ask(i)))
	}
	var err error
	l.Gateway, err = gateway.New(gateway.Options{
		Snapshots: l,
		Fleet:     route.NewFleet(s.Table, s.orders(&v), s.Tuning, s.Map, nil),
		Providers: map[string]provider.Provider{"p": l},
		Reservers: []gateway.Reserver{limiter.New(s.Quotas)},
		Random:    func() uint64 { return scramble(w.Seed + uint64(l.now)) },
	})
	return l, err
}

func (l *live) Snapshot() *profile.Snapshot { return l.setup.Snapshot }

// ask is a call's request: its conversation, and as many words as it has tokens, about.
func (l *live) ask(i int) *chat.Request {
	c := &l.trace.Calls[i]
	most, words := int(c.Max), i%50
	begins := []chat.Block{chat.Text(fmt.Sprintf("conversation %d", c.Session))}
	if i%3 > 0 {
		begins, words = append(begins, chat.Text(longText())), words+longPrompt
	}
	return &chat.Request{
		Messages: []chat.Message{
			{Role: chat.User, Content: begins},
			{Role: chat.User, Content: []chat.Block{chat.Text(fmt.Sprintf("call %d", i) + strings.Repeat(" word", words))}},
		},
		Inference: chat.Inference{MaxTokens: &most},
	}
}

// run makes all calls at their times and returns what became of each.
func (l *live) run() []string {
	out := make([]string, len(l.trace.Calls))
	var group sync.WaitGroup
	for i := range l.trace.Calls {
		time.Sleep(time.Until(l.begun.Add(l.trace.Calls[i].At)))
		synctest.Wait()
		l.now = i
		group.Go(func() { out[i] = l.one(i) })
		synctest.Wait()
	}
	group.Wait()
	return out
}

func (l *live) one(i int) string {
	a, err := l.Do(context.Background(), &gateway.Call{
		RequestID: fmt.Sprint(i), Principal: identity.Principal{Account: l.world.Account}, Source: l.world.Source,
		Operation: "ConverseStream", Identifier: l.world.Identifier, Arrived: time.Now(), Stream: true,
		Parse: func(*profile.Target) (gateway.Ask, error) { return gateway.Ask{Chat: l.ask(i)}, nil },
	})
	if err == nil {
		defer a.Stream.Close()
		for err == nil {
			_, err = a.Stream.Next()
		}
	}
	if errors.Is(err, io.EOF) {
		return fate(&a.Trail, nil)
	}
	return fate(&a.Trail, fault.Public(err))
}

// Stream is the upstream: what it does, a place of the world decides.
func (l *live) Stream(ctx context.Context, r *provider.Request) (provider.Stream, error) {
	var index int
	if _, err := fmt.Sscanf(r.Chat.Messages[1].Content[0].Text, "call %d", &index); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.places[string(r.Region)]
	if p == nil {
		d := l.setup.Table.At(r.Model, r.Region)[0]
		p = l.world.newPlace(d.Index, d, l.setup.Facts, binsOf(time.Minute, 1))
		l.places[string(r.Region)] = p
	}
	c := &l.trace.Calls[index]
	s := &liveStream{live: l, ctx: ctx}
	asked := request{
		input: int64(c.Input), output: int64(c.Output), most: int64(c.Max), session: c.Session, cache: l.world.Cache,
		luck: draw(l.world.Seed, index, p.number),
	}
	p.begin(time.Since(l.begun), &asked, &s.attempt)
	if f := s.attempt.fault; f != nil && s.attempt.place == nil {
		return nil, f
	}
	return s, nil
}

type liveStream struct {
	live    *live
	ctx     context.Context
	attempt attempt
	at      int
	event   chat.Event
}

// until waits for a time of the attempt.
func (s *liveStream) until(at time.Duration) error {
	timer := time.NewTimer(time.Until(s.live.begun.Add(at)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}

// finish gives back what the upstream holds.
func (s *liveStream) finish() {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	s.attempt.finish(time.Since(s.live.begun))
}

func (s *liveStream) Next() (*chat.Event, error) {
	s.at++
	u := s.attempt.usage
	switch s.at {
	case 1:
		s.event = chat.Event{Kind: chat.MessageStart, Usage: chat.Usage{Input: u.Input, CacheRead: u.CacheRead, CacheWrite5m: u.CacheWrite5m}}
		return &s.event, nil
	case 2:
		if err := s.until(s.attempt.content); err != nil {
			s.attempt.giveUp(0) // it has read the input, and answers nothing
			return nil, err
		}
		if s.attempt.fault != nil && !s.attempt.cut {
			s.finish()
			return nil, s.attempt.fault
		}
		s.event = chat.Event{Kind: chat.BlockDelta, Size: 4 * int(u.Output)} // as a broken stream is metered
		return &s.event, nil
	case 3:
		if err := s.until(s.attempt.end); err != nil {
			return nil, err
		}
		s.finish()
		if s.attempt.cut {
			return nil, s.attempt.fault
		}
		s.event = chat.Event{Kind: chat.Metadata, Usage: u}
		return &s.event, nil
	}
	return nil, io.EOF
}

func (s *liveStream) Close() error {
	s.finish()
	return nil
}

var errUnused = errors.New("the test streams alone")

func (l *live) Chat(context.Context, *provider.Request) (*chat.Response, error) {
	return nil, errUnused
}

func (l *live) CountTokens(context.Context, *provider.Request) (int64, bool, error) {
	return 0, false, errUnused
}

func (l *live) Embed(context.Context, *provider.EmbedRequest) (*chat.EmbedResponse, error) {
	return nil, errUnused
}

func (l *live) Rerank(context.Context, *provider.RerankRequest) (*chat.RerankResponse, error) {
	return nil, errUnused
}
