package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/route"
)

var (
	throttled = fault.New(fault.Throttling, "Too many requests, please wait before trying again.")
	refused   = fault.New(fault.Validation, "The model returned the following errors: no.")
	errDown   = errors.New("dial: connection refused")
)

// read takes a whole stream and says how it went: the text, and its end.
func read(s *Stream) string {
	text := ""
	for {
		e, err := s.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return text + " ! " + fault.Public(err).Code.String()
			}
			return text + " ."
		}
		text += e.Text
	}
}

// Every row is one call through the profile, whole and streamed, and what its caller saw.
func TestACallFindsAPlace(t *testing.T) {
	for _, c := range []struct {
		name       string
		identifier string
		scripts    map[arn.Region]script
		whole      string
		streamed   string
	}{
		{"the source region serves first", "all.house.llama", nil, "ok site-a=served", "fourfourfourfour . site-a=served"},
		{
			"a throttled source re-routes to the nearest", "all.house.llama",
			map[arn.Region]script{"site-a": {refuse: throttled}},
			"ok site-a=throttled site-b=served", "fourfourfourfour . site-a=throttled site-b=served",
		},
		{
			"what a provider cannot name is the place's fault", "all.house.llama",
			map[arn.Region]script{"site-a": {refuse: errDown}, "site-b": {refuse: errDown}},
			"ok site-a=failed site-b=failed site-c=served", "fourfourfourfour . site-a=failed site-b=failed site-c=served",
		},
		{
			"a bad request is bad everywhere", "all.house.llama",
			map[arn.Region]script{"site-a": {refuse: refused}},
			"validation site-a=refused", "validation site-a=refused",
		},
		{
			"a model called directly has no other place", "house.llama",
			map[arn.Region]script{"site-a": {refuse: throttled}},
			"throttled site-a=throttled", "throttled site-a=throttled",
		},
		{
			"a stream that breaks before content moves on", "all.house.llama",
			map[arn.Region]script{"site-a": {broken: errDown}},
			"ok site-a=served", "fourfourfourfour . site-a=failed site-b=served",
		},
		{
			"a stream that breaks after content reaches the caller", "all.house.llama",
			map[arn.Region]script{"site-a": {broken: errDown, after: 2}},
			"ok site-a=served", "fourfour ! model_stream_error site-a=served",
		},
		{
			"a throttle inside a stream keeps its name", "all.house.llama",
			map[arn.Region]script{"site-a": {broken: throttled, after: 1}},
			"ok site-a=served", "four ! throttled site-a=served",
		},
		{
			"a stream without its end is no whole answer", "all.house.llama",
			map[arn.Region]script{"site-a": {cut: true}},
			"ok site-a=served", "fourfourfourfour ! model_stream_error site-a=served",
		},
		{
			"everywhere full", "all.house.llama",
			map[arn.Region]script{"site-a": {refuse: throttled}, "site-b": {refuse: throttled}, "site-c": {refuse: throttled}},
			"throttled site-a=throttled site-b=throttled site-c=throttled", "throttled site-a=throttled site-b=throttled site-c=throttled",
		},
		{"an unknown identifier", "no.such", nil, "validation ", "validation "},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, 1, c.scripts)
			for _, stream := range []bool{false, true} {
				want := c.whole
				if stream {
					want = c.streamed
				}
				if diff := cmp.Diff(want, h.outcome(call(c.identifier, stream))); diff != "" {
					t.Errorf("stream %t: %s", stream, diff)
				}
				h.idle(t)
			}
			if len(h.settled) != 2 {
				t.Errorf("%d calls were settled, want each of two once", len(h.settled))
			}
		})
	}
}

// outcome makes the call and says in one line what its caller saw.
func (h *house) outcome(c *Call) string {
	a, err := h.Do(context.Background(), c)
	switch {
	case err != nil:
		return fault.Public(err).Code.String() + " " + a.Trail.String()
	case a.Stream != nil:
		text := read(a.Stream)
		a.Stream.Close()
		return text + " " + a.Trail.String()
	}
	return a.Response.Content[0].Text + " " + a.Trail.String()
}

func TestCapacityReRoutesAndThenRefuses(t *testing.T) {
	h := newHouse(t, 1, nil)
	var held []*Answer
	for _, want := range []arn.Region{"site-a", "site-b", "site-c"} {
		a, err := h.Do(context.Background(), call("all.house.llama", true))
		if err != nil || a.Region != want {
			t.Fatalf("served in %q (%v), want %s", a.Region, err, want)
		}
		held = append(held, a)
	}
	a, err := h.Do(context.Background(), call("all.house.llama", true))
	f := fault.Public(err)
	if f.Code != fault.Throttling || f.RetryAfter <= 0 || a.Trail.Attempts() != 0 {
		t.Errorf("with every place full: %v after %s, %d attempts", f, f.RetryAfter, a.Trail.Attempts())
	}
	held[1].Stream.Close()
	if got := h.outcome(call("all.house.llama", false)); got != "ok site-a=saturated site-b=served" {
		t.Errorf("after site-b was freed: %s", got)
	}
	held[0].Stream.Close()
	held[2].Stream.Close()
	h.idle(t)
}

func TestAClientThatLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 1, map[arn.Region]script{"site-a": {wait: time.Minute}})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		a, err := h.Do(ctx, call("all.house.llama", false))
		if !fault.Is(err, fault.ClientGone) || a.Trail.Attempts() != 0 {
			t.Errorf("%v after %d attempts", err, a.Trail.Attempts())
		}
		if got := h.settled[0].Latency; got != time.Second {
			t.Errorf("settled after %s", got)
		}
		h.idle(t)
	})
}

func TestAStreamClosedEarlyIsSettledByWhatWasRelayed(t *testing.T) {
	h := newHouse(t, 1, nil)
	a, err := h.Do(context.Background(), call("house.llama", true))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // the start and two deltas of four bytes
		if _, err := a.Stream.Next(); err != nil {
			t.Fatal(err)
		}
	}
	a.Stream.Close()
	a.Stream.Close()
	if len(h.settled) != 1 {
		t.Fatalf("settled %d times", len(h.settled))
	}
	r := h.settled[0]
	want := chat.Usage{Input: 7, Output: 2, Estimated: true}
	if r.Failure == nil || r.Failure.Code != fault.ClientGone || r.Usage != want {
		t.Errorf("settled as %v with %+v", r.Failure, r.Usage)
	}
	h.idle(t)
}

func TestWhatTookHowLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 0, map[arn.Region]script{"site-a": {wait: 3 * time.Second, refuse: throttled}, "site-b": {wait: time.Second}})
		c := call("all.house.llama", true)
		time.Sleep(500 * time.Millisecond) // the gateway's own part
		a, err := h.Do(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second) // a slow reader
		read(a.Stream)
		a.Stream.Close()
		got := []time.Duration{a.FirstContent(), a.Overhead(), h.settled[0].Latency}
		want := []time.Duration{4500 * time.Millisecond, 500 * time.Millisecond, 6500 * time.Millisecond}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestErrorsOfParsingReachTheCallerBeforeAnyAttempt(t *testing.T) {
	h := newHouse(t, 1, nil)
	c := call("house.llama", false)
	c.Parse = func(tg *profile.Target) (Ask, error) {
		return Ask{}, fault.New(fault.Validation, "not for %s", tg.Model.ID)
	}
	_, err := h.Do(context.Background(), c)
	if f := fault.Public(err); f.Code != fault.Validation || f.Message != "not for house.llama" {
		t.Errorf("%v", err)
	}
	if len(h.fake.asked) != 0 {
		t.Errorf("the provider was asked in %v", h.fake.asked)
	}
}

func TestCountingTakesNoCapacity(t *testing.T) {
	h := newHouse(t, 1, map[arn.Region]script{"site-a": {refuse: errDown}})
	a, err := h.CountTokens(context.Background(), call("all.house.llama", false))
	if err != nil || a.Tokens != 7 || !a.Exact || a.Region != "site-b" {
		t.Errorf("%d in %q: %v", a.Tokens, a.Region, err)
	}
	if len(h.settled) != 0 {
		t.Error("counting was settled like a call")
	}
}

func TestADeploymentNeedsItsProvider(t *testing.T) {
	table := route.NewTable([]route.Rule{{Model: "m", Regions: []arn.Region{"r"}, Provider: "gone"}}, []route.Offer{{Model: "m"}})
	if _, err := New(Options{Table: table, Providers: map[string]provider.Provider{}}); err == nil {
		t.Error("a gateway was made that cannot serve one of its deployments")
	}
}

// Whatever happens to many calls at once, no place holds more than its limit and all are free in the end.
func TestPlacesAreNeverOverfilledAndAlwaysFreed(t *testing.T) {
	h := newHouse(t, 3, map[arn.Region]script{"site-b": {broken: errDown, after: 2}})
	seed := rand.Uint64()
	var wg sync.WaitGroup
	for i := range 16 {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		wg.Go(func() {
			for range 200 {
				h.random(t, rng)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.Logf("seed %d", seed)
	}
	h.idle(t)
	if len(h.settled) != 16*200 {
		t.Errorf("%d of %d calls were settled", len(h.settled), 16*200)
	}
}

// random makes one call, reads some of it, and leaves.
func (h *house) random(t *testing.T, rng *rand.Rand) {
	ids := []string{"all.house.llama", "house.llama", "nothing"}
	a, err := h.Do(context.Background(), call(ids[rng.IntN(len(ids))], rng.IntN(2) == 0))
	for _, d := range h.Fleet().Table().All() {
		if n := h.Fleet().State(d).Figures(now()).Running; n > 3 {
			t.Errorf("%s holds %d calls", d.Region, n)
		}
	}
	if err != nil || a.Stream == nil {
		return
	}
	for range rng.IntN(10) {
		if _, err := a.Stream.Next(); err != nil {
			break
		}
	}
	a.Stream.Close()
}

func BenchmarkCall(b *testing.B) {
	h := newHouse(new(testing.T), 0, nil)
	h.watch.Settled = func(*Record) {}
	for _, stream := range []bool{false, true} {
		b.Run(fmt.Sprintf("stream=%t", stream), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.fake.asked = h.fake.asked[:0]
				a, err := h.Do(context.Background(), call("all.house.llama", stream))
				if err != nil {
					b.Fatal(err)
				}
				if stream {
					read(a.Stream)
					a.Stream.Close()
				}
			}
		})
	}
}

func TestAnotherAccountsProfileIsDeniedByName(t *testing.T) {
	h := newHouse(t, 0, nil)
	c := call("arn:aws:bedrock:site-a:999988887777:application-inference-profile/abcdefghijkl", true)
	c.Principal.ARN = "arn:aws:iam::111122223333:user/ada"
	_, err := h.Do(context.Background(), c)
	want := "User: arn:aws:iam::111122223333:user/ada is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: " +
		c.Identifier + " because no resource-based policy allows the bedrock:InvokeModelWithResponseStream action"
	if f := fault.Public(err); f.Code != fault.AccessDenied || f.Message != want {
		t.Errorf("%s: %s\nwant %s", f.Code, f.Message, want)
	}
}
