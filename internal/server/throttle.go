package server

import (
	"sync"
	"time"
)

// throttle lets one event a key through every interval and counts the others.
type throttle struct {
	every time.Duration

	// mu guards seen. Held only across memory work.
	mu   sync.Mutex
	seen map[string]*quiet
}

type quiet struct {
	until   time.Time
	dropped int
}

// maxQuiet bounds the keys remembered; past it all are forgotten, and a few lines are let through early.
const maxQuiet = 1024

// allow reports whether an event may be shown now, and how many like it were not since the last one.
func (t *throttle) allow(key string, now time.Time) (dropped int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.seen[key]
	if q == nil {
		if t.seen == nil || len(t.seen) >= maxQuiet {
			t.seen = make(map[string]*quiet)
		}
		q = &quiet{}
		t.seen[key] = q
	}
	if now.Before(q.until) {
		q.dropped++
		return 0, false
	}
	dropped, q.dropped = q.dropped, 0
	q.until = now.Add(t.every)
	return dropped, true
}
