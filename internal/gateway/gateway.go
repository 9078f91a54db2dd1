// Package gateway carries one inference call from its parsed request to its settled answer.
package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/route"
)

// Snapshots gives the current immutable view of catalog and profiles. It is called once a call.
type Snapshots interface {
	Snapshot() *profile.Snapshot
}

// Guard decides who may call what. It is asked once a call, on the call's own goroutine.
type Guard interface {
	// Authorize returns nil, or the fault that tells the caller which right is missing. It must judge the profile that
	// was called and the model in every destination.
	Authorize(*Call, *profile.Target) error
}

// Options are what a Gateway is made of. Snapshots, Table and Providers are needed.
type Options struct {
	Snapshots Snapshots
	Table     *route.Table
	Providers map[string]provider.Provider // by the name that deployments use
	Guard     Guard                        // nil: whoever holds a key of the account may call
	Reservers []Reserver                   // asked in this order, at most maxReservers
	Meter     Meter                        // nil: nothing is recorded, and nothing costs
	Watcher   Watcher
}

// Gateway serves inference calls. It is safe for concurrent use.
type Gateway struct {
	snapshots Snapshots
	table     *route.Table
	places    []place // one a deployment, by its Index
	guard     Guard
	reservers []Reserver
	meter     Meter
	watch     Watcher
}

// New checks that every deployment has its provider.
func New(o Options) (*Gateway, error) {
	g := &Gateway{
		snapshots: o.Snapshots, table: o.Table, guard: o.Guard, reservers: o.Reservers, meter: o.Meter, watch: o.Watcher.filled(),
	}
	if g.guard == nil {
		g.guard = unguarded{}
	}
	if g.meter == nil {
		g.meter = unmetered{}
	}
	if len(o.Reservers) > maxReservers {
		return nil, fmt.Errorf("%d reservers are more than the %d a gateway takes", len(o.Reservers), maxReservers)
	}
	g.places = make([]place, len(o.Table.All()))
	for i, d := range o.Table.All() {
		p, ok := o.Providers[d.Provider]
		if !ok {
			return nil, fmt.Errorf("cannot serve %s in %s: no provider is named %q", d.Model, d.Region, d.Provider)
		}
		g.places[i].provider, g.places[i].limit = p, int64(d.Concurrency)
		g.places[i].speaker, _ = p.(provider.Speaker)
	}
	return g, nil
}

// Do is the way of one call, whose caller the edge has authenticated. An error is always a
// *fault.Error, and the Answer beside it still tells the target and the trail as far as they came.
// A streamed answer holds its deployment until it is closed, and settles then.
func (g *Gateway) Do(ctx context.Context, c *Call) (*Answer, error) {
	a := &Answer{call: c, watch: g.watch}
	for _, step := range [...]func(context.Context, *Call, *Answer) error{
		g.resolve,   // identifier → target, from the snapshot
		g.authorize, // on the profile, then on the model in every destination
		g.parse,     // the body, in the dialect of the door and the model
		g.admit,     // quota and budgets reserved, all or none; the journal knows of the call
		g.route,     // destinations in order, until one has begun to answer
	} {
		if err := step(ctx, c, a); err != nil {
			return a, a.refuse(err)
		}
	}
	if a.Stream == nil {
		a.settle(nil)
	}
	return a, nil
}

// parse reads the body now that the model, and so the dialect, is known; unless nobody needs it read.
func (g *Gateway) parse(_ context.Context, c *Call, a *Answer) (err error) {
	if c.Native != nil && g.passes(a.Target, c.Native.Dialect) {
		if c.Glance != nil {
			a.glimpse = c.Glance()
		}
		return nil
	}
	a.ask, err = c.Parse(a.Target)
	return err
}

// passes reports whether a call to t can be served, and whoever serves it speaks the dialect.
func (g *Gateway) passes(t *profile.Target, d chat.Dialect) bool {
	some := false
	for _, at := range g.table.Order(t.Model.ID, t.Destinations) {
		if at == nil {
			continue
		}
		if !g.places[at.Index].speaks(d, at.Model) {
			return false
		}
		some = true
	}
	return some
}

// attempt is what a provider gets to see of a call.
func (a *Answer) attempt(d *route.Deployment) *provider.Request {
	return &provider.Request{
		Region: d.Region, Model: d.Model, Upstream: d.Upstream,
		MaxOutput: a.Target.Model.MaxOutput, Caller: a.caller(), Chat: a.ask.Chat, Native: a.call.Native,
	}
}

// caller is what a provider may tell its upstream of who calls.
func (a *Answer) caller() provider.Caller {
	return provider.Caller{Principal: a.call.Principal, Application: a.Target.Application}
}

// now is the gateway's clock; tests run it under synctest.
func now() time.Time { return time.Now() }
