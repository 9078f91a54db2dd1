// Package route decides where a call may run, in which order, and what a failure means for the next try.
package route

import (
	"iter"
	"path"

	"github.com/outcrop/outcrop/internal/arn"
)

// Deployment is one model served in one region by one provider.
type Deployment struct {
	// Index numbers the deployments of a Table from 0, so that actors can keep state of their own beside each.
	Index    int
	Model    string     // the foundation model's id in the catalog
	Region   arn.Region // where it is served
	Provider string     // the provider's name in the configuration
	Upstream string     // what the provider calls the model
	Capacity
}

// Key names a deployment for as long as it is the same one, whatever its place in a table and its capacity.
type Key struct {
	Model, Provider, Upstream string
	Region                    arn.Region
}

// Key is the deployment's name.
func (d *Deployment) Key() Key { return Key{d.Model, d.Provider, d.Upstream, d.Region} }

// Rule is what an operator writes: one line that stands for many deployments.
type Rule struct {
	Model    string       // a model id, or a glob such as "anthropic.*"
	Regions  []arn.Region // empty: every region where the model is offered
	Provider string
	Upstream string // empty: the model's own id
	Capacity
}

// Offer is a model and the regions where the catalog offers it.
type Offer struct {
	Model   string
	Regions []arn.Region
}

// Table holds every deployment. It is immutable.
type Table struct {
	all []*Deployment
	at  map[string]map[arn.Region][]*Deployment // by model
}

// NewTable expands the rules over what the catalog offers. Deployments of one model in one region
// stand in the order of their rules. A rule may name regions where the catalog does not offer the
// model: the operator knows better.
func NewTable(rules []Rule, offers []Offer) *Table {
	t := &Table{at: map[string]map[arn.Region][]*Deployment{}}
	for _, r := range rules {
		for _, o := range offers {
			if !Matches(r.Model, o.Model) {
				continue
			}
			regions := r.Regions
			if len(regions) == 0 {
				regions = o.Regions
			}
			for _, region := range regions {
				t.add(r, o.Model, region)
			}
		}
	}
	return t
}

func (t *Table) add(r Rule, model string, region arn.Region) {
	d := &Deployment{
		Index: len(t.all), Model: model, Region: region,
		Provider: r.Provider, Upstream: r.Upstream, Capacity: r.Capacity,
	}
	if d.Upstream == "" {
		d.Upstream = model
	}
	t.all = append(t.all, d)
	if t.at[model] == nil {
		t.at[model] = map[arn.Region][]*Deployment{}
	}
	t.at[model][region] = append(t.at[model][region], d)
}

// Matches reports whether a rule's model, an id or a glob, covers id. A malformed glob covers nothing.
func Matches(glob, id string) bool {
	if glob == id || glob == "*" {
		return true
	}
	ok, err := path.Match(glob, id)
	return ok && err == nil
}

// All returns every deployment; the slice must not be changed.
func (t *Table) All() []*Deployment { return t.all }

// At returns the deployments of a model in one region, in the operator's order.
func (t *Table) At(model string, region arn.Region) []*Deployment {
	return t.at[model][region]
}

// Order yields what may serve a call, best first: the destinations in their given order (a target
// lists its source region first, then the others by distance), and in each the deployments in the
// operator's order. A destination without any deployment is yielded once with a nil Deployment, so
// that the caller can say so.
func (t *Table) Order(model string, destinations []arn.Region) iter.Seq2[arn.Region, *Deployment] {
	return func(yield func(arn.Region, *Deployment) bool) {
		for _, region := range destinations {
			here := t.At(model, region)
			if len(here) == 0 && !yield(region, nil) {
				return
			}
			for _, d := range here {
				if !yield(region, d) {
					return
				}
			}
		}
	}
}

// hash is the same on every machine.
func (d *Deployment) hash() uint64 {
	var p Prefix
	for _, part := range [...]string{d.Model, string(d.Region), d.Provider, d.Upstream} {
		p.Add(part)
	}
	return scatter(p.sum)
}
