package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// scale puts values from low to high onto pixels.
type scale struct {
	low, high float64
	from, to  float64 // pixels
	log       bool
}

func (s scale) at(v float64) float64 {
	low, high := s.low, s.high
	if s.log {
		low, high, v = math.Log(low), math.Log(high), math.Log(max(v, s.low))
	}
	if high == low {
		return s.from
	}
	return s.from + min(max((v-low)/(high-low), 0), 1)*(s.to-s.from)
}

// ticks are round values on the scale, about count of them.
func (s scale) ticks(count int) []float64 {
	if s.log {
		return s.decades()
	}
	step := round125((s.high - s.low) / float64(max(count, 1)))
	var out []float64
	for i := math.Ceil(s.low / step); i*step <= s.high*(1+1e-9); i++ {
		out = append(out, i*step)
	}
	return out
}

// decades are the powers of ten on a logarithmic scale, with 2 and 5 times them where there are few.
func (s scale) decades() []float64 {
	factors := []float64{1}
	if math.Log10(s.high/s.low) < 2.5 {
		factors = []float64{1, 2, 5}
	}
	var out []float64
	for e := math.Floor(math.Log10(s.low)); e <= math.Log10(s.high); e++ {
		for _, f := range factors {
			if v := f * math.Pow(10, e); v >= s.low*(1-1e-9) && v <= s.high*(1+1e-9) {
				out = append(out, v)
			}
		}
	}
	return out
}

// round125 is the least of 1, 2 and 5 times a power of ten that is not below v.
func round125(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range [...]float64{1, 2, 5} {
		if f*unit >= v*(1-1e-9) {
			return f * unit
		}
	}
	return 10 * unit
}

// upTo is a linear scale from 0 that has room for most.
func upTo(most, from, to float64) scale {
	if !(most > 0) {
		most = 1
	}
	step := round125(most / 4)
	return scale{low: 0, high: step * math.Ceil(most/step-1e-9), from: from, to: to}
}

// around is a logarithmic scale that has room for values from least to most, and some beside them.
func around(least, most, from, to float64) scale {
	if !(least > 0) {
		least, most = 0.1, 10
	}
	const beside = 1.3
	low, high := least/beside, max(most, least)*beside
	return scale{low: low, high: high, from: from, to: to, log: true}
}

// Number is a value as a person reads it: three digits, k and M behind large ones.
func Number(v float64) string {
	switch a := math.Abs(v); {
	case a >= 999_500:
		return trimmed(v/1e6, 2) + "M"
	case a >= 9_995:
		return trimmed(v/1e3, 1) + "k"
	case a >= 99.95 || v == 0:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 9.995:
		return trimmed(v, 1)
	case a >= 0.9995:
		return trimmed(v, 2)
	default:
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
}

func trimmed(v float64, places int) string {
	text := strconv.FormatFloat(v, 'f', places, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// Percent is a share in percent.
func Percent(v float64) string {
	if p := 100 * v; p >= 99.95 || p < 0.05 {
		return strconv.FormatFloat(p, 'f', 0, 64) + " %"
	}
	return trimmed(100*v, 1) + " %"
}

// timeScale is a scale of time in the unit that suits its length.
type timeScale struct {
	scale
	unit  string
	every time.Duration // one unit
}

func timeFrom0(length time.Duration, from, to float64) timeScale {
	t := timeScale{unit: "min", every: time.Minute}
	switch {
	case length <= 3*time.Minute:
		t.unit, t.every = "s", time.Second
	case length > 4*24*time.Hour:
		t.unit, t.every = "d", 24*time.Hour
	case length > 4*time.Hour:
		t.unit, t.every = "h", time.Hour
	}
	t.scale = scale{low: 0, high: max(float64(length)/float64(t.every), 1e-9), from: from, to: to}
	return t
}

func (t timeScale) moment(d time.Duration) float64 { return t.at(float64(d) / float64(t.every)) }

// label is an axis label: what, and in what unit.
func label(what, unit string) string {
	if unit == "" {
		return what
	}
	return fmt.Sprintf("%s (%s)", what, unit)
}
