package quota

import (
	"fmt"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

// Refusal is a quota without room for a call.
type Refusal struct {
	Subject Subject
	Measure Measure
	// Limit is the most that may be used, Used what is, and Asked what the call would have added.
	Limit, Used, Asked int64
	// Wait is how long it is until the call fits in every quota, if nothing else happens; 0 when nobody knows.
	Wait time.Duration
	// Never says that the call asks for more than the whole quota.
	Never bool
}

// AWS's sentences.
const (
	tooManyRequests  = "Too many requests, please wait before trying again."
	tooManyTokens    = "Too many tokens, please wait before trying again."
	tooManyDayTokens = "Too many tokens per day, please wait before trying again."
)

// Fault is what the caller is told. A quota of nothing at all answers as that of a day does, as on AWS.
func (r *Refusal) Fault() *fault.Error {
	sentence := tooManyRequests
	switch {
	case r.Measure == DayTokens, r.Limit == 0:
		sentence = tooManyDayTokens
	case r.Measure == Tokens:
		sentence = tooManyTokens
	}
	return &fault.Error{Code: fault.Throttling, Message: sentence, RetryAfter: r.RetryAfter()}
}

// RetryAfter is how long the caller is asked to wait, 0 for not at all. Of a day's quota that is not said, as on AWS: there
// are clients that would sleep for hours.
func (r *Refusal) RetryAfter() time.Duration {
	if r.Measure == DayTokens {
		return 0
	}
	return r.Wait
}

// String says which quota it is, with its numbers: what AWS's sentences leave out.
func (r *Refusal) String() string {
	s := fmt.Sprintf("%s; limit=%d; used=%d; asked=%d", r.Measure, r.Limit, r.Used, r.Asked)
	switch {
	case r.Never:
		s += "; never fits"
	case r.Wait > 0:
		s += "; fits in " + (r.Wait + time.Millisecond - 1).Truncate(time.Millisecond).String()
	}
	return s + "; " + r.Subject.String()
}

// shortage is the limit that keeps a call waiting longest.
type shortage struct {
	tally   *tally
	measure Measure
	wait    time.Duration
	never   bool
}

// check finds the limit that keeps a call out longest, and the one that only should.
func check(claims []*tally, now time.Duration, tokens int64) (refused, watched shortage) {
	for _, t := range claims {
		t.expire(now)
		for i, n := range cost(tokens) {
			m, limit := Measure(i), &t.limits[i]
			if !limit.Set || t.used(m)+n <= limit.Max {
				continue
			}
			s := shortage{tally: t, measure: m}
			wait, ever := t.wait(now, m, n)
			s.wait, s.never = wait, !ever
			if limit.Watched {
				watched.replace(s)
			} else {
				refused.replace(s)
			}
		}
	}
	return refused, watched
}

// replace keeps the longer of two waits. The first of equal ones stays.
func (s *shortage) replace(o shortage) {
	if s.tally == nil || !s.never && (o.never || o.wait > s.wait) {
		*s = o
	}
}

func (s *shortage) refusal(tokens int64) *Refusal {
	return &Refusal{
		Subject: s.tally.subject, Measure: s.measure, Limit: s.tally.limits[s.measure].Max,
		Used: s.tally.used(s.measure), Asked: cost(tokens)[s.measure], Wait: s.wait, Never: s.never,
	}
}
