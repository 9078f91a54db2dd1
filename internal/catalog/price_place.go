package catalog

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/money"
)

// pricePlace is where in the book of one model a price stands.
type pricePlace struct {
	profile string     // empty: the bare model
	region  arn.Region // empty: every source region without a place of its own
	tier    Tier
	above   int64 // tokens a prompt must exceed; 0 for every prompt
}

func (p pricePlace) scope() Scope {
	if p.profile == "" {
		return InRegion
	}
	if geography, _, _ := strings.Cut(p.profile, "."); geography == globalPrefix {
		return Global
	}
	return Geo
}

func (p pricePlace) compare(o pricePlace) int {
	return cmp.Or(cmp.Compare(p.profile, o.profile), cmp.Compare(p.region, o.region),
		cmp.Compare(p.tier, o.tier), cmp.Compare(p.above, o.above))
}

// contextAbove reads the context of a row: ">200k" is 200,000. It reports false for contexts that no call shows, such
// as the extended access to a model behind its end of life.
func contextAbove(context string) (int64, bool) {
	if context == "" || context == "base" {
		return 0, true
	}
	thousands, isNumber := strings.CutSuffix(strings.TrimPrefix(context, ">"), "k")
	n, err := strconv.ParseUint(thousands, 10, 20)
	return int64(n) * 1000, isNumber && err == nil && context[0] == '>' && n > 0
}

// priceEntry is what the book says at one place.
type priceEntry struct {
	rates    Rates
	row      *Price // what it is from; nil when an operator named it all
	override string // the origin of the last override that changed it
}

// modelRows is the book of one model while it is made.
type modelRows map[pricePlace]*priceEntry

// rowsOf takes in the rows of a price list.
func rowsOf(list []Price) modelRows {
	m := modelRows{}
	for i := range list {
		row := &list[i]
		tier, known := ParseTier(row.Tier)
		above, shown := contextAbove(row.Context)
		if !known || !shown {
			continue
		}
		for _, r := range orAll(row.Regions) {
			m[pricePlace{row.Profile, r, tier, above}] = &priceEntry{rates: row.byClass(), row: row}
		}
	}
	return m
}

// byClass puts the row's figures under the classes of its unit.
func (p *Price) byClass() (r Rates) {
	switch p.Unit {
	case PerImage:
		r[Images] = p.Output
	case PerQuery:
		r[SearchQueries] = p.Input
	default:
		r = Rates{
			Input: p.Input, Output: p.Output, CacheRead: p.CacheRead,
			CacheWrite5m: p.CacheWrite5m, CacheWrite1h: p.CacheWrite1h,
		}
		if !r[CacheWrite5m].Known {
			r[CacheWrite5m] = p.CacheWrite30m
		}
	}
	return r
}

// nearest is what counts at a place: its own entry, else the profile's for any region, else the bare model's for the
// region, else the bare model's for any.
func (m modelRows) nearest(p pricePlace) *priceEntry {
	for _, at := range [...]pricePlace{
		p, {p.profile, "", p.tier, p.above}, {"", p.region, p.tier, p.above}, {"", "", p.tier, p.above},
	} {
		if e := m[at]; e != nil {
			return e
		}
	}
	return nil
}

// apply changes every place an override is for, and makes those that it names and that were none.
func (m modelRows) apply(o *PriceOverride, profiles map[string]*Profile) {
	m.makeRoom(o, profiles)
	for at, e := range m {
		if o.covers(at) {
			o.change(&e.rates)
			e.override = o.Origin
		}
	}
}

// makeRoom gives the places that an override sets apart an entry of their own, with what counted there until now.
func (m modelRows) makeRoom(o *PriceOverride, profiles map[string]*Profile) {
	names := []string{""}
	switch {
	case o.Profile != "" || o.Scope != "":
		names = append(names, sortedKeys(profiles)...)
	case o.Region != "": // a profile without rows gets the bare model's price of the region anyway
		for at := range m {
			names = append(names, at.profile)
		}
	}
	regions := m.regions(o)
	for at := range m.shapes(o) {
		for _, at.profile = range names {
			for _, at.region = range regions {
				if o.covers(at) && m.callable(profiles[at.profile], at) {
					m.split(at, o)
				}
			}
		}
	}
}

// callable reports whether a call can read an entry at a place: its profile can be called from there, or, where the
// place is every region that has no entry, from one of those.
func (m modelRows) callable(p *Profile, at pricePlace) bool {
	if p == nil {
		return true
	}
	if at.region != "" {
		return p.Destinations(at.region) != nil
	}
	return slices.ContainsFunc(p.Sources(), func(from arn.Region) bool {
		own := at
		own.region = from
		return m[own] == nil
	})
}

// split makes an entry at a place that had none.
func (m modelRows) split(at pricePlace, o *PriceOverride) {
	everywhere := at
	everywhere.region = ""
	if m[at] != nil || at.region != o.Region && m[everywhere] != nil { // the override reaches it where it is
		return
	}
	if e := m.nearest(at); e != nil {
		own := *e
		m[at] = &own
	} else if o.Discount == nil {
		m[at] = &priceEntry{}
	}
}

// regions are where an override may need entries: in its region, or else wherever the bare model has a price of its
// own that a profile's new entry must not hide. Any region is the last.
func (m modelRows) regions(o *PriceOverride) []arn.Region {
	if o.Region != "" {
		return []arn.Region{o.Region}
	}
	all := map[arn.Region]bool{"": true}
	for at := range m {
		if o.Profile != "" || o.Scope != "" {
			all[at.region] = true
		}
	}
	list := slices.Sorted(maps.Keys(all))
	slices.Reverse(list)
	return list
}

// shapes are the tiers and contexts that the model has prices in, and the one an override names.
func (m modelRows) shapes(o *PriceOverride) map[pricePlace]bool {
	shapes := map[pricePlace]bool{{tier: o.tier(), above: o.context()}: true}
	for at := range m {
		shapes[pricePlace{tier: at.tier, above: at.above}] = true
	}
	return shapes
}

// places lists where prices stand, in order.
func (m modelRows) places() []pricePlace {
	return slices.SortedFunc(maps.Keys(m), pricePlace.compare)
}

// complete fills in what rows leave out of cached tokens. Rows of other tiers tell only what input and output cost:
// there a cached token costs, against an uncached one, what it costs in the standard tier. Where that is not told
// either, cached tokens cost what others do, since the model has no price of its own for them.
func (m modelRows) complete() {
	for _, at := range m.places() { // the standard tier is first
		e := m[at]
		if !e.rates[Input].Known {
			continue
		}
		like := m.nearest(pricePlace{at.profile, at.region, Standard, 0})
		for _, c := range [...]Class{CacheRead, CacheWrite5m, CacheWrite1h} {
			if !e.rates[c].Known {
				e.rates[c] = e.cached(c, like)
			}
		}
	}
}

func (e *priceEntry) cached(c Class, like *priceEntry) Rate {
	input := e.rates[Input]
	if like != nil && like != e && like.rates[c].Known && like.rates[Input].Pico > 0 {
		scaled := money.Rate(input.Pico).Scale(like.rates[c].Pico, like.rates[Input].Pico)
		return Rate{Pico: int64(scaled), Known: true}
	}
	if c != CacheWrite1h {
		return input
	}
	short := e.rates[CacheWrite5m]
	if short.Pico > input.Pico { // where writes cost extra, an hour is 2 times input and five minutes are 1.25 times
		short.Pico = int64(money.Rate(short.Pico).Scale(8, 5))
	}
	return short
}
