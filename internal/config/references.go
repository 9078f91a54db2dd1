package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/config/strict"
	"github.com/outcrop/outcrop/internal/route"
)

// references reports every region and model that is named and does not exist.
func (c *Config) references(k checker, n names) {
	k.region("region", c.Region, n)
	for i, d := range c.Deployments {
		at := fmt.Sprintf("deployments[%d]", i)
		k.model(at+".model", d.Model, n)
		for j, r := range d.Regions {
			item := fmt.Sprintf("%s.regions[%d]", at, j)
			k.region(item, r, n)
			if slices.Contains(d.Regions[:j], r) {
				k.Fault(item, "%s stands in this list twice", r)
			}
		}
	}
	for i := range c.Routing.Orders {
		k.orderReferences(fmt.Sprintf("routing.orders[%d]", i), &c.Routing.Orders[i], n)
	}
	for i, p := range c.Simulator.Pace {
		k.where(fmt.Sprintf("simulator.pace[%d]", i), p.Where, n)
	}
	for i, limit := range c.Simulator.Capacity {
		k.where(fmt.Sprintf("simulator.capacity[%d]", i), limit.Where, n)
	}
	for i, f := range c.Simulator.Failures {
		k.where(fmt.Sprintf("simulator.failures[%d]", i), f.Where, n)
	}
}

// where checks the region and model, ids or globs, that an entry of the simulator is for.
func (k checker) where(at string, w Where, n names) {
	k.wellFormed(at+".model", w.Model)
	k.wellFormed(at+".region", w.Region)
	k.exists(at, w, n)
}

// exists checks that there is such a region and such a model. A malformed glob has been reported.
func (k checker) exists(at string, w Where, n names) {
	k.model(at+".model", w.Model, n)
	covers := func(region string) bool { return route.Matches(w.Region, region) }
	switch {
	case w.Region == "", malformed(w.Region), slices.ContainsFunc(n.regions, covers):
	case isGlob(w.Region):
		k.Fault(at+".region", "%q covers no region", w.Region)
	default:
		k.region(at+".region", arn.Region(w.Region), n)
	}
}

func isGlob(s string) bool { return strings.ContainsAny(s, "*?[\\") }

func (k checker) region(path string, r arn.Region, n names) {
	if !slices.Contains(n.regions, string(r)) {
		k.Fault(path, "no region is named %q%s", string(r), orOwn(string(r), n.regions, "regions"))
	}
}

// orOwn ends the message of a name that nothing has: with what was probably meant, or else with
// where to define it.
func orOwn(name string, candidates []string, key string) string {
	if hint := strict.DidYouMean(name, candidates); hint != "" {
		return hint
	}
	return "; if it is your own, define it under catalog." + key
}

// model accepts an id or a glob that covers at least one model. A missing or malformed one has been reported.
func (k checker) model(path, model string, n names) {
	if model == "" || malformed(model) || slices.ContainsFunc(n.models, func(id string) bool { return route.Matches(model, id) }) {
		return
	}
	switch of, isProfile := n.profiles[model]; {
	case isProfile:
		k.Fault(path, "%q is a cross-region profile; a deployment serves a foundation model: write %s", model, of)
	case isGlob(model):
		k.Fault(path, "%q covers no model of the catalog", model)
	default:
		k.Fault(path, "no model has the id %q%s", model, orOwn(model, n.models, "models"))
	}
}
