package forecast

import (
	"math"
	"slices"
)

// trials are the errors of a model on days that it did not know: from each day of the past it looked ahead as far as
// the history goes.
type trials struct {
	// sums[o][d] is the sum of the errors of the first d days ahead of origin o.
	sums [][]float64
	// wrong is the sum of all errors of single days, without their signs, and count is how many there were.
	wrong float64
	count int
}

// farthest is how far ahead models are tried. Errors beyond are drawn out from there.
const farthest = 8 * Season

// try lets a model look ahead from each day between first and the end of the history.
func try(m model, history []float64, first, horizon int) *trials {
	t := new(trials)
	for origin := first; origin < len(history); origin++ {
		ahead := min(len(history)-origin, max(horizon, Season), farthest)
		sums := make([]float64, 1, ahead+1)
		for d, day := range m.predict(history[:origin], ahead) {
			miss := history[origin+d] - day
			sums = append(sums, sums[d]+miss)
			t.wrong += math.Abs(miss)
			t.count++
		}
		t.sums = append(t.sums, sums)
	}
	return t
}

// meanError is how far off a day was on average.
func (t *trials) meanError() float64 { return t.wrong / float64(t.count) }

// enough is how many errors say something about their distribution.
const enough = 5

// half is half the width of the interval of a span. Where too few trials reached as far, the errors of shorter and
// nearer spans are drawn out: with the length, because the errors of neighbouring days have the same sign, and with
// the root of the distance.
func (t *trials) half(s Span, level int) float64 {
	reach := min(s.To, t.reach())
	length := min(s.To-s.From, reach)
	if length == 0 {
		return 0
	}
	scale := float64(s.To-s.From) / float64(length) * math.Sqrt(float64(s.To)/float64(reach))
	widest := 0.0
	// A span is never more certain than a nearer one of the same length.
	for end := length; end <= reach; end++ {
		widest = math.Max(widest, quantile(t.errors(end-length, end), level))
	}
	return scale * widest
}

// reach is how far ahead there are enough trials.
func (t *trials) reach() int {
	far := 0
	for _, sums := range t.sums {
		far = max(far, len(sums)-1)
	}
	for far > 1 && len(t.errors(far-1, far)) < enough {
		far--
	}
	return far
}

// errors are those of the span from..to of every trial that reached it, without their signs.
func (t *trials) errors(from, to int) []float64 {
	var list []float64
	for _, sums := range t.sums {
		if to < len(sums) {
			list = append(list, math.Abs(sums[to]-sums[from]))
		}
	}
	return list
}

// quantile is the value below which a further error lies with a probability of level per cent. Of n errors, the k-th
// smallest is that for k/(n+1); beyond the largest the normal distribution goes on.
func quantile(list []float64, level int) float64 {
	slices.Sort(list)
	n := float64(len(list))
	p := float64(level) / 100
	place := p * (n + 1)
	switch {
	case place >= n:
		known := n / (n + 1)
		return list[len(list)-1] * math.Max(1, normal(p)/normal(known))
	case place <= 1:
		return list[0]
	}
	below := math.Floor(place)
	low, high := list[int(below)-1], list[int(below)]
	return low + (place-below)*(high-low)
}

// normal is how many standard deviations hold a share p of a normal distribution around its mean.
func normal(p float64) float64 { return math.Sqrt2 * math.Erfinv(p) }
