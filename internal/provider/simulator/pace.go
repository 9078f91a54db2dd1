package simulator

import (
	"context"
	"math"
	"time"
)

// due is when the n-th token of an answer comes, counted from its beginning. The first comes after
// FirstToken; so does the end of an answer without tokens. A whole answer is due with its last token.
func (p Pace) due(n int64) time.Duration {
	if p.TokensPerSecond <= 0 || n <= 1 {
		return p.FirstToken
	}
	return p.FirstToken + time.Duration(float64(n-1)/p.TokensPerSecond*float64(time.Second))
}

// come is how many tokens of an endless answer have come so long after its beginning.
func (p Pace) come(after time.Duration) int64 {
	switch {
	case after < p.FirstToken:
		return 0
	case p.TokensPerSecond <= 0:
		return math.MaxInt64
	default:
		return 1 + int64((after-p.FirstToken).Seconds()*p.TokensPerSecond)
	}
}

// clock waits for moments of one answer. It belongs to one call and is not safe for concurrent use.
type clock struct {
	ctx   context.Context // of the call; a stream outlives the function that opened it
	begun time.Time
	timer *time.Timer // nil until the first wait
}

// until waits for a moment counted from the beginning, or returns why the context ended. Time lost
// by a slow reader is made up: what is due comes at once.
func (c *clock) until(after time.Duration) error {
	if err := c.ctx.Err(); err != nil {
		return context.Cause(c.ctx)
	}
	if after <= 0 {
		return nil
	}
	left := after - time.Since(c.begun)
	if left <= 0 {
		return nil
	}
	if c.timer == nil {
		c.timer = time.NewTimer(left)
	} else {
		c.timer.Reset(left)
	}
	select {
	case <-c.timer.C:
		return nil
	case <-c.ctx.Done():
		c.timer.Stop()
		return context.Cause(c.ctx)
	}
}
