package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/route"
)

// manor is a house whose deployments learn, with orders.
func manor(t *testing.T, c route.Capacity, scripts map[arn.Region]script, orders ...route.Order) *house {
	t.Helper()
	h := newHouse(t, 0, scripts)
	table := route.NewTable([]route.Rule{{Model: "house.llama", Provider: "fake", Capacity: c}},
		[]route.Offer{{Model: "house.llama", Regions: []arn.Region{"site-a", "site-b", "site-c"}}})
	h.history = NewHistory(100)
	fleet := route.NewFleet(table, route.NewOrders(orders), route.Tuning{}, route.Facts{}, nil)
	if err := h.Replace(fleet, map[string]provider.Provider{"fake": h.fake}); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) script(r arn.Region, s script) {
	h.fake.mu.Lock()
	defer h.fake.mu.Unlock()
	if h.fake.scripts == nil {
		h.fake.scripts = map[arn.Region]script{}
	}
	h.fake.scripts[r] = s
}

func of[T any](v T) *T { return &v }

const profileID = "all.house.llama"

// A stream that does not begin in time is given up, and another place asked.
func TestAStreamMustBeginInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := manor(t, route.Capacity{FirstContent: time.Second}, map[arn.Region]script{"site-a": {wait: time.Minute}})
		began := time.Now()
		if got := h.outcome(call(profileID, true)); got != "fourfourfourfour . site-a=timed-out site-b=served" {
			t.Error(got)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %s", took)
		}
		if got := h.outcome(call(profileID, false)); got != "ok site-a=served" {
			t.Errorf("a whole answer takes the time it needs: %s", got)
		}
		if got := h.outcome(call("house.llama", true)); got != "model_timeout site-a=timed-out" {
			t.Error(got)
		}
		h.idle(t)
	})
}

// The bound is on the beginning: a stream that has begun may take as long as it likes.
func TestAStreamThatHasBegunMayTakeItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := manor(t, route.Capacity{FirstContent: time.Second}, nil)
		a, err := h.Do(context.Background(), call(profileID, true))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if got := read(a.Stream); got != "fourfourfourfour ." {
			t.Error(got)
		}
		a.Stream.Close()
		h.idle(t)
	})
}

// chatter is a stream that never comes to its content.
type chatter struct{ event chat.Event }

func (c *chatter) Next() (*chat.Event, error) {
	c.event = chat.Event{Kind: chat.MessageStart, Native: make([]byte, 100)}
	return &c.event, nil
}
func (*chatter) Close() error { return nil }

func TestWhatIsHeldBeforeContentIsBounded(t *testing.T) {
	s := &Stream{in: &chatter{}}
	err := s.hold()
	if !fault.Is(err, fault.ModelStreamError) || len(s.head) > maxHead {
		t.Errorf("%v after %d events", err, len(s.head))
	}
}

// After five failures a place is left alone; a probe when its time is over brings it back, bit by bit.
func TestABreakerOpensProbesAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := manor(t, route.Capacity{}, map[arn.Region]script{"site-a": {refuse: errDown}})
		var got []string
		for range 7 {
			got = append(got, h.outcome(call(profileID, false)))
		}
		want := append(slicesRepeat("ok site-a=failed site-b=served", 5), slicesRepeat("ok site-a=out-of-order site-b=served", 2)...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		time.Sleep(5 * time.Second)
		if got := h.outcome(call(profileID, false)); got != "ok site-a=failed site-b=served" {
			t.Errorf("the probe: %s", got)
		}
		if got := h.outcome(call(profileID, false)); got != "ok site-a=out-of-order site-b=served" {
			t.Errorf("after the probe: %s", got)
		}
		h.script("site-a", script{})
		time.Sleep(10 * time.Second)
		if got := h.outcome(call(profileID, false)); got != "ok site-a=served" {
			t.Errorf("the probe that works: %s", got)
		}
		time.Sleep(10 * time.Second)
		if got := h.outcome(call(profileID, false)); got != "ok site-a=served" {
			t.Errorf("when it has recovered: %s", got)
		}
		h.idle(t)
	})
}

func slicesRepeat(s string, n int) (out []string) {
	for range n {
		out = append(out, s)
	}
	return out
}

// While one call probes a place, the others go elsewhere.
func TestOneCallProbesAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := manor(t, route.Capacity{}, map[arn.Region]script{"site-a": {refuse: errDown}})
		for range 5 {
			h.outcome(call(profileID, false))
		}
		h.script("site-a", script{wait: time.Second})
		time.Sleep(5 * time.Second)
		probe := make(chan string)
		go func() { probe <- h.outcome(call(profileID, false)) }()
		synctest.Wait()
		for range 3 {
			if got := h.outcome(call(profileID, false)); got != "ok site-a=out-of-order site-b=served" {
				t.Error(got)
			}
		}
		if got := <-probe; got != "ok site-a=served" {
			t.Error(got)
		}
		h.idle(t)
	})
}

// Tokens are not counted where a rule of residency forbids the text to go.
func TestTokensAreCountedWhereTheTextMayGo(t *testing.T) {
	h := manor(t, route.Capacity{}, nil, route.Order{Deny: []arn.Region{"site-a"}})
	a, err := h.CountTokens(context.Background(), call(profileID, false))
	if err != nil || a.Region != "site-b" || a.Trail.String() != "site-a=denied site-b=served" {
		t.Errorf("%v %s %v", a.Region, a.Trail.String(), err)
	}
	a, err = h.CountTokens(context.Background(), call("house.llama", false))
	if !fault.Is(err, fault.AccessDenied) || a.Trail.String() != "site-a=denied" {
		t.Errorf("%s %v", a.Trail.String(), err)
	}
}

// A source region that is passed over says why.
func TestASourceThatIsPassedOverSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := manor(t, route.Capacity{}, map[arn.Region]script{"site-a": {wait: 10 * time.Second}})
		if got := h.outcome(call(profileID, false)); got != "ok site-a=served" {
			t.Error(got)
		}
		if got := h.outcome(call(profileID, false)); got != "ok site-a=strained site-b=served" {
			t.Error(got)
		}
		h.Fleet().State(h.Fleet().Table().All()[0]).Observe(now(), route.Load{Running: 8, Waiting: 2})
		if got := h.outcome(call(profileID, false)); got != "ok site-a=crowded site-b=served" {
			t.Error(got)
		}
		if got := h.outcome(call("house.llama", false)); got != "ok site-a=served" {
			t.Error(got)
		}
	})
}

// An upstream that says when to come back is asked again then, and callers with nowhere else to go are told so.
func TestRetryAfterIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		enough := fault.New(fault.Throttling, "enough")
		enough.RetryAfter = 30 * time.Second
		h := manor(t, route.Capacity{}, map[arn.Region]script{"site-a": {refuse: enough}})
		if got := h.outcome(call(profileID, false)); got != "ok site-a=throttled site-b=served" {
			t.Error(got)
		}
		h.script("site-a", script{})
		time.Sleep(10 * time.Second)
		if got := h.outcome(call(profileID, false)); got != "ok site-a=cooling-down site-b=served" {
			t.Error(got)
		}
		_, err := h.Do(context.Background(), call("house.llama", false))
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != fault.Throttling || f.RetryAfter != 20*time.Second {
			t.Errorf("%v, after %s", err, f.RetryAfter)
		}
		time.Sleep(20 * time.Second)
		if got := h.outcome(call("house.llama", false)); got != "ok site-a=served" {
			t.Error(got)
		}
	})
}

// Calls that find every place full wait, and are served as places get free; the queue is bounded, and so is the wait.
func TestCallsWaitForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := manor(t, route.Capacity{Concurrency: 1}, map[arn.Region]script{
			"site-a": {wait: time.Second}, "site-b": {wait: time.Second}, "site-c": {wait: time.Second},
		}, route.Order{QueueLength: of(4), QueueWait: of(1500 * time.Millisecond)})
		var mu sync.Mutex
		got := map[string]int{}
		var wg sync.WaitGroup
		for range 8 { // three run, four wait, one is turned away
			wg.Go(func() {
				out := h.outcome(call(profileID, false))
				mu.Lock()
				defer mu.Unlock()
				got[out]++
			})
			synctest.Wait()
		}
		wg.Wait()
		const full = "site-a=saturated site-b=saturated site-c=saturated"
		want := map[string]int{
			"ok site-a=served": 1, "ok site-a=saturated site-b=served": 1, "ok site-a=saturated site-b=saturated site-c=served": 1,
			"throttled " + full:                      1, // the queue is full
			"throttled " + full + " queue=1.5s":      1, // it has waited enough
			"ok " + full + " queue=1s site-a=served": 1,
			"ok " + full + " queue=1s site-b=served": 1,
			"ok " + full + " queue=1s site-c=served": 1,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if n := h.Waiting(); n != 0 {
			t.Errorf("%d calls still wait", n)
		}
		h.idle(t)
	})
}

// A caller that leaves the queue leaves nothing behind, and its turn goes to the next.
func TestWhoLeavesTheQueueIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := manor(t, route.Capacity{Concurrency: 1}, map[arn.Region]script{"site-a": {wait: time.Second}},
			route.Order{QueueLength: of(10), QueueWait: of(time.Minute)})
		done := make(chan string, 2)
		go func() { done <- h.outcome(call("house.llama", false)) }()
		synctest.Wait()
		ctx, leave := context.WithCancel(context.Background())
		left := make(chan error)
		go func() {
			_, err := h.Do(ctx, call("house.llama", false))
			left <- err
		}()
		synctest.Wait()
		go func() { done <- h.outcome(call("house.llama", false)) }()
		synctest.Wait()
		leave()
		if err := <-left; !fault.Is(err, fault.ClientGone) {
			t.Error(err)
		}
		if a, b := <-done, <-done; a != "ok site-a=served" || b != "ok site-a=saturated queue=1s site-a=served" {
			t.Error(a, b)
		}
		h.idle(t)
	})
}

// Those who wait for requests per minute get them as time makes room, one by one.
func TestTheQueueSeesRoomThatTimeMakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := manor(t, route.Capacity{RequestsPerMinute: 1}, nil, route.Order{QueueLength: of(10), QueueWait: of(5 * time.Minute)})
		began := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if got := h.outcome(call("house.llama", false)); !strings.HasPrefix(got, "ok ") {
					t.Error(got)
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took < 2*time.Minute || took > 2*time.Minute+5*time.Second {
			t.Errorf("three calls at one a minute took %s", took)
		}
		h.idle(t)
	})
}

// Calls are explained: what was considered, what was tried, what came of it. So many are kept, and no more.
func TestTheLastCallsAreExplained(t *testing.T) {
	h := manor(t, route.Capacity{Concurrency: 4}, map[arn.Region]script{"site-a": {refuse: errDown}})
	h.history = NewHistory(3)
	for i := range 5 {
		c := call(profileID, false)
		c.RequestID = fmt.Sprint(i)
		if i == 4 {
			c.Identifier = "nothing"
		}
		_, _ = h.Do(context.Background(), c)
	}
	if _, ok := h.history.Find("1"); ok {
		t.Error("a call is kept beyond the last three")
	}
	e, ok := h.history.Find("3")
	if !ok || e.Route != "site-a=failed site-b=served" || e.Region != "site-b" || len(e.Plan.Candidates) != 3 || len(e.Attempts) != 2 {
		t.Fatalf("%t %+v", ok, e)
	}
	if a := e.Attempts[0]; a.Region != "site-a" || a.Reason != errDown.Error() || a.Outcome != "unavailable" {
		t.Errorf("%+v", a)
	}
	if first := e.Plan.Get(0); e.Plan.Why != route.BySource || first.Region != "site-a" || first.Score.Total <= 0 {
		t.Errorf("%s %+v", e.Plan.Why, first)
	}
	if bad, ok := h.history.Find("4"); !ok || bad.Outcome != "validation" || bad.Model != "" || bad.Plans != 0 {
		t.Errorf("%t %+v", ok, bad)
	}
	if last := h.history.Last(10); len(last) != 3 || last[0].RequestID != "4" || last[2].RequestID != "2" {
		t.Errorf("%d calls, from %s", len(last), last[0].RequestID)
	}
}

// A gateway that gets another fleet keeps the streams of the one before, and what it has learned.
func TestCallsGoOnWhenTheFleetIsReplaced(t *testing.T) {
	h := manor(t, route.Capacity{Concurrency: 1}, nil)
	a, err := h.Do(context.Background(), call(profileID, true))
	if err != nil {
		t.Fatal(err)
	}
	before := h.Fleet()
	drained := route.NewFleet(before.Table(), route.NewOrders([]route.Order{{Drain: []arn.Region{"site-a"}}}), route.Tuning{}, route.Facts{}, before)
	if err := h.Replace(drained, map[string]provider.Provider{"fake": h.fake}); err != nil {
		t.Fatal(err)
	}
	if got := h.outcome(call(profileID, false)); got != "ok site-a=drained site-b=served" {
		t.Error(got)
	}
	if got := read(a.Stream); got != "fourfourfourfour ." {
		t.Error(got)
	}
	a.Stream.Close()
	h.idle(t)
	if err := h.Replace(drained, nil); err == nil {
		t.Error("a fleet without its provider was taken")
	}
}
