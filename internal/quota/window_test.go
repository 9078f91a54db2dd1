package quota

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestWindow holds dense takings to the list of them: what a window counts is never less than what was taken within its
// length, and never more than what was taken within one part more.
func TestWindow(t *testing.T) {
	step := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(0, 700).Draw(t, "ms")) * time.Millisecond
		}),
		rapid.SampledFrom([]time.Duration{0, 1, time.Minute / parts, time.Minute/parts - 1, 58 * time.Second, time.Minute - 1, time.Minute}),
	)
	rapid.Check(t, func(t *rapid.T) {
		var w window
		var log []entry
		var places []uint64
		now := time.Duration(0)
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now += step.Draw(t, "later")
			w.expire(now, time.Minute)
			n := rapid.Int64Range(0, 9).Draw(t, "n")
			if i := len(log) - 1 - rapid.IntRange(0, 20).Draw(t, "back"); i >= 0 && n == 0 {
				w.give(places[i], log[i].n)
				log[i].n = 0
			} else {
				places = append(places, w.take(now, time.Minute, n))
				log = append(log, entry{now, n})
			}
			low, high := taken(log, now, time.Minute), taken(log, now, time.Minute+onePart(Tokens))
			if w.sum < low || w.sum > high {
				t.Fatalf("at %s the window counts %d; %d to %d were taken", now, w.sum, low, high)
			}
			if w.tail-w.head > parts+2 || len(w.slots) > maxSlots {
				t.Fatalf("%d sums are kept in %d slots", w.tail-w.head, len(w.slots))
			}
		}
	})
}

// A caller that takes as much as fits as soon as it fits gets all of its limit, but for one part of a window, however
// finely it spreads it.
func TestNobodyStarves(t *testing.T) {
	for name, every := range map[string]time.Duration{"bursts": 0, "steady": 600 * time.Millisecond, "dense": time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			const limit, minutes = 100, 60
			var w window
			got, now := int64(0), time.Duration(0)
			for now < minutes*time.Minute {
				w.expire(now, time.Minute)
				wait, _ := w.wait(now, time.Minute, limit, 1)
				if wait > 0 {
					now += wait
					continue
				}
				w.take(now, time.Minute, 1)
				got++
				now += every
			}
			if most := int64(limit * minutes); got > most || got < most*(parts-1)/(parts+1) {
				t.Errorf("%d taken in %d minutes at %d a minute", got, minutes, limit)
			}
		})
	}
}

func TestAWindowIsBounded(t *testing.T) {
	var w window
	for now := time.Duration(0); now < 3*time.Minute; now += time.Millisecond {
		w.expire(now, time.Minute)
		w.take(now, time.Minute, 1)
	}
	if kept := w.tail - w.head; kept < parts || kept > parts+2 || len(w.slots) != maxSlots {
		t.Errorf("%d sums are kept in %d slots", kept, len(w.slots))
	}
}
