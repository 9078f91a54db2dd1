package catalog

import "github.com/outcrop/outcrop/internal/arn"

// Scope says what kind of call a quota or a price is for.
type Scope string

// The scopes of quotas and prices.
const (
	InRegion         Scope = "in-region"         // the bare model id
	Geo              Scope = "geo"               // a geographic cross-region profile
	Global           Scope = "global"            // a global cross-region profile
	LatencyOptimized Scope = "latency-optimized" // the bare model id with performanceConfig latency=optimized
)

// Metric is what a quota counts.
type Metric string

// The metrics of quotas.
const (
	RequestsPerMinute Metric = "requests-per-minute"
	TokensPerMinute   Metric = "tokens-per-minute"
	TokensPerDay      Metric = "tokens-per-day"
	Concurrent        Metric = "concurrent-requests"
	AsyncConcurrent   Metric = "concurrent-async-jobs"
)

// Quota is the default an account has for one model, per source region.
type Quota struct {
	Name       string // as Service Quotas lists it
	Code       string // "L-…"; empty when unknown
	Model      string // empty when the named model is not in the catalog
	Scope      Scope
	Metric     Metric
	Variant    string // "1M-context" for the quota of the long context; else empty
	Default    int64
	ByRegion   map[arn.Region]int64 // source regions with another default
	Adjustable bool
	Provenance
}

// In is the default in one source region.
func (q Quota) In(source arn.Region) int64 {
	if n, ok := q.ByRegion[source]; ok {
		return n
	}
	return q.Default
}

// Note is a rule behind quotas or prices that no single row carries.
type Note struct {
	Topic string // "quota", "burndown", "price"
	Name  string
	Text  string
	Value int64  // the number the note gives, 0 when it gives none
	Code  string // quota code, where there is one

	Adjustable bool
	Provenance
}

// accountTokensPerDay is the name of the one quota that counts all models together.
const accountTokensPerDay = "Cross-Model Account-Level Tokens Per Day"

// AccountTokensPerDay is the default of what an account may use in a day of all models together. It reports false where
// the facts have none.
func (c *Catalog) AccountTokensPerDay() (int64, bool) {
	for _, n := range c.notes {
		if n.Topic == "quota" && n.Name == accountTokensPerDay && n.Value > 0 {
			return n.Value, true
		}
	}
	return 0, false
}
