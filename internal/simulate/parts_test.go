package simulate

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Events come out by time, and those of one time in the order they went in, however the two are mixed.
func TestEventsComeInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q events
		var in, out []event
		now := time.Duration(0)
		for n := rapid.IntRange(0, 300).Draw(t, "steps"); n > 0 || len(q.heap) > 0; n-- {
			if n > 0 && rapid.Bool().Draw(t, "add") {
				e := event{at: now + time.Duration(rapid.IntRange(0, 5).Draw(t, "after")), job: int32(len(in))}
				q.add(e)
				in = append(in, e)
				continue
			}
			at, some := q.next()
			if !some {
				continue
			}
			e := q.take()
			if e.at != at || at < now {
				t.Fatalf("an event of %d came at %d, after %d", e.at, at, now)
			}
			now = at
			out = append(out, event{at: e.at, job: e.job})
		}
		want := slices.Clone(in)
		slices.SortStableFunc(want, func(a, b event) int { return int(a.at - b.at) })
		if diff := cmp.Diff(want, out, cmp.AllowUnexported(event{})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestQuantilesAreExact(t *testing.T) {
	var values []time.Duration
	for i := 100; i > 0; i-- {
		values = append(values, time.Duration(i)*time.Second)
	}
	if diff := cmp.Diff(Quantiles{50, 95, 99, 100}, quantiles(values)); diff != "" {
		t.Errorf("of 1 to 100 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Quantiles{3, 3, 3, 3}, quantiles([]time.Duration{3 * time.Second})); diff != "" {
		t.Errorf("of one (-want +got):\n%s", diff)
	}
	if q := quantiles(nil); !math.IsNaN(q.P50) || !math.IsNaN(q.Most) {
		t.Errorf("of none: %v", q)
	}
}

// The mean of a gauge over all parts is its integral over the trace, whatever was set and when.
func TestGaugeKeepsTheIntegral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := bins{time.Duration(rapid.IntRange(1, 1e6).Draw(t, "length")), rapid.IntRange(1, 50).Draw(t, "parts")}
		g := gauge{bins: b}
		now, value, want := time.Duration(0), 0.0, 0.0
		for range rapid.IntRange(0, 40).Draw(t, "changes") {
			next := now + time.Duration(rapid.IntRange(0, 1e5).Draw(t, "after"))
			want += value * float64(max(min(next, b.length)-min(now, b.length), 0))
			now, value = next, float64(rapid.IntRange(0, 100).Draw(t, "value"))
			g.set(now, value)
		}
		want += value * float64(max(b.length-now, 0))
		if got := g.mean() * float64(b.length); math.Abs(got-want) > 1e-6*max(want, 1) {
			t.Errorf("the parts add up to %v, the whole is %v", got, want)
		}
	})
}

func TestGaugeShowsWhereItWasHigh(t *testing.T) {
	g := gauge{bins: bins{10 * time.Second, 5}}
	g.set(3*time.Second, 4)
	g.set(6*time.Second, 1)
	g.set(20*time.Second, 9) // beyond the trace
	if diff := cmp.Diff([]float64{0, 2, 4, 1, 1}, g.means()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Luck is spread evenly, and normally where it should be.
func TestLuckIsFair(t *testing.T) {
	const n = 100_000
	sum, squares, below := 0.0, 0.0, 0
	for i := range n {
		l := draw(7, i, 3)
		v := l.normal()
		sum, squares = sum+v, squares+v*v
		if l.share() < 0.25 {
			below++
		}
	}
	if mean, variance := sum/n, squares/n; math.Abs(mean) > 0.02 || math.Abs(variance-1) > 0.03 {
		t.Errorf("mean %.3f and variance %.3f, want about 0 and 1", mean, variance)
	}
	if below < n/4-1000 || below > n/4+1000 {
		t.Errorf("%d of %d lie in the first quarter", below, n)
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := count(n); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
}
