package gateway

import (
	"context"
	"errors"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/route"
)

// route tries the destinations in order until one has begun to answer. A failure that is the
// place's moves on to the next; one that is the request's reaches the caller at once.
func (g *Gateway) route(ctx context.Context, _ *Call, a *Answer) error {
	for region, d := range g.table.Order(a.Target.Model.ID, a.Target.Destinations) {
		if d == nil {
			a.Trail.Add(region, route.Absent, nil)
			continue
		}
		if ctx.Err() != nil { // nobody has been asked, or whoever was has failed
			return gone(ctx)
		}
		p := &g.places[d.Index]
		if !p.enter() {
			a.Trail.Add(region, route.Saturated, nil)
			continue
		}
		began := now()
		err := p.try(ctx, a, d)
		a.upstream += now().Sub(began)
		if err == nil {
			a.served(p, region)
			return nil
		}
		p.leave()
		if ctx.Err() != nil {
			a.abandoned, a.Region = true, region
			return gone(ctx)
		}
		f := classify(err)
		a.Trail.Add(region, route.Failed, f)
		g.watch.Failed(Failure{Model: d.Model, Region: region, Provider: d.Provider, Err: err})
		if !route.MovesOn(f) {
			return f
		}
	}
	return a.Trail.Refusal()
}

// served notes where the call found its answer.
func (a *Answer) served(p *place, region arn.Region) {
	a.place, a.Region = p, region
	a.Trail.Add(region, route.Served, nil)
	if a.Stream != nil {
		a.firstContent = now().Sub(a.call.Arrived)
	}
}

// try makes one attempt. A streamed one returns when the first content event is at hand, so that
// until then another place can take the call over unseen.
func (p *place) try(ctx context.Context, a *Answer, d *route.Deployment) error {
	passed := a.call.Native != nil && p.speaks(a.call.Native.Dialect, d.Model)
	switch {
	case a.ask.Embed != nil && !passed:
		out, err := p.provider.Embed(ctx, &provider.EmbedRequest{
			Caller: a.caller(), Region: d.Region, Model: d.Model, Upstream: d.Upstream, Embed: a.ask.Embed,
		})
		a.Embedding = out
		return err
	case a.ask.Rerank != nil && !passed:
		out, err := p.provider.Rerank(ctx, &provider.RerankRequest{
			Caller: a.caller(), Region: d.Region, Model: d.Model, Upstream: d.Upstream, Rerank: a.ask.Rerank,
		})
		a.Ranking = out
		return err
	case a.call.Stream:
		in, err := p.provider.Stream(ctx, a.attempt(d))
		if err != nil {
			return err
		}
		s := &Stream{ctx: ctx, in: in, answer: a, markedAt: now()}
		if err := s.hold(); err != nil {
			return errors.Join(err, in.Close())
		}
		a.Stream = s
		return nil
	}
	out, err := p.provider.Chat(ctx, a.attempt(d))
	a.Response = out
	return err
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
