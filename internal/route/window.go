package route

import "time"

// window adds up what began within the last sixty seconds. It counts in slots of a second, and one slot more than
// sixty, so that no sixty seconds of any kind ever hold more than the limit.
type window struct {
	limit int64
	sum   int64
	last  int64 // the second of the newest slot
	slots [61]int64
}

// advance forgets what is too old. A clock that runs backwards stands still.
func (w *window) advance(now time.Time) {
	second := now.Unix()
	if second-w.last >= int64(len(w.slots)) {
		w.slots, w.sum = [61]int64{}, 0
		w.last = second
		return
	}
	for w.last < second {
		w.last++
		slot := &w.slots[w.last%int64(len(w.slots))]
		w.sum -= *slot
		*slot = 0
	}
}

// cost is what n counts as: what is more than the whole limit can at least have all of it.
func (w *window) cost(n int64) int64 { return min(n, w.limit) }

// fits reports whether n more stay within the limit. The window has been advanced.
func (w *window) fits(n int64) bool { return w.sum+w.cost(n) <= w.limit }

// take counts n in the newest slot and returns its second, for a refund.
func (w *window) take(n int64) int64 {
	w.slots[w.last%int64(len(w.slots))] += w.cost(n)
	w.sum += w.cost(n)
	return w.last
}

// settle replaces what was taken in a second by what was really used, if that second still counts.
func (w *window) settle(second, taken, used int64) {
	if w.last-second >= int64(len(w.slots)) {
		return
	}
	change := w.cost(used) - w.cost(taken)
	slot := &w.slots[second%int64(len(w.slots))]
	change = max(change, -*slot)
	*slot += change
	w.sum += change
}

// left is the share of the limit that is free, 0 to 1.
func (w *window) left() float64 { return 1 - min(float64(w.sum)/float64(w.limit), 1) }

// opens is when n will fit, if nothing else begins.
func (w *window) opens(n int64) time.Time {
	over := w.sum + w.cost(n) - w.limit
	for i := int64(1); i <= int64(len(w.slots)) && over > 0; i++ {
		second := w.last + i // the slot that this second takes over holds the oldest one
		over -= w.slots[second%int64(len(w.slots))]
		if over <= 0 {
			return time.Unix(second, 0)
		}
	}
	return time.Unix(w.last, 0)
}
