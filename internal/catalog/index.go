package catalog

import (
	"cmp"
	"slices"

	"github.com/outcrop/outcrop/internal/arn"
)

// index follows every reference and orders every route. What dangles is left out here; Check names it.
func (c *Catalog) index() {
	slices.SortFunc(c.regions, func(a, b *RegionInfo) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(c.models, func(a, b *Model) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(c.profiles, func(a, b *Profile) int { return cmp.Compare(a.ID, b.ID) })
	c.regionByID = byID(c.regions, regionID)
	c.modelByID = byID(c.models, modelID)
	c.profileByID = byID(c.profiles, profileID)
	c.quotasOf = runs(c.quotas, func(q *Quota) string { return q.Model })
	c.pricesOf = runs(c.prices, func(p *Price) string { return p.Model })
	c.linkVariants()
	order := newOrder(c)
	for _, p := range c.profiles {
		p.Model = c.modelByID[p.ModelID]
		p.destinations = map[arn.Region][]arn.Region{}
		for _, t := range p.Routes {
			for _, source := range t.Sources {
				p.destinations[source] = order.of(source, t.Destinations)
			}
		}
	}
}

// linkVariants tells every model its provisioned-throughput forms.
func (c *Catalog) linkVariants() {
	for _, m := range c.models {
		if base := c.modelByID[m.VariantOf]; base != nil {
			base.Variants = append(base.Variants, m.ID)
		}
	}
}

func regionID(r *RegionInfo) arn.Region { return r.ID }
func modelID(m *Model) string           { return m.ID }
func profileID(p *Profile) string       { return p.ID }

func byID[K comparable, V any](list []V, id func(V) K) map[K]V {
	out := make(map[K]V, len(list))
	for _, v := range list {
		out[id(v)] = v
	}
	return out
}

// runs cuts a list where the key changes. The parts share the list, but for a key that comes back later.
func runs[V any](list []V, key func(*V) string) map[string][]V {
	out := map[string][]V{}
	for start := 0; start < len(list); {
		k, end := key(&list[start]), start+1
		for end < len(list) && key(&list[end]) == k {
			end++
		}
		part := list[start:end:end]
		if earlier, again := out[k]; again {
			part = slices.Concat(earlier, part)
		}
		out[k] = part
		start = end
	}
	return out
}

// order puts destinations in the order a call from a source tries them: the source first, then by great-circle
// distance, then by name. Every region's view of all others is sorted once.
type order struct {
	ranked map[arn.Region][]arn.Region
	done   map[orderKey][]arn.Region // the same set from the same source is ordered once
}

type orderKey struct {
	source arn.Region
	set    *arn.Region // the first of a shared list
}

func newOrder(c *Catalog) *order {
	o := &order{ranked: map[arn.Region][]arn.Region{}, done: map[orderKey][]arn.Region{}}
	for _, from := range c.regions {
		o.ranked[from.ID] = c.ByDistance(from.ID)
	}
	return o
}

func (o *order) of(source arn.Region, set []arn.Region) []arn.Region {
	if len(set) == 0 {
		return nil
	}
	key := orderKey{source, &set[0]}
	if out, ok := o.done[key]; ok {
		return out
	}
	out := make([]arn.Region, 0, len(set))
	for _, r := range o.ranked[source] {
		if slices.Contains(set, r) {
			out = append(out, r)
		}
	}
	o.done[key] = out
	return out
}

// ByDistance lists every region as seen from one: itself first, then the nearest, regions at the same distance by
// name.
func (c *Catalog) ByDistance(from arn.Region) []arn.Region {
	type place struct {
		id arn.Region
		km float64
	}
	places := make([]place, 0, len(c.regions))
	for _, r := range c.regions {
		places = append(places, place{r.ID, c.Distance(from, r.ID)})
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(compareBool(b.id == from, a.id == from), cmp.Compare(a.km, b.km), cmp.Compare(a.id, b.id))
	})
	out := make([]arn.Region, len(places))
	for i, p := range places {
		out[i] = p.id
	}
	return out
}

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// expandSets replaces the name of a set of regions by its members, the same list for every route that names it.
func (c *Catalog) expandSets() {
	var all []arn.Region
	for _, r := range c.regions {
		if r.Partition == arn.AWS {
			all = append(all, r.ID)
		}
	}
	for _, p := range c.profiles {
		for i, t := range p.Routes {
			if len(t.Destinations) == 1 && t.Destinations[0] == commercial {
				p.Routes[i].Destinations = all
			}
		}
	}
}
