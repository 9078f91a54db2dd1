package catalog

import (
	"iter"
	"strconv"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// Listing is one entry of a book.
type Listing struct {
	Model   string
	Profile string     // empty: the bare model
	Region  arn.Region // the source region; empty: every one without an entry of its own
	Tier    Tier
	Above   int64 // tokens a prompt must exceed; 0 for every prompt

	Rates    *Rates // shared with the book
	Row      *Price // the row the entry came from; nil when an operator named every price
	Override string // the origin of the last override that changed it
}

// Scope is what kind of call the entry is for.
func (l *Listing) Scope() Scope { return pricePlace{profile: l.Profile}.scope() }

// Context is the length of prompts the entry is for, as overrides write it: "base", ">200k".
func (l *Listing) Context() string {
	if l.Above == 0 {
		return "base"
	}
	return ">" + strconv.FormatInt(l.Above/1000, 10) + "k"
}

// Key is a call that the entry is for.
func (l *Listing) Key(at time.Time) PriceKey {
	k := PriceKey{Model: l.Model, Profile: l.Profile, Source: l.Region, Tier: l.Tier, At: at}
	if l.Above > 0 {
		k.Prompt = l.Above + 1
	}
	return k
}

// List is every entry in force at a moment, by model, profile, region, tier and context.
func (b *Book) List(at time.Time) iter.Seq[Listing] {
	return func(yield func(Listing) bool) {
		models := b.at(at).models
		for _, model := range sortedKeys(models) {
			for _, p := range models[model].rows.places() {
				e := models[model].rows[p]
				l := Listing{model, p.profile, p.region, p.tier, p.above, &e.rates, e.row, e.override}
				if !yield(l) {
					return
				}
			}
		}
	}
}

// Turns are the moments at which a new version counts, the earliest first. The first version has none.
func (b *Book) Turns() []time.Time {
	var all []time.Time
	for _, v := range b.versions[1:] {
		all = append(all, v.from)
	}
	return all
}

// Change is a price that two books differ in.
type Change struct {
	Listing
	Class       Class
	Before, Now Rate
	Since       time.Time // the moment at which they are compared
}

// Changes lists what this book says otherwise than another one, at a moment.
func (b *Book) Changes(from *Book, at time.Time) iter.Seq[Change] {
	return func(yield func(Change) bool) {
		for l := range b.List(at) {
			before, now := from.Find(l.Key(at)), b.Find(l.Key(at))
			for c := range Class(Classes) {
				if before.Rates[c] == now.Rates[c] {
					continue
				}
				if !yield(Change{l, c, before.Rates[c], now.Rates[c], at}) {
					return
				}
			}
		}
	}
}
