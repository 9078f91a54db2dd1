package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/route"
)

// journey is a call on its way to a place.
type journey struct {
	*Gateway
	answer *Answer
	fleet  *route.Fleet
	query  route.Query
	plan   *route.Plan
	// tried are the deployments that have failed the call. They are not asked again, unless it has waited since.
	tried []*route.Deployment
	// stale says that a place was found taken which the plan had found free, so that another plan may find more.
	stale bool
}

// route tries places in the order of a plan until one has begun to answer. A failure that is the
// place's moves on to the next; one that is the request's reaches the caller at once. A call that
// finds no room waits for it, where the operator has said so.
func (g *Gateway) route(ctx context.Context, c *Call, a *Answer) error {
	a.told = g.history.begin()
	j := &a.journey
	*j = journey{Gateway: g, answer: a, fleet: a.places.fleet, plan: &a.told.Plan}
	j.query = a.query(j.fleet, c, g.random())
	a.told.Policy = j.query.Settings.Policy
	done, err := j.pass(ctx)
	for again := 0; !done && j.stale && again < maxPlans; again++ {
		done, err = j.pass(ctx)
	}
	if done || j.query.Settings.QueueLength == 0 || !fault.Is(err, fault.Throttling) {
		return err
	}
	return j.wait(ctx, err)
}

// maxPlans is how often a call that finds places taken plans again at once.
const maxPlans = 3

// pass makes a plan and tries it to its end. It is done when the call is answered, or when neither another place nor
// another time could help.
func (j *journey) pass(ctx context.Context) (done bool, err error) {
	j.answer.told.Plans++
	j.stale = false
	at := now()
	j.fleet.Plan(at, &j.query, j.plan)
	for i := 0; ; i++ {
		to := j.plan.Get(i)
		if to == nil {
			j.plan.Note(&j.answer.Trail, nil, at)
			return false, j.answer.Trail.Refusal()
		}
		if ctx.Err() != nil { // nobody has been asked, or whoever was has failed
			return true, gone(ctx)
		}
		if slices.Contains(j.tried, to.Deployment) {
			continue
		}
		t, ok := j.begin(at, to)
		if !ok {
			continue
		}
		if done, err = j.attempt(ctx, i, &t); done {
			return true, err
		}
		at = now()
	}
}

// begin takes room at a candidate, if it still has what the plan found.
func (j *journey) begin(at time.Time, to *route.Candidate) (tried, bool) {
	lease, room := j.fleet.Begin(at, to, route.Attempt{
		Tokens: j.query.Tokens, Retry: j.answer.Trail.Attempts() > 0, Waited: j.query.Waited,
	})
	if room > to.Room {
		to.Room, j.stale = room, true
		return tried{}, false
	}
	j.plan.Note(&j.answer.Trail, to, at)
	return tried{candidate: to, lease: lease, began: at}, true
}

// attempt tries one candidate. It is done when the call is answered, or when no other place could help.
func (j *journey) attempt(ctx context.Context, i int, t *tried) (done bool, err error) {
	began := t.began
	if after := j.query.Settings.Hedge; after > 0 {
		*t = j.hedged(ctx, i, *t, after)
	} else {
		t.run(ctx, j.answer, t.candidate.Deployment)
	}
	j.answer.upstream += t.ended.Sub(began)
	if t.err == nil {
		j.served(t)
		return true, nil
	}
	return j.failed(ctx, t)
}

// run makes the attempt. A provider that panics has failed like any other: its place is given back, and a hedge, which runs
// on a goroutine of its own, does not end the process.
func (t *tried) run(ctx context.Context, a *Answer, d *route.Deployment) {
	defer func() {
		if p := recover(); p != nil {
			stack := debug.Stack()
			t.won, t.err = won{}, fmt.Errorf("BUG: the provider panicked: %v\n%s", p, stack[:min(len(stack), maxStack)])
		}
		t.ended = now()
	}()
	t.won, t.err = a.places.at(d).try(ctx, a, d)
}

// maxStack is how much of a stack is kept of a panic, in bytes.
const maxStack = 4 << 10

// tried is an attempt and what came of it.
type tried struct {
	candidate *route.Candidate
	lease     route.Lease
	began     time.Time
	ended     time.Time
	hedge     bool
	won       won
	err       error
}

// served notes where the call found its answer.
func (j *journey) served(t *tried) {
	a, at := j.answer, t.ended
	a.Response, a.Stream, a.Embedding, a.Ranking = t.won.response, t.won.stream, t.won.embedding, t.won.ranking
	a.lease, a.leased, a.Region = t.lease, t.candidate.Deployment, t.candidate.Region
	j.plan.Over(&a.Trail, t.candidate)
	a.Trail.Add(route.Step{Region: a.Region, Outcome: route.Served})
	if a.Stream != nil {
		a.firstContent = at.Sub(a.call.Arrived)
		a.lease.FirstContent(at)
	}
	j.fleet.Served(at, &j.query, j.plan, t.candidate)
	a.note(t, at, "served", "")
}

// failed takes in an attempt that brought nothing.
func (j *journey) failed(ctx context.Context, t *tried) (done bool, err error) {
	a, at, f := j.answer, t.ended, classify(t.err)
	j.tried = append(j.tried, t.candidate.Deployment)
	if ctx.Err() != nil {
		f = gone(ctx)
		a.abandoned, a.Region = true, t.candidate.Region
	} else {
		a.Trail.Add(route.Step{Region: t.candidate.Region, Outcome: route.Failed, Err: f})
		d := t.candidate.Deployment
		j.watch.Failed(Failure{Model: d.Model, Region: d.Region, Provider: d.Provider, Err: t.err})
	}
	j.end(t, at, f)
	a.note(t, at, f.Code.String(), t.err.Error())
	return ctx.Err() != nil || !route.MovesOn(f), f
}

// end gives the room of an attempt back that brought nothing.
func (j *journey) end(t *tried, at time.Time, f *fault.Error) {
	t.lease.End(at, f, 0, 0)
	j.fleet.Refused(at, &j.query, t.candidate)
	j.queue.Freed(at, t.candidate.Deployment, j.fleet.State(t.candidate.Deployment))
}

// note keeps an attempt for the call's explanation.
func (a *Answer) note(t *tried, at time.Time, outcome, reason string) {
	d := t.candidate.Deployment
	a.told.Attempts = append(a.told.Attempts, Attempt{
		Region: d.Region, Provider: d.Provider, Upstream: d.Upstream, Hedge: t.hedge,
		Began: t.began.Sub(a.call.Arrived), Ended: at.Sub(a.call.Arrived), Outcome: outcome, Reason: reason,
	})
}

// release gives the place back that has served the call.
func (a *Answer) release(r *Record) {
	if a.leased == nil {
		return
	}
	f := r.Failure
	if a.cut {
		f = gone(context.Background()) // by us, which says nothing of the place
	}
	at := now()
	a.lease.End(at, f, r.Usage.Input, r.Usage.Output)
	a.queue.Freed(at, a.leased, a.places.fleet.State(a.leased))
}

// classify makes a fault of whatever a provider returned. What a provider could not classify is
// the place's failure, and its text is for the operator alone.
func classify(err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) && f.Code != fault.Internal {
		return f
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(fault.ModelTimeout, err, modelTimeout)
	}
	return fault.Wrap(fault.ServiceUnavailable, err, unable)
}

// What a caller is told when nothing better is known.
const (
	unable       = "Bedrock is unable to process your request."
	modelTimeout = "Model has timed out in processing the request. Try your request again."
)

// gone is the end of a call whose client has left: nobody reads it, but it is counted.
func gone(ctx context.Context) *fault.Error {
	return fault.Wrap(fault.ClientGone, context.Cause(ctx), "The client closed the connection before the answer was complete.")
}
