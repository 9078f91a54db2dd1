package trace

import (
	"iter"
	"math"
	"math/rand/v2"
	"time"
)

// times yields when calls come, in order.
//
// A rate that changes with time is thinned: candidates come at the highest rate, and each is taken with the chance that
// the rate of its moment has of the highest.
func (g *Generator) times(r *rand.Rand) iter.Seq[time.Duration] {
	rate, highest := g.rate(r)
	return func(yield func(time.Duration) bool) {
		end := g.For.Seconds()
		for at := r.ExpFloat64() / highest; at < end; at += r.ExpFloat64() / highest {
			if now := rate(at); now < highest && r.Float64()*highest >= now {
				continue
			}
			if !yield(time.Duration(at * float64(time.Second))) {
				return
			}
		}
	}
}

// rate is calls a second at a time in seconds, asked for in order of time, and its highest value.
func (g *Generator) rate(r *rand.Rand) (at func(seconds float64) float64, highest float64) {
	switch g.Arrivals {
	case Bursts:
		return g.bursts(r), max(g.Rate, g.PeakRate)
	case Diurnal:
		middle, swing := (g.Rate+g.PeakRate)/2, (g.PeakRate-g.Rate)/2
		return func(s float64) float64 {
			return middle - swing*math.Cos(2*math.Pi*s/g.Period.Seconds())
		}, max(g.Rate, g.PeakRate)
	}
	return func(float64) float64 { return g.Rate }, g.Rate
}

// bursts changes between two rates after times that are exponentially distributed. It begins quiet.
func (g *Generator) bursts(r *rand.Rand) func(float64) float64 {
	burst := g.Burst.Seconds()
	quiet := g.Period.Seconds() - burst
	loud, until := false, r.ExpFloat64()*quiet
	return func(s float64) float64 {
		for s >= until {
			if loud = !loud; loud {
				until += r.ExpFloat64() * burst
			} else {
				until += r.ExpFloat64() * quiet
			}
		}
		if loud {
			return g.PeakRate
		}
		return g.Rate
	}
}
