package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
)

// Check reports every dangling reference and inconsistency of the whole catalog, embedded entries and the operator's
// alike. A catalog that Load returned has none.
func (c *Catalog) Check() Faults {
	k := checker{Catalog: c}
	duplicates(&k, "regions", c.regions, func(r *RegionInfo) string { return string(r.ID) })
	duplicates(&k, "models", c.models, func(m *Model) string { return m.ID })
	duplicates(&k, "profiles", c.profiles, func(p *Profile) string { return p.ID })
	for _, r := range c.regions {
		k.region(r)
	}
	for _, m := range c.models {
		k.model(m)
	}
	for _, p := range c.profiles {
		k.profile(p)
	}
	k.quotas()
	k.prices()
	for i, m := range c.commitments {
		path := fmt.Sprintf("commitments[%d]", i)
		k.knownModel(path+".model", m.Model)
		if m.Region != "" {
			k.knownRegion(path+".region", m.Region)
		}
		k.origin(path, m.Provenance)
	}
	for _, n := range c.notes {
		k.origin(key("notes", n.Name), n.Provenance)
	}
	return k.faults
}

// checker gathers what is wrong with a catalog.
type checker struct {
	*Catalog
	faults Faults
}

func (k *checker) fault(path, format string, args ...any) {
	k.faults = append(k.faults, Fault{path, fmt.Sprintf(format, args...)})
}

// key is the path of an entry that is found by its id.
func key(list, id string) string { return fmt.Sprintf("%s[%q]", list, id) }

// duplicates expects a list in the order of its ids.
func duplicates[V any](k *checker, list string, entries []V, id func(V) string) {
	for i := 1; i < len(entries); i++ {
		if id(entries[i]) == id(entries[i-1]) {
			k.fault(key(list, id(entries[i])), "the id is there twice")
		}
	}
}

func (k *checker) knownRegion(path string, r arn.Region) bool {
	if k.regionByID[r] == nil {
		k.fault(path, "region %s is not known", r)
		return false
	}
	return true
}

func (k *checker) knownModel(path, id string) bool {
	if k.modelByID[id] == nil {
		k.fault(path, "model %s is not known", id)
		return false
	}
	return true
}

// origin wants a source for every fact, spelt out.
func (k *checker) origin(path string, p Provenance) {
	if len(p.Sources) == 0 {
		k.fault(path+".src", "no source is named")
	}
	for i, s := range p.Sources {
		if _, ok := k.sources[s]; !ok && s != operatorSource {
			k.fault(fmt.Sprintf("%s.src[%d]", path, i), "source %q is not spelt out", s)
		}
	}
}

func (k *checker) region(r *RegionInfo) {
	path := key("regions", string(r.ID))
	if !regionForm(string(r.ID)) {
		k.fault(path+".id", "not the form of a region")
	}
	if r.Partition == "" {
		k.fault(path+".partition", "no partition is named")
	}
	if r.Located && !(within(r.Latitude, 90) && within(r.Longitude, 180)) {
		k.fault(path, "%g, %g is no place on earth", r.Latitude, r.Longitude)
	}
	k.origin(path, r.Provenance)
}

func (k *checker) model(m *Model) {
	path := key("models", m.ID)
	if !idForm(m.ID, maxModelID) {
		k.fault(path+".id", "not the form of a model id")
	}
	if k.profileByID[m.ID] != nil {
		k.fault(path+".id", "a profile has the same id")
	}
	if len(m.Input) == 0 || len(m.Output) == 0 {
		k.fault(path, "it reads or writes nothing")
	}
	for _, mod := range slices.Concat(m.Input, m.Output) {
		if !knownModality(mod) {
			k.fault(path, "modality %q is not known", mod)
		}
	}
	for _, r := range sortedKeys(m.Regions) {
		k.knownRegion(path+".regions", r)
		if m.VariantOf != "" && m.Regions[r].Ever.Has(OnDemand) {
			k.fault(path+".regions", "a provisioned form is on demand in %s", r)
		}
	}
	if m.Mantle != nil {
		for _, r := range m.Mantle.Regions {
			k.knownRegion(path+".mantle.regions", r)
		}
	}
	if m.VariantOf != "" {
		k.knownModel(path+".variant_of", m.VariantOf)
	}
	if m.Burndown < 1 {
		k.fault(path+".burndown", "%d is less than 1", m.Burndown)
	}
	if d := m.Features; len(d.Dimensions) > 0 && !slices.Contains(d.Dimensions, d.DefaultDimension) {
		k.fault(path+".dimension", "%d is none of %v", d.DefaultDimension, d.Dimensions)
	}
	k.origin(path, m.Provenance)
}

func (k *checker) profile(p *Profile) {
	path := key("profiles", p.ID)
	if !idForm(p.ID, maxProfileID) {
		k.fault(path+".id", "not the form of a profile id")
	}
	if k.knownModel(path+".model", p.ModelID) && k.modelByID[p.ModelID].VariantOf != "" {
		k.fault(path+".model", "%s is only served by provisioned throughput", p.ModelID)
	}
	if len(p.Routes) == 0 {
		k.fault(path+".routes", "there is none")
	}
	routed := map[arn.Region]bool{}
	for i, t := range p.Routes {
		at := fmt.Sprintf("%s.routes[%d]", path, i)
		for _, source := range t.Sources {
			if routed[source] {
				k.fault(at+".from", "region %s has another route", source)
			}
			routed[source] = true
			k.route(at, source, t.Destinations)
		}
	}
	k.origin(path, p.Provenance)
}

// route wants known regions of one partition, and at least one to go to.
func (k *checker) route(path string, source arn.Region, to []arn.Region) {
	if !k.knownRegion(path+".from", source) {
		return
	}
	if len(to) == 0 {
		k.fault(path+".to", "a call from %s can go nowhere", source)
	}
	for _, r := range to {
		if k.knownRegion(path+".to", r) && k.regionByID[r].Partition != k.regionByID[source].Partition {
			k.fault(path+".to", "region %s is in another partition than %s", r, source)
		}
	}
}

func (k *checker) quotas() {
	seen := map[string]bool{}
	for _, q := range k.Quotas() {
		path := key("quotas", q.Name)
		if seen[q.Name] {
			k.fault(path, "the name is there twice")
		}
		seen[q.Name] = true
		if q.Model != "" {
			k.knownModel(path+".model", q.Model)
		}
		switch q.Metric {
		case RequestsPerMinute, TokensPerMinute, TokensPerDay, Concurrent, AsyncConcurrent:
		default:
			k.fault(path+".metric", "%q is not known", q.Metric)
		}
		k.scope(path, q.Scope)
		for _, r := range sortedKeys(q.ByRegion) {
			k.knownRegion(path+".by_region", r)
		}
		k.origin(path, q.Provenance)
	}
}

func (k *checker) scope(path string, s Scope) {
	switch s {
	case InRegion, Geo, Global, LatencyOptimized:
	default:
		k.fault(path+".scope", "%q is not known", s)
	}
}

func (k *checker) prices() {
	seen := map[string]bool{}
	for _, p := range k.Prices() {
		path := key("prices", strings.Join([]string{p.Model, p.Profile, p.Tier, p.Context}, " "))
		if p.Profile != "" {
			if prof := k.profileByID[p.Profile]; prof == nil {
				k.fault(path+".profile", "profile %s is not known", p.Profile)
			} else if prof.ModelID != p.Model {
				k.fault(path+".profile", "profile %s is of model %s", p.Profile, prof.ModelID)
			}
		}
		k.knownModel(path+".model", p.Model)
		k.scope(path, p.Scope)
		k.rates(path, p)
		for _, r := range orAll(p.Regions) {
			if r != "" {
				k.knownRegion(path+".in", r)
			}
			if row := path + " " + string(r); seen[row] {
				k.fault(path+".in", "region %q has another row", r)
			} else {
				seen[row] = true
			}
		}
		k.origin(path, p.Provenance)
	}
}

// orAll gives the rows that are for every region one key to be told apart by.
func orAll(rs []arn.Region) []arn.Region {
	if rs == nil {
		return []arn.Region{""}
	}
	return rs
}

// rates wants at least one price in a known unit, and none below zero.
func (k *checker) rates(path string, p Price) {
	switch p.Unit {
	case PerToken, PerImage, PerQuery:
	default:
		k.fault(path+".unit", "%q is not known", p.Unit)
	}
	if !p.Input.Known && !p.Output.Known {
		k.fault(path, "there is no price in the row")
	}
	for _, r := range []Rate{p.Input, p.Output, p.CacheRead, p.CacheWrite5m, p.CacheWrite30m, p.CacheWrite1h} {
		if r.Pico < 0 {
			k.fault(path, "%d pico-dollars is less than nothing", r.Pico)
		}
	}
}
