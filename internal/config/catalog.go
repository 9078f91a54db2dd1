package config

import (
	"errors"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config/strict"
)

// Catalog says how the built-in facts are used, and what the operator adds to them or puts in their place.
type Catalog struct {
	// Lifecycle is LifecycleIgnore or LifecycleEnforce.
	Lifecycle string `yaml:"lifecycle"`

	catalog.Overlay // regions, models and profiles
}

// LifecycleIgnore serves whatever a deployment serves, however old; LifecycleEnforce refuses models
// that are legacy or at their end of life as AWS does.
const (
	LifecycleIgnore  = "ignore"
	LifecycleEnforce = "enforce"
)

// names is what the rest of a file can refer to.
type names struct {
	regions, models []string
	profiles        map[string]string // a cross-region profile's id, and its model's
	facts           *catalog.Catalog  // nil when the overlay has faults
}

// known lays the overlay over the facts and reports its faults. What a faulty overlay would have
// added still counts as known: nobody should be told twice.
func (c *Catalog) known(doc *strict.Document) names {
	n := names{profiles: map[string]string{}}
	facts, err := catalog.Load(c.Overlay)
	n.facts = facts
	if err != nil {
		overlayFaults(doc, err)
		if facts, err = catalog.Load(catalog.Overlay{}); err != nil {
			doc.Fault("catalog", "the built-in catalog cannot be read: %v", err)
			return n
		}
		for _, r := range c.Regions {
			n.regions = append(n.regions, string(r.ID))
		}
		for _, m := range c.Models {
			n.models = append(n.models, m.ID)
		}
	}
	for _, r := range facts.Regions() {
		n.regions = append(n.regions, string(r.ID))
	}
	for _, m := range facts.Models() {
		n.models = append(n.models, m.ID)
	}
	for _, p := range facts.Profiles() {
		n.profiles[p.ID] = p.Model.ID
	}
	return n
}

func overlayFaults(doc *strict.Document, err error) {
	var faults catalog.Faults
	if !errors.As(err, &faults) {
		doc.Fault("catalog", "%v", err)
		return
	}
	for _, f := range faults {
		doc.Fault("catalog."+f.Path, "%s", f.Message)
	}
}
