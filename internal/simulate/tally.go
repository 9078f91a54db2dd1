package simulate

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/simulate/trace"
)

// tally notes what becomes of each call.
type tally struct {
	trace    *trace.Trace
	bins     bins
	calls    []call
	reasons  map[string]int
	cost     money.Amount
	upstream float64
	unpriced int
	read     int64 // tokens of input
	cached   int64 // of them
	waiting  gauge
}

// call is what one call came to.
type call struct {
	first   time.Duration // to the first token; 0: there was none
	waited  time.Duration // in the queue
	outcome Outcome
	tries   uint8
	away    bool // served outside its source region
}

func newTally(t *trace.Trace, b bins) tally {
	return tally{trace: t, bins: b, calls: make([]call, len(t.Calls)), reasons: map[string]int{}, waiting: gauge{bins: b}}
}

func (t *tally) refuse(index int, o Outcome, why string) {
	t.calls[index].outcome = o
	t.reasons[o.String()+": "+why]++
}

func (t *tally) serve(j *job, o Outcome, p *place) {
	c := &t.calls[j.index]
	c.outcome, c.first, c.away = o, j.first, !j.now.Source
	c.tries = uint8(min(j.tries, math.MaxUint8))
	if o == Served {
		p.served++
	} else {
		t.reasons[o.String()+": "+string(p.at.Region)]++
	}
}

// charge adds what a call used and costs by the price book, and what it costs the operator by the deployment's own price.
func (t *tally) charge(c meter.Charge, p *place, u chat.Usage) {
	t.cost = t.cost.Add(c.Total)
	if c.Unpriced {
		t.unpriced++
	}
	t.read += u.Input + u.CacheRead + u.CacheWrite5m
	t.cached += u.CacheRead
	t.upstream += p.at.Price * float64(u.Total()) / 1e6
}

// result sums everything up.
func (e *engine) result() *Result {
	t := &e.tally
	r := &Result{
		Name: e.variant.Name, Calls: len(t.calls), Cost: t.cost, Unpriced: t.unpriced, Upstream: t.upstream, Read: t.read, Cached: t.cached,
		Reasons: ranked(t.reasons), Places: e.placeResults(), Over: t.series(),
	}
	var first, waited []time.Duration
	for i := range t.calls {
		c := &t.calls[i]
		r.Outcomes[c.outcome]++
		if c.tries > 1 {
			r.Retried++
		}
		if c.away && c.outcome == Served {
			r.Away++
		}
		if c.first > 0 {
			first = append(first, c.first)
		}
		if c.waited > 0 {
			r.Queued++
			waited = append(waited, c.waited)
		}
	}
	r.First, r.Waited = quantiles(first), quantiles(waited)
	return r
}

// series cuts the calls, which are in order of their arrival, into the parts of the trace.
func (t *tally) series() Series {
	s := Series{Length: t.bins.length, Queue: t.waiting.means()}
	width := t.bins.length.Seconds() / float64(t.bins.count)
	for i, bin := 0, 0; bin < t.bins.count; bin++ {
		var first []time.Duration
		arrived, refused := 0, 0
		for ; i < len(t.calls) && t.bins.of(t.trace.Calls[i].At) == bin; i++ {
			arrived++
			if t.calls[i].outcome != Served {
				refused++
			}
			if t.calls[i].first > 0 {
				first = append(first, t.calls[i].first)
			}
		}
		s.Arrived = append(s.Arrived, float64(arrived)/width)
		s.Refused = append(s.Refused, float64(refused)/width)
		s.P95 = append(s.P95, quantiles(first).P95)
	}
	return s
}

// placeResults are the places that were asked: first those that the trace's first calls may run in, in their order,
// then all others in theirs.
func (e *engine) placeResults() []PlaceResult {
	rank := map[arn.Region]int{}
	for _, t := range e.targets {
		if t.target == nil {
			continue
		}
		for _, r := range t.target.Destinations {
			if _, known := rank[r]; !known {
				rank[r] = len(rank)
			}
		}
	}
	var out []PlaceResult
	for _, p := range e.places {
		if p != nil {
			out = append(out, p.result())
		}
	}
	slices.SortStableFunc(out, func(a, b PlaceResult) int { return cmp.Compare(rank[a.Region], rank[b.Region]) })
	return out
}

// result is what the place did. Its utilisation is of what it can really do, else of what the gateway was told, else of
// the most it did.
func (p *place) result() PlaceResult {
	r := PlaceResult{
		Region: p.at.Region, Model: p.at.Model, Provider: p.at.Provider,
		Served: p.served, Attempts: p.attempts, Mean: p.busy.mean(), Peak: p.peak,
		Bound: cmp.Or(p.is.Concurrency, int64(p.at.Concurrency)), Busy: p.busy.means(),
	}
	whole := float64(cmp.Or(r.Bound, r.Peak, 1))
	for i := range r.Busy {
		r.Busy[i] /= whole
	}
	return r
}
