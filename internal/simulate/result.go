package simulate

import (
	"math"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/money"
)

// Outcome is what became of a call.
type Outcome uint8

// The outcomes. Served calls got their whole answer.
const (
	Served     Outcome = iota
	OverQuota          // refused: an account's quota has no room
	NoRoom             // refused: no destination has room, or all of those asked refused
	Failed             // refused: every destination asked failed
	BrokenOff          // the answer broke off after its first token
	Impossible         // refused for what it asks: it names no model, or one that nobody serves there
	outcomes   = iota
)

// String is the outcome in a word or two.
func (o Outcome) String() string {
	return [...]string{"served", "over quota", "no room", "failed", "broken off", "impossible"}[o]
}

// Result is what a variant came to.
type Result struct {
	Name   string
	Places []PlaceResult // those that were asked, by distance from where they were asked first

	Calls    int
	Outcomes [outcomes]int
	Away     int // calls served outside their source region
	Retried  int // calls that were tried more than once
	Queued   int // calls that waited
	Reasons  []Reason
	First    Quantiles // time to the first token of calls that got one
	Waited   Quantiles // of calls that waited

	Read, Cached int64 // tokens of input, and those of them that came from a cache

	Cost     money.Amount // as the price book has it
	Unpriced int          // calls whose model has no price
	Upstream float64      // USD, by the prices of deployments; 0 when they have none

	Over Series
}

// Reason is how often calls were refused for it.
type Reason struct {
	Text  string
	Count int
}

// PlaceResult is what one deployment did.
type PlaceResult struct {
	Region   arn.Region
	Model    string
	Provider string
	Served   int
	Attempts int
	Busy     []float64 // share of its concurrency over time; of its peak where it has no bound
	Mean     float64   // calls at once
	Peak     int64
	Bound    int64 // 0: none
}

// Series are values over time, one a part of the trace.
type Series struct {
	Length  time.Duration
	Arrived []float64 // calls a second
	Refused []float64 // calls a second that got no whole answer, by when they arrived
	P95     []float64 // seconds to the first token, by when they arrived; NaN: none
	Queue   []float64 // calls that wait, on average
}

// Quantiles are exact: of all values, the least that at least such a share of them does not exceed. They are NaN when there are none.
type Quantiles struct{ P50, P95, P99, Most float64 } // seconds

// quantiles sorts the values.
func quantiles(values []time.Duration) Quantiles {
	if len(values) == 0 {
		none := math.NaN()
		return Quantiles{none, none, none, none}
	}
	slices.Sort(values)
	at := func(share float64) float64 {
		return values[max(int(math.Ceil(share*float64(len(values))))-1, 0)].Seconds()
	}
	return Quantiles{at(0.50), at(0.95), at(0.99), at(1)}
}

// Refused is how many calls got no whole answer.
func (r *Result) Refused() int { return r.Calls - r.Outcomes[Served] }

// Share is n of all calls.
func (r *Result) Share(n int) float64 {
	if r.Calls == 0 {
		return 0
	}
	return float64(n) / float64(r.Calls)
}
