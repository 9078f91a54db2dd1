package route

import "time"

// Breaker is what a deployment's circuit breaker does.
type Breaker uint8

// A Closed breaker lets calls through. An Open one lets none through until its time is over; it is HalfOpen then: one
// call at a time may probe the deployment, and what becomes of it closes the breaker or opens it again.
const (
	Closed Breaker = iota
	Open
	HalfOpen
)

// String is the state in a word.
func (b Breaker) String() string {
	switch b {
	case Open:
		return "open"
	case HalfOpen:
		return "half-open"
	}
	return "closed"
}

// breaker leaves a deployment alone that fails.
type breaker struct {
	open    bool // or half open, once until is over
	until   time.Time
	opened  time.Time // when it was last opened
	closed  time.Time // when it was last closed
	times   int       // it was opened without a calm time between
	row     int       // failures in a row
	probing bool
}

// calm is how long a closed breaker must stay so, for the next failure to start from the shortest time again.
const calm = time.Minute

func (b *breaker) state(now time.Time) Breaker {
	switch {
	case !b.open:
		return Closed
	case now.Before(b.until):
		return Open
	}
	return HalfOpen
}

// succeed takes in an attempt that went well. Only a probe closes the breaker: what began before it opened is old news.
func (b *breaker) succeed(now time.Time, probe bool) {
	b.row = 0
	if probe && b.open {
		b.open, b.closed = false, now
	}
}

// fail takes in an attempt that began at some time and failed. often says that failures are the rule by now.
func (b *breaker) fail(now, began time.Time, probe, often bool, t *Tuning) {
	b.row++
	switch {
	case b.open && !probe:
	case !b.open && b.opened.After(began):
		// It began in a time that has been judged.
	case b.open || often || b.row >= t.Failures:
		if !b.open && now.Sub(b.closed) > calm {
			b.times = 0
		}
		b.open, b.opened, b.row = true, now, 0
		b.until = now.Add(doubled(t.Open, b.times, t.MaxOpen))
		b.times++
	}
}

// doubled is d, doubled some times, and at most most.
func doubled(d time.Duration, times int, most time.Duration) time.Duration {
	for ; times > 0 && d < most; times-- {
		d *= 2
	}
	return min(d, most)
}
