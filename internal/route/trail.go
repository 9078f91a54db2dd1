package route

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
)

// Outcome is what became of one destination.
type Outcome uint8

// A destination without a deployment is Absent; one at its capacity is Saturated and not tried;
// one that was tried either Served the call or Failed.
const (
	Absent Outcome = iota
	Saturated
	Failed
	Served
)

// Step is one destination that was considered for a call.
type Step struct {
	Region  arn.Region
	Outcome Outcome
	Err     *fault.Error // why, when Failed
}

// Trail is every destination a call considered, in order. The zero Trail is ready to use.
type Trail struct {
	steps []Step
	room  [4]Step // enough for most calls, so that a trail needs no memory of its own
}

// Add notes what became of a destination.
func (t *Trail) Add(region arn.Region, o Outcome, err *fault.Error) {
	if t.steps == nil {
		t.steps = t.room[:0]
	}
	t.steps = append(t.steps, Step{region, o, err})
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
		b = append(b, s.Region...)
		b = append(b, '=')
		b = append(b, s.word()...)
	}
	return string(b)
}

// word says in one word what became of the step.
func (s Step) word() string {
	switch s.Outcome {
	case Absent:
		return "no-deployment"
	case Saturated:
		return "saturated"
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
)

// saturatedRetry is how long a caller is asked to wait for a slot when nothing better is known.
const saturatedRetry = time.Second

// Refusal is what the caller of an unserved call is told. A trail with a destination that was full
// or throttled answers with AWS's throttling sentence and the shortest wait any of them named; one
// that only failed answers with its last failure; one without any deployment says that there is no
// access to the model.
func (t *Trail) Refusal() *fault.Error {
	var last *fault.Error
	full, wait := false, time.Duration(0)
	for _, s := range t.steps {
		after := saturatedRetry
		switch {
		case s.Outcome == Saturated:
		case s.Outcome == Failed && s.Err.Code == fault.Throttling:
			if s.Err.RetryAfter > 0 {
				after = s.Err.RetryAfter
			}
			last = s.Err
		case s.Outcome == Failed:
			last = s.Err
			continue
		default:
			continue
		}
		if !full || after < wait {
			wait = after
		}
		full = true
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
	}
	return fault.New(fault.AccessDenied, noAccess)
}
