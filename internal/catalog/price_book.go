package catalog

import (
	"cmp"
	"slices"
	"time"
)

// Unknown says what happens to a call whose model has no known price.
type Unknown string

// The policies.
const (
	FlagUnknown   Unknown = "flag"   // it costs nothing and its record is marked
	AssumeUnknown Unknown = "assume" // it costs what the operator assumes, and its record is marked
	DenyUnknown   Unknown = "deny"   // it is refused
)

// PriceOptions are what an operator says of prices.
type PriceOptions struct {
	Overrides []PriceOverride
	Unknown   Unknown
	Assume    Rates // for AssumeUnknown
}

// Book is every price in every version: the embedded list, and one more version for each moment at which an override
// begins or ends. It never changes.
type Book struct {
	versions []bookVersion // by time, at least one
	unknown  Unknown
	assume   *Rates // nil unless the policy is AssumeUnknown
	none     Rates
}

type bookVersion struct {
	id     string
	from   time.Time
	models map[string]*modelBook
}

// NewBook compiles the catalog's prices and an operator's. Everything wrong with the overrides comes back together as a
// Faults.
func NewBook(facts *Catalog, o PriceOptions) (*Book, error) {
	if faults := CheckOverrides(facts, o.Overrides); len(faults) > 0 {
		return nil, faults
	}
	b := &Book{unknown: cmp.Or(o.Unknown, FlagUnknown)}
	if b.unknown == AssumeUnknown {
		b.assume = &o.Assume
	}
	maker := newBookMaker(facts, o.Overrides, b.assume)
	for _, from := range turns(o.Overrides) {
		b.versions = append(b.versions, maker.version(from))
	}
	return b, nil
}

// turns are the moments at which a version begins, the zero time first.
func turns(overrides []PriceOverride) []time.Time {
	all := []time.Time{{}}
	for i := range overrides {
		all = append(all, overrides[i].From.Time, overrides[i].To.Time)
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// Find says what a call costs. It does not allocate.
func (b *Book) Find(k PriceKey) Quote {
	v := b.at(k.At)
	q := Quote{Rates: &b.none, Assume: b.assume, Version: v.id}
	m := v.models[k.Model]
	if m == nil {
		return q
	}
	e := m.prices.find(&k, k.Tier)
	if e == nil && k.Tier != Standard {
		e = m.prices.find(&k, Standard)
		q.Approximate = e != nil
	}
	if e != nil {
		q.Known, q.Rates, q.Row, q.Override = true, &e.rates, e.row, e.override
	}
	return q
}

// Refuses reports whether a call of the model is to be refused because nothing is known of its price.
func (b *Book) Refuses(k PriceKey) bool { return b.unknown == DenyUnknown && !b.Find(k).Known }

// Unknown is the policy for what has no price.
func (b *Book) Unknown() Unknown { return b.unknown }

// at is the version in force.
func (b *Book) at(t time.Time) *bookVersion {
	i := len(b.versions) - 1
	for i > 0 && t.Before(b.versions[i].from) {
		i--
	}
	return &b.versions[i]
}

// Version is the id of the version in force at a moment.
func (b *Book) Version(at time.Time) string { return b.at(at).id }
