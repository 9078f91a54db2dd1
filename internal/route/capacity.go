package route

import "time"

// Capacity is what a deployment can do, as its operator states it. A figure of 0 is no bound.
type Capacity struct {
	// Concurrency is how many calls may run at once. It is never exceeded.
	Concurrency int
	// RequestsPerMinute and TokensPerMinute are what the upstream's account allows in any sixty seconds. Tokens count as
	// input and longest answer when a call begins, and as what was really used once it has ended. They are never exceeded.
	RequestsPerMinute, TokensPerMinute int64
	// TokensPerSecond is how fast the deployment makes output. At that pace it is crowded: calls go elsewhere as long as
	// there is another place for them.
	TokensPerSecond int64
	// FirstContent is how long a stream may take to its first content before another place is asked.
	FirstContent time.Duration
	// Price is what a million tokens cost the operator in USD. It only compares deployments with each other.
	Price float64
	// Fixed deployments are taken as they are stated: nothing is learned from their failures and their pace.
	Fixed bool
}

// Tuning is how quickly failures count and are forgotten. The zero Tuning stands for DefaultTuning.
type Tuning struct {
	// Failures in a row after which a deployment is left alone.
	Failures int
	// Open is for how long it is left alone at first, MaxOpen at most: the time doubles with each probe that fails.
	Open, MaxOpen time.Duration
	// Ramp is how long a deployment that has recovered takes until it gets its whole share again.
	Ramp time.Duration
	// Remember is how long the place of a prompt's last answer counts as the one that has it in its cache.
	Remember time.Duration
}

// DefaultTuning is what holds for everything that a Tuning leaves at 0. Prompt caches of Bedrock and Anthropic last
// five minutes.
func DefaultTuning() Tuning {
	return Tuning{Failures: 5, Open: 5 * time.Second, MaxOpen: 2 * time.Minute, Ramp: 10 * time.Second, Remember: 5 * time.Minute}
}

func (t Tuning) filled() Tuning {
	d := DefaultTuning()
	if t.Failures == 0 {
		t.Failures = d.Failures
	}
	if t.Open == 0 {
		t.Open = d.Open
	}
	if t.MaxOpen == 0 {
		t.MaxOpen = max(d.MaxOpen, t.Open)
	}
	if t.Ramp == 0 {
		t.Ramp = d.Ramp
	}
	if t.Remember == 0 {
		t.Remember = d.Remember
	}
	return t
}
