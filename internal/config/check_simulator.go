package config

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/provider/simulator"
)

// The bounds of the simulator: slower than the slowest, and faster than any machine counts tokens.
const (
	maxWait = 10 * time.Minute
	maxRate = 1e9
)

func (k checker) simulator(s *Simulator) {
	k.wait("simulator.first-token", s.FirstToken)
	k.rate("simulator.tokens-per-second", s.TokensPerSecond)
	for i, p := range s.Pace {
		at := fmt.Sprintf("simulator.pace[%d]", i)
		if p.FirstToken != nil {
			k.wait(at+".first-token", *p.FirstToken)
		}
		if p.TokensPerSecond != nil {
			k.rate(at+".tokens-per-second", *p.TokensPerSecond)
		}
		if p.FirstToken == nil && p.TokensPerSecond == nil {
			k.Fault(at, "changes nothing; give first-token or tokens-per-second")
		}
	}
	for i, c := range s.Capacity {
		k.capacity(fmt.Sprintf("simulator.capacity[%d]", i), c)
	}
	for i, f := range s.Failures {
		k.failure(fmt.Sprintf("simulator.failures[%d]", i), f)
	}
}

func (k checker) wait(path string, d time.Duration) {
	if d < 0 || d > maxWait {
		k.Fault(path, "want 0s to %s, found %s", plain(maxWait), plain(d))
	}
}

func (k checker) rate(path string, perSecond float64) {
	if !(0 <= perSecond && perSecond <= maxRate) { // so written that NaN fails
		k.Fault(path, "want 0 (all at once) to %.0f tokens per second, found %v", maxRate, perSecond)
	}
}

func (k checker) capacity(at string, c Capacity) {
	k.within(at+".concurrency", c.Concurrency, 0, maxConcurrency)
	k.within(at+".requests-per-minute", c.RequestsPerMinute, 0, math.MaxInt32)
	k.within(at+".tokens-per-minute", c.TokensPerMinute, 0, math.MaxInt32)
	if c.Concurrency == 0 && c.RequestsPerMinute == 0 && c.TokensPerMinute == 0 {
		k.Fault(at, "bounds nothing; give concurrency, requests-per-minute or tokens-per-minute")
	}
}

func (k checker) failure(at string, f Failure) {
	var kinds []string
	for _, kind := range simulator.FailureKinds() {
		kinds = append(kinds, string(kind))
	}
	if f.Kind == "" {
		k.Fault(at+".kind", "a failure needs a kind: %s", strings.Join(kinds, ", "))
	} else {
		k.oneOf(at+".kind", f.Kind, kinds...)
	}
	k.within(at+".calls", f.Calls, 0, math.MaxInt32)
	k.within(at+".event", f.Event, 0, math.MaxInt32)
	k.wait(at+".delay", f.Delay)
	if !(0 <= f.Share && f.Share <= 1) {
		k.Fault(at+".share", "want a part of all calls, above 0 and at most 1, found %v", f.Share)
	}
	if f.Kind == string(simulator.Slow) && f.Delay == 0 {
		k.Fault(at+".delay", "a slow answer needs a delay")
	}
}
