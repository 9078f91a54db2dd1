package simulate

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/route"
)

// route begins what the gateway does between admission and the first token: it makes a plan, and tries its places.
func (e *engine) route(now time.Duration, j *job) {
	j.query = j.target.query
	j.query.Random = scramble(e.world.Seed + uint64(j.index))
	if e.fleet.CountsTokens(j.query.Model) {
		j.query.Tokens = j.asked.input + j.asked.longest
	}
	if len(j.query.Destinations) > 1 || len(e.setup.Table.At(j.query.Model, j.query.Source)) > 1 {
		j.query.Prompt = e.prompt(j)
	}
	e.pass(now, j)
}

// prompt is the hash of how a call begins: a conversation's calls begin alike, and others like none. Short ones are worth
// no cache, which routing says by a hash of 0.
func (e *engine) prompt(j *job) uint64 {
	var p route.Prefix
	p.Add(string(e.world.Account))
	if j.asked.session != 0 {
		p.Add("conversation " + strconv.FormatUint(uint64(j.asked.session), 10))
	} else {
		p.Add("call " + strconv.Itoa(j.index))
	}
	if j.asked.input >= longPrompt {
		p.Add(e.rest)
	}
	return p.Sum()
}

// longPrompt is how many tokens a prompt has that is worth a cache, at four bytes a token.
const longPrompt = 256

// longText makes a prompt so long.
func longText() string { return strings.Repeat("text", longPrompt) }

// pass makes a plan and begins to try it.
func (e *engine) pass(now time.Duration, j *job) {
	j.passes++
	j.next, j.stale = 0, false
	e.fleet.Plan(e.moment(now), &j.query, &j.plan)
	e.ask(now, j)
}

// maxPlans is how often a gateway plans again at once when it finds places taken.
const maxPlans = 3

// ask tries the places of the plan in order, until one has taken the call. When none has, the call is planned again,
// waits, or is refused.
func (e *engine) ask(now time.Duration, j *job) {
	for ; ; j.next++ {
		to := j.plan.Get(j.next)
		if to == nil {
			break
		}
		if slices.Contains(j.failed, to.Deployment) {
			continue
		}
		lease, room := e.fleet.Begin(e.moment(now), to, route.Attempt{
			Tokens: j.query.Tokens, Retry: j.trail.Attempts() > 0, Waited: j.query.Waited,
		})
		if room > to.Room {
			to.Room, j.stale = room, true
			continue
		}
		j.plan.Note(&j.trail, to, e.moment(now))
		j.now, j.lease = to, lease
		e.begin(now, j, to)
		return
	}
	j.plan.Note(&j.trail, nil, e.moment(now))
	refusal := j.trail.Refusal()
	switch full := refusal.Code == fault.Throttling; {
	case j.waiter != nil:
		e.missed(now, j, refusal)
	case j.stale && j.passes <= maxPlans:
		e.pass(now, j)
	case full && j.query.Settings.QueueLength > 0 && e.wait(now, j):
	default:
		e.refuse(now, j, refusal)
	}
}

// begin asks an upstream.
func (e *engine) begin(now time.Duration, j *job, to *route.Candidate) {
	p := e.place(to.Deployment)
	p.attempts++
	j.tries++
	j.asked.luck = draw(e.world.Seed, j.index, p.number)
	j.asked.detour = 0
	if !to.Source {
		j.asked.detour = e.world.Detour
	}
	p.begin(now, &j.asked, &j.try)
	if most := to.Deployment.FirstContent; most > 0 && j.try.content > now+most {
		j.try.giveUp(now + most)
	}
	e.later(j, contentCame, j.try.content)
}

// giveUp ends an attempt that has kept the gateway waiting for too long.
func (a *attempt) giveUp(at time.Duration) {
	a.content, a.end, a.cut = at, at, false
	a.usage.Output = 0
	a.fault = fault.New(fault.ModelTimeout, "Model has timed out in processing the request. Try your request again.")
}

// later is an event of the attempt that runs now.
func (e *engine) later(j *job, k kind, at time.Duration) {
	e.queue.add(event{at: at, kind: k, job: j.number, serial: j.serial})
}

// content takes in the first token of an attempt, or its failure.
func (e *engine) content(now time.Duration, j *job) {
	f := j.try.fault
	if f == nil || j.try.cut {
		e.served(now, j)
		return
	}
	d := j.now.Deployment
	j.failed = append(j.failed, d)
	j.try.finish(now)
	j.trail.Add(route.Step{Region: j.now.Region, Outcome: route.Failed, Err: f})
	j.lease.End(e.moment(now), f, 0, 0)
	e.fleet.Refused(e.moment(now), &j.query, j.now)
	e.line.Freed(e.moment(now), d, e.fleet.State(d))
	if route.MovesOn(f) {
		j.next++
		e.ask(now, j)
	} else {
		e.refuse(now, j, f)
	}
}

// served notes where the call found its answer.
func (e *engine) served(now time.Duration, j *job) {
	j.first = now - j.begun
	j.plan.Over(&j.trail, j.now)
	j.trail.Add(route.Step{Region: j.now.Region, Outcome: route.Served})
	j.lease.FirstContent(e.moment(now))
	e.fleet.Served(e.moment(now), &j.query, &j.plan, j.now)
	e.leave(now, j, true)
	e.later(j, answerEnded, j.try.end)
}

// refuse ends a call that no place answered.
func (e *engine) refuse(now time.Duration, j *job, f *fault.Error) {
	if j.tries == 0 {
		e.book.Release(now, &j.hold)
	} else {
		e.book.Settle(now, &j.hold, 0)
	}
	outcome := Failed
	switch f.Code {
	case fault.Throttling:
		outcome = NoRoom
	case fault.AccessDenied:
		outcome = Impossible
	}
	e.tally.refuse(j.index, outcome, f.Message+" ["+words(&j.trail)+"]")
	e.tally.calls[j.index].tries = uint8(min(j.tries, math.MaxUint8))
	e.leave(now, j, false)
	if e.told != nil {
		e.told(j.index, &j.trail, f)
	}
	e.done(j)
}
