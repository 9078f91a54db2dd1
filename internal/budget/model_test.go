package budget

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

// history runs random calls against a pool and against a list of what was charged, which is all that a restart leaves.
type history struct {
	*rapid.T
	pool    *Pool
	now     time.Time
	budgets map[string]*Definition
	running []*running
	ledger  []*meter.Record
	next    int

	refused int
}

// running is a call between its reservation and its end.
type running struct {
	demand  *Demand
	ticket  *Ticket
	relayed int64
}

var teams = []string{"search", "ads"}

func (h *history) define() {
	name := rapid.SampledFrom([]string{"all", "search", "usage"}).Draw(h.T, "budget")
	d := monthly(h, name, fmt.Sprint(rapid.IntRange(1, 30).Draw(h.T, "limit")), rapid.SampledFrom([]Enforcement{Hard, Hard, Adaptive, Soft}).Draw(h.T, "enforcement"))
	d.Unit = rapid.SampledFrom([]TimeUnit{Daily, Monthly}).Draw(h.T, "unit")
	switch name {
	case "search":
		d.Filter = &Expression{Tag: &Condition{"team", []string{"search"}}}
	case "usage":
		d.Filter = &Expression{Not: &Expression{Dimension: &Condition{usageType, []string{"USE1-NovaLite-input-tokens"}}}}
	}
	if same, err := h.pool.Replace(d); err != nil {
		h.Fatal(err)
	} else if !same {
		h.load(d)
	}
	h.budgets[name] = d
}

// load is what an actor does with the ledger.
func (h *history) load(d *Definition) {
	l, err := h.pool.Expect(d)
	if err != nil {
		h.Fatal(err)
	}
	for _, r := range h.ledger {
		for line := range h.pool.names.Lines(r) {
			l.Line(line.Hour.Time(), &meter.Subject{Dimensions: &line.Dimensions, Tags: r.Tags(), Payer: management}, &line)
		}
	}
	l.Install()
}

func (h *history) begin() {
	h.next++
	d := ask(fmt.Sprint(h.next), int64(rapid.IntRange(0, 20).Draw(h.T, "max tokens")))
	d.At = h.now.Add(-time.Duration(rapid.IntRange(0, 90).Draw(h.T, "seconds ago")) * time.Second)
	d.Application.Tags = map[string]string{"team": rapid.SampledFrom(teams).Draw(h.T, "team")}
	d.Stream = rapid.Bool().Draw(h.T, "streams")
	r := &running{demand: d, ticket: new(Ticket)}
	if h.pool.Reserve(d, r.ticket) != nil {
		h.refused++
		return
	}
	h.running = append(h.running, r)
}

// pick takes a running call off the list.
func (h *history) pick() *running {
	if len(h.running) == 0 {
		return nil
	}
	i := rapid.IntRange(0, len(h.running)-1).Draw(h.T, "call")
	r := h.running[i]
	h.running = slices.Delete(h.running, i, i+1)
	return r
}

// settle ends a call with an answer that a model may give: as long as what was asked for at most, and of a stream no
// longer than what was relayed.
func (h *history) settle() {
	r := h.pick()
	if r == nil {
		return
	}
	most := r.demand.longest()
	if r.demand.Stream {
		most = min(most, r.relayed)
	}
	rec := came(r.demand, 10, rapid.Int64Range(0, most).Draw(h.T, "output"))
	h.ledger = append(h.ledger, rec)
	h.pool.Count(rec)
	r.ticket.Release()
}

func (h *history) fail() {
	if r := h.pick(); r != nil {
		r.ticket.Release()
	}
}

// relay lets a stream go on, or cuts it and charges what was relayed.
func (h *history) relay() {
	if len(h.running) == 0 {
		return
	}
	r := rapid.SampledFrom(h.running).Draw(h.T, "stream")
	if !r.demand.Stream {
		return
	}
	more := r.relayed + int64(rapid.IntRange(1, 40).Draw(h.T, "bytes"))
	if r.ticket.Progress(more) == nil && more <= r.demand.longest()*bytesPerToken {
		r.relayed = more
		return
	}
	h.running = slices.DeleteFunc(h.running, func(o *running) bool { return o == r })
	rec := came(r.demand, 10, (r.relayed+bytesPerToken-1)/bytesPerToken)
	rec.Estimated, rec.Outcome = true, meter.Left
	h.ledger = append(h.ledger, rec)
	h.pool.Count(rec)
}

// crash loses everything but the ledger; running calls are charged by their last checkpoint.
func (h *history) crash() {
	for _, r := range h.running {
		rec := came(r.demand, 0, 0)
		if r.demand.Stream {
			rec = came(r.demand, 10, rapid.Int64Range(0, (r.relayed+bytesPerToken-1)/bytesPerToken).Draw(h.T, "checkpointed"))
		}
		rec.Outcome = meter.Interrupted
		h.ledger = append(h.ledger, rec)
	}
	h.running = nil
	h.pool = newPool(h)
	for _, name := range sortedKeys(h.budgets) {
		h.load(h.budgets[name])
	}
}

// spent is what the ledger has of a budget's period.
func (h *history) spent(d *Definition, p Period) (sum money.Amount) {
	for _, r := range h.ledger {
		if !p.Contains(r.At) || d.Name == "search" && r.Application.Tags["team"] != "search" {
			continue
		}
		if sum = sum.Add(r.Total); d.Name == "usage" {
			sum = sum.Sub(r.Costs[catalog.Input])
		}
	}
	return sum
}

// check holds the pool against the ledger and the calls that run.
func (h *history) check() {
	for name, d := range h.budgets {
		s, ok := h.pool.Status(d.Key, h.now)
		if !ok || s.Spent != h.spent(d, s.Period) {
			h.Fatalf("%s has spent %s from %s to %s; the ledger has %s", name, s.Spent, s.Period.Start, s.Period.End, h.spent(d, s.Period))
		}
		var held money.Amount
		calls := 0
		for _, r := range h.running {
			for i := range r.ticket.holds {
				if e := r.ticket.holds[i].entry; e.def.Name == name && s.Period.Contains(r.demand.At) {
					held, calls = held.Add(r.ticket.holds[i].amount), calls+1
				}
			}
		}
		if s.Held != held || s.Calls != calls {
			h.Fatalf("%s says that %d calls hold %s; %d calls hold %s", name, s.Calls, s.Held, calls, held)
		}
	}
	if len(h.pool.open) != len(h.running) {
		h.Fatalf("%d calls are open, %d run", len(h.pool.open), len(h.running))
	}
}

func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &history{T: t, pool: newPool(t), now: noon, budgets: map[string]*Definition{}}
		t.Repeat(map[string]func(*rapid.T){
			"define": func(*rapid.T) { h.define() },
			"begin":  func(*rapid.T) { h.begin() }, "begin another": func(*rapid.T) { h.begin() },
			"settle": func(*rapid.T) { h.settle() }, "fail": func(*rapid.T) { h.fail() },
			"relay": func(*rapid.T) { h.relay() }, "crash": func(*rapid.T) { h.crash() },
			"time": func(t *rapid.T) {
				h.now = h.now.Add(time.Duration(rapid.IntRange(-3, 40).Draw(t, "hours")) * time.Hour)
			},
			"remove": func(*rapid.T) { h.pool.Remove(Key{owner, "usage"}); delete(h.budgets, "usage") },
			"":       func(*rapid.T) { h.check() },
		})
	})
}

// Whatever the calls do, a budget that was there before them is never overspent by more than its margin: nothing when
// it is hard, a tenth when it is adaptive.
func TestNothingIsOverspent(t *testing.T) {
	for _, how := range []Enforcement{Hard, Adaptive} {
		t.Run(how.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				h := &history{T: t, pool: newPool(t), now: noon, budgets: map[string]*Definition{}}
				for i, limit := range []string{"8", "5", "6"} {
					d := monthly(t, []string{"all", "search", "usage"}[i], limit, how)
					if d.Unit = Daily; d.Name == "search" {
						d.Filter = &Expression{Tag: &Condition{"team", []string{"search"}}}
					} else if d.Name == "usage" {
						d.Filter = &Expression{Not: &Expression{Dimension: &Condition{usageType, []string{"USE1-NovaLite-input-tokens"}}}}
					}
					h.load(d)
					h.budgets[d.Name] = d
				}
				t.Repeat(map[string]func(*rapid.T){
					"begin": func(*rapid.T) { h.begin() }, "begin another": func(*rapid.T) { h.begin() },
					"settle": func(*rapid.T) { h.settle() }, "fail": func(*rapid.T) { h.fail() },
					"relay": func(*rapid.T) { h.relay() }, "relay more": func(*rapid.T) { h.relay() }, "crash": func(*rapid.T) { h.crash() },
					"time": func(t *rapid.T) { h.now = h.now.Add(time.Duration(rapid.IntRange(0, 13).Draw(t, "hours")) * time.Hour) },
					"": func(t *rapid.T) {
						for name, d := range h.budgets {
							p, _ := d.Period(h.now)
							most := d.Limit
							if how == Adaptive {
								most = most.Add(Margin(d.Limit))
							}
							if s := h.spent(d, p); most.Less(s) {
								t.Fatalf("%s: %s of %s are spent", name, s, d.Limit)
							}
						}
					},
				})
			})
		})
	}
}
