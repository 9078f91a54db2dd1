package simulator

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

const (
	tooManyRequests = "Too many requests, please wait before trying again."
	tooManyTokens   = "Too many tokens, please wait before trying again."
)

// gate admits calls to one deployment within its capacity.
type gate struct {
	// mu guards the fields below and is held for arithmetic only.
	mu    sync.Mutex
	limit Capacity
	load  load
	// ends are when the calls under way said they would end, in no order. Only calls that came while
	// there was a limit to the concurrency are in it.
	ends []time.Time
}

// load is what a deployment is doing: the whole state that admission decides on.
type load struct {
	flying           int
	requests, tokens bucket
}

// enter admits a call that costs n tokens and says that it takes about length, or says why not and
// when to come back. Whoever was admitted calls leave once.
func (g *gate) enter(now time.Time, n int64, length time.Duration) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	next, refusal := g.load.admit(g.limit, now, n, g.ends)
	if refusal != nil {
		return refusal
	}
	g.load = next
	if g.limit.Concurrency > 0 {
		g.ends = append(g.ends, now.Add(length))
	}
	return nil
}

// leave ends a call that said it would end at a time, and gives back the tokens that it was charged
// and did not use.
func (g *gate) leave(end time.Time, unused int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.load.flying--
	g.load.tokens = g.load.tokens.give(unused)
	if i := slices.Index(g.ends, end); i >= 0 {
		g.ends = slices.Delete(g.ends, i, i+1)
	}
}

// set changes the capacity from the next call on; what is under way goes on.
func (g *gate) set(c Capacity) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.limit = c
}

// admit decides without clock or lock. A call beyond the concurrency is told to come back when the
// first of those under way should have ended.
func (l load) admit(limit Capacity, now time.Time, n int64, ends []time.Time) (load, *fault.Error) {
	if limit.Concurrency > 0 && l.flying >= limit.Concurrency {
		return l, throttled(tooManyRequests, soonest(ends, now))
	}
	var wait time.Duration
	if l.requests, wait = l.requests.take(limit.RequestsPerMinute, now, 1); wait > 0 {
		return l, throttled(tooManyRequests, wait)
	}
	if l.tokens, wait = l.tokens.take(limit.TokensPerMinute, now, n); wait > 0 {
		return l, throttled(tooManyTokens, wait)
	}
	l.flying++
	return l, nil
}

// overdue is the wait when the calls under way have outlived what they said, as those of slow readers
// do, or began when nothing was limited.
const overdue = time.Second

// soonest is how long it is until the first of the times that are still to come, in whole
// milliseconds, or overdue without any.
func soonest(ends []time.Time, now time.Time) time.Duration {
	wait := time.Duration(math.MaxInt64)
	for _, end := range ends {
		if left := end.Sub(now); left > 0 && left < wait {
			wait = left
		}
	}
	if wait == math.MaxInt64 {
		return overdue
	}
	return (wait + time.Millisecond - 1).Truncate(time.Millisecond)
}

func throttled(message string, wait time.Duration) *fault.Error {
	return &fault.Error{Code: fault.Throttling, Message: message, RetryAfter: wait}
}

// bucket is how much of a minute's allowance is used, as of a moment. It drains steadily. The zero
// bucket is unused.
type bucket struct {
	used float64
	at   time.Time
}

// take uses n of an allowance, or returns how long to wait until it would succeed, in whole
// milliseconds. A call greater than the whole allowance passes when nothing else is in use, and is
// paid off afterwards. An allowance of 0 is endless.
func (b bucket) take(perMinute int64, now time.Time, n int64) (bucket, time.Duration) {
	if perMinute <= 0 {
		return b, 0
	}
	perSecond := float64(perMinute) / 60
	if passed := now.Sub(b.at); passed > 0 {
		b.used = max(0, b.used-passed.Seconds()*perSecond)
		b.at = now
	}
	if over := b.used + float64(min(n, perMinute)) - float64(perMinute); over > tolerance {
		return b, time.Duration(math.Ceil(over/perSecond*1000)) * time.Millisecond
	}
	b.used += float64(n)
	return b, 0
}

// give returns n of what was taken. What has drained meanwhile is not given twice.
func (b bucket) give(n int64) bucket {
	b.used = max(0, b.used-float64(n))
	return b
}

// tolerance is the part of a token that rounding may cost.
const tolerance = 1e-6
