package route

import (
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

// Lease is one attempt's hold on a deployment. It belongs to the attempt and must be ended once.
type Lease struct {
	state    *State
	began    time.Time
	second   int64 // of the windows
	tokens   int64
	produced int64 // tokens of output noted so far
	probe    bool
	retry    bool
	spilled  bool
	first    bool // the first content has come
}

// Attempt says what an attempt is about to take.
type Attempt struct {
	Tokens  int64 // input and the longest answer
	Retry   bool  // the call has failed elsewhere
	Spilled bool  // the call's source region is another one
	Waited  bool  // the call has waited in the queue, and now is its turn
	// Most is the worst Room that is good enough: Free or Crowded.
	Most Room
}

// Begin takes room for an attempt if there still is some, which the returned Room tells.
func (s *State) Begin(now time.Time, a Attempt) (Lease, Room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.requests != nil {
		s.requests.advance(now)
	}
	if s.tokens != nil {
		s.tokens.advance(now)
	}
	b := s.breaker.state(now)
	room, _ := s.room(now, a.Tokens, b, a.Waited)
	if room <= Crowded && a.Retry && s.retries < 1 {
		room = Spent
	}
	if room > a.Most || room > Crowded {
		return Lease{}, room
	}
	l := Lease{state: s, began: now, tokens: a.Tokens, probe: b == HalfOpen, retry: a.Retry, spilled: a.Spilled}
	s.running++
	s.breaker.probing = s.breaker.probing || l.probe
	if s.requests != nil {
		s.requests.take(1)
	}
	if s.tokens != nil {
		l.second = s.tokens.take(a.Tokens)
	}
	s.calls.add(now, 1)
	s.totals.Began++
	s.publish(now)
	return l, room
}

// FirstContent notes that the deployment has begun to answer.
func (l *Lease) FirstContent(now time.Time) {
	s := l.state
	s.mu.Lock()
	defer s.mu.Unlock()
	l.first = true
	if s.capacity.Fixed {
		return
	}
	s.health.noteFirst(now, now.Sub(l.began))
	s.publish(now)
}

// Progress notes how many tokens of output there are so far.
func (l *Lease) Progress(now time.Time, output int64) {
	s := l.state
	s.mu.Lock()
	defer s.mu.Unlock()
	l.produce(now, output)
}

func (l *Lease) produce(now time.Time, output int64) {
	if more := output - l.produced; more > 0 {
		l.state.output.add(now, float64(more))
		l.produced = output
	}
}

// End gives the room back and takes in what became of the attempt: f is nil when it went well, input and output are what
// it used.
func (l *Lease) End(now time.Time, f *fault.Error, input, output int64) {
	s := l.state
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	if l.probe {
		s.breaker.probing = false
	}
	if s.tokens != nil {
		s.tokens.advance(now)
		s.tokens.settle(l.second, l.tokens, input+output)
	}
	l.produce(now, output)
	switch meaning(f) {
	case fine:
		if !l.first && !s.capacity.Fixed {
			s.health.noteWhole(now, now.Sub(l.began), output)
		}
		l.succeed(now)
	case enough:
		s.totals.Throttled++
		if !s.capacity.Fixed {
			s.throttle.refuse(now, l.began, s.running, f.RetryAfter)
		}
	case bad:
		l.fail(now, f)
	}
	s.publish(now)
}

func (l *Lease) succeed(now time.Time) {
	s := l.state
	s.totals.Served++
	if l.spilled {
		s.totals.SpilledIn++
	}
	s.throttle.succeed(now)
	s.health.note(now, false)
	s.breaker.succeed(now, l.probe)
	s.retries = min(s.retries+retryShare, retryBurst)
}

// rule is the share of failures from which they are the rule, and few the number of attempts that shows nothing yet.
const (
	rule = 0.5
	few  = 10
)

func (l *Lease) fail(now time.Time, f *fault.Error) {
	s := l.state
	s.totals.Failed++
	if s.capacity.Fixed {
		return
	}
	if l.retry {
		s.retries = max(s.retries-1, -retryBurst)
	}
	s.health.note(now, true)
	often := s.health.seen >= few && s.health.failing > rule
	s.breaker.fail(now, l.began, l.probe, often, &s.tuning)
	if f.RetryAfter > 0 {
		s.throttle.refuse(now, l.began, 0, f.RetryAfter)
	}
}

// verdict is what the end of an attempt says of its deployment.
type verdict uint8

const (
	nothing verdict = iota // the caller left, or the request was bad
	fine
	enough // it has no room for more
	bad
)

func meaning(f *fault.Error) verdict {
	switch {
	case f == nil:
		return fine
	case f.Code == fault.Throttling:
		return enough
	case MovesOn(f):
		return bad
	}
	return nothing
}
