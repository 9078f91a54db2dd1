package catalog

import "github.com/outcrop/outcrop/internal/arn"

// Rate is a price per unit. The zero Rate is an unknown price, never a free one.
type Rate struct {
	Pico  int64 // pico-dollars (10⁻¹² USD) per unit; for tokens that is micro-dollars per million
	Known bool
}

// Unit is what a rate is counted in.
type Unit string

// The units of price rows.
const (
	PerToken Unit = "token"
	PerImage Unit = "image"
	PerQuery Unit = "query" // a rerank query of up to 100 document chunks
)

// Price is what one model costs in one scope, tier and context length.
type Price struct {
	Model     string
	Profile   string // the profile the row is for; empty for the bare model id
	Scope     Scope
	Geography string       // of the profile; empty in region
	Regions   []arn.Region // source regions; nil means every one without a row of its own
	Tier      string       // standard, batch, flex, priority, ultrafast
	Context   string       // base, ">200k", ">272k" (the whole request is priced so), extended-access
	Unit      Unit

	Input, Output                             Rate
	CacheRead                                 Rate
	CacheWrite5m, CacheWrite30m, CacheWrite1h Rate

	Derived          bool     // not listed for this very row
	Rules            []string // names of the price Notes the figures went through
	As               string   // the sibling id whose listed price was taken
	Agrees, Disputes []string // other price lists that say the same, or that say what
	Note             string
	Provenance
}

// Commitment is a price of provisioned throughput.
type Commitment struct {
	Model      string
	Region     arn.Region // empty means every region without a row of its own
	Months     int        // of commitment; 0 is hourly
	PicoSecond int64      // pico-dollars per second and model unit
	Provenance
}
