package profile

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
)

// table is one source region's view of the catalog, worked out before any call asks. It never changes.
type table struct {
	region    arn.Region
	partition arn.Partition
	prefix    string            // of every ARN of this region: "arn:aws:bedrock:us-east-1:"
	models    map[string]answer // by foundation model id
	systems   map[string]answer // by cross-region profile id

	listed  []Summary // the models the region lists, by id
	offered []*Target // the profiles that can be called, by id
}

// answer is what a call of an id gets: a target, or a refusal. The zero answer is that the id is invalid.
type answer struct {
	target *Target
	why    refusal
	model  string // whose call is refused
}

func (a answer) resolve() (*Target, error) {
	switch {
	case a.why != allowed:
		return nil, a.why.fault(a.model)
	case a.target == nil:
		return nil, invalidIdentifier()
	}
	return a.target, nil
}

// tables works out every region's view.
func tables(c *catalog.Catalog, o Options) map[arn.Region]*table {
	out := make(map[arn.Region]*table, len(c.Regions()))
	for _, r := range c.Regions() {
		out[r.ID] = &table{
			region: r.ID, partition: r.Partition, prefix: fmt.Sprintf("arn:%s:bedrock:%s:", r.Partition, r.ID),
			models: map[string]answer{}, systems: map[string]answer{},
		}
	}
	for _, p := range c.Profiles() {
		for _, source := range p.Sources() {
			if t := out[source]; t != nil {
				t.addSystem(p, o)
			}
		}
	}
	for _, m := range c.Models() {
		for r, at := range m.Regions {
			if t := out[r]; t != nil {
				t.addModel(m, at, o)
			}
		}
	}
	for _, t := range out {
		t.list(c, o)
	}
	return out
}

// addSystem works out what a call of a cross-region profile gets, and that its model is known here.
func (t *table) addSystem(p *catalog.Profile, o Options) {
	why := o.judge(p.Model)
	if why == allowed && p.Retired && o.Lifecycle == Enforce {
		return // withdrawn, though its model lives on
	}
	if why != allowed {
		t.systems[p.ID] = answer{why: why, model: p.ModelID}
		t.models[p.ModelID] = answer{why: why, model: p.ModelID}
		return
	}
	scope := Geo
	if p.Global {
		scope = Global
	}
	t.systems[p.ID] = answer{target: &Target{
		Model: p.Model, Source: t.region, Partition: t.partition,
		Destinations: p.Destinations(t.region), Scope: scope, System: p,
	}}
	t.models[p.ModelID] = answer{why: notOnDemand, model: p.ModelID} // unless addModel knows better
}

// addModel works out what a direct call of a model gets.
func (t *table) addModel(m *catalog.Model, at catalog.Availability, o Options) {
	types := o.types(at)
	switch why := o.judge(m); {
	case why != allowed && at.Ever != 0:
		t.models[m.ID] = answer{why: why, model: m.ID}
	case types.Has(catalog.OnDemand) && m.VariantOf == "":
		t.models[m.ID] = answer{target: &Target{
			Model: m, Source: t.region, Partition: t.partition, Destinations: []arn.Region{t.region},
		}}
	case types != 0:
		t.models[m.ID] = answer{why: notOnDemand, model: m.ID}
	}
}

// list gathers what the region's list operations show.
func (t *table) list(c *catalog.Catalog, o Options) {
	through := map[string]bool{}
	for _, a := range t.systems {
		if a.target != nil {
			t.offered = append(t.offered, a.target)
			through[a.target.Model.ID] = true
		}
	}
	slices.SortFunc(t.offered, func(a, b *Target) int { return cmp.Compare(a.System.ID, b.System.ID) })
	for _, m := range c.Models() {
		types := o.types(m.Regions[t.region])
		if through[m.ID] {
			types |= catalog.ViaProfile
		}
		if status := o.status(m); types != 0 && status != catalog.EndOfLife {
			t.listed = append(t.listed, Summary{Model: m, Types: types, Legacy: status == catalog.Legacy})
		}
	}
}

// status is what the region lists a model as. By default an ended model is called, and so it is listed, as legacy.
func (o Options) status(m *catalog.Model) catalog.Status {
	if o.Lifecycle == Widest {
		return min(m.Lifecycle.Effective, catalog.Legacy)
	}
	return m.Lifecycle.At(o.Today)
}

// judge says whether a model's age forbids calls.
func (o Options) judge(m *catalog.Model) refusal {
	if o.Lifecycle == Widest {
		return allowed
	}
	switch m.Lifecycle.At(o.Today) {
	case catalog.Legacy:
		return legacy
	case catalog.EndOfLife:
		return ended
	}
	return allowed
}

// types are the ways to call a model that count.
func (o Options) types(at catalog.Availability) catalog.InferenceTypes {
	if o.Lifecycle == Widest {
		return at.Ever
	}
	return at.Now
}
