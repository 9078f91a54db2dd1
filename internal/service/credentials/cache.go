package credentials

import (
	"sync"
	"sync/atomic"
)

// maxOpened is how many sessions are remembered, about 1 kB each without policies of their own and 12 kB at most.
const maxOpened = 4096

// cache remembers opened tokens. When it is full the next one takes the place of one that was not asked for since the
// hand last came by, so that what is in use stays.
type cache struct {
	mu      sync.RWMutex // guards all fields; held across memory work only
	entries map[string]*entry
	clock   []*entry
	hand    int
}

type entry struct {
	token  string
	opened *opened
	used   atomic.Bool
}

func (c *cache) get(token string) (*opened, bool) {
	c.mu.RLock()
	e, ok := c.entries[token]
	c.mu.RUnlock()
	if !ok {
		return nil, false
	}
	if !e.used.Load() {
		e.used.Store(true)
	}
	return e.opened, true
}

// put remembers a token, and returns what is remembered: of two who open the same one at the same time the first
// counts for both.
func (c *cache) put(token string, o *opened) *opened {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[token]; ok {
		return e.opened
	}
	if c.entries == nil {
		c.entries = make(map[string]*entry)
	}
	e := &entry{token: token, opened: o}
	c.entries[token] = e
	if len(c.clock) < maxOpened {
		c.clock = append(c.clock, e)
		return o
	}
	for c.clock[c.hand].used.Swap(false) {
		c.hand = (c.hand + 1) % maxOpened
	}
	delete(c.entries, c.clock[c.hand].token)
	c.clock[c.hand] = e
	c.hand = (c.hand + 1) % maxOpened
	return o
}
