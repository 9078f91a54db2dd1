// Package gateway carries one inference call from its parsed request to its settled answer.
package gateway

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

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

// Options are what a Gateway is made of. Snapshots, Providers, and Fleet or Table are needed.
type Options struct {
	Snapshots Snapshots
	Fleet     *route.Fleet // nil: one of the Table alone
	Table     *route.Table
	Providers map[string]provider.Provider // by the name that deployments use
	Guard     Guard                        // nil: whoever holds a key of the account may call
	Reservers []Reserver                   // asked in this order, at most maxReservers
	Meter     Meter                        // nil: nothing is recorded, and nothing costs
	History   *History                     // nil: calls are not explained
	Watcher   Watcher
	// Random decides what routing leaves to luck, once a call; nil: chance.
	Random func() uint64
}

// Gateway serves inference calls. It is safe for concurrent use.
type Gateway struct {
	snapshots Snapshots
	live      atomic.Pointer[places]
	queue     route.Queue
	history   *History
	guard     Guard
	reservers []Reserver
	meter     Meter
	watch     Watcher
	random    func() uint64
}

// New checks that every deployment has its provider.
func New(o Options) (*Gateway, error) {
	g := &Gateway{
		snapshots: o.Snapshots, guard: o.Guard, reservers: o.Reservers, meter: o.Meter, watch: o.Watcher.filled(),
	}
	if g.history = o.History; g.history == nil {
		g.history = NewHistory(0)
	}
	if g.random = o.Random; g.random == nil {
		g.random = rand.Uint64
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
	if o.Fleet == nil {
		o.Fleet = route.NewFleet(o.Table, nil, route.Tuning{}, route.Facts{}, nil)
	}
	if err := g.Replace(o.Fleet, o.Providers); err != nil {
		return nil, err
	}
	return g, nil
}

// Do is the way of one call, whose caller the edge has authenticated. An error is always a
// *fault.Error, and the Answer beside it still tells the target and the trail as far as they came.
// A streamed answer holds its deployment until it is closed, and settles then.
func (g *Gateway) Do(ctx context.Context, c *Call) (*Answer, error) {
	a := g.answer(c)
	defer a.letGo()
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

// answer is an empty answer to c.
func (g *Gateway) answer(c *Call) *Answer {
	return &Answer{call: c, watch: g.watch, places: g.live.Load(), queue: &g.queue, history: g.history}
}

// parse reads the body now that the model, and so the dialect, is known; unless nobody needs it read.
func (g *Gateway) parse(_ context.Context, c *Call, a *Answer) (err error) {
	if c.Native != nil && a.places.pass(a.Target, c.Native.Dialect) {
		if c.Glance != nil {
			a.glimpse = c.Glance()
		}
		return nil
	}
	a.ask, err = c.Parse(a.Target)
	return err
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
