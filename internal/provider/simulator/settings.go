package simulator

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"time"
)

// Settings say how the simulated models behave. The zero value answers at once, without limits and
// without failures; Defaults answers at a pace like a model's.
type Settings struct {
	// Seed changes every answer's prose and which calls a Failure with a Share meets.
	Seed uint64
	// Pace is how fast answers come where none of Paces matches.
	Pace Pace
	// Paces, Capacities and Failures are looked through in order. Of Paces and Capacities the first
	// that matches the deployment counts. Of Failures the first that is due does, and those behind
	// it do not see the call.
	Paces      []PaceAt
	Capacities []CapacityAt
	Failures   []Failure
	// Rules are the first rules; SetRules replaces them.
	Rules []Rule
}

// Defaults are the settings of a simulator nobody configured: quick, without limits.
func Defaults() Settings {
	return Settings{Pace: Pace{FirstToken: 20 * time.Millisecond, TokensPerSecond: 400}}
}

// Place selects deployments by region and foundation model id, each a pattern in the manner of
// path.Match ("eu-*", "anthropic.*"). Empty patterns match everything.
type Place struct{ Region, Model string }

// Pace is the speed of an answer, streamed or not. A whole answer takes as long as its stream.
type Pace struct {
	FirstToken      time.Duration // from the call to the first token
	TokensPerSecond float64       // after it, 0.001 to 1e9; 0: all at once
}

// PaceAt is the pace of some deployments.
type PaceAt struct {
	Place
	Pace
}

// Capacity is what one deployment can do. 0 stands for no limit.
type Capacity struct {
	Concurrency       int   // answers under way at once
	RequestsPerMinute int64 // calls begun
	// TokensPerMinute counts input that was not read from the prompt cache, what was written to it,
	// and output. A call is charged when it is admitted, for maxTokens if the caller set it and for the
	// length of its answer if not; what it did not produce is given back when it ends, however it ends.
	TokensPerMinute int64
}

// CapacityAt is the capacity of each deployment that matches. It is not shared among them.
type CapacityAt struct {
	Place
	Capacity
}

// Check reports every fault of the settings at once, each with the key to edit.
func (s *Settings) Check() error {
	errs := []error{s.Pace.check("pace")}
	for i, p := range s.Paces {
		key := fmt.Sprintf("paces[%d]", i)
		errs = append(errs, p.Place.check(key), p.Pace.check(key))
	}
	for i, c := range s.Capacities {
		key := fmt.Sprintf("capacities[%d]", i)
		errs = append(errs, c.Place.check(key), c.Capacity.check(key))
	}
	for i, f := range s.Failures {
		errs = append(errs, f.check(fmt.Sprintf("failures[%d]", i)))
	}
	CheckRules(s.Rules, func(path, message string) {
		errs = append(errs, fmt.Errorf("%s: %s", path, message))
	})
	return errors.Join(errs...)
}

func (p Place) check(key string) error {
	_, region := path.Match(p.Region, "")
	_, model := path.Match(p.Model, "")
	return errors.Join(
		faulty(region != nil, "%s.region: %q is no pattern; a bracket is not closed", key, p.Region),
		faulty(model != nil, "%s.model: %q is no pattern; a bracket is not closed", key, p.Model),
	)
}

func (p Pace) check(key string) error {
	return errors.Join(
		faulty(p.FirstToken < 0, "%s.first-token: %s is negative", key, p.FirstToken),
		faulty(p.TokensPerSecond != 0 && !(p.TokensPerSecond >= 0.001 && p.TokensPerSecond <= 1e9),
			"%s.tokens-per-second: %v is not between 0.001 and 1e9; 0 stands for all at once", key, p.TokensPerSecond),
	)
}

func (c Capacity) check(key string) error {
	return errors.Join(
		faulty(c.Concurrency < 0, "%s.concurrency: %d is negative; 0 stands for no limit", key, c.Concurrency),
		faulty(c.RequestsPerMinute < 0, "%s.requests-per-minute: %d is negative; 0 stands for no limit", key, c.RequestsPerMinute),
		faulty(c.TokensPerMinute < 0, "%s.tokens-per-minute: %d is negative; 0 stands for no limit", key, c.TokensPerMinute),
	)
}

func (f *Failure) check(key string) error {
	kinds := FailureKinds()
	return errors.Join(
		f.Place.check(key),
		faulty(!slices.Contains(kinds, f.Kind), "%s.kind: %q is none of %s", key, f.Kind, listed(kinds)),
		faulty(f.Calls < 0, "%s.calls: %d is negative; 0 stands for all calls", key, f.Calls),
		faulty(!(f.Share >= 0 && f.Share <= 1), "%s.share: %v is not between 0 and 1", key, f.Share),
		faulty(f.Event < 0, "%s.event: %d is negative; 0 stands for before the answer", key, f.Event),
		faulty(f.Delay < 0, "%s.delay: %s is negative", key, f.Delay),
	)
}

func faulty(bad bool, format string, args ...any) error {
	if !bad {
		return nil
	}
	return fmt.Errorf(format, args...)
}
