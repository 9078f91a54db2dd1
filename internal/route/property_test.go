package route

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
)

var start = time.Unix(1_800_000_000, 0)

// anyFleet is a fleet of some places with capacities, orders and a policy of all kinds.
func anyFleet(t *rapid.T) (*Fleet, *Query) {
	regions := []arn.Region{"home", "a", "b", "c", "d"}
	var rules []Rule
	for i, n := range rapid.SliceOfN(rapid.IntRange(0, 2), len(regions), len(regions)).Draw(t, "deployments") {
		for j := range n {
			rules = append(rules, Rule{Model: "m", Regions: regions[i : i+1], Provider: fmt.Sprint("p", j), Capacity: Capacity{
				Concurrency:       rapid.IntRange(0, 3).Draw(t, "concurrency"),
				RequestsPerMinute: rapid.Int64Range(0, 6).Draw(t, "rpm"),
				TokensPerMinute:   rapid.Int64Range(0, 2).Draw(t, "tpm") * 500,
				TokensPerSecond:   rapid.Int64Range(0, 1).Draw(t, "tps") * 20,
				Price:             rapid.Float64Range(0, 5).Draw(t, "price"),
			}})
		}
	}
	policy := Policy(rapid.IntRange(0, int(Sticky)).Draw(t, "policy"))
	some := func(name string) []arn.Region {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(regions), 0, 2, rapid.ID).Draw(t, name)
	}
	orders := NewOrders([]Order{{Policy: &policy, Deny: some("deny"), Drain: some("drain")}})
	f := NewFleet(NewTable(rules, []Offer{{Model: "m"}}), orders, Tuning{}, Facts{}, nil)
	return f, &Query{
		Model: "m", Source: "home", Destinations: append(slices.Clone(regions), "nowhere"), Settings: orders.For("", "", "m", ""),
		Tokens: rapid.Int64Range(0, 400).Draw(t, "tokens"), Prompt: rapid.Uint64().Draw(t, "prompt"),
	}
}

// history is what has begun at a state, to hold its windows against.
type history struct {
	began []time.Time
	size  []int64
}

// Whatever happens, a plan has every candidate once, asks only places that may be asked, and leaves out none that has
// room; and no place ever holds more than its capacity.
func TestNoPlanForgetsARoomOrOverfillsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, q := anyFleet(t)
		now, p := start, &Plan{}
		running := map[*Lease]*State{}
		past := map[*State]*history{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 9000).Draw(t, "pause")) * time.Millisecond)
			q.Random = rapid.Uint64().Draw(t, "random")
			f.Plan(now, q, p)
			checkPlan(t, f, q, p, now)
			if c := p.Get(0); c != nil && rapid.Bool().Draw(t, "begin") {
				l, room := f.Begin(now, c, Attempt{Tokens: q.Tokens})
				if room > c.Room {
					t.Fatalf("%s was %s in the plan and is %s at once", c.Region, c.Room, room)
				}
				running[&l] = c.state
				if past[c.state] == nil {
					past[c.state] = &history{}
				}
				past[c.state].hold(t, now, c.Deployment, q.Tokens, running, c.state)
			}
			for l := range running {
				if rapid.Bool().Draw(t, "end") {
					l.End(now, anyEnd(t), 0, q.Tokens)
					delete(running, l)
				}
			}
		}
	})
}

func anyEnd(t *rapid.T) *fault.Error {
	return rapid.SampledFrom([]*fault.Error{
		nil, nil, nil,
		fault.New(fault.Throttling, "enough"), fault.New(fault.ServiceUnavailable, "down"), fault.New(fault.Validation, "bad"),
	}).Draw(t, "how")
}

func checkPlan(t *rapid.T, f *Fleet, q *Query, p *Plan, now time.Time) {
	want := 0
	for _, r := range q.Destinations {
		want += max(1, len(f.table.At("m", r)))
	}
	if len(p.Candidates) != want {
		t.Fatalf("%d candidates of %d", len(p.Candidates), want)
	}
	asked := map[uint16]bool{}
	for _, i := range p.Order {
		if asked[i] {
			t.Fatalf("candidate %d is asked twice", i)
		}
		asked[i] = true
	}
	for i := range p.Candidates {
		c := &p.Candidates[i]
		if asked[uint16(i)] != (c.Room <= Crowded) {
			t.Fatalf("%s is %s, asked: %t", c.Region, c.Room, asked[uint16(i)])
		}
		closed := q.Settings.Permits(c.Region)
		if asked[uint16(i)] && closed != Free {
			t.Fatalf("%s is %s and would be asked", c.Region, closed)
		}
		if c.Room > Crowded && c.Room < Drained {
			if room := c.state.View(now, q.Tokens).Room; room <= Crowded {
				t.Fatalf("%s has room and is left out", c.Region)
			}
		}
		if s := c.Score; s.Headroom < 0 || s.Headroom > 1 || s.Health < 0 || s.Health > 1 || !(s.Total >= 0 && s.Total <= 10) {
			t.Fatalf("%s has the score %+v", c.Region, s)
		}
	}
}

// hold notes that a call began, and fails when more than the capacity has.
func (h *history) hold(t *rapid.T, now time.Time, d *Deployment, tokens int64, running map[*Lease]*State, s *State) {
	h.began, h.size = append(h.began, now), append(h.size, 1)
	n := 0
	for _, at := range running {
		if at == s {
			n++
		}
	}
	if d.Concurrency > 0 && n > d.Concurrency {
		t.Fatalf("%d calls run where %d may", n, d.Concurrency)
	}
	within := int64(0)
	for i := len(h.began) - 1; i >= 0 && now.Sub(h.began[i]) <= time.Minute; i-- {
		within += h.size[i]
	}
	if d.RequestsPerMinute > 0 && within > d.RequestsPerMinute {
		t.Fatalf("%d calls within a minute where %d may begin", within, d.RequestsPerMinute)
	}
}

// Many goroutines never hold more of a place than there is, and give all of it back.
func TestManyCallsAtOnceKeepWithinCapacity(t *testing.T) {
	const limit = 5
	table := NewTable([]Rule{{Model: "m", Regions: []arn.Region{"a", "b"}, Provider: "p", Capacity: Capacity{Concurrency: limit}}}, []Offer{{Model: "m"}})
	f := NewFleet(table, nil, Tuning{}, Facts{}, nil)
	var held [2]atomic.Int64
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			p := &Plan{}
			q := &Query{Model: "m", Source: "a", Destinations: []arn.Region{"a", "b"}, Settings: f.Orders().For("", "", "m", "")}
			for i := range 2000 {
				now := start.Add(time.Duration(i) * time.Millisecond)
				q.Random = uint64(g*10000 + i)
				f.Plan(now, q, p)
				for n := 0; p.Get(n) != nil; n++ {
					c := p.Get(n)
					l, room := f.Begin(now, c, Attempt{})
					if room > c.Room {
						continue
					}
					if h := held[c.Deployment.Index].Add(1); h > limit {
						t.Errorf("%d calls run in %s where %d may", h, c.Region, limit)
					}
					held[c.Deployment.Index].Add(-1)
					l.End(now, nil, 0, 0)
					break
				}
			}
		})
	}
	wg.Wait()
	for _, d := range table.All() {
		if n := f.State(d).Figures(start).Running; n != 0 {
			t.Errorf("%s still has %d calls", d.Region, n)
		}
	}
}

// A queue gives turns fairly, and never leaves room unused while somebody waits for it.
func TestTheQueueIsFairAndForgetsNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const limit = 2
		table := NewTable([]Rule{{Model: "m", Regions: []arn.Region{"a"}, Provider: "p", Capacity: Capacity{Concurrency: limit}}}, []Offer{{Model: "m"}})
		f := NewFleet(table, nil, Tuning{}, Facts{}, nil)
		d := table.All()[0]
		s, q, p, now := f.State(d), &Queue{}, &Plan{}, start
		var running []*Lease
		turns := map[*Waiter]bool{}
		var waiting []*Waiter
		settle := func() { // everyone whose turn it is takes its place
			for more := true; more; {
				more = false
				for i, w := range waiting {
					if !turns[w] {
						continue
					}
					delete(turns, w)
					more = true
					if l, room := s.Begin(now, Attempt{Waited: true}); room <= Crowded {
						running = append(running, &l)
						waiting = slices.Delete(waiting, i, i+1)
						q.Leave(now, w, true)
						break
					}
					q.Missed(w)
				}
			}
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			now = now.Add(time.Millisecond)
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0, 1:
				query := &Query{Model: "m", Source: "a", Destinations: []arn.Region{"a"}, Settings: f.Orders().For("", "", "m", "")}
				f.Plan(now, query, p)
				if c := p.Get(0); c != nil {
					if len(waiting) > 0 {
						t.Fatal("a newcomer found room before those who wait")
					}
					if l, room := f.Begin(now, c, Attempt{}); room <= Crowded {
						running = append(running, &l)
					}
					continue
				}
				w := &Waiter{Model: "m", Account: arn.Account(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "account"))}
				w.Turn = func() { turns[w] = true }
				if q.Join(now, w, p, 10) {
					waiting = append(waiting, w)
				} else if len(waiting) < 10 {
					t.Fatal("the queue is full before it is")
				}
			case 2:
				if len(running) > 0 {
					running[0].End(now, nil, 0, 0)
					running = running[1:]
					q.Freed(now, d, s)
				}
			case 3:
				if len(waiting) > 0 { // gives up
					q.Leave(now, waiting[0], false)
					delete(turns, waiting[0])
					waiting = waiting[1:]
				}
			}
			settle()
			if len(waiting) > 0 && len(running) < limit {
				t.Fatalf("%d calls wait while only %d of %d run", len(waiting), len(running), limit)
			}
			if q.Waiting() != len(waiting) || s.Figures(now).Waiting != len(waiting) {
				t.Fatalf("%d calls wait, the queue says %d and the place %d", len(waiting), q.Waiting(), s.Figures(now).Waiting)
			}
		}
	})
}

// An account with many calls waiting gets every other turn when another one waits too.
func TestTurnsAlternateBetweenAccounts(t *testing.T) {
	table := NewTable([]Rule{{Model: "m", Regions: []arn.Region{"a"}, Provider: "p", Capacity: Capacity{Concurrency: 1}}}, []Offer{{Model: "m"}})
	f := NewFleet(table, nil, Tuning{}, Facts{}, nil)
	d, q, p := table.All()[0], &Queue{}, &Plan{}
	first, _ := f.State(d).Begin(start, Attempt{})
	f.Plan(start, &Query{Model: "m", Source: "a", Destinations: []arn.Region{"a"}, Settings: f.Orders().For("", "", "m", "")}, p)
	var order []string
	var next *Waiter
	join := func(account arn.Account, principal string) {
		w := &Waiter{Model: "m", Account: account, Principal: principal}
		w.Turn = func() { next = w; order = append(order, string(account)+"/"+principal) }
		q.Join(start, w, p, 100)
	}
	for range 3 {
		join("big", "ann")
	}
	join("big", "bob")
	join("small", "eve")
	join("small", "eve")
	lease := &first
	for range 6 {
		lease.End(start, nil, 0, 0)
		q.Freed(start, d, f.State(d))
		l, room := f.State(d).Begin(start, Attempt{Waited: true})
		if room != Free {
			t.Fatal(room, order)
		}
		lease = &l
		q.Leave(start, next, true)
	}
	want := []string{"big/ann", "small/eve", "big/bob", "small/eve", "big/ann", "big/ann"}
	if !slices.Equal(order, want) {
		t.Errorf("the order was %v, want %v", order, want)
	}
}

// What is learned of a deployment outlives its table, and what runs on it is still counted.
func TestANewTableKeepsWhatWasLearned(t *testing.T) {
	rule := Rule{Model: "m", Regions: []arn.Region{"a"}, Provider: "p", Capacity: Capacity{Concurrency: 1}}
	before := NewFleet(NewTable([]Rule{rule}, []Offer{{Model: "m"}}), nil, Tuning{}, Facts{}, nil)
	l, _ := before.State(before.Table().All()[0]).Begin(start, Attempt{})
	rule.Concurrency = 2
	after := NewFleet(NewTable([]Rule{{Model: "m", Regions: []arn.Region{"b"}, Provider: "p"}, rule}, []Offer{{Model: "m"}}), nil, Tuning{}, Facts{}, before)
	s := after.State(after.Table().All()[1])
	if v := s.View(start, 0); v.Running != 1 || v.Headroom != 0.5 || v.Room != Free {
		t.Errorf("after the change: %+v", v)
	}
	l.End(start, nil, 0, 0)
	if v := s.View(start, 0); v.Running != 0 {
		t.Errorf("after the end: %+v", v)
	}
}

// Calls that failed elsewhere may fail at a place so often, and no more until others succeed there.
func TestRetriesHaveABudget(t *testing.T) {
	s := newState(1, Capacity{}, Tuning{Failures: 1000}.filled())
	down := fault.New(fault.ServiceUnavailable, "down")
	now, failed := start, 0
	for ; failed < 1000; failed++ {
		now = now.Add(time.Second)
		l, room := s.Begin(now, Attempt{Retry: true, Most: Crowded})
		if room == Spent {
			break
		}
		l.End(now, down, 0, 0)
		for range 2 { // so that the breaker stays closed
			l, _ = s.Begin(now, Attempt{Most: Crowded})
			l.End(now, nil, 0, 0)
		}
	}
	if failed < retryBurst || failed > 2*retryBurst {
		t.Errorf("%d calls that had failed elsewhere failed here too before there were no more", failed)
	}
	if _, room := s.Begin(now, Attempt{Most: Crowded}); room != Free {
		t.Errorf("a first attempt finds it %s", room)
	}
}

// Prompts are dealt out evenly, and stay where they were when another place goes.
func TestStickyDealsEvenly(t *testing.T) {
	policy := Sticky
	orders := NewOrders([]Order{{Policy: &policy}})
	regions := []arn.Region{"a", "b", "c"}
	f := NewFleet(NewTable([]Rule{{Model: "m", Regions: regions, Provider: "p"}}, []Offer{{Model: "m"}}), orders, Tuning{}, Facts{}, nil)
	count, p := map[arn.Region]int{}, &Plan{}
	moved := 0
	for i := range uint64(3000) {
		q := &Query{Model: "m", Source: "x", Destinations: regions, Settings: orders.For("", "", "m", ""), Prompt: scatter(i + 1)}
		f.Plan(start, q, p)
		first := p.Get(0).Region
		count[first]++
		q.Destinations = regions[:2]
		if f.Plan(start, q, p); first != "c" && p.Get(0).Region != first {
			moved++
		}
	}
	for _, r := range regions {
		if n := count[r]; n < 900 || n > 1100 {
			t.Errorf("%s gets %d of 3000 prompts", r, n)
		}
	}
	if moved != 0 {
		t.Errorf("%d prompts moved though their place stayed", moved)
	}
}

func TestPrefixesTellPromptsApart(t *testing.T) {
	long := string(make([]byte, 2*prefixBytes))
	sum := func(parts ...string) uint64 {
		var p Prefix
		for _, part := range parts {
			p.Add(part)
		}
		return p.Sum()
	}
	if sum("short") != 0 {
		t.Error("a prompt that no cache keeps has a hash")
	}
	if a, b := sum("x", long), sum("y", long); a == b {
		t.Error("two prompts have one hash")
	}
	if a, b := sum(long+"a"), sum(long+"b"); a != b {
		t.Error("what stands behind the prefix counts")
	}
	if a, b := sum("ab", long), sum("a", "b"+long); a == b {
		t.Error("pieces run together")
	}
}
