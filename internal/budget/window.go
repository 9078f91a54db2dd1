package budget

import (
	"time"

	"github.com/outcrop/outcrop/internal/money"
)

// window adds up what was spent in the last hour, to the minute.
type window struct {
	minutes [windowMinutes]money.Amount // by the minute's number, modulo their count
	latest  int64                       // the newest minute that is in it
	sum     money.Amount
}

const windowMinutes = 60

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

// turn lets what is older than an hour drop out. A clock that goes back changes nothing.
func (w *window) turn(now time.Time) {
	m := minuteOf(now)
	if m-w.latest >= windowMinutes {
		*w = window{latest: m}
		return
	}
	for w.latest < m {
		w.latest++
		old := &w.minutes[w.latest%windowMinutes]
		w.sum, *old = w.sum.Sub(*old), money.Amount{}
	}
}

// add counts what was spent at a moment, which is the newest unless a clock went back.
func (w *window) add(at time.Time, a money.Amount) {
	w.turn(at)
	w.put(at, a)
}

// put counts what was spent at a moment of the hour; what is older does not count.
func (w *window) put(at time.Time, a money.Amount) {
	m := minuteOf(at)
	if m <= w.latest-windowMinutes || m > w.latest {
		return
	}
	slot := &w.minutes[m%windowMinutes]
	*slot, w.sum = slot.Add(a), w.sum.Add(a)
}

// merge counts all that another window has.
func (w *window) merge(other *window) {
	if other.latest > w.latest {
		w.turn(time.Unix(other.latest*60, 0))
	}
	for m := other.latest - windowMinutes + 1; m <= other.latest; m++ {
		if a := other.minutes[((m%windowMinutes)+windowMinutes)%windowMinutes]; m >= 0 && !a.IsZero() {
			w.put(time.Unix(m*60, 0), a)
		}
	}
}

// room is when the sum will have fallen to at most a limit, if nothing is added.
func (w *window) room(limit money.Amount) time.Time {
	left := w.sum
	for m := w.latest - windowMinutes + 1; m <= w.latest; m++ {
		if !limit.Less(left) {
			return time.Unix((m+windowMinutes-1)*60, 0).UTC()
		}
		if m >= 0 {
			left = left.Sub(w.minutes[m%windowMinutes])
		}
	}
	return time.Unix((w.latest+windowMinutes)*60, 0).UTC()
}
