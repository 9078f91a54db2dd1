package catalog

import (
	"fmt"
	"path"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/money"
)

// PriceOverride is what an operator says of some prices: others in their place, or a discount on them.
//
// It is for every model, profile, source region, tier and context that it does not narrow down. Prices without a tier
// are those of the standard one, and without a context those of the base one; a discount is off all of them. Overrides
// apply in order, each on top of those before it.
type PriceOverride struct {
	Model   string     `yaml:"model"`   // id or glob
	Profile string     `yaml:"profile"` // id or glob of cross-region profiles
	Scope   Scope      `yaml:"scope"`   // in-region, geo or global
	Region  arn.Region `yaml:"region"`  // the source region
	Tier    string     `yaml:"tier"`    // standard, priority, flex, batch or ultrafast
	Context string     `yaml:"context"` // base, or ">200k": prompts of more tokens than that

	From Day `yaml:"from"` // the first moment it counts
	To   Day `yaml:"to"`   // the first moment it no longer does

	Discount *Percent `yaml:"discount"` // off what is known

	PriceList

	// Origin is where the override stands, for people: "prices.yaml: overrides[2]".
	Origin string
}

// PriceList is prices by class as an operator writes them, in USD. What is left out is not said.
type PriceList struct {
	Input        *MillionPrice  `yaml:"input"` // per million tokens
	Output       *MillionPrice  `yaml:"output"`
	CacheRead    *MillionPrice  `yaml:"cache-read"`
	CacheWrite5m *MillionPrice  `yaml:"cache-write-5m"`
	CacheWrite1h *MillionPrice  `yaml:"cache-write-1h"`
	Image        *SinglePrice   `yaml:"image"` // per image made
	Query        *ThousandPrice `yaml:"query"` // per thousand queries of a reranker
}

// MillionPrice is a price per million, ThousandPrice one per thousand, and SinglePrice one for one. Each is kept for
// one, and read from decimal text.
type (
	MillionPrice  money.Rate
	ThousandPrice money.Rate
	SinglePrice   money.Rate
)

// UnmarshalText reads dollars per million.
func (p *MillionPrice) UnmarshalText(b []byte) error {
	return readPrice((*money.Rate)(p), b, money.PerMillion)
}

// UnmarshalText reads dollars per thousand.
func (p *ThousandPrice) UnmarshalText(b []byte) error {
	return readPrice((*money.Rate)(p), b, money.PerThousand)
}

// UnmarshalText reads dollars.
func (p *SinglePrice) UnmarshalText(b []byte) error {
	return readPrice((*money.Rate)(p), b, money.PerOne)
}

func readPrice(into *money.Rate, text []byte, units int64) error {
	r, err := money.ParseRate(string(text), units)
	if err != nil {
		return fmt.Errorf("want a price in USD: %w", err)
	}
	*into = r
	return nil
}

// Percent is a discount as written: 12.5, from 0 to 100.
type Percent money.Discount

// UnmarshalText reads a percentage.
func (p *Percent) UnmarshalText(b []byte) error {
	d, err := money.ParseDiscount(string(b))
	if err != nil {
		return fmt.Errorf("want a percentage: %w", err)
	}
	*p = Percent(d)
	return nil
}

// Day is a moment as written: a date, which is its midnight UTC, or a time as RFC 3339 has it. The zero Day is none.
type Day struct{ time.Time }

// UnmarshalText reads a date or a time.
func (d *Day) UnmarshalText(b []byte) error {
	layout := time.RFC3339
	if len(b) == len(time.DateOnly) {
		layout = time.DateOnly
	}
	t, err := time.Parse(layout, string(b))
	if err != nil {
		return fmt.Errorf("want a date such as 2026-12-01 or a time such as 2026-12-01T06:00:00Z, found %q", b)
	}
	d.Time = t.UTC()
	return nil
}

// Rates are the prices by class, those that are said.
func (l *PriceList) Rates() Rates {
	var out Rates
	set := func(c Class, r *money.Rate) {
		if r != nil {
			out[c] = Rate{Pico: int64(*r), Known: true}
		}
	}
	set(Input, (*money.Rate)(l.Input))
	set(Output, (*money.Rate)(l.Output))
	set(CacheRead, (*money.Rate)(l.CacheRead))
	set(CacheWrite5m, (*money.Rate)(l.CacheWrite5m))
	set(CacheWrite1h, (*money.Rate)(l.CacheWrite1h))
	set(Images, (*money.Rate)(l.Image))
	set(SearchQueries, (*money.Rate)(l.Query))
	return out
}

// inForce reports whether the override counts at a moment.
func (o *PriceOverride) inForce(at time.Time) bool {
	return !at.Before(o.From.Time) && (o.To.IsZero() || at.Before(o.To.Time))
}

// covers reports whether the override is for a place in the book.
func (o *PriceOverride) covers(p pricePlace) bool {
	switch {
	case o.Profile != "" && !matches(o.Profile, p.profile),
		o.Scope != "" && o.Scope != p.scope(),
		o.Region != "" && o.Region != p.region:
		return false
	}
	all := o.Discount != nil
	return (all && o.Tier == "" || o.tier() == p.tier) && (all && o.Context == "" || o.context() == p.above)
}

// tier is the tier the prices are of.
func (o *PriceOverride) tier() Tier {
	t, _ := ParseTier(o.Tier)
	return t
}

// context is the number of tokens above which the prices count.
func (o *PriceOverride) context() int64 {
	n, _ := contextAbove(o.Context)
	return n
}

// change applies the override to what is known.
func (o *PriceOverride) change(r *Rates) {
	for c, rate := range o.Rates() {
		if rate.Known {
			r[c] = rate
		}
	}
	if o.Discount == nil {
		return
	}
	for c := range r {
		r[c].Pico = int64(money.Rate(r[c].Pico).Off(money.Discount(*o.Discount)))
	}
}

// matches reports whether an id or a glob covers id.
func matches(glob, id string) bool {
	ok, err := path.Match(glob, id)
	return glob == id || ok && err == nil
}
