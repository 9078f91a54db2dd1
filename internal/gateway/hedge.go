package gateway

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/route"
)

// errOvertaken is why the slower of two attempts is cancelled.
var errOvertaken = errors.New("another place answered first")

// race is two attempts at one call.
type race struct {
	*journey
	ended   chan tried
	running []*runner
}

// runner is an attempt that has not ended.
type runner struct {
	tried
	cancel context.CancelCauseFunc
}

// hedged makes an attempt and, when that has not begun to answer after some time, another one at the next free candidate
// beside it. The first that answers wins, and the other is cancelled. It returns when there is a winner, when nothing
// runs any more, or when no place could answer.
func (j *journey) hedged(ctx context.Context, i int, first tried, after time.Duration) tried {
	r := race{journey: j, ended: make(chan tried, 2)}
	r.start(ctx, first)
	timer := time.NewTimer(after)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			if t, ok := j.second(i); ok {
				r.start(ctx, t)
			}
		case t := <-r.ended:
			r.running = slices.DeleteFunc(r.running, func(other *runner) bool { return other.candidate == t.candidate })
			if len(r.running) == 0 {
				return t
			}
			if t.err == nil || ctx.Err() != nil || !route.MovesOn(classify(t.err)) {
				r.overtake()
				return t
			}
			_, _ = j.failed(ctx, &t) // the other one may still bring the answer
		}
	}
}

// start runs an attempt beside the other.
func (r *race) start(ctx context.Context, t tried) {
	ctx, cancel := context.WithCancelCause(ctx)
	r.running = append(r.running, &runner{t, cancel})
	a, d := r.answer, t.candidate.Deployment
	go func() {
		t.run(ctx, a, d)
		if t.won.stream != nil {
			t.won.stream.also(func() { cancel(nil) })
		} else {
			cancel(nil)
		}
		r.ended <- t
	}()
}

// second takes room for another attempt at the best candidate behind the i-th that is free.
func (j *journey) second(i int) (tried, bool) {
	for i++; ; i++ {
		to := j.plan.Get(i)
		if to == nil || to.Room != route.Free {
			return tried{}, false
		}
		if slices.Contains(j.tried, to.Deployment) {
			continue
		}
		if t, ok := j.begin(now(), to); ok {
			t.hedge = true
			return t, true
		}
	}
}

// overtake cancels the attempt that has lost. Its room is free once its provider has let go of it.
func (r *race) overtake() {
	lost := r.running[0]
	r.answer.note(&lost.tried, now(), "lost", "")
	lost.cancel(errOvertaken)
	d, s, queue := lost.candidate.Deployment, r.fleet.State(lost.candidate.Deployment), &r.queue
	go func() {
		t := <-r.ended
		t.won.drop()
		at := now()
		t.lease.End(at, fault.Wrap(fault.ClientGone, errOvertaken, "Another place answered first."), 0, 0)
		queue.Freed(at, d, s)
	}()
}
