package trace

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Arrivals is how calls come.
type Arrivals string

// The kinds of arrivals. All are random and forget the past, but for what their names say.
const (
	Poisson Arrivals = "poisson" // at one rate
	Bursts  Arrivals = "bursts"  // at Rate, and now and then at PeakRate
	Diurnal Arrivals = "diurnal" // at a rate that swings between Rate and PeakRate once a Period, lowest at the beginning
)

// Generator makes calls. The same generator makes the same calls, to the last bit.
type Generator struct {
	Seed     uint64        `yaml:"seed"`
	For      time.Duration `yaml:"for"`      // how long calls come
	Arrivals Arrivals      `yaml:"arrivals"` // of poisson, bursts and diurnal

	Rate     float64       `yaml:"rate"`      // calls a second
	PeakRate float64       `yaml:"peak-rate"` // of bursts and of the height of the day
	Period   time.Duration `yaml:"period"`    // diurnal: of one swing. bursts: from one burst to the next, on average
	Burst    time.Duration `yaml:"burst"`     // bursts: how long one lasts, on average

	Input  Tokens `yaml:"input"`
	Output Tokens `yaml:"output"`

	// Sessions is how many conversations go on at once; each call belongs to one of them. 0: none does.
	Sessions int `yaml:"sessions"`
	// Turns is how many calls a conversation has, on average.
	Turns float64 `yaml:"turns"`
}

// Tokens is a log-normal distribution of counts, which is what lengths of prompts and answers look like.
type Tokens struct {
	Median float64 `yaml:"median"`
	P95    float64 `yaml:"p95"` // of a hundred calls five have more
	Most   int     `yaml:"most"`
}

// mostCalls keeps a slip of the hand from filling memory.
const mostCalls = 50_000_000

// Check reports every fault by the key that is to be edited.
func (g *Generator) Check(fault func(path, message string)) {
	if g.For <= 0 {
		fault("for", "say how long calls come, such as 10m")
	}
	positive := func(path string, v float64) {
		if !(v > 0 && v <= 1e6) {
			fault(path, fmt.Sprintf("want calls a second, above 0 and up to 1000000, found %v", v))
		}
	}
	positive("rate", g.Rate)
	switch g.Arrivals {
	case Poisson:
	case Bursts:
		positive("peak-rate", g.PeakRate)
		if g.Burst <= 0 || g.Period <= g.Burst {
			fault("burst", fmt.Sprintf("bursts of %s every %s leave no time between them; want 0s < burst < period", g.Burst, g.Period))
		}
	case Diurnal:
		positive("peak-rate", g.PeakRate)
		if g.Period <= 0 {
			fault("period", "say how long a swing takes, such as 24h")
		}
	default:
		fault("arrivals", fmt.Sprintf("want %s, %s or %s, found %q", Poisson, Bursts, Diurnal, g.Arrivals))
	}
	if n := g.For.Seconds() * max(g.Rate, g.PeakRate); n > mostCalls {
		fault("for", fmt.Sprintf("%s at this rate is %.0f calls; at most %d fit", g.For, n, mostCalls))
	}
	g.Input.check("input", fault)
	g.Output.check("output", fault)
	if g.Sessions < 0 || g.Sessions > 0 && !(g.Turns >= 1) {
		fault("turns", fmt.Sprintf("%d sessions of %v turns; want at least 1 turn", g.Sessions, g.Turns))
	}
}

func (k Tokens) check(path string, fault func(path, message string)) {
	if !(k.Median >= 1) || !(k.P95 >= k.Median) || k.Most < 0 || k.P95 > mostTokens || k.Most > mostTokens {
		fault(path, fmt.Sprintf("want a median of at least 1, a p95 not below it, and numbers up to %d; found median %v, p95 %v, most %d",
			mostTokens, k.Median, k.P95, k.Most))
	}
}

// Make makes the calls. The generator has passed Check.
func (g *Generator) Make() *Trace {
	t := &Trace{Name: g.name(), Targets: make([]Target, 1)}
	// One source of randomness a purpose: a change of lengths leaves the arrivals as they are.
	arrivals, lengths, talk := source(g.Seed, 1), source(g.Seed, 2), source(g.Seed, 3)
	t.Calls = slices.Grow(t.Calls, int(g.For.Seconds()*g.Rate))
	desk := newDesk(g, talk)
	for at := range g.times(arrivals) {
		t.Calls = append(t.Calls, Call{
			At: at, Input: g.Input.draw(lengths), Output: g.Output.draw(lengths), Session: desk.next(),
		})
	}
	t.settle()
	return t
}

func (g *Generator) name() string {
	return fmt.Sprintf("%s, seed %d", g.Arrivals, g.Seed)
}

func source(seed, purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, purpose)) }

// normal95 is how many standard deviations the 95th percentile lies above the median.
const normal95 = 1.6448536269514722

func (k Tokens) draw(r *rand.Rand) int32 {
	spread := math.Log(k.P95/k.Median) / normal95
	n := math.Round(k.Median * math.Exp(spread*r.NormFloat64()))
	most := float64(k.Most)
	if k.Most == 0 {
		most = mostTokens
	}
	return int32(min(max(n, 1), most))
}

// desk hands out the conversations that calls belong to.
type desk struct {
	open  []uint32
	last  uint32
	stops float64 // the chance that a call is a conversation's last
	rand  *rand.Rand
}

func newDesk(g *Generator, r *rand.Rand) *desk {
	d := &desk{open: make([]uint32, g.Sessions), rand: r}
	if g.Sessions > 0 {
		d.stops = 1 / g.Turns
	}
	for i := range d.open {
		d.last++
		d.open[i] = d.last
	}
	return d
}

// next is the conversation of the next call: 0 when there are none.
func (d *desk) next() uint32 {
	if len(d.open) == 0 {
		return 0
	}
	i := d.rand.IntN(len(d.open))
	session := d.open[i]
	if d.rand.Float64() < d.stops {
		d.last++
		d.open[i] = d.last
	}
	return session
}
