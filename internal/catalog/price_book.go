package catalog

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
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
	rows   map[string]modelRows
	models map[string]*modelPrices
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
	for _, from := range turns(o.Overrides) {
		b.versions = append(b.versions, b.version(facts, o.Overrides, from))
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

func (b *Book) version(facts *Catalog, overrides []PriceOverride, from time.Time) bookVersion {
	v := bookVersion{from: from, rows: map[string]modelRows{}, models: map[string]*modelPrices{}}
	profiles := map[string]map[string]*Profile{}
	for _, p := range facts.Profiles() {
		if profiles[p.ModelID] == nil {
			profiles[p.ModelID] = map[string]*Profile{}
		}
		profiles[p.ModelID][p.ID] = p
	}
	for _, m := range facts.Models() {
		rows := rowsOf(facts.PricesOf(m.ID))
		for i := range overrides {
			if o := &overrides[i]; o.inForce(from) && matches(o.Model, m.ID) {
				rows.apply(o, profiles[m.ID])
			}
		}
		if len(rows) == 0 {
			continue
		}
		rows.complete()
		v.rows[m.ID], v.models[m.ID] = rows, rows.compile()
	}
	date := newest(facts)
	if !from.IsZero() {
		date = from.Format(time.DateOnly)
	}
	v.id = date + "-" + v.digest(b.assume)
	return v
}

// newest is the date of the newest row of the embedded list.
func newest(facts *Catalog) (date string) {
	for i := range facts.Prices() {
		date = max(date, facts.Prices()[i].AsOf)
	}
	return date
}

// digest tells versions apart by every price in them, so that an id says which prices counted even after the list
// that ships, or the operator's, has changed.
func (v *bookVersion) digest(assume *Rates) string {
	h := sha256.New()
	rates := func(r *Rates) {
		for _, rate := range r {
			n := rate.Pico
			if !rate.Known {
				n = -1
			}
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
		}
	}
	for _, id := range sortedKeys(v.rows) {
		for _, at := range v.rows[id].places() {
			h.Write([]byte(id + "\x00" + at.profile + "\x00" + string(at.region) + "\x00"))
			h.Write(binary.BigEndian.AppendUint64([]byte{byte(at.tier)}, uint64(at.above)))
			rates(&v.rows[id][at].rates)
		}
	}
	if assume != nil {
		rates(assume)
	}
	const distinct = 4 // bytes: a log of a lifetime has a handful of versions
	return hex.EncodeToString(h.Sum(nil)[:distinct])
}

// Find says what a call costs. It does not allocate.
func (b *Book) Find(k PriceKey) Quote {
	v := b.at(k.At)
	q := Quote{Rates: &b.none, Assume: b.assume, Version: v.id}
	m := v.models[k.Model]
	if m == nil {
		return q
	}
	e := m.find(&k, k.Tier)
	if e == nil && k.Tier != Standard {
		e = m.find(&k, Standard)
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
