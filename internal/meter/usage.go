// Package meter says what a call used, what that costs, and under which names it is billed: pure functions of a
// usage record and a price book.
package meter

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/money"
)

// Record is the usage record of one call: what it used, for whom, and what that cost. Its maps are shared with the
// snapshots they come from: nobody writes to them.
type Record struct {
	Usage
	Charge
}

// Usage is what one call used, without its price.
type Usage struct {
	RequestID string    `json:"requestId"`
	At        time.Time `json:"at"` // when the call arrived: it decides the hour and the price

	Account       arn.Account       `json:"account"`
	Principal     string            `json:"principal,omitzero"`     // ARN
	PrincipalTags map[string]string `json:"principalTags,omitzero"` // of the role or user, and the session's

	Application Application   `json:"application,omitzero"` // zero when no application profile was called
	System      string        `json:"system,omitzero"`      // id of the cross-region profile passed; empty without one
	Model       string        `json:"model"`                // id of the foundation model
	Source      arn.Region    `json:"source"`
	Serving     arn.Region    `json:"serving,omitzero"` // empty when the call ran nowhere
	Scope       catalog.Scope `json:"scope"`
	Tier        catalog.Tier  `json:"tier"`
	Operation   string        `json:"operation"` // the API's name: "ConverseStream"

	Counts Counts `json:"counts"`
	// Estimated is set when the provider reported nothing, or nothing sane, and the counts were made here.
	Estimated bool `json:"estimated,omitzero"`

	Latency    Elapsed `json:"latencyNs"`
	FirstToken Elapsed `json:"firstTokenNs,omitzero"` // of a stream; 0 for others
	Attempts   int     `json:"attempts"`
	Outcome    Outcome `json:"outcome"`

	Metadata map[string]string `json:"metadata,omitzero"` // requestMetadata of the call
}

// Elapsed is a span of time that JSON has in nanoseconds.
type Elapsed time.Duration

// Application is an application inference profile as it was when the call was made.
type Application struct {
	ARN  string            `json:"arn,omitzero"`
	ID   string            `json:"id,omitzero"`
	Name string            `json:"name,omitzero"`
	Tags map[string]string `json:"tags,omitzero"`
}

// Counts is how much of each class was used.
type Counts [catalog.Classes]int64

// MaxCount bounds one count of one call. It keeps a provider that reports nonsense from making a bill of it, and the
// sums far from the end of their range.
const MaxCount = 1_000_000_000_000

// CountsOf takes over what a dialect read.
func CountsOf(u chat.Usage) Counts {
	return Counts{
		catalog.Input: u.Input, catalog.Output: u.Output, catalog.CacheRead: u.CacheRead,
		catalog.CacheWrite5m: u.CacheWrite5m, catalog.CacheWrite1h: u.CacheWrite1h, catalog.SearchQueries: u.SearchUnits,
	}
}

// Sane is c with every count from 0 to MaxCount, and whether nothing had to be changed for that.
func (c Counts) Sane() (Counts, bool) {
	sane := c
	for i, n := range c {
		sane[i] = min(max(n, 0), MaxCount)
	}
	return sane, sane == c
}

// Prompt is every token that was read, cached or not: what decides the context tier of a price.
func (c Counts) Prompt() int64 {
	return c[catalog.Input] + c[catalog.CacheRead] + c[catalog.CacheWrite5m] + c[catalog.CacheWrite1h]
}

// Charge is what a call cost by one version of the price book.
type Charge struct {
	Version string                        `json:"priceVersion"`
	Costs   [catalog.Classes]money.Amount `json:"costs"` // by class; their sum is Total
	Total   money.Amount                  `json:"cost"`

	// Unpriced is set when something that was used has no known price and was counted at 0.
	Unpriced bool `json:"unpriced,omitzero"`
	// Assumed is set when an operator's assumed price stood in for an unknown one.
	Assumed bool `json:"assumed,omitzero"`
	// Approximate is set when the price is another tier's or context's, because the book has none of the very one.
	Approximate bool `json:"approximate,omitzero"`
}
