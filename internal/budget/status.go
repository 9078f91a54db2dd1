package budget

import (
	"slices"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/money"
)

// Status is a budget at a moment.
type Status struct {
	Definition *Definition
	Enforcement
	Period Period
	Active bool // the moment is in a period of the budget

	Limit   money.Amount
	Spent   money.Amount
	Held    money.Amount // by running calls
	Calls   int          // that run
	Beyond  money.Amount // what running calls may cost beyond what they hold
	Refused int64        // calls that were turned away since the start

	Forecast money.Amount // of the whole period
	Foreseen bool         // there is a forecast

	Rate     money.Amount // dollars that an hour may cost; zero for any
	LastHour money.Amount // kept only with a rate

	days *days
}

// History is what was spent in each period up to the one of the status, the newest first: at most n of them, and none
// from before the first day that anything is known of or the budget's start.
func (s *Status) History(n int) (list []Sum) {
	d := s.Definition
	if !s.Active {
		return nil
	}
	for at := s.Period; len(list) < n; {
		list = append(list, Sum{at, d.limit(at, s.days), s.days.sum(at)})
		before, ok := d.Period(at.Start.Add(-time.Second))
		if !ok || len(s.days.amounts) == 0 || dayOf(before.End) <= s.days.first {
			break
		}
		at = before
	}
	return list
}

// Sum is what a period came to.
type Sum struct {
	Period
	Limit, Spent money.Amount
}

// Daily is what was spent on each day of the status's period up to today.
func (s *Status) Daily(now time.Time) []money.Amount {
	end := min(dayOf(s.Period.End), dayOf(now)+1)
	list := make([]money.Amount, max(0, end-dayOf(s.Period.Start)))
	for i := range list {
		n := dayOf(s.Period.Start) + dayNumber(i)
		list[i] = s.days.sum(Period{n.time(), (n + 1).time()})
	}
	return list
}

// Status is how a budget stands, with its past. It reports false when there is no such budget.
func (p *Pool) Status(k Key, now time.Time) (Status, bool) { return p.see(k, now, true, true) }

// Look is Status without the past, and without a forecast that nobody asks for: for whoever looks at all budgets often.
func (p *Pool) Look(k Key, now time.Time, foresee bool) (Status, bool) {
	return p.see(k, now, false, foresee)
}

func (p *Pool) see(k Key, now time.Time, past, foresee bool) (Status, bool) {
	p.mu.Lock()
	e := p.entries[k]
	if e == nil {
		p.mu.Unlock()
		return Status{}, false
	}
	s, ahead := p.status(e, now), e.ahead
	current := ahead.is(s.Period, dayOf(now))
	stale := foresee && s.Active && !current
	if past || stale {
		s.days = e.spent.clone()
	}
	p.mu.Unlock()
	if stale {
		ahead = project(s.days, s.Period, dayOf(now)) // it takes milliseconds: nobody waits for it with the lock
		p.mu.Lock()
		e.ahead = ahead
		p.mu.Unlock()
	}
	if s.Active && (current || stale) && ahead.known {
		s.Forecast, s.Foreseen = ahead.at(s.Spent, now), true
	}
	return s, true
}

func (p *Pool) status(e *entry, now time.Time) Status {
	s := Status{Definition: e.def, Enforcement: e.enforce, Refused: e.refused, Rate: e.rate}
	if s.Active = p.turn(e, now); !s.Active {
		s.Period, _ = e.def.Period(now)
		return s
	}
	f := &e.now
	s.Period, s.Limit, s.Spent, s.Held, s.Calls, s.Beyond = f.period, f.limit, f.spent, f.held, f.calls, f.gap
	if !e.rate.IsZero() {
		e.window.turn(now)
		s.LastHour = e.window.sum
	}
	return s
}

// Refused is how many calls were turned away since the start.
func (p *Pool) Refused() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refused
}

// Keys are the budgets of an account, or of all for the empty one, by name.
func (p *Pool) Keys(of arn.Account) []Key {
	p.mu.Lock()
	defer p.mu.Unlock()
	var keys []Key
	for k := range p.entries {
		if of == "" || k.Account == of {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, Key.compare)
	return keys
}

func (k Key) compare(o Key) int {
	if c := strings.Compare(string(k.Account), string(o.Account)); c != 0 {
		return c
	}
	return strings.Compare(k.Name, o.Name)
}

// Reservation is what one running call holds of one budget.
type Reservation struct {
	Budget    Key
	RequestID string
	Account   arn.Account
	Principal string
	Model     string
	Profile   string // ARN of the application profile
	Since     time.Time
	Held      money.Amount
	Measure   string
	Output    int64 // tokens of the answer that are held
}

// Reservations are what running calls hold of an account's budgets, or of all for the empty one, the oldest first.
func (p *Pool) Reservations(of arn.Account) []Reservation {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []Reservation
	for _, t := range p.open {
		for i := range t.holds {
			h := &t.holds[i]
			if h.entry.enforce == Soft || of != "" && h.entry.def.Account != of {
				continue
			}
			d := &t.demand
			list = append(list, Reservation{
				Budget: h.entry.def.Key, RequestID: d.RequestID, Account: d.Account, Principal: d.Principal, Model: d.Model,
				Profile: d.Application.ARN, Since: d.At, Held: h.amount, Measure: h.entry.def.Measure, Output: h.output,
			})
		}
	}
	slices.SortFunc(list, func(a, b Reservation) int {
		if c := a.Since.Compare(b.Since); c != 0 {
			return c
		}
		if c := strings.Compare(a.RequestID, b.RequestID); c != 0 {
			return c
		}
		return a.Budget.compare(b.Budget)
	})
	return list
}

// Open is how many calls hold something of a budget that stops calls, and since when the oldest does.
func (p *Pool) Open() (calls int, oldest time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.open {
		for i := range t.holds {
			if t.holds[i].entry.enforce == Soft {
				continue
			}
			if calls++; oldest.IsZero() || t.demand.At.Before(oldest) {
				oldest = t.demand.At
			}
			break
		}
	}
	return calls, oldest
}
