package gateway

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/route"
)

// route tries places in the order of a plan until one has begun to answer. A failure that is the
// place's moves on to the next; one that is the request's reaches the caller at once.
func (g *Gateway) route(ctx context.Context, c *Call, a *Answer) error {
	fleet := a.places.fleet
	q := a.query(fleet, c)
	var plan route.Plan
	fleet.Plan(now(), &q, &plan)
	for i := 0; ; i++ {
		to := plan.Get(i)
		if to == nil {
			break
		}
		if ctx.Err() != nil { // nobody has been asked, or whoever was has failed
			return gone(ctx)
		}
		began := now()
		lease, room := fleet.Begin(began, to, route.Attempt{Tokens: q.Tokens, Retry: a.Trail.Attempts() > 0})
		if room > to.Room {
			to.Room = room
			continue
		}
		plan.Note(&a.Trail, to, began)
		err := a.places.at(to.Deployment).try(ctx, a, to.Deployment)
		a.upstream += now().Sub(began)
		if err == nil {
			a.served(lease, to.Region)
			fleet.Served(now(), &q, &plan, to)
			return nil
		}
		f := classify(err)
		if ctx.Err() != nil {
			lease.End(now(), gone(ctx), 0, 0)
			a.abandoned, a.Region = true, to.Region
			return gone(ctx)
		}
		lease.End(now(), f, 0, 0)
		a.Trail.Add(route.Step{Region: to.Region, Outcome: route.Failed, Err: f})
		g.watch.Failed(Failure{Model: to.Deployment.Model, Region: to.Region, Provider: to.Deployment.Provider, Err: err})
		if !route.MovesOn(f) {
			return f
		}
	}
	plan.Note(&a.Trail, nil, now())
	return a.Trail.Refusal()
}

// query is what routing needs to know of the call.
func (a *Answer) query(f *route.Fleet, c *Call) route.Query {
	t := a.Target
	var system, application string
	if t.System != nil {
		system = t.System.ID
	}
	if t.Application != nil {
		application = t.Application.ID
	}
	return route.Query{
		Model: t.Model.ID, Source: t.Source, Destinations: t.Destinations,
		Settings: f.Orders().For(system, application, t.Model.ID, c.Principal.Account),
		Random:   rand.Uint64(),
	}
}

// served notes where the call found its answer.
func (a *Answer) served(l route.Lease, region arn.Region) {
	a.lease, a.leased, a.Region = l, true, region
	a.Trail.Add(route.Step{Region: region, Outcome: route.Served})
	if a.Stream != nil {
		at := now()
		a.firstContent = at.Sub(a.call.Arrived)
		a.lease.FirstContent(at)
	}
}

// release gives the place back that has served the call. Who left, or was cut off by us, says nothing of the place.
func (a *Answer) release(r *Record) {
	if !a.leased {
		return
	}
	a.lease.End(now(), r.Failure, r.Usage.Input, r.Usage.Output)
}

// classify makes a fault of whatever a provider returned. What a provider could not classify is
// the place's failure, and its text is for the operator alone.
func classify(err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) && f.Code != fault.Internal {
		return f
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(fault.ModelTimeout, err, modelTimeout)
	}
	return fault.Wrap(fault.ServiceUnavailable, err, unable)
}

// What a caller is told when nothing better is known.
const (
	unable       = "Bedrock is unable to process your request."
	modelTimeout = "Model has timed out in processing the request. Try your request again."
)

// gone is the end of a call whose client has left: nobody reads it, but it is counted.
func gone(ctx context.Context) *fault.Error {
	return fault.Wrap(fault.ClientGone, context.Cause(ctx), "The client closed the connection before the answer was complete.")
}
