package simulate

import (
	"time"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/route"
)

// wait lets a call into the queue. It reports false when that is full.
func (e *engine) wait(now time.Duration, j *job) bool {
	j.waiter = &route.Waiter{Model: j.query.Model, Account: e.world.Account, Turn: func() {
		if !j.turn {
			j.turn = true
			e.turns = append(e.turns, j)
		}
	}}
	j.since, j.turn = now, false
	if !e.line.Join(e.moment(now), j.waiter, &j.plan, j.query.Settings.QueueLength) {
		j.waiter = nil
		return false
	}
	j.query.Waited = true
	e.waiters(now, 1)
	e.idle(now, j)
	return true
}

// lookAgain is how soon a gateway looks again for room that time should have made and has not.
const lookAgain = 20 * time.Millisecond

// idle lets a call wait until its time is over, or until time alone may have made room.
func (e *engine) idle(now time.Duration, j *job) {
	at := j.since + j.query.Settings.QueueWait
	if next, known := j.plan.Soonest(); known {
		at = min(at, now+max(next.Sub(e.moment(now)), lookAgain))
	}
	j.serial++ // whatever it waited for before
	e.later(j, waitOver, at)
}

// look ends the waiting of a call whose time is over, or has the queue look whose turn it is.
func (e *engine) look(now time.Duration, j *job) {
	if now >= j.since+j.query.Settings.QueueWait {
		e.queued(now, j)
		e.refuse(now, j, j.trail.Refusal())
	} else {
		e.line.Look(e.moment(now), j.waiter)
		if !j.turn {
			e.idle(now, j)
		}
	}
}

// callTurns lets those look for a place whose turn it has become.
func (e *engine) callTurns(now time.Duration) {
	for len(e.turns) > 0 {
		j := e.turns[0]
		e.turns = append(e.turns[:0], e.turns[1:]...)
		if j.waiter == nil || !j.turn {
			continue
		}
		j.turn = false
		j.serial++
		e.queued(now, j)
		j.failed = j.failed[:0]
		e.pass(now, j)
	}
}

// queued notes how long a call has waited.
func (e *engine) queued(now time.Duration, j *job) {
	j.trail.Queued(now - j.since)
	e.tally.calls[j.index].waited = now - j.since
}

// missed lets a call that has found no place, though it was its turn, go on waiting while that is of use.
func (e *engine) missed(now time.Duration, j *job, refusal *fault.Error) {
	e.line.Missed(j.waiter)
	if refusal.Code != fault.Throttling || now >= j.since+j.query.Settings.QueueWait {
		if refusal.Code == fault.Throttling {
			e.queued(now, j)
		}
		e.refuse(now, j, refusal)
		return
	}
	e.idle(now, j)
}

// leave takes a call out of the queue, if it is in it.
func (e *engine) leave(now time.Duration, j *job, served bool) {
	if j.waiter == nil {
		return
	}
	e.line.Leave(e.moment(now), j.waiter, served)
	j.waiter, j.turn = nil, false
	e.waiters(now, -1)
}

func (e *engine) waiters(now time.Duration, by float64) {
	e.tally.waiting.set(now, e.tally.waiting.now+by)
}
