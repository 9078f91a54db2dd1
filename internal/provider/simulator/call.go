package simulator

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/tokens"
)

// call is one call at one deployment, from its arrival to its end.
type call struct {
	at       deploymentKey
	place    *deployment
	pace     tempo  // the deployment's, later by scripted delays
	failure  *Fault // to come inside the answer, or nil
	streamed bool
	clock    clock

	words  *tokens.Vocabulary // of the model's family
	cue    *cue               // what a rule says of the answer, or nil
	answer *answer
	input  chat.Usage

	inside   bool      // admitted and not yet ended
	ends     time.Time // when the call said it would end
	reserved int64     // output tokens that were charged
	produced int64     // output tokens that came
}

// begin takes a chat call up to the point where its answer is known and its time has begun.
func (p *Provider) begin(ctx context.Context, r *provider.Request, streamed bool) (*call, error) {
	c, err := p.arrive(ctx, deploymentKey{r.Region, r.Model})
	if err != nil {
		return nil, err
	}
	c.streamed, c.words = streamed, tokens.For(r.Model)
	prompt, err := read(r.Chat, c.words)
	if err != nil {
		return nil, err
	}
	if c.cue, err = p.scripted(c.at, r, streamed); err != nil {
		return nil, err
	}
	if err := c.follow(); err != nil {
		return nil, err
	}
	if c.answer, err = c.compose(p.seed, prompt, r); err != nil {
		return nil, err
	}
	fresh := p.cache.look(c.at, prompt, c.clock.begun)
	if err := c.admit(fresh.Input+fresh.CacheWrite(), c.answer.reserve(r)); err != nil {
		return nil, err
	}
	c.input = c.metered(p.cache.use(c.at, prompt, c.clock.begun))
	c.input.Output = 0
	return c, nil
}

// arrive finds the deployment and lets its script speak first.
func (p *Provider) arrive(ctx context.Context, at deploymentKey) (*call, error) {
	place := p.deployment(at)
	c := &call{at: at, place: place, pace: tempo{Pace: place.pace}, clock: clock{ctx: ctx, begun: time.Now()}}
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

// follow takes over what a rule says of the call's time and failure. The error is one that comes
// before the answer.
func (c *call) follow() error {
	if c.cue == nil {
		return nil
	}
	c.pace = c.cue.tempo(c.pace.Pace)
	f := c.cue.Error
	if f == nil {
		return nil
	}
	if f.Event == 0 {
		if first := c.cue.FirstToken; first != nil {
			if err := c.clock.until(*first); err != nil {
				return err
			}
		}
		return f.err(c.at.model, false)
	}
	if c.failure == nil {
		c.failure = f
	}
	return nil
}

// admit asks the deployment's gate for room: for the input that is charged, and for an output of at
// most so many tokens. It tells the gate how long the call will really take.
func (c *call) admit(input, output int64) error {
	real := output
	if c.answer != nil {
		real = c.answer.output
	}
	length := c.pace.length(real)
	err := c.place.gate.enter(c.clock.begun, input+output, length)
	c.inside, c.reserved, c.ends = err == nil, output, c.clock.begun.Add(length)
	return err
}

// end gives the room back, once, and with it the tokens that were charged and never came.
func (c *call) end() {
	if c.inside {
		c.inside = false
		c.place.gate.leave(c.ends, max(c.reserved-c.produced, 0))
	}
}

// whole waits for the end of an answer that is not streamed.
func (c *call) whole() error {
	if c.failure != nil || c.pace.byEvent {
		return drain(c)
	}
	err := c.clock.until(c.pace.due(c.answer.output))
	c.produced = c.answer.output
	if err != nil {
		c.produced = min(c.produced, c.pace.come(time.Since(c.clock.begun)))
	}
	return err
}

func (c *call) usage() chat.Usage {
	u := c.input
	u.Output = c.answer.output
	return c.metered(u)
}

// metered is a count, or what a rule says instead.
func (c *call) metered(counted chat.Usage) chat.Usage {
	if c.cue == nil {
		return counted
	}
	return c.cue.Usage.over(counted)
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
