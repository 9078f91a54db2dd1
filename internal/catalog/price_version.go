package catalog

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"time"
)

// modelBook is the book of one model while the same overrides are in force. Versions share it.
type modelBook struct {
	overrides []*PriceOverride
	rows      modelRows    // for those who list
	prices    *modelPrices // for those who look up
}

// bookMaker makes the versions of a book, each from the one before.
type bookMaker struct {
	facts     *Catalog
	profiles  map[string]map[string]*Profile // by model and id
	overrides []PriceOverride
	assume    *Rates
	date      string // of the newest row of the list that ships
	last      map[string]*modelBook
}

func newBookMaker(facts *Catalog, overrides []PriceOverride, assume *Rates) *bookMaker {
	b := &bookMaker{facts: facts, overrides: overrides, assume: assume, profiles: map[string]map[string]*Profile{}}
	for _, p := range facts.Profiles() {
		if b.profiles[p.ModelID] == nil {
			b.profiles[p.ModelID] = map[string]*Profile{}
		}
		b.profiles[p.ModelID][p.ID] = p
	}
	for i := range facts.Prices() {
		b.date = max(b.date, facts.Prices()[i].AsOf)
	}
	return b
}

// version is the book that counts from a moment on. What is as it was before is shared.
func (b *bookMaker) version(from time.Time) bookVersion {
	v := bookVersion{from: from, models: map[string]*modelBook{}}
	for _, m := range b.facts.Models() {
		inForce := b.inForce(m.ID, from)
		made := b.last[m.ID]
		if made == nil || !slices.Equal(made.overrides, inForce) {
			made = b.model(m.ID, inForce)
		}
		if len(made.rows) > 0 {
			v.models[m.ID] = made
		}
	}
	b.lendToVariants(v.models)
	date := b.date
	if !from.IsZero() {
		date = from.Format(time.DateOnly)
	}
	v.id = date + "-" + v.digest(b.assume)
	b.last = v.models
	return v
}

// lendToVariants prices the provisioned forms of a model, which no list names, as the model itself. They are looked up
// and not listed.
func (b *bookMaker) lendToVariants(models map[string]*modelBook) {
	for _, m := range b.facts.Models() {
		if base := models[m.VariantOf]; base != nil && models[m.ID] == nil {
			models[m.ID] = &modelBook{prices: base.prices}
		}
	}
}

// inForce are the overrides of a model at a moment.
func (b *bookMaker) inForce(model string, at time.Time) (list []*PriceOverride) {
	for i := range b.overrides {
		if o := &b.overrides[i]; o.inForce(at) && matches(o.Model, model) {
			list = append(list, o)
		}
	}
	return list
}

func (b *bookMaker) model(id string, inForce []*PriceOverride) *modelBook {
	rows := rowsOf(b.facts.PricesOf(id))
	for _, o := range inForce {
		rows.apply(o, b.profiles[id])
	}
	rows.complete()
	return &modelBook{inForce, rows, rows.compile()}
}

// digest tells versions apart by every price in them, so that an id says which prices counted even after the list
// that ships, or the operator's, has changed.
func (v *bookVersion) digest(assume *Rates) string {
	var b []byte
	for _, id := range sortedKeys(v.models) {
		rows := v.models[id].rows
		for _, at := range rows.places() {
			b = append(b, id+"\x00"+at.profile+"\x00"+string(at.region)+"\x00"...)
			b = binary.BigEndian.AppendUint64(append(b, byte(at.tier)), uint64(at.above))
			b = rows[at].rates.append(b)
		}
	}
	if assume != nil {
		b = assume.append(b)
	}
	const distinct = 4 // bytes: a lifetime of a log has a handful of versions
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:distinct])
}

// append writes the rates in eight bytes each.
func (r *Rates) append(b []byte) []byte {
	for _, rate := range r {
		n := rate.Pico
		if !rate.Known {
			n = -1
		}
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return b
}
