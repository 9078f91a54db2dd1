// Package simulate replays a trace of calls on a virtual clock: through the very code that decides on quotas and routes,
// against upstreams that answer as a scenario says.
//
// Nothing here waits and nothing here is left to chance: the same scenario comes to the same results, to the last bit.
// Calls of every variant that is compared have the same luck.
package simulate

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/simulate/trace"
)

// World is what is around the gateway in a simulation: who calls, what upstreams can do, and what goes wrong with them.
// What the gateway makes of it stands in its configuration.
type World struct {
	Title   string      `yaml:"title"` // of reports; empty: the trace's name
	Seed    uint64      `yaml:"seed"`
	Start   Moment      `yaml:"start"`   // when the first call comes: it decides which prices are in force
	Account arn.Account `yaml:"account"` // whose calls they are
	// Identifier and Source are what calls ask for and where they come from, unless the trace says so.
	Identifier string     `yaml:"identifier"`
	Source     arn.Region `yaml:"source"`

	Calls     Calls      `yaml:"calls"`
	Upstreams []Upstream `yaml:"upstreams"`
	BrownOuts []BrownOut `yaml:"brown-outs"`
	Cache     Cache      `yaml:"cache"`
	// Detour is how much longer a call takes to its first token outside its source region.
	Detour time.Duration `yaml:"detour"`

	Compare []Variant `yaml:"compare"`
}

// Calls says where the calls come from: a file, or a generator.
type Calls struct {
	File     string           `yaml:"file"`
	Generate *trace.Generator `yaml:"generate"`

	Speed     float64 `yaml:"speed"`      // 2 plays the trace in half the time
	Limit     int     `yaml:"limit"`      // only so many calls; 0: all
	MaxTokens int     `yaml:"max-tokens"` // of calls that set none; 0: they stay without
}

// Shape is what is done to the trace.
func (c *Calls) Shape() trace.Shape {
	return trace.Shape{Speed: c.Speed, Limit: c.Limit, Max: c.MaxTokens}
}

// Where selects deployments, by globs that match everything when they are empty.
type Where struct {
	Region   string `yaml:"region"`
	Model    string `yaml:"model"`
	Provider string `yaml:"provider"`
}

func (w *Where) covers(d *route.Deployment) bool {
	matches := func(glob, text string) bool { return glob == "" || route.Matches(glob, text) }
	return matches(w.Region, string(d.Region)) && matches(w.Model, d.Model) && matches(w.Provider, d.Provider)
}

// Upstream is what really stands behind deployments: of several that match one, the first counts. The gateway does not
// know any of this; it learns from refusals and failures what its configuration does not say.
type Upstream struct {
	Where

	// The time to the first token is FirstToken, and what reading the input takes: InputPerSecond tokens in a second, 0
	// for no time. After it TokensPerSecond come; 0 is all at once.
	FirstToken      time.Duration `yaml:"first-token"`
	InputPerSecond  float64       `yaml:"input-tokens-per-second"`
	TokensPerSecond float64       `yaml:"tokens-per-second"`
	// Jitter is how much calls differ: the standard deviation of the logarithm of their times.
	Jitter float64 `yaml:"jitter"`
	// Growth is how much slower a full upstream is than an idle one: with half as many calls as Concurrency allows times
	// are longer by a quarter of it, since they grow with the square of the load. What runs when a call begins counts.
	Growth float64 `yaml:"growth"`

	// What is more than this is refused with 429. 0 is no bound. Tokens count as quotas of AWS do.
	Concurrency       int64 `yaml:"concurrency"`
	RequestsPerMinute int64 `yaml:"requests-per-minute"`
	TokensPerMinute   int64 `yaml:"tokens-per-minute"`
	// RetryAfter tells refused calls when there is room again, as AWS does not.
	RetryAfter bool `yaml:"retry-after"`
}

// Kind is what a brown-out does to calls that begin in it.
type Kind string

// The kinds of brown-outs.
const (
	Slow        Kind = "slow"        // times are longer by Factor
	Throttling  Kind = "throttling"  // refused with 429
	Unavailable Kind = "unavailable" // refused with 503
	Timeout     Kind = "timeout"     // nothing comes until After, and then an error
	Cut         Kind = "cut"         // the answer breaks off half way
)

// BrownOut is a time in which something is wrong.
type BrownOut struct {
	Where

	From   time.Duration `yaml:"from"` // since the first call
	To     time.Duration `yaml:"to"`
	Kind   Kind          `yaml:"kind"`
	Share  float64       `yaml:"share"`  // of the calls it hits; 0 is 1: all
	Factor float64       `yaml:"factor"` // of Slow
	After  time.Duration `yaml:"after"`  // how long a failure takes
}

// Cache is how prompts are cached: the calls of a conversation find the Share of their input that the one before has
// left at an upstream, if that is not longer ago than For. Without it nothing is cached.
type Cache struct {
	Share float64       `yaml:"share"`
	For   time.Duration `yaml:"for"`
}

// Variant is one of the ways that are compared. What is empty is as the configuration and the world have it.
type Variant struct {
	Name       string        `yaml:"name"`
	Identifier string        `yaml:"identifier"`
	Policy     *route.Policy `yaml:"policy"`
	Queue      *WaitingRoom  `yaml:"queue"`
}

// WaitingRoom is the queue of calls that find every place full, as routing has it.
type WaitingRoom struct {
	Length int           `yaml:"length"` // calls that wait for one model; 0: none
	Wait   time.Duration `yaml:"wait"`
}

// Moment is a date, or a date and time, in UTC.
type Moment struct{ time.Time }

// UnmarshalText reads 2026-11-22 or 2026-11-22T18:00:00Z.
func (m *Moment) UnmarshalText(b []byte) (err error) {
	if m.Time, err = time.Parse(time.DateOnly, string(b)); err == nil {
		return nil
	}
	if m.Time, err = time.Parse(time.RFC3339, string(b)); err != nil {
		return errMoment(b)
	}
	m.Time = m.UTC()
	return nil
}
