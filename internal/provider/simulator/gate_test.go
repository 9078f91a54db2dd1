package simulator

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
)

func TestBucket(t *testing.T) {
	start := time.Unix(1_000_000, 0)
	for _, test := range []struct {
		name      string
		used      float64
		perMinute int64
		after     time.Duration
		n         int64
		wait      time.Duration
	}{
		{"endless", 1e9, 0, 0, 1e9, 0},
		{"empty", 0, 60, 0, 60, 0},
		{"full", 60, 60, 0, 1, time.Second},
		{"drained by one", 60, 60, time.Second, 1, 0},
		{"not quite drained", 60, 60, 999 * time.Millisecond, 1, time.Millisecond},
		{"greater than the allowance, alone", 0, 60, 0, 1000, 0},
		{"greater than the allowance, not alone", 1, 60, 0, 1000, time.Second},
		{"in debt", 1000, 60, 0, 1, 941 * time.Second},
		{"a clock that goes back drains nothing", 60, 60, -time.Hour, 1, time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := bucket{test.used, start}
			if _, wait := b.take(test.perMinute, start.Add(test.after), test.n); wait != test.wait {
				t.Errorf("wait %s, want %s", wait, test.wait)
			}
		})
	}
}

// TestBucketLaw states the two promises: whatever the order of calls, a window of t minutes admits no
// more than (1 + t) allowances, and whoever waits as told is admitted.
func TestBucketLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perMinute := rapid.Int64Range(1, 1_000_000).Draw(t, "perMinute")
		now := time.Unix(0, 0)
		var b bucket
		var admitted int64
		for range rapid.IntRange(1, 60).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(10*time.Second)).Draw(t, "gap")))
			n := rapid.Int64Range(1, perMinute).Draw(t, "n")
			next, wait := b.take(perMinute, now, n)
			if wait > 0 {
				now = now.Add(wait)
				if next, wait = next.take(perMinute, now, n); wait > 0 {
					t.Fatalf("told to wait, then to wait %s more", wait)
				}
			}
			b = next
			admitted += n
			if most := float64(perMinute) * (1 + now.Sub(time.Unix(0, 0)).Minutes()); float64(admitted) > most+1e-3 {
				t.Fatalf("%d admitted within %s at %d a minute", admitted, now.Sub(time.Unix(0, 0)), perMinute)
			}
		}
	})
}

func TestCapacity(t *testing.T) {
	refused := func(t *testing.T, err error, message string) time.Duration {
		t.Helper()
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != fault.Throttling || f.Message != message || f.RetryAfter <= 0 {
			t.Fatalf("got %v, want throttling with %q and a wait", err, message)
		}
		return f.RetryAfter
	}
	t.Run("requests", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := newProvider(t, Settings{Capacities: []CapacityAt{{Place{Region: "us-east-2"}, Capacity{RequestsPerMinute: 3}}}})
			for range 3 {
				answerTo(t, p, ask("hello"))
			}
			_, err := p.Chat(t.Context(), ask("hello"))
			if wait := refused(t, err, "Too many requests, please wait before trying again."); wait != 20*time.Second {
				t.Errorf("told to wait %s, want 20s", wait)
			}
			west := ask("hello")
			west.Region = "us-west-2"
			for range 10 {
				answerTo(t, p, west)
			}
			time.Sleep(20 * time.Second)
			answerTo(t, p, ask("hello"))
			_, err = p.Stream(t.Context(), ask("hello"))
			refused(t, err, tooManyRequests)
			time.Sleep(time.Minute)
			for range 3 {
				gather(t, p, ask("hello"))
			}
		})
	})
	t.Run("tokens", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := newProvider(t, Settings{})
			cost := answerTo(t, p, ask("hello")).Usage.Total()
			if err := p.SetCapacity(Place{Model: "anthropic.*"}, Capacity{TokensPerMinute: 2 * cost}); err != nil {
				t.Fatal(err)
			}
			answerTo(t, p, ask("hello"))
			answerTo(t, p, ask("hello"))
			_, err := p.Chat(t.Context(), ask("hello"))
			wait := refused(t, err, "Too many tokens, please wait before trying again.")
			if wait != 30*time.Second {
				t.Errorf("told to wait %s, want 30s", wait)
			}
			time.Sleep(wait)
			answerTo(t, p, ask("hello"))
		})
	})
	t.Run("embeddings", func(t *testing.T) {
		p := newProvider(t, Settings{Capacities: []CapacityAt{{Capacity: Capacity{RequestsPerMinute: 1}}}})
		r := &provider.EmbedRequest{Region: "us-east-1", Model: "amazon.titan-embed-text-v2:0", Embed: &chat.EmbedRequest{Inputs: chat.TextInputs("x")}}
		if _, err := p.Embed(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		_, err := p.Embed(t.Context(), r)
		refused(t, err, tooManyRequests)
	})
	t.Run("set while serving", func(t *testing.T) {
		p := newProvider(t, Settings{Capacities: []CapacityAt{{Capacity: Capacity{RequestsPerMinute: 1}}}})
		answerTo(t, p, ask("hello"))
		_, err := p.Chat(t.Context(), ask("hello"))
		refused(t, err, tooManyRequests)
		for _, c := range []Capacity{{RequestsPerMinute: 2}, {}} {
			if err := p.SetCapacity(Place{Region: "us-*"}, c); err != nil {
				t.Fatal(err)
			}
			answerTo(t, p, ask("hello"))
		}
		if len(p.capacities) != 2 {
			t.Errorf("%d capacities are kept, want 2: the same place replaces its own", len(p.capacities))
		}
		if err := p.SetCapacity(Place{Region: "us-["}, Capacity{Concurrency: -1}); err == nil {
			t.Error("a bad place was taken")
		}
	})
}

func TestConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const room, callers = 5, 40
		p := newProvider(t, Settings{
			Pace:       Pace{FirstToken: time.Second},
			Capacities: []CapacityAt{{Capacity: Capacity{Concurrency: room}}},
		})
		var served, refused atomic.Int64
		round := func() {
			var all sync.WaitGroup
			for range callers {
				all.Go(func() {
					_, err := p.Chat(context.Background(), ask("hello"))
					var f *fault.Error
					switch {
					case err == nil:
						served.Add(1)
					case errors.As(err, &f) && f.Code == fault.Throttling && f.RetryAfter == time.Second:
						refused.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		round()
		round()
		if served.Load() != 2*room || refused.Load() != 2*(callers-room) {
			t.Errorf("%d served and %d refused in two rounds of %d with room for %d", served.Load(), refused.Load(), callers, room)
		}
	})
}

// TestManyCallers is for the race detector: every method at once, while capacities change.
func TestManyCallers(t *testing.T) {
	p := newProvider(t, Settings{Capacities: []CapacityAt{{Capacity: Capacity{Concurrency: 3}}}, Failures: []Failure{{Kind: Throttling, Share: 0.2}}})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 20 {
				if _, err := p.Chat(context.Background(), cached(1100, "", "hello")); err != nil && !fault.Is(err, fault.Throttling) {
					t.Error(err)
				}
				if s, err := p.Stream(context.Background(), ask("hello")); err == nil {
					s.Next()
					s.Close()
				}
				if err := p.SetCapacity(Place{}, Capacity{Concurrency: 1 + i}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for key, d := range p.deployments {
		if d.gate.load.flying != 0 {
			t.Errorf("%v: %d calls are still counted", key, d.gate.load.flying)
		}
	}
}
