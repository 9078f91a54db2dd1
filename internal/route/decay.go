package route

import (
	"math"
	"time"
)

// faded is what is left of 1 after some time, when half of it goes in each half-life.
func faded(passed, halfLife time.Duration) float64 {
	if passed <= 0 {
		return 1
	}
	return math.Exp2(-float64(passed) / float64(halfLife))
}

// rate is how much of something there is in a second, by the last ten seconds or so.
type rate struct {
	weight float64 // of what was counted, faded up to at
	at     time.Time
}

// rateLife is the half-life of what a rate counts.
const rateLife = 5 * time.Second

// add counts n now.
func (r *rate) add(now time.Time, n float64) {
	if r.weight > 0 {
		r.weight *= faded(now.Sub(r.at), rateLife)
	}
	r.weight, r.at = r.weight+n, now
}

// perSecond is the rate now. A steady flow of n a second adds up to n times the mean life.
func (r *rate) perSecond(now time.Time) float64 {
	if r.weight == 0 {
		return 0
	}
	return r.weight * faded(now.Sub(r.at), rateLife) * math.Ln2 / rateLife.Seconds()
}
