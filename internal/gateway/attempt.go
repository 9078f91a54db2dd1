package gateway

import (
	"context"
	"errors"

	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/route"
)

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
