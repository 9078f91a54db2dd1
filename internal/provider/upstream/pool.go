package upstream

import (
	"slices"
	"sync"
	"time"
)

// pool keeps idle connections, the one used last on top.
type pool struct {
	max     int           // immutable
	timeout time.Duration // immutable

	// mu guards the block below. Held across memory work only.
	mu     sync.Mutex
	conns  []*conn
	closed bool
	timer  *time.Timer // closes what has been idle too long; nil while nothing is idle
}

// get takes the connection used last and gives it a deadline. It returns nil when there is none that still stands.
func (p *pool) get(deadline time.Time) *conn {
	for {
		p.mu.Lock()
		n := len(p.conns)
		if n == 0 {
			p.mu.Unlock()
			return nil
		}
		c := p.conns[n-1]
		p.conns[n-1] = nil
		p.conns = p.conns[:n-1]
		p.mu.Unlock()
		// The deadline comes first: the one of the call before may have passed, and would fail the look at the socket.
		if c.SetDeadline(deadline) == nil && c.probe.quiet() {
			return c
		}
		c.abort()
	}
}

// put keeps a connection. When there are too many, the one idle longest goes.
func (p *pool) put(c *conn) {
	c.since = time.Now()
	p.mu.Lock()
	surplus := c
	switch {
	case p.closed:
	case len(p.conns) < p.max:
		p.conns, surplus = append(p.conns, c), nil
	default:
		surplus = p.conns[0]
		p.conns = append(slices.Delete(p.conns, 0, 1), c)
	}
	if p.timer == nil && !p.closed {
		p.timer = time.AfterFunc(p.timeout, p.prune)
	}
	p.mu.Unlock()
	if surplus != nil {
		surplus.abort()
	}
}

// prune closes connections that were idle too long, and comes again when the next one will be.
func (p *pool) prune() {
	p.mu.Lock()
	now, old := time.Now(), 0
	for old < len(p.conns) && now.Sub(p.conns[old].since) >= p.timeout {
		old++
	}
	gone := slices.Clone(p.conns[:old])
	p.conns = slices.Delete(p.conns, 0, old)
	switch {
	case p.closed:
	case len(p.conns) > 0:
		p.timer.Reset(p.timeout - now.Sub(p.conns[0].since))
	default:
		p.timer = nil
	}
	p.mu.Unlock()
	for _, c := range gone {
		c.abort()
	}
}

func (p *pool) close() {
	p.mu.Lock()
	gone := p.conns
	p.conns, p.closed = nil, true
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Unlock()
	for _, c := range gone {
		c.abort()
	}
}
