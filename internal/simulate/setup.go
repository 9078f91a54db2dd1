package simulate

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/simulate/trace"
)

// Setup is the gateway of a simulation: what its configuration comes to.
type Setup struct {
	Facts    *catalog.Catalog
	Snapshot *profile.Snapshot
	Table    *route.Table
	Orders   []route.Order
	Tuning   route.Tuning
	Map      route.Facts // distances and prices, as routing knows them
	Quotas   *quota.Rules
	Prices   *catalog.Book
}

// orders are the setup's, under what a variant wants of all calls.
func (s *Setup) orders(v *Variant) *route.Orders {
	own := route.Order{Policy: v.Policy}
	if q := v.Queue; q != nil {
		own.QueueLength = &q.Length
		if q.Wait > 0 {
			own.QueueWait = &q.Wait
		}
	}
	return route.NewOrders(append([]route.Order{own}, s.Orders...))
}

// resolved is a target of the trace, as the gateway sees it.
type resolved struct {
	target *profile.Target
	err    string // why it cannot be called
	quota  quota.Call
	query  route.Query // of every call, but for what is its own
	usage  meter.Usage
}

// resolve works out what the calls of a trace ask for.
func (e *engine) resolve(targets []trace.Target) []resolved {
	out := make([]resolved, len(targets))
	for i, t := range targets {
		if t.Identifier == "" {
			t.Identifier = e.world.Identifier
			if e.variant.Identifier != "" {
				t.Identifier = e.variant.Identifier
			}
		}
		if t.Source == "" {
			t.Source = e.world.Source
		}
		out[i] = e.resolveOne(t.Identifier, t.Source)
	}
	return out
}

func (e *engine) resolveOne(identifier string, source arn.Region) resolved {
	target, err := e.setup.Snapshot.Resolve(e.world.Account, source, identifier)
	if err != nil {
		return resolved{err: identifier + " from " + string(source) + ": " + fault.Public(err).Message}
	}
	system, scope := "", catalog.InRegion
	if target.System != nil {
		system, scope = target.System.ID, catalog.Geo
		if target.Scope == profile.Global {
			scope = catalog.Global
		}
	}
	return resolved{
		target: target,
		quota:  quota.Call{Source: source, Model: target.Model, Scope: target.Scope},
		query: route.Query{
			Model: target.Model.ID, Source: source, Destinations: target.Destinations,
			Settings: e.fleet.Orders().For(system, "", target.Model.ID, e.world.Account),
		},
		usage: meter.Usage{Account: e.world.Account, Model: target.Model.ID, System: system, Source: source, Scope: scope, Attempts: 1},
	}
}

// moment is a time of the virtual clock as routing has it.
func (e *engine) moment(now time.Duration) time.Time { return e.world.Start.Add(now) }
