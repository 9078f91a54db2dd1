package catalog

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// CheckOverrides finds everything wrong with an operator's prices.
func CheckOverrides(facts *Catalog, overrides []PriceOverride) Faults {
	k := checker{Catalog: facts}
	for i := range overrides {
		k.override(fmt.Sprintf("overrides[%d]", i), &overrides[i])
	}
	if n := len(turns(overrides)) - 1; n > maxTurns {
		k.fault("overrides", "prices change at %d different moments; at most %d fit in memory well", n, maxTurns)
	}
	return k.faults
}

// maxTurns bounds the versions of a book: a change a week for ten years.
const maxTurns = 520

func (k *checker) override(at string, o *PriceOverride) {
	covered := k.coveredModels(at+".model", o)
	k.coveredProfiles(at+".profile", o, covered)
	switch o.Scope {
	case "", InRegion, Geo, Global:
	default:
		k.fault(at+".scope", "want in-region, geo or global, found %q", o.Scope)
	}
	if o.Scope == InRegion && o.Profile != "" {
		k.fault(at+".scope", "a call through a profile is not in-region; leave out one of the two")
	}
	if o.Region != "" {
		k.knownRegion(at+".region", o.Region)
	}
	if _, ok := ParseTier(o.Tier); !ok {
		k.fault(at+".tier", "want %s or %s, found %q", strings.Join(tierNames[:tiers-1], ", "), tierNames[tiers-1], o.Tier)
	}
	if _, ok := contextAbove(o.Context); !ok {
		k.fault(at+".context", `want base, or a length such as ">200k", found %q`, o.Context)
	}
	if !o.To.IsZero() && !o.From.Before(o.To.Time) {
		k.fault(at+".to", "%s is not after from, %s: the override never counts", o.To.Format("2006-01-02T15:04:05Z07:00"), o.From.Format("2006-01-02T15:04:05Z07:00"))
	}
	switch priced := o.Rates() != (Rates{}); {
	case !priced && o.Discount == nil:
		k.fault(at, "there is neither a price nor a discount in it")
	case priced && o.Discount != nil:
		k.fault(at+".discount", "a discount is off known prices; write those and the discount as two overrides")
	}
}

// coveredModels lists the models an override is for.
func (k *checker) coveredModels(at string, o *PriceOverride) []string {
	if o.Model == "" {
		k.fault(at, "an override needs a model: the id of a foundation model, or a glob such as anthropic.*")
		return nil
	}
	if malformedGlob(at, o.Model, k) {
		return nil
	}
	var covered []string
	for _, m := range k.models {
		if matches(o.Model, m.ID) {
			covered = append(covered, m.ID)
		}
	}
	switch p := k.profileByID[o.Model]; {
	case len(covered) > 0:
	case p != nil:
		k.fault(at, "%q is a cross-region profile: write model: %s and profile: %s", o.Model, p.ModelID, o.Model)
	default:
		k.fault(at, "no model of the catalog is %q", o.Model)
	}
	return covered
}

func (k *checker) coveredProfiles(at string, o *PriceOverride, models []string) {
	if o.Profile == "" || len(models) == 0 || malformedGlob(at, o.Profile, k) {
		return
	}
	if !slices.ContainsFunc(k.profiles, func(p *Profile) bool {
		return matches(o.Profile, p.ID) && slices.Contains(models, p.ModelID)
	}) {
		k.fault(at, "no cross-region profile of %s is %q", o.Model, o.Profile)
	}
}

func malformedGlob(at, glob string, k *checker) bool {
	_, err := path.Match(glob, "")
	if err != nil {
		k.fault(at, "%q is not a well-formed glob; * stands for any characters", glob)
	}
	return err != nil
}
