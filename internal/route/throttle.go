package route

import "time"

// throttle is what is learned of an upstream that says it has enough: when to come back, and how many calls at once it
// takes.
type throttle struct {
	until time.Time
	began time.Time // when the present or last pause began
	times int       // pauses without a success between

	limit   float64 // calls at once that the upstream seems to take; 0: unknown
	limited time.Time
}

const (
	firstPause = 250 * time.Millisecond // when the upstream does not say how long
	maxPause   = 30 * time.Second
	maxNamed   = 10 * time.Minute // an upstream that names more is asked again then
	cutTo      = 0.8              // of the calls that ran when the upstream had enough
	limitLife  = 5 * time.Minute  // without another refusal
)

// refuse takes in a refusal of an attempt that began at some time, while others ran. after is how long the upstream
// wants to be left alone, if it said so.
func (t *throttle) refuse(now, began time.Time, running int, after time.Duration) {
	old := !t.began.IsZero() && !began.After(t.began) // sent before the pause that it would begin
	if old && after <= 0 {
		return
	}
	pause := min(after, maxNamed)
	if after <= 0 {
		pause = doubled(firstPause, t.times, maxPause)
	}
	if until := now.Add(pause); until.After(t.until) {
		t.until, t.began = until, now
	}
	if old {
		return
	}
	t.times++
	if running > 0 && (t.limit == 0 || float64(running) < t.limit) {
		t.limit = max(cutTo*float64(running), 1)
	}
	t.limited = now
}

// succeed lets the learned limit grow by one for each round of calls that stayed within it.
func (t *throttle) succeed(now time.Time) {
	t.times = 0
	switch {
	case t.limit == 0:
	case now.Sub(t.limited) > limitLife:
		t.limit = 0
	default:
		t.limit += 1 / t.limit
	}
}
