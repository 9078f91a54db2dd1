package simulate

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/simulate/trace"
)

// bounded gives every upstream room for so many calls at once, of which the gateway knows nothing.
func bounded(n int64) func(*World) {
	return func(w *World) { w.Upstreams[0].Concurrency = n }
}

func brownOut(b BrownOut) func(*World) {
	return func(w *World) {
		b.To = time.Hour
		b.Region = "site-a"
		w.BrownOuts = append(w.BrownOuts, b)
	}
}

func limited(a quota.Amounts) func(*Setup) {
	return func(s *Setup) {
		s.Quotas = quota.NewRules(s.Facts, quota.Policy{Enforce: true, Defaults: quota.Off, Overrides: []quota.Override{{Amounts: a}}})
	}
}

// Each case is few calls whose fate can be worked out by hand. Calls take 1.1 s.
func TestWhatBecomesOfCalls(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name  string
		setup []func(*Setup)
		world []func(*World)
		calls *trace.Trace
		want  string
	}{
		{"an idle region serves all", nil, nil, every(5, 2*time.Second), "site-a=5/5 first=0.10 s"},
		{
			"a model alone runs in its region or not at all", nil,
			[]func(*World){bounded(2), func(w *World) { w.Identifier = model }},
			every(5, 10*ms), "site-a=2/3 no room=3 first=0.10 s", // the gateway leaves a place alone that has just refused
		},
		{
			"a profile goes on to where there is most room", nil,
			[]func(*World){bounded(2)},
			every(5, 10*ms), "site-a=2/3 site-b=2/2 site-c=1/1 first=0.10 s",
		},
		{
			"room that the gateway knows of is not asked for in vain",
			[]func(*Setup){func(s *Setup) { s.Table.All()[0].Concurrency = 2 }},
			[]func(*World){bounded(2)},
			every(3, 10*ms), "site-a=2/2 site-b=1/1 first=0.10 s",
		},
		{"a detour takes longer", nil, []func(*World){bounded(1), func(w *World) { w.Detour = 30 * ms }}, every(2, 10*ms), "site-a=1/2 site-b=1/1 first=0.13 s"},
		{"input takes time to read", nil, []func(*World){func(w *World) { w.Upstreams[0].InputPerSecond = 100 }}, every(1, 0), "site-a=1/1 first=0.60 s"},
		{
			"a full place is slow: with one of two calls by a quarter of the growth", nil,
			[]func(*World){func(w *World) { w.Upstreams[0].Growth, w.Upstreams[0].Concurrency = 4, 2 }},
			every(1, 0), "site-a=1/1 first=0.20 s",
		},
		{"a slow region", nil, []func(*World){brownOut(BrownOut{Kind: Slow, Factor: 3})}, every(1, 0), "site-a=1/1 first=0.30 s"},
		{
			"a region that is away fails for nobody", nil,
			[]func(*World){brownOut(BrownOut{Kind: Unavailable, After: 50 * ms})},
			every(3, 2*time.Second), "site-a=0/3 site-b=3/3 first=0.15 s",
		},
		{
			"one that is away for a model alone", nil,
			[]func(*World){brownOut(BrownOut{Kind: Unavailable}), func(w *World) { w.Identifier = model }},
			every(1, 0), "site-a=0/1 failed=1 first=-",
		},
		{"a timeout is waited for", nil, []func(*World){brownOut(BrownOut{Kind: Timeout, After: time.Second})}, every(1, 0), "site-a=0/1 site-b=1/1 first=1.10 s"},
		{"what breaks off is not tried elsewhere", nil, []func(*World){brownOut(BrownOut{Kind: Cut})}, every(1, 0), "site-a=0/1 broken off=1 first=0.10 s"},
		{
			"a quota refuses before any place is asked",
			[]func(*Setup){limited(quota.Amounts{Requests: &quota.Amount{N: 3}})},
			nil,
			every(5, time.Second), "site-a=3/3 over quota=2 first=0.10 s",
		},
		{
			"what was not used of a reservation comes back: 250 are reserved, 150 used",
			[]func(*Setup){limited(quota.Amounts{Tokens: &quota.Amount{N: 550}})},
			nil,
			every(4, 2*time.Second), "site-a=3/3 over quota=1 first=0.10 s",
		},
		{
			"an upstream's own quota of tokens, which does not say when to come back", nil,
			[]func(*World){func(w *World) { w.Upstreams[0].TokensPerMinute = 550 }},
			every(5, 2*time.Second), "site-a=3/5 site-b=2/2 first=0.10 s",
		},
		{
			"one that does", nil,
			[]func(*World){func(w *World) { w.Upstreams[0].TokensPerMinute, w.Upstreams[0].RetryAfter = 550, true }},
			every(5, 2*time.Second), "site-a=3/4 site-b=2/2 first=0.10 s",
		},
		{"nobody serves the model there", nil, []func(*World){func(w *World) { w.Identifier = "house.nothing" }}, every(2, 0), "impossible=2 first=-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := run(t, newHouse(t, c.setup...), newWorld(c.world...), c.calls, Variant{})
			if diff := cmp.Diff(c.want, got.brief()); diff != "" {
				t.Errorf("(-want +got):\n%s\n%v", diff, got.Reasons)
			}
		})
	}
}

// A queue makes a burst wait for what the gateway knows to be full. Calls take 1.1 s, and one runs at a time.
func TestQueues(t *testing.T) {
	full := func(s *Setup) { s.Table.All()[0].Concurrency = 1 }
	alone := func(w *World) { w.Identifier = model }
	for _, c := range []struct {
		name  string
		v     Variant
		calls int
		want  string
		first []float64 // in the order of arrival
	}{
		{"no queue", Variant{}, 3, "site-a=1/1 no room=2 first=0.10 s", []float64{0.1}},
		{"all wait their turn", Variant{Queue: &WaitingRoom{5, 5 * time.Second}}, 3, "site-a=3/3 first=2.30 s", []float64{0.1, 1.2, 2.3}},
		{"a queue has an end", Variant{Queue: &WaitingRoom{1, 5 * time.Second}}, 3, "site-a=2/2 no room=1 first=1.20 s", []float64{0.1, 1.2}},
		{"patience has one, too", Variant{Queue: &WaitingRoom{5, 2 * time.Second}}, 3, "site-a=2/2 no room=1 first=1.20 s", []float64{0.1, 1.2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newEngine(newHouse(t, full), newWorld(alone), every(c.calls, 0), c.v)
			if err := e.play(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
			got := e.result()
			if diff := cmp.Diff(c.want, got.brief()); diff != "" {
				t.Errorf("(-want +got):\n%s\n%v", diff, got.Reasons)
			}
			var first []float64
			for _, each := range e.tally.calls {
				if each.first > 0 {
					first = append(first, each.first.Seconds())
				}
			}
			if diff := cmp.Diff(c.first, first); diff != "" {
				t.Errorf("first tokens (-want +got):\n%s", diff)
			}
			if e.line.Waiting() != 0 {
				t.Errorf("%d calls still wait", e.line.Waiting())
			}
		})
	}
}

// Room that time alone makes is found: the upstream said when to come back.
func TestQueuesWaitForThePauseToEnd(t *testing.T) {
	w := newWorld(func(w *World) {
		w.Identifier = model
		w.Upstreams[0].RequestsPerMinute, w.Upstreams[0].RetryAfter = 1, true
	})
	got := run(t, newHouse(t), w, every(2, 10*time.Second), Variant{Queue: &WaitingRoom{5, 2 * time.Minute}})
	// The first call began at 0, so that the second may begin at a minute: fifty seconds after it arrived.
	if got.Outcomes[Served] != 2 || got.First.Most < 50.1 || got.First.Most > 50.2 || got.Queued != 1 {
		t.Errorf("%s, %d waited: %v", got.brief(), got.Queued, got.Waited)
	}
}

// A conversation finds its prompt where it was last answered, and nowhere else.
func TestPromptCaches(t *testing.T) {
	calls := every(4, 2*time.Second)
	for i := range calls.Calls {
		calls.Calls[i].Session = 1
	}
	cached := func(w *World) {
		w.Cache = Cache{Share: 0.8, For: 5 * time.Second}
		w.Upstreams[0].InputPerSecond = 50
	}
	got := run(t, newHouse(t), newWorld(cached), calls, Variant{})
	// The first call reads 50 tokens in a second, the others 10 of them.
	if got.First.Most != 1.1 || got.First.P50 < 0.29 || got.First.P50 > 0.31 {
		t.Errorf("first tokens after %v", got.First)
	}
	calls.Calls[3].At = time.Minute
	got = run(t, newHouse(t), newWorld(cached), calls, Variant{})
	if got.First.P50 > 0.31 || got.First.P95 != 1.1 {
		t.Errorf("first tokens after %v, when the cache of the last call is too old", got.First)
	}
}

func TestCostIsThePriceBooks(t *testing.T) {
	got := run(t, newHouse(t), newWorld(), every(1000, time.Second), Variant{})
	// 50 tokens at 1 USD and 100 at 10 USD the million, a thousand times.
	if got.Cost.String() != "1.05" {
		t.Errorf("cost %s", got.Cost)
	}
	cut := run(t, newHouse(t), newWorld(func(w *World) { w.BrownOuts = []BrownOut{{To: time.Hour, Kind: Cut}} }), every(10, time.Second), Variant{})
	if !cut.Cost.IsZero() {
		t.Errorf("what breaks off costs %s", cut.Cost)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	seen := 0
	_, err := Run(ctx, newHouse(t), newWorld(), every(5*often, time.Second), Variant{}, func(n int) {
		seen = n
		if n > 2*often {
			cancel(why)
		}
	})
	if !errors.Is(err, why) || seen >= 5*often {
		t.Errorf("got error %v after %d calls", err, seen)
	}
}

// worlds draws a world in which much goes wrong.
func worlds(t *rapid.T) *World {
	w := newWorld()
	w.Seed = rapid.Uint64().Draw(t, "seed")
	u := &w.Upstreams[0]
	u.Jitter, u.Growth = 0.5, rapid.Float64Range(0, 3).Draw(t, "growth")
	u.Concurrency = rapid.Int64Range(1, 30).Draw(t, "concurrency")
	u.TokensPerMinute = rapid.SampledFrom([]int64{0, 5000, 50000}).Draw(t, "tokens")
	u.RetryAfter = rapid.Bool().Draw(t, "retry after")
	w.Cache = Cache{Share: 0.5, For: time.Minute}
	for range rapid.IntRange(0, 4).Draw(t, "brown-outs") {
		from := rapid.Int64Range(0, int64(time.Minute)).Draw(t, "from")
		w.BrownOuts = append(w.BrownOuts, BrownOut{
			Where: Where{Region: rapid.SampledFrom([]string{"", "site-a", "site-b"}).Draw(t, "where")},
			From:  time.Duration(from), To: time.Duration(from) + 20*time.Second,
			Kind:  rapid.SampledFrom([]Kind{Slow, Throttling, Unavailable, Timeout, Cut}).Draw(t, "kind"),
			Share: rapid.Float64Range(0, 1).Draw(t, "share"), Factor: 5, After: 300 * time.Millisecond,
		})
	}
	return w
}

func traffic(seed uint64) *trace.Trace {
	g := trace.Generator{
		Seed: seed, For: 2 * time.Minute, Arrivals: trace.Bursts, Rate: 3, PeakRate: 40, Period: 30 * time.Second, Burst: 5 * time.Second,
		Input: trace.Tokens{Median: 50, P95: 400}, Output: trace.Tokens{Median: 100, P95: 300}, Sessions: 10, Turns: 5,
	}
	return g.Make().Reshape(trace.Shape{Max: 500})
}

// Whatever goes wrong, every call comes to one end, every place and every quota is let go of, and the same scenario
// comes to the same.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, calls := worlds(t), traffic(rapid.Uint64().Draw(t, "trace"))
		setup := newHouse(t, limited(quota.Amounts{Tokens: &quota.Amount{N: 100_000}, Concurrent: &quota.Amount{N: 60}}))
		policy := rapid.SampledFrom([]route.Policy{route.SourceFirst, route.LeastLoaded, route.Cheapest, route.Sticky}).Draw(t, "policy")
		v := Variant{Policy: &policy, Queue: &WaitingRoom{
			Length: rapid.IntRange(0, 20).Draw(t, "length"),
			Wait:   time.Duration(rapid.IntRange(0, 5000).Draw(t, "wait")) * time.Millisecond,
		}}
		e := newEngine(setup, w, calls, v)
		if err := e.play(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		r := e.result()
		sum, served := 0, 0
		for _, n := range r.Outcomes {
			sum += n
		}
		for _, p := range r.Places {
			served += p.Served
			if p.Bound > 0 && p.Peak > p.Bound {
				t.Errorf("%s ran %d calls at once, of %d", p.Region, p.Peak, p.Bound)
			}
		}
		if sum != len(calls.Calls) || served != r.Outcomes[Served] {
			t.Errorf("%d calls came to %d ends, %d of them served in %d places", len(calls.Calls), sum, r.Outcomes[Served], served)
		}
		if n := e.line.Waiting(); n != 0 || e.tally.waiting.now != 0 {
			t.Errorf("%d calls still wait", n)
		}
		if len(e.free) != len(e.jobs) {
			t.Errorf("%d of %d jobs are free", len(e.free), len(e.jobs))
		}
		for _, p := range e.places {
			if p != nil && p.running != 0 {
				t.Errorf("%s still runs %d calls", p.at.Region, p.running)
			}
		}
		for _, d := range setup.Table.All() {
			if n := e.fleet.State(d).View(e.moment(time.Hour), 0).Running; n != 0 {
				t.Errorf("the gateway believes that %s runs %d calls", d.Region, n)
			}
		}
		for u := range e.book.Uses(time.Hour) {
			if u.Measure == quota.Concurrent {
				t.Errorf("%d calls are still reserved", u.Used)
			}
		}
		again, err := Run(context.Background(), setup, w, calls, v, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, again, cmp.Comparer(sameFloat), cmp.Comparer(func(a, b money.Amount) bool { return a == b })); diff != "" {
			t.Errorf("the same scenario came to something else:\n%s", diff)
		}
	})
}
