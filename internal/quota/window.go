package quota

import "time"

// parts is how finely a window is counted: what was taken within one part of its length is kept as one sum. A window
// remembers at most parts+2 such sums, whatever the traffic.
const parts = 120

// maxSlots is the power of two that holds them.
const maxSlots = 128

// window counts what was taken in the last stretch of time of a given length, at every moment and not from one full
// minute to the next. Nothing is counted for less than the length, so that no stretch of that length, wherever it
// begins, ever holds more than was allowed. Where takings are further apart than one part of the length it is exact; of
// those that are closer together the earlier ones count as long as the last of them, which is one part more at most.
//
// Times must never go back, and a window must be expired to a moment before anything else is done at it. The zero window
// is empty.
type window struct {
	slots []slot // a ring; its length is a power of two
	head  uint64 // the number of the oldest slot that counts
	tail  uint64 // the number of the next slot
	began time.Duration
	sum   int64
}

// slot is what was taken in one part of the window's length.
type slot struct {
	last time.Duration // when the last of it was taken
	n    int64
}

func (w *window) at(number uint64) *slot { return &w.slots[number&uint64(len(w.slots)-1)] }

// expire forgets what is as old as the window is long.
func (w *window) expire(now, length time.Duration) {
	for w.head < w.tail {
		s := w.at(w.head)
		if now-s.last < length {
			return
		}
		w.sum -= s.n
		w.head++
	}
}

// take adds n at a moment, and returns where it stands: a place that is never 0.
func (w *window) take(now, length time.Duration, n int64) uint64 {
	if w.head == w.tail || now-w.began >= length/parts {
		w.grow()
		*w.at(w.tail) = slot{}
		w.tail++
		w.began = now
	}
	newest := w.at(w.tail - 1)
	newest.last = now
	newest.n += n
	w.sum += n
	return w.tail
}

// give takes n out again of where it was taken. What has expired counts no more and has nothing to give; nor has the
// place 0, where nothing was taken.
func (w *window) give(place uint64, n int64) {
	if place <= w.head {
		return
	}
	w.at(place - 1).n -= n
	w.sum -= n
}

// grow makes room for one more slot.
func (w *window) grow() {
	if w.tail-w.head < uint64(len(w.slots)) {
		return
	}
	old := *w
	w.slots = make([]slot, max(2*len(w.slots), 4))
	for i := old.head; i < old.tail; i++ {
		*w.at(i) = *old.at(i)
	}
}

// wait is how long it is until n more fit below most if nothing else is taken or given. It is 0 when they fit now, and
// reports false when they never will.
func (w *window) wait(now, length time.Duration, most, n int64) (time.Duration, bool) {
	if n > most {
		return 0, false
	}
	over := w.sum + n - most
	for i := w.head; over > 0; i++ {
		s := w.at(i)
		if over -= s.n; over <= 0 {
			return s.last + length - now, true
		}
	}
	return 0, true
}

// empty is how long it is until nothing counts any more, if nothing else is taken.
func (w *window) empty(now, length time.Duration) time.Duration {
	if w.head == w.tail || w.sum == 0 {
		return 0
	}
	return w.at(w.tail-1).last + length - now
}
