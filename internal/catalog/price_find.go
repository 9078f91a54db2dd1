package catalog

import "github.com/outcrop/outcrop/internal/arn"

// modelPrices is the book of one model as Find reads it.
type modelPrices struct {
	own      pricesByRegion
	profiles []profilePrices // a handful: looking through them is faster than hashing
}

type profilePrices struct {
	id string
	pricesByRegion
}

// pricesByRegion has every tier of one profile or of the bare model.
type pricesByRegion struct {
	regions map[arn.Region]*pricesByTier
	all     *pricesByTier // for regions that are not in the map; nil when there is no such price
}

type pricesByTier [tiers]pricesByContext

// pricesByContext has the base entry and those of long prompts, the longest first. It is empty where the tier has no
// price.
type pricesByContext []contextEntry

type contextEntry struct {
	above int64
	*priceEntry
}

// find is the exact profile's price, else the bare model's in the source region, else the bare model's in any.
func (m *modelPrices) find(k *PriceKey, tier Tier) *priceEntry {
	if k.Profile != "" {
		for i := range m.profiles {
			if p := &m.profiles[i]; p.id == k.Profile {
				if e := p.find(k, tier); e != nil {
					return e
				}
				break
			}
		}
	}
	return m.own.find(k, tier)
}

func (r *pricesByRegion) find(k *PriceKey, tier Tier) *priceEntry {
	if here := r.regions[k.Source]; here != nil {
		if e := here.find(k.Prompt, tier); e != nil {
			return e
		}
	}
	if r.all == nil {
		return nil
	}
	return r.all.find(k.Prompt, tier)
}

func (t *pricesByTier) find(prompt int64, tier Tier) *priceEntry {
	if int(tier) >= len(t) {
		return nil
	}
	for _, e := range t[tier] {
		if prompt > e.above || e.above == 0 {
			return e.priceEntry
		}
	}
	return nil
}

// compile turns the places of a model into what Find reads.
func (m modelRows) compile() *modelPrices {
	out := &modelPrices{}
	places := m.places()
	for i := len(places) - 1; i >= 0; i-- { // from the back, so that the longest context comes first
		at := places[i]
		t := out.table(at.profile).tiers(at.region)
		t[at.tier] = append(t[at.tier], contextEntry{at.above, m[at]})
	}
	return out
}

// table is a profile's part, made when it is first asked for.
func (m *modelPrices) table(profile string) *pricesByRegion {
	if profile == "" {
		return &m.own
	}
	for i := range m.profiles {
		if m.profiles[i].id == profile {
			return &m.profiles[i].pricesByRegion
		}
	}
	m.profiles = append(m.profiles, profilePrices{id: profile})
	return &m.profiles[len(m.profiles)-1].pricesByRegion
}

// tiers is a region's part, made when it is first asked for.
func (r *pricesByRegion) tiers(region arn.Region) *pricesByTier {
	if region == "" {
		if r.all == nil {
			r.all = new(pricesByTier)
		}
		return r.all
	}
	if r.regions == nil {
		r.regions = map[arn.Region]*pricesByTier{}
	}
	if r.regions[region] == nil {
		r.regions[region] = new(pricesByTier)
	}
	return r.regions[region]
}
