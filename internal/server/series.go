package server

import (
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcrop/outcrop/internal/gateway"
)

// seriesKey is everything a settled call is labelled by.
type seriesKey struct {
	operation, model, system, source, region, outcome, profile string
	streamed                                                   bool // content was streamed
}

// series are the counters of one kind of call, found once: to look up a labelled counter costs more than to count.
type series struct {
	key      seriesKey
	calls    prometheus.Counter
	tokens   [len(tokenClasses)]atomic.Pointer[prometheus.Counter] // made when first counted
	duration prometheus.Observer                                   // nil when nobody served the call
	first    prometheus.Observer                                   // nil when nothing was streamed
	genAI    genAISeries
}

// tokenClasses are the values of the label class.
var tokenClasses = [...]string{"input", "output", "cache_read", "cache_write"}

// seriesCache finds series again. There are as many as of outcrop_calls_total.
type seriesCache struct {
	// mu guards all. Held only across memory work.
	mu       sync.RWMutex
	all      map[seriesKey]*series
	profiles bounded // guarded by its own lock
}

// series are the counters for a call like r.
func (m *Metrics) series(r *gateway.Record) *series {
	k := seriesKey{operation: r.Operation, source: string(r.Source), region: string(r.Region), outcome: outcome(r), streamed: r.FirstContent > 0}
	if t := r.Target; t != nil {
		k.model = t.Model.ID
		if t.System != nil {
			k.system = t.System.ID
		}
		if t.Application != nil {
			k.profile = m.cache.profiles.name(t.Application.ID)
		}
	}
	m.cache.mu.RLock()
	s := m.cache.all[k]
	m.cache.mu.RUnlock()
	if s != nil {
		return s
	}
	return m.newSeries(k, r)
}

// newSeries makes series. Two calls may make the same: they share what counts.
func (m *Metrics) newSeries(k seriesKey, r *gateway.Record) *series {
	s := &series{key: k, calls: m.calls.WithLabelValues(k.operation, k.model, k.source, k.region, k.outcome)}
	if k.region != "" {
		s.duration = m.duration.WithLabelValues(k.operation)
		s.genAI = m.genAI.series(k, r)
	}
	if k.streamed {
		s.first = m.first.WithLabelValues(k.region)
	}
	m.cache.mu.Lock()
	defer m.cache.mu.Unlock()
	if m.cache.all == nil {
		m.cache.all = map[seriesKey]*series{}
	}
	if made := m.cache.all[k]; made != nil {
		return made
	}
	m.cache.all[k] = s
	return s
}

// token is the counter of a class of tokens. A class that is never used has none.
func (m *Metrics) token(s *series, class int) prometheus.Counter {
	if c := s.tokens[class].Load(); c != nil {
		return *c
	}
	c := m.tokens.WithLabelValues(s.key.model, s.key.region, tokenClasses[class])
	s.tokens[class].Store(&c)
	return c
}

// bounded lets so many names through, those that come first, and calls all others "other".
type bounded struct {
	limit int // 0: every name is ""

	// mu guards seen. Held only across memory work.
	mu   sync.RWMutex
	seen map[string]bool
}

func (b *bounded) name(s string) string {
	if b.limit == 0 {
		return ""
	}
	b.mu.RLock()
	known, full := b.seen[s], len(b.seen) >= b.limit
	b.mu.RUnlock()
	if known {
		return s
	}
	if full {
		return "other"
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen == nil {
		b.seen = map[string]bool{}
	}
	if len(b.seen) >= b.limit && !b.seen[s] {
		return "other"
	}
	b.seen[s] = true
	return s
}
