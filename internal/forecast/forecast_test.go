package forecast

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// series makes n days of f.
func series(n int, f func(day int) float64) []float64 {
	days := make([]float64, n)
	for i := range days {
		days[i] = f(i)
	}
	return days
}

// week is a pattern of working days and a quiet end.
var week = [Season]float64{10, 12, 11, 13, 9, 2, 1}

func continued(t *testing.T, history []float64, horizon int) *Forecast {
	t.Helper()
	f, err := Make(history, horizon)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestKnownAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		history []float64
		model   string
		want    func(ahead int) float64
		within  float64 // of a day's mean
	}{
		"nothing":  {series(60, func(int) float64 { return 0 }), "seasonal naive", func(int) float64 { return 0 }, 0},
		"constant": {series(60, func(int) float64 { return 5 }), "seasonal naive", func(int) float64 { return 5 }, 0},
		"a week again and again": {
			series(60, func(d int) float64 { return week[d%Season] }),
			"seasonal naive",
			func(a int) float64 { return week[(60+a)%Season] },
			0,
		},
		"fourteen days are enough": {
			series(14, func(d int) float64 { return week[d%Season] }),
			"seasonal naive",
			func(a int) float64 { return week[a%Season] },
			0,
		},
		"growth": {
			series(90, func(d int) float64 { return 100 + 2*float64(d) }),
			"damped Holt-Winters",
			func(a int) float64 { return 100 + 2*float64(90+a) },
			10,
		},
		"growth with a week in it": {
			series(91, func(d int) float64 { return 100 + float64(d) + 3*week[d%Season] }),
			"damped Holt-Winters",
			func(a int) float64 { return 100 + float64(91+a) + 3*week[a%Season] },
			8,
		},
		"a step that has settled": {
			series(90, func(d int) float64 {
				if d < 30 {
					return 10
				}
				return 40
			}),
			"seasonal naive",
			func(int) float64 { return 40 },
			0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := continued(t, test.history, 14)
			if f.Model != test.model {
				t.Errorf("the model is %s, want %s", f.Model, test.model)
			}
			for a := range 14 {
				if got, want := f.Mean(Span{a, a + 1}), test.want(a); math.Abs(got-want) > test.within {
					t.Errorf("day %d: %g, want %g within %g", a, got, want, test.within)
				}
			}
			sum := 0.0
			for a := range 14 {
				sum += f.Mean(Span{a, a + 1})
			}
			if got := f.Mean(Span{0, 14}); math.Abs(got-sum) > 1e-9*sum {
				t.Errorf("the span is %g, its days are %g", got, sum)
			}
		})
	}
}

func TestWhatNeverErredIsCertain(t *testing.T) {
	f := continued(t, series(60, func(d int) float64 { return week[d%Season] }), 90)
	for _, s := range []Span{{0, 1}, {10, 11}, {0, 30}, {60, 90}} {
		if low, high := f.Interval(s, 95); low != f.Mean(s) || high != low {
			t.Errorf("%v: %g to %g around %g", s, low, high, f.Mean(s))
		}
	}
}

// noisy is a week with normal noise of standard deviation 2 on it.
func noisy(seed uint64, n int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	return series(n, func(d int) float64 { return math.Max(0, 20+week[d%Season]+2*rng.NormFloat64()) })
}

func TestIntervalsHoldWhatTheyPromise(t *testing.T) {
	const horizon, trials = 14, 120
	for _, level := range []int{51, 80, 95} {
		inside, all := 0, 0
		for seed := range uint64(trials) {
			whole := noisy(seed, 120+horizon)
			f := continued(t, whole[:120], horizon)
			for a := range horizon {
				low, high := f.Interval(Span{a, a + 1}, level)
				if actual := whole[120+a]; low <= actual && actual <= high {
					inside++
				}
				all++
			}
		}
		// The intervals are those of the farthest horizons too, so they err on the wide side.
		if share := 100 * float64(inside) / float64(all); share < float64(level)-3 || share > float64(level)+22 {
			t.Errorf("%d %% intervals held %.1f %%", level, share)
		}
	}
}

func TestNoiseIsSmoothed(t *testing.T) {
	const horizon = 28
	smoothed := 0
	for seed := range uint64(20) {
		if f := continued(t, noisy(seed, 150), horizon); f.Model == (dampedHoltWinters{}).name() {
			smoothed++
		}
	}
	if smoothed < 18 { // last week's noise is no forecast
		t.Errorf("smoothed %d of 20 noisy series", smoothed)
	}
}

func TestSpansFartherAndLongerAreLessCertain(t *testing.T) {
	f := continued(t, noisy(7, 120), 540)
	width := func(s Span, level int) float64 {
		low, high := f.Interval(s, level)
		return high - low
	}
	for _, pair := range [][2]Span{{{0, 1}, {20, 21}}, {{20, 21}, {89, 90}}, {{0, 1}, {0, 7}}, {{0, 30}, {30, 60}}, {{30, 60}, {500, 530}}} {
		if near, far := width(pair[0], 80), width(pair[1], 80); near > far {
			t.Errorf("%v is %g wide, %v only %g", pair[0], near, pair[1], far)
		}
	}
	if a, b, c := width(Span{3, 4}, 51), width(Span{3, 4}, 80), width(Span{3, 4}, 99); !(a < b && b < c) {
		t.Errorf("widths %g, %g, %g do not grow with the level", a, b, c)
	}
}

func TestTooShort(t *testing.T) {
	for _, n := range []int{0, 1, MinHistory - 1} {
		if _, err := Make(make([]float64, n), 1); !errors.Is(err, ErrTooShort) {
			t.Errorf("%d days: %v", n, err)
		}
	}
}

func TestForecastsAreSane(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		history := rapid.SliceOfN(rapid.Float64Range(0, 1e6), MinHistory, 250).Draw(t, "history")
		horizon := rapid.IntRange(1, 120).Draw(t, "horizon")
		level := rapid.IntRange(1, 99).Draw(t, "level")
		f, err := Make(history, horizon)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Make(history, horizon)
		if err != nil {
			t.Fatal(err)
		}
		from := rapid.IntRange(0, horizon-1).Draw(t, "from")
		s := Span{from, rapid.IntRange(from, horizon).Draw(t, "to")}
		mean := f.Mean(s)
		low, high := f.Interval(s, level)
		if !(0 <= low && low <= mean && mean <= high) || math.IsInf(high, 0) {
			t.Fatalf("%v: %g in %g to %g", s, mean, low, high)
		}
		if l, h := again.Interval(s, level); l != low || h != high || again.Mean(s) != mean {
			t.Fatal("two forecasts of one history differ")
		}
	})
}

func BenchmarkMake(b *testing.B) {
	history := noisy(1, 180)
	b.ReportAllocs()
	for b.Loop() {
		f, err := Make(history, 93)
		if err != nil {
			b.Fatal(err)
		}
		for a := range 93 {
			f.Interval(Span{a, a + 1}, 80)
		}
	}
}
