// Package quota decides whether an account may use more of a model now, and if not, when: requests and tokens in a
// minute, tokens in a day, and calls at once.
//
// A call reserves what it may use at most when it arrives, and settles for what it really used when it has ended. All
// here is plain state and arithmetic: time is an argument, nothing locks, and the same history gives the same answers.
package quota

import (
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
)

// Measure is what a quota counts.
type Measure uint8

// The measures.
const (
	Requests   Measure = iota // in any minute
	Tokens                    // in any minute
	DayTokens                 // in any 24 hours
	Concurrent                // calls at once
	measures   = iota
	windows    = int(Concurrent) // the measures before it have a window
)

// String is the measure as the configuration spells it.
func (m Measure) String() string {
	return [...]string{"requests-per-minute", "tokens-per-minute", "tokens-per-day", "concurrency"}[m]
}

// Length is the time over which a measure counts; 0 for calls at once.
func (m Measure) Length() time.Duration {
	switch m {
	case DayTokens:
		return 24 * time.Hour
	case Concurrent:
		return 0
	}
	return time.Minute
}

// measureOf are the catalog's metrics.
var measureOf = map[catalog.Metric]Measure{
	catalog.RequestsPerMinute: Requests, catalog.TokensPerMinute: Tokens,
	catalog.TokensPerDay: DayTokens, catalog.Concurrent: Concurrent,
}

// Limit is the most that may be used. The zero Limit is none.
type Limit struct {
	Set bool
	Max int64
	// Watched says that use beyond the limit is noticed and not refused.
	Watched bool
}

// Limits are the limits of one subject, by measure.
type Limits [measures]Limit

// maxTokens is more than any call uses. It keeps what callers ask for from overflowing a sum: a day of 24,000 such
// calls a second fits 63 bits.
const maxTokens = 1 << 32

// Reserve is what a call sets aside when it arrives, by AWS's rule: its input, cached or not, and the longest answer it
// may get, without burndown.
func Reserve(input, maxOutput int64) int64 {
	return sane(sane(input) + sane(maxOutput))
}

// AssumedOutput stands for the longest answer of a model whose maximum nobody knows.
const AssumedOutput = 4096

// Used is what a call counts for when it has ended, by AWS's rule: its input and what it wrote to the cache, and every
// token of its answer as often as the model's burndown says. What it read from the cache counts nothing.
func Used(u chat.Usage, burndown int) int64 {
	return sane(sane(u.Input) + sane(u.CacheWrite()) + sane(u.Output)*int64(min(max(burndown, 1), maxBurndown)))
}

// maxBurndown is far above AWS's own rates, of which 15 is the highest.
const maxBurndown = 1000

func sane(n int64) int64 { return min(max(n, 0), maxTokens) }
