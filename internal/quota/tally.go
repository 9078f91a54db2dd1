package quota

import "time"

// tally is what one subject uses.
type tally struct {
	subject Subject
	limits  Limits
	windows [windows]window
	running int64
}

// mark is where in the windows of a tally a call's reservation stands; 0 where it took nothing.
type mark [windows]uint64

// cost is what a call that reserves so many tokens takes of each measure.
func cost(tokens int64) [measures]int64 { return [measures]int64{1, tokens, tokens, 1} }

// expire forgets what is too old. Everything else is said as of the last expiry.
func (t *tally) expire(now time.Duration) {
	for m := range t.windows {
		t.windows[m].expire(now, Measure(m).Length())
	}
}

// used is how much of a measure counts.
func (t *tally) used(m Measure) int64 {
	if m == Concurrent {
		return t.running
	}
	return t.windows[m].sum
}

// wait is how long it is until a call fits below a limit, if nothing else happens. Of calls at once nobody knows when
// one ends: that wait is 0.
func (t *tally) wait(now time.Duration, m Measure, n int64) (wait time.Duration, ever bool) {
	most := t.limits[m].Max
	if m == Concurrent {
		return 0, n <= most
	}
	return t.windows[m].wait(now, m.Length(), most, n)
}

// take counts a call. Measures without a limit are not counted.
func (t *tally) take(now time.Duration, tokens int64) (at mark) {
	each := cost(tokens)
	for m := range t.windows {
		if t.limits[m].Set {
			at[m] = t.windows[m].take(now, Measure(m).Length(), each[m])
		}
	}
	t.running++
	return at
}

// settle exchanges the tokens of a reservation for those that were used. What was not used is given back to the time it
// was taken at; what was used beyond it is taken now.
func (t *tally) settle(now time.Duration, at mark, reserved, used int64) {
	t.expire(now)
	t.running--
	for _, m := range [...]Measure{Tokens, DayTokens} {
		switch {
		case used < reserved:
			t.windows[m].give(at[m], reserved-used)
		case used > reserved && t.limits[m].Set:
			t.windows[m].take(now, m.Length(), used-reserved)
		}
	}
}

// release undoes a call that never ran.
func (t *tally) release(now time.Duration, at mark, reserved int64) {
	t.settle(now, at, reserved, 0)
	t.windows[Requests].give(at[Requests], 1)
}

// idle reports whether the tally says nothing that a new one would not.
func (t *tally) idle() bool {
	for m := range t.windows {
		if t.windows[m].sum != 0 {
			return false
		}
	}
	return t.running == 0
}
