package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/route"
)

// won is what a successful attempt brought. One of its fields is set.
type won struct {
	response  *chat.Response
	stream    *Stream
	embedding *chat.EmbedResponse
	ranking   *chat.RerankResponse
}

// drop lets go of an answer that nobody will read.
func (w *won) drop() {
	if w.stream != nil {
		_ = w.stream.release() // it is being thrown away
	}
}

// try makes one attempt. A streamed one returns when the first content event is at hand, so that
// until then another place can take the call over unseen.
func (p *place) try(ctx context.Context, a *Answer, d *route.Deployment) (won, error) {
	passed := a.call.Native != nil && p.speaks(a.call.Native.Dialect, d.Model)
	switch {
	case a.ask.Embed != nil && !passed:
		out, err := p.provider.Embed(ctx, &provider.EmbedRequest{
			Caller: a.caller(), Region: d.Region, Model: d.Model, Upstream: d.Upstream, Embed: a.ask.Embed,
		})
		return won{embedding: out}, err
	case a.ask.Rerank != nil && !passed:
		out, err := p.provider.Rerank(ctx, &provider.RerankRequest{
			Caller: a.caller(), Region: d.Region, Model: d.Model, Upstream: d.Upstream, Rerank: a.ask.Rerank,
		})
		return won{ranking: out}, err
	case a.call.Stream:
		out, err := p.stream(ctx, a, d)
		return won{stream: out}, err
	}
	out, err := p.provider.Chat(ctx, a.attempt(d))
	return won{response: out}, err
}

// errSlow is why a stream is given up that does not begin.
var errSlow = errors.New("no content within the deployment's first-content time")

// stream begins a streamed answer and reads up to its first content, for which the deployment has only so much time.
func (p *place) stream(ctx context.Context, a *Answer, d *route.Deployment) (*Stream, error) {
	within, stop, inTime := bounded(ctx, d.FirstContent)
	in, err := p.provider.Stream(within, a.attempt(d))
	if err != nil {
		return nil, errors.Join(slow(within, err), stop())
	}
	s := &Stream{ctx: ctx, in: in, stop: stop, answer: a, markedAt: now()}
	if err = s.hold(); err == nil && !inTime() {
		err = context.Cause(within)
	}
	if err != nil {
		return nil, errors.Join(slow(within, err), s.release())
	}
	return s, nil
}

// release lets go of the upstream.
func (s *Stream) release() error { return errors.Join(s.in.Close(), s.stop()) }

// also has something done when the stream is released.
func (s *Stream) also(do func()) {
	first := s.stop
	s.stop = func() error {
		do()
		return first()
	}
}

// bounded is a context that ends when inTime has not been called within a time. stop must be called when all is done.
// Without a bound it is the context itself.
func bounded(ctx context.Context, most time.Duration) (within context.Context, stop func() error, inTime func() bool) {
	if most <= 0 {
		return ctx, func() error { return nil }, func() bool { return true }
	}
	within, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(most, func() { cancel(errSlow) })
	return within, func() error {
		timer.Stop()
		cancel(nil)
		return nil
	}, timer.Stop
}

// slow names the failure of an attempt that was given up for its slowness.
func slow(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errSlow) {
		return fault.Wrap(fault.ModelTimeout, cause, modelTimeout)
	}
	return err
}
