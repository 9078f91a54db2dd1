package route

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
)

// Outcome is what became of one destination.
type Outcome uint8

// A destination that was not asked was Passed; one that was either Served the call or Failed. Queued is no destination
// but the queue.
const (
	Passed Outcome = iota
	Failed
	Served
	Queued
)

// Step is one destination that was considered for a call.
type Step struct {
	Region  arn.Region
	Outcome Outcome
	Room    Room          // why it was Passed; a source region that is Free was Strained, or recovers from what it was
	Wait    time.Duration // until it may have room, when it was Passed and that is known; spent, when Queued
	Err     *fault.Error  // why, when Failed

	Strained bool
}

// Trail is every destination a call considered, in order. The zero Trail is ready to use.
type Trail struct {
	steps []Step
	room  [4]Step // enough for most calls, so that a trail needs no memory of its own
}

// Add notes what became of a destination.
func (t *Trail) Add(s Step) {
	if t.steps == nil {
		t.steps = t.room[:0]
	}
	t.steps = append(t.steps, s)
}

// Queued notes that the call has waited until now, in one wait or in several.
func (t *Trail) Queued(waited time.Duration) {
	for i := range t.steps {
		if t.steps[i].Outcome == Queued {
			t.steps[i].Wait = waited
			return
		}
	}
	t.Add(Step{Outcome: Queued, Wait: waited})
}

// Steps returns the steps so far; the slice is valid until the next Add.
func (t *Trail) Steps() []Step { return t.steps }

// Attempts counts the destinations that were really tried.
func (t *Trail) Attempts() int {
	n := 0
	for _, s := range t.steps {
		if s.Outcome == Failed || s.Outcome == Served {
			n++
		}
	}
	return n
}

// String is the trail in one line, such as "us-east-1=saturated us-east-2=served".
func (t *Trail) String() string {
	b := make([]byte, 0, 64)
	for i, s := range t.steps {
		if i > 0 {
			b = append(b, ' ')
		}
		if s.Outcome == Queued {
			b = append(b, "queue="...)
			b = append(b, s.Wait.Round(time.Millisecond).String()...)
			continue
		}
		b = append(b, s.Region...)
		b = append(b, '=')
		b = append(b, s.word()...)
	}
	return string(b)
}

// word says in one word what became of the step.
func (s Step) word() string {
	switch s.Outcome {
	case Passed:
		return s.passed()
	case Served:
		return "served"
	}
	switch s.Err.Code {
	case fault.Throttling:
		return "throttled"
	case fault.ModelTimeout:
		return "timed-out"
	case fault.ModelNotReady:
		return "not-ready"
	case fault.Validation:
		return "refused"
	}
	return "failed"
}

func (s Step) passed() string {
	switch {
	case s.Room != Free:
		return s.Room.String()
	case s.Strained:
		return "strained"
	}
	return "recovering"
}

// MovesOn reports whether a failure before the first content event may be tried elsewhere: the
// place is at fault, not the request.
func MovesOn(err *fault.Error) bool {
	switch err.Code {
	case fault.Throttling, fault.ServiceUnavailable, fault.ModelNotReady, fault.ModelTimeout,
		fault.ModelError, fault.ModelStreamError, fault.Internal:
		return true
	}
	return false
}

// The sentences of a call that no destination served.
const (
	tooManyRequests = "Too many requests, please wait before trying again."
	noAccess        = "You don't have access to the model with the specified model ID."
	unavailable     = "Bedrock is unable to process your request."
	denied          = "You don't have access to the model with the specified model ID in any region that the rules of residency allow."
)

// saturatedRetry is how long a caller is asked to wait for a slot when nothing better is known.
const saturatedRetry = time.Second

// Refusal is what the caller of an unserved call is told. A trail with a destination that was full, throttled or left
// alone because it was, answers with AWS's throttling sentence and the shortest wait any of them named; one that only
// failed answers with its last failure; one whose places are all out of order or drained says that the service is
// unavailable; one without any place it may use says that there is no access to the model.
func (t *Trail) Refusal() *fault.Error {
	var last *fault.Error
	var passed [Absent + 1]bool
	full, wait := false, time.Duration(0)
	for i := range t.steps {
		s := &t.steps[i]
		switch s.Outcome {
		case Failed:
			last = s.Err
		case Passed:
			passed[s.Room] = true
		}
		after, isFull := s.wait()
		if isFull && (!full || after < wait) {
			wait = after
		}
		full = full || isFull
	}
	switch {
	case full && last != nil && last.Code == fault.Throttling:
		refusal := *last // keeps the upstream's sentence: requests and tokens read differently
		refusal.RetryAfter = wait
		return &refusal
	case full:
		e := fault.New(fault.Throttling, tooManyRequests)
		e.RetryAfter = wait
		return e
	case last != nil:
		return last
	case passed[Broken], passed[Spent], passed[Drained]:
		e := fault.New(fault.ServiceUnavailable, unavailable)
		e.RetryAfter = t.soonest()
		return e
	case passed[Denied]:
		return fault.New(fault.AccessDenied, denied)
	}
	return fault.New(fault.AccessDenied, noAccess)
}

// wait is how long a step asks the caller to wait for room, and whether the step is one that had none.
func (s *Step) wait() (time.Duration, bool) {
	after := s.Wait
	switch {
	case s.Outcome == Passed && (s.Room == Full || s.Room == Cooling):
	case s.Outcome == Failed && s.Err.Code == fault.Throttling:
		after = s.Err.RetryAfter
	default:
		return 0, false
	}
	if after <= 0 {
		after = saturatedRetry
	}
	return after, true
}

// soonest is the shortest wait that a step named, 0 when none did.
func (t *Trail) soonest() time.Duration {
	var out time.Duration
	for i := range t.steps {
		if w := t.steps[i].Wait; t.steps[i].Outcome == Passed && w > 0 && (out == 0 || w < out) {
			out = w
		}
	}
	return out
}

// Note adds to a trail what the plan passed over: the candidates that come before to among the destinations, or all of
// them when to is nil. None is added twice.
func (p *Plan) Note(t *Trail, to *Candidate, now time.Time) {
	if p.again {
		return // the first plan's are there
	}
	for ; p.noted < len(p.Candidates); p.noted++ {
		c := &p.Candidates[p.noted]
		if c == to {
			return
		}
		if c.asked || c.Room <= Crowded {
			continue
		}
		s := Step{Region: c.Region, Room: c.Room}
		if c.Until.After(now) {
			s.Wait = c.Until.Sub(now)
		}
		t.Add(s)
	}
}

// Over adds to a trail the candidates before by that had room and were never asked, because by was better: those that were
// crowded, and with SourceFirst the source region.
func (p *Plan) Over(t *Trail, by *Candidate) {
	for i := range p.Candidates {
		c := &p.Candidates[i]
		if c == by {
			return
		}
		if !c.asked && (c.Room == Crowded || c.Room == Free && c.Source && p.sourceFirst) {
			t.Add(Step{Region: c.Region, Room: c.Room, Strained: c.Strained})
		}
	}
}
