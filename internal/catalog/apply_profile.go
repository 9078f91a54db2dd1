package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
)

func (a *applier) profile(path string, o *OverlayProfile) {
	if !a.once(path, "profile", o.ID, idForm(o.ID, maxProfileID), fmt.Sprintf(idRule, maxProfileID)) {
		return
	}
	if a.models[o.ID] != nil {
		a.fault(path+".id", "%s is the id of a model", o.ID)
		return
	}
	prefix, rest, _ := strings.Cut(o.ID, ".")
	p := &Profile{ID: o.ID, Geography: prefix, Global: prefix == globalPrefix, ModelID: rest, Provenance: operators}
	if known := a.profiles[o.ID]; known != nil && !o.Replace {
		*p = *known
	}
	p.ModelID = orElse(o.Model, p.ModelID)
	model := a.models[p.ModelID]
	switch {
	case model == nil && o.Model == "":
		a.fault(path+".model", "profile %s names no model, and %q behind its first dot is none", o.ID, p.ModelID)
	case model == nil:
		a.fault(path+".model", "model %s is not known; add it under models", o.Model)
	case model.VariantOf != "":
		a.fault(path+".model", "%s is a form of %s that only provisioned throughput serves", model.ID, model.VariantOf)
	}
	p.Name = orElse(o.Name, orElse(p.Name, defaultName(prefix, model)))
	a.routes(path, o, p)
	p.Description = orElse(o.Description, orElse(p.Description, defaultDescription(p, model)))
	a.profiles[o.ID] = p
}

// defaultName follows AWS's: the prefix in capitals and the model's name.
func defaultName(prefix string, m *Model) string {
	if m == nil {
		return prefix
	}
	return strings.ToUpper(prefix) + " " + m.Name
}

// defaultDescription follows AWS's: "Routes requests to Nova Lite in us-east-1, us-east-2 and us-west-2."
func defaultDescription(p *Profile, m *Model) string {
	if m == nil || len(p.Routes) == 0 {
		return ""
	}
	all := map[arn.Region]bool{}
	for _, t := range p.Routes {
		for _, r := range t.Destinations {
			all[r] = true
		}
	}
	var text strings.Builder
	regions := sortedKeys(all)
	for i, r := range regions {
		switch {
		case i > 0 && i == len(regions)-1:
			text.WriteString(" and ")
		case i > 0:
			text.WriteString(", ")
		}
		text.WriteString(string(r))
	}
	return fmt.Sprintf("Routes requests to %s in %s.", m.Name, &text)
}

// routes joins the overlay's routes to those the profile has; a source named anew loses its old route.
func (a *applier) routes(path string, o *OverlayProfile, p *Profile) {
	own := map[arn.Region][]arn.Region{}
	for i, r := range o.Regions {
		if a.routed(fmt.Sprintf("%s.regions[%d]", path, i), r, o.Regions[0]) {
			own[r] = o.Regions
		}
	}
	for _, source := range sortedKeys(o.Routes) {
		at := fmt.Sprintf("%s.routes.%s", path, source)
		a.routed(at, source, source)
		if len(o.Routes[source]) == 0 {
			a.fault(at, "the route has no destination")
		}
		for i, to := range o.Routes[source] {
			a.routed(fmt.Sprintf("%s[%d]", at, i), to, source)
		}
		own[source] = o.Routes[source]
	}
	var kept []Route
	for _, t := range p.Routes {
		t.Sources = slices.DeleteFunc(slices.Clone(t.Sources), func(r arn.Region) bool { return own[r] != nil })
		if len(t.Sources) > 0 {
			kept = append(kept, t)
		}
	}
	p.Routes = kept
	for _, source := range sortedKeys(own) {
		p.Routes = append(p.Routes, Route{Sources: []arn.Region{source}, Destinations: own[source], Seen: operatorSource})
	}
	if len(p.Routes) == 0 {
		a.fault(path, "profile %s has no route; give it regions or routes", p.ID)
	}
}

// routed reports whether a region may stand in a route from source: it is known, and in the source's partition.
func (a *applier) routed(path string, r, source arn.Region) bool {
	to, from := a.regions[r], a.regions[source]
	switch {
	case to == nil:
		a.fault(path, "region %s is not known; add it under regions", r)
	case from != nil && from.Partition != to.Partition:
		a.fault(path, "region %s is in partition %s, and no route leaves the partition %s of %s", r, to.Partition, from.Partition, source)
	default:
		return true
	}
	return false
}
