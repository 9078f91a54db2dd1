package budget

import (
	"bytes"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/meter"
)

// Pool is every budget with what is spent and held of it. One lock guards all of it: a call is reserved over every
// budget that it concerns in one step, so that no two calls can take the same money, and none is refused because of one
// that is refused itself. It is held for about a microsecond.
type Pool struct {
	management arn.Account
	names      *meter.Names

	mu      sync.Mutex
	entries map[Key]*entry
	loading map[*Loading]bool
	index   index
	open    map[string]*Ticket // by request id
	lengths lengths
	refused int64
}

// New makes a pool without budgets. The management account's budgets see the usage of all accounts.
func New(management arn.Account, names *meter.Names) *Pool {
	return &Pool{
		management: management, names: names,
		entries: map[Key]*entry{}, loading: map[*Loading]bool{}, open: map[string]*Ticket{}, lengths: lengths{},
	}
}

// Replace puts a definition in place of one with the same key whose usage is the same, so that what was spent is known
// already. It reports false, and changes nothing, when the past must be read first: see Expect. The error is what is
// wrong with the definition.
func (p *Pool) Replace(d *Definition) (bool, error) {
	e, err := newEntry(d, p.names)
	if err != nil {
		return false, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.entries[d.Key]
	if old == nil || !old.def.SameUsage(d) {
		return false, nil
	}
	e.spent, e.window, e.refused = old.spent, old.window, old.refused
	p.swap(e)
	p.reindex()
	return true, nil
}

// SameUsage reports whether another definition of the same budget counts what this one counts, so that what was spent is
// known.
func (d *Definition) SameUsage(next *Definition) bool {
	if next.Unit == Custom && next.Start.Before(d.Start) { // longer ago than was read
		return false
	}
	_, before := d.Tags[RateTag]
	_, breaks := next.Tags[RateTag]
	return d.Kind == next.Kind && d.Measure == next.Measure && (before || !breaks) &&
		sameJSON(d.Filter, next.Filter) && sameJSON(d.CostFilters, next.CostFilters)
}

// Remove forgets a budget. Calls that hold something of it go on.
func (p *Pool) Remove(k Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.entries[k]
	if old == nil {
		return
	}
	delete(p.entries, k)
	for _, t := range p.open {
		t.forget(old)
	}
	p.reindex()
}

// swap puts e in place of the budget with its key, and in all calls that run.
func (p *Pool) swap(e *entry) {
	old := p.entries[e.def.Key]
	p.entries[e.def.Key], e.live = e, true
	for _, t := range p.open {
		if old != nil {
			t.forget(old)
		}
		if t.hold(e) == nil {
			t.meet(e)
		}
	}
	e.now = figures{}
}

// reindex makes the index anew. Budgets that are being loaded are in it: they count, and stop nothing yet.
func (p *Pool) reindex() {
	p.index = newIndex(p.management, p.entries)
	for l := range p.loading {
		for _, e := range l.entries {
			p.index.put(e)
		}
	}
}

// Loading is budgets whose past is being read.
type Loading struct {
	pool    *Pool
	entries []*entry
	past    []days
	hour    []window
}

// Expect begins to count calls for new definitions, from now on; what was before is read into the Loading, and Install
// puts both together. The definitions must have passed Check.
func (p *Pool) Expect(definitions ...*Definition) (*Loading, error) {
	l := &Loading{pool: p, past: make([]days, len(definitions)), hour: make([]window, len(definitions))}
	for _, d := range definitions {
		e, err := newEntry(d, p.names)
		if err != nil {
			return nil, err
		}
		l.entries = append(l.entries, e)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loading[l] = true
	for _, e := range l.entries {
		for _, t := range p.open {
			t.meet(e)
		}
	}
	p.reindex()
	return l, nil
}

// sees reports whether a budget counts the usage of an account at all.
func (p *Pool) sees(e *entry, a arn.Account) bool {
	return e.def.Account == a || e.def.Account == p.management
}

// Line takes in what the ledger has of one day under one key.
func (l *Loading) Line(at time.Time, s *meter.Subject, line *meter.Line) {
	for i, e := range l.entries {
		if l.pool.sees(e, s.Account) && e.filter.test(s) {
			l.past[i].add(dayOf(at), e.line(line))
		}
	}
}

// Record takes in a call of the last hour, for budgets that limit what an hour may cost. Calls come in any order.
func (l *Loading) Record(r *meter.Record, now time.Time) {
	d := l.pool.names.Common(&r.Usage)
	s := meter.Subject{Dimensions: &d, Call: &r.Usage, Payer: l.pool.management}
	for i, e := range l.entries {
		if e.rate.IsZero() || !l.pool.sees(e, s.Account) {
			continue
		}
		if of := e.matches(&s, &r.Usage); of != 0 {
			l.hour[i].turn(now)
			l.hour[i].put(settledAt(r), counted(e, r, of))
		}
	}
}

// Breaks reports whether some of the budgets limit what an hour may cost.
func (l *Loading) Breaks() bool {
	for _, e := range l.entries {
		if !e.rate.IsZero() {
			return true
		}
	}
	return false
}

// Install brings the budgets into force.
func (l *Loading) Install() {
	p := l.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.loading, l)
	for i, e := range l.entries {
		e.spent.merge(&l.past[i])
		e.window.merge(&l.hour[i])
		p.swap(e)
	}
	p.reindex()
}

// Abandon forgets budgets that could not be loaded. After Install it does nothing.
func (l *Loading) Abandon() {
	p := l.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.loading[l] {
		return
	}
	delete(p.loading, l)
	for _, e := range l.entries {
		for _, t := range p.open {
			t.forget(e)
		}
	}
	p.reindex()
}

// sameJSON reports whether two parts of definitions are stored alike.
func sameJSON(a, b any) bool {
	one, err := json.Marshal(a, json.Deterministic(true))
	other, err2 := json.Marshal(b, json.Deterministic(true))
	return err == nil && err2 == nil && bytes.Equal(one, other)
}
