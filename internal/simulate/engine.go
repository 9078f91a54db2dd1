package simulate

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/simulate/trace"
)

// engine replays one variant. Its clock goes from event to event; the calls of the trace come between them.
type engine struct {
	setup   *Setup
	world   *World
	variant *Variant
	trace   *trace.Trace

	fleet   *route.Fleet
	book    *quota.Book
	targets []resolved
	places  []*place // by the index of their deployments; nil: not asked yet
	bins    bins

	queue events
	line  route.Queue // of calls that wait for room
	turns []*job      // whose turn it has become, first come first
	jobs  []*job
	rest  string // of long prompts
	free  []int32

	tally tally
	// told, which may be nil, learns of the end of every call that was routed.
	told func(index int, trail *route.Trail, f *fault.Error)
}

// The kinds of events.
const (
	contentCame kind = iota // the first token, or the failure before it
	answerEnded
	waitOver // a call in the queue looks up
)

// job is a call between its arrival and its end.
type job struct {
	number int32 // in engine.jobs
	index  int   // in the trace
	serial uint32
	target *resolved
	asked  request
	query  route.Query
	plan   route.Plan
	next   int                 // the candidate of the plan to ask next
	failed []*route.Deployment // places that are not asked again, unless the call has waited since
	stale  bool                // a place was taken that the plan had found free
	passes int                 // plans made
	trail  route.Trail
	waiter *route.Waiter // nil: it is not in the queue
	turn   bool          // it is its turn, and it has not looked yet
	since  time.Duration // when it began to wait
	hold   quota.Hold
	now    *route.Candidate // the one that is asked now
	lease  route.Lease
	try    attempt
	begun  time.Duration // when it arrived
	first  time.Duration // from its arrival to its first token
	tries  int
}

// Run replays a trace. Progress, which may be nil, is told now and then how many calls have been begun. It ends early
// only with ctx.
func Run(ctx context.Context, s *Setup, w *World, t *trace.Trace, v Variant, progress func(calls int)) (*Result, error) {
	e := newEngine(s, w, t, v)
	if err := e.play(ctx, progress); err != nil {
		return nil, err
	}
	return e.result(), nil
}

func newEngine(s *Setup, w *World, t *trace.Trace, v Variant) *engine {
	e := &engine{
		setup: s, world: w, variant: &v, trace: t,
		fleet:  route.NewFleet(s.Table, s.orders(&v), s.Tuning, s.Map, nil),
		book:   quota.NewBook(w.Account, s.Quotas),
		places: make([]*place, len(s.Table.All())),
		bins:   binsOf(t.Duration(), len(t.Calls)),
	}
	e.targets = e.resolve(t.Targets)
	e.tally = newTally(t, e.bins)
	e.rest = longText()
	return e
}

// often is how many calls pass between two looks at what is outside.
const often = 1 << 12

func (e *engine) play(ctx context.Context, progress func(int)) error {
	for i := range e.trace.Calls {
		if i%often == 0 {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if progress != nil {
				progress(i)
			}
		}
		at := e.trace.Calls[i].At
		e.until(at)
		e.arrive(at, i)
		e.callTurns(at)
	}
	e.until(1<<63 - 1)
	if progress != nil {
		progress(len(e.trace.Calls))
	}
	return nil
}

// until plays every event up to a time. What happens at the same time as an arrival happens before it.
func (e *engine) until(end time.Duration) {
	for {
		at, some := e.queue.next()
		if !some || at > end {
			return
		}
		ev := e.queue.take()
		j := e.jobs[ev.job]
		if j.serial != ev.serial {
			continue // of an attempt that is over
		}
		switch ev.kind {
		case contentCame:
			e.content(at, j)
		case answerEnded:
			e.ended(at, j)
		case waitOver:
			e.look(at, j)
		}
		e.callTurns(at)
	}
}

// arrive is the way of one call up to its first attempt: resolve, admit, route.
func (e *engine) arrive(now time.Duration, index int) {
	c, t := &e.trace.Calls[index], &e.targets[e.trace.Calls[index].Target]
	if t.target == nil {
		e.tally.refuse(index, Impossible, t.err)
		return
	}
	j := e.job(index, t)
	j.begun = now
	j.asked = request{
		input: int64(c.Input), output: int64(c.Output), longest: cmp.Or(int64(c.Max), int64(t.target.Model.MaxOutput)),
		session: c.Session, cache: e.world.Cache,
	}
	j.asked.most = cmp.Or(j.asked.longest, quota.AssumedOutput)
	tokens := quota.Reserve(j.asked.input, j.asked.most)
	if refusal := e.book.Reserve(now, &t.quota, tokens, &j.hold); refusal != nil {
		e.tally.refuse(index, OverQuota, refusal.Measure.String()+" of "+refusal.Subject.String())
		e.done(j)
		return
	}
	e.route(now, j)
}

// ended settles a call that a place answered.
func (e *engine) ended(now time.Duration, j *job) {
	place, u := j.try.place, j.try.usage
	j.try.finish(now)
	j.lease.End(e.moment(now), j.try.fault, u.Input, u.Output)
	e.book.Settle(now, &j.hold, quota.Used(u, j.target.target.Model.Burndown))
	use := j.target.usage
	use.Counts, use.Outcome = meter.CountsOf(u), meter.Succeeded
	outcome := Served
	if j.try.fault != nil {
		use.Outcome, outcome = meter.Failed, BrokenOff
	}
	e.line.Freed(e.moment(now), place.at, e.fleet.State(place.at))
	e.tally.charge(meter.Price(e.setup.Prices, &use, e.moment(j.begun)), place, u)
	e.tally.serve(j, outcome, place)
	if e.told != nil {
		e.told(j.index, &j.trail, j.try.fault)
	}
	e.done(j)
}

// words are what a trail says of its places, each once: which place it was is another question.
func words(t *route.Trail) string {
	var out []string
	for place := range strings.FieldsSeq(t.String()) {
		if where, word, _ := strings.Cut(place, "="); where != "queue" {
			out = append(out, word)
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ", ")
}

// place is what stands behind a deployment.
func (e *engine) place(d *route.Deployment) *place {
	if e.places[d.Index] == nil {
		e.places[d.Index] = e.world.newPlace(d.Index, d, e.setup.Facts, e.bins)
	}
	return e.places[d.Index]
}

// job takes a job that is free, whose memory it uses again.
func (e *engine) job(index int, t *resolved) *job {
	var j *job
	if n := len(e.free); n > 0 {
		j = e.jobs[e.free[n-1]]
		e.free = e.free[:n-1]
	} else {
		j = &job{number: int32(len(e.jobs))}
		e.jobs = append(e.jobs, j)
	}
	j.index, j.target, j.tries, j.passes, j.first, j.waiter = index, t, 0, 0, 0, nil
	j.trail, j.failed = route.Trail{}, j.failed[:0]
	return j
}

// done frees a job. Events of it that are still to come are of nobody's then.
func (e *engine) done(j *job) {
	j.serial++
	e.free = append(e.free, j.number)
}
