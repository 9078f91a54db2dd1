package simulator

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/provider"
)

// call is one call at one deployment, from its arrival to its end.
type call struct {
	at       deploymentKey
	place    *deployment
	pace     Pace    // the deployment's, later by scripted delays
	failure  *script // to come inside the answer, or nil
	streamed bool
	inside   bool // admitted and not yet ended
	clock    clock

	answer *answer
	input  chat.Usage
}

// begin takes a chat call up to the point where its answer is known and its time has begun.
func (p *Provider) begin(ctx context.Context, r *provider.Request, streamed bool) (*call, error) {
	c, err := p.arrive(ctx, deploymentKey{r.Region, r.Model})
	if err != nil {
		return nil, err
	}
	c.streamed = streamed
	prompt, err := read(r.Chat)
	if err != nil {
		return nil, err
	}
	if c.answer, err = compose(c.at, p.seed, prompt, r); err != nil {
		return nil, err
	}
	if err := c.admit(prompt.tokens, c.answer.output); err != nil {
		return nil, err
	}
	c.input = p.cache.use(c.at, prompt, c.clock.begun)
	return c, nil
}

// arrive finds the deployment and lets its script speak first.
func (p *Provider) arrive(ctx context.Context, at deploymentKey) (*call, error) {
	place := p.deployment(at)
	c := &call{at: at, place: place, pace: place.pace, clock: clock{ctx: ctx, begun: time.Now()}}
	failure, delay := consult(place.scripts, p.seed)
	if failure != nil && failure.Event == 0 {
		if err := c.clock.until(delay); err != nil {
			return nil, err
		}
		return nil, failure.err(at.model, false)
	}
	c.failure = failure
	c.pace.FirstToken += delay
	return c, c.clock.until(0)
}

// admit asks the deployment's gate for room.
func (c *call) admit(input, output int64) error {
	err := c.place.gate.enter(c.clock.begun, input+output, c.pace.due(output))
	c.inside = err == nil
	return err
}

// end gives the room back, once.
func (c *call) end() {
	if c.inside {
		c.inside = false
		c.place.gate.leave()
	}
}

func (c *call) usage() chat.Usage {
	u := c.input
	u.Output = c.answer.output
	return u
}

// failAt returns the scripted failure when it stands at the n-th content event.
func (c *call) failAt(n int) error {
	if c.failure == nil || c.failure.Event != n {
		return nil
	}
	return c.failure.err(c.at.model, c.streamed)
}

// drain walks an answer nobody reads, in its time, to the failure that its script holds or the end.
func drain(c *call) error {
	s := stream{call: c}
	for {
		if _, err := s.Next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
