package gateway

import (
	"context"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/route"
)

// wait lets a call wait for room, for as long as its settings say. refused is what it is told if there is none.
func (j *journey) wait(ctx context.Context, refused error) error {
	turn := make(chan struct{}, 1)
	w := &route.Waiter{
		Model: j.query.Model, Account: j.answer.call.Principal.Account, Principal: j.answer.call.Principal.ARN,
		Turn: func() {
			select {
			case turn <- struct{}{}:
			default: // it has a turn that it has not used yet
			}
		},
	}
	began := now()
	if !j.queue.Join(began, w, j.plan, j.query.Settings.QueueLength) {
		return refused
	}
	served := false
	defer func() { j.queue.Leave(now(), w, served) }()
	j.query.Waited = true
	deadline := began.Add(j.query.Settings.QueueWait)
	err := refused
	for j.idle(ctx, w, turn, deadline) {
		j.queued(began)
		j.tried = j.tried[:0]
		var done bool
		if done, err = j.pass(ctx); done {
			served = err == nil
			return err
		}
		j.queue.Missed(w)
		if !fault.Is(err, fault.Throttling) {
			return err
		}
	}
	j.queued(began)
	if ctx.Err() != nil {
		return gone(ctx)
	}
	return err
}

// queued notes how long the call has waited.
func (j *journey) queued(since time.Time) {
	waited := now().Sub(since)
	j.answer.told.Queued = waited
	j.answer.Trail.Queued(waited)
}

// idle waits for the call's turn. It reports false when there is nothing left to wait for. When time alone may have made
// room it has the queue look whose turn that is.
func (j *journey) idle(ctx context.Context, w *route.Waiter, turn <-chan struct{}, deadline time.Time) bool {
	for {
		at := now()
		left := deadline.Sub(at)
		if left <= 0 {
			return false
		}
		if next, known := j.queue.Look(at, w); known {
			left = min(left, max(next.Sub(at), lookAgain))
		}
		timer := time.NewTimer(left)
		select {
		case <-turn:
			timer.Stop()
			return true
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
}

// lookAgain is how soon a call looks again for room that time should have made and has not, as far as its plan knows.
const lookAgain = 20 * time.Millisecond

// Waiting is how many calls wait for room.
func (g *Gateway) Waiting() int { return g.queue.Waiting() }
