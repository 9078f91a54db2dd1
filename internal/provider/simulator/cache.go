package simulator

import (
	"sync"
	"time"

	"github.com/outcrop/outcrop/internal/chat"
)

const (
	// cacheMinimum is the shortest prefix worth caching, in tokens: the least of Anthropic's minima.
	cacheMinimum = 1_024
	// cacheLookback is how many blocks before a cache point an earlier prefix is still found.
	cacheLookback = 20
	// cacheEntries bounds the memory of the prompt cache to a few megabytes; the oldest entry goes first.
	cacheEntries = 16_384

	shortTTL = 5 * time.Minute
	longTTL  = time.Hour
)

// prefixKey is a cached prefix in one deployment.
type prefixKey struct {
	deploymentKey
	digest digest
	tokens int64
}

// lease is how long an entry lives: each use begins it anew.
type lease struct {
	until time.Time
	ttl   time.Duration
}

// promptCache remembers which prefixes were seen at a cache point. It holds no text.
type promptCache struct {
	mu      sync.Mutex
	entries map[prefixKey]lease
	order   []prefixKey // a ring of the keys in entries, oldest at next once it is full
	next    int
}

// look returns what use would return now, and leaves the cache as it is.
func (c *promptCache) look(at deploymentKey, p *prompt, now time.Time) chat.Usage {
	return c.visit(at, p, now, false)
}

// use reads the longest prefix that is still cached, writes the ones that are not, and returns the
// input side of the usage: what was read, what was written for how long, and the rest.
func (c *promptCache) use(at deploymentKey, p *prompt, now time.Time) chat.Usage {
	return c.visit(at, p, now, true)
}

func (c *promptCache) visit(at deploymentKey, p *prompt, now time.Time, keep bool) chat.Usage {
	if len(p.points) == 0 {
		return chat.Usage{Input: p.tokens}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	done := c.longest(at, p, now, keep)
	u := chat.Usage{CacheRead: done}
	for _, point := range p.points {
		m := p.marks[point.mark]
		if m.tokens <= done || m.tokens < cacheMinimum {
			continue
		}
		ttl, written := shortTTL, &u.CacheWrite5m
		if point.ttl == "1h" {
			ttl, written = longTTL, &u.CacheWrite1h
		}
		*written += m.tokens - done
		if keep {
			c.put(prefixKey{at, m.digest, m.tokens}, lease{now.Add(ttl), ttl})
		}
		done = m.tokens
	}
	u.Input = p.tokens - done
	return u
}

// longest returns how many tokens the longest live prefix at or shortly before a cache point has.
// Reading it renews its lease.
func (c *promptCache) longest(at deploymentKey, p *prompt, now time.Time, renew bool) int64 {
	for i := len(p.points) - 1; i >= 0; i-- {
		last := p.points[i].mark
		for j := last; j >= 0 && j >= last-cacheLookback; j-- {
			key := prefixKey{at, p.marks[j].digest, p.marks[j].tokens}
			if entry, ok := c.entries[key]; ok && now.Before(entry.until) {
				if renew {
					c.entries[key] = lease{now.Add(entry.ttl), entry.ttl}
				}
				return key.tokens
			}
		}
	}
	return 0
}

func (c *promptCache) put(key prefixKey, entry lease) {
	if _, ok := c.entries[key]; ok {
		c.entries[key] = entry
		return
	}
	if c.entries == nil {
		c.entries = make(map[prefixKey]lease)
	}
	if len(c.order) < cacheEntries {
		c.order = append(c.order, key)
	} else {
		delete(c.entries, c.order[c.next])
		c.order[c.next] = key
		c.next = (c.next + 1) % cacheEntries
	}
	c.entries[key] = entry
}
