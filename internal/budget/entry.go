package budget

import (
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

// entry is one budget in a Pool, which guards it.
type entry struct {
	def     *Definition
	names   *meter.Names
	filter  filter
	enforce Enforcement
	rate    money.Amount // dollars an hour; zero for no breaker

	spent  days
	window window // kept only with a rate
	ahead  projection

	live bool    // it is loaded, and stops calls
	now  figures // of the period that was asked about last
	// refused counts the calls that were turned away.
	refused int64
}

// figures are those of one period.
type figures struct {
	period Period
	begin  int64 // the period in seconds since 1970, for the way of a call
	end    int64
	limit  money.Amount
	margin money.Amount // by which it may be overspent
	spent  money.Amount
	held   money.Amount // by running calls
	gap    money.Amount // what running calls may cost beyond what they hold
	likely money.Amount // what running calls will probably cost, for the breaker
	calls  int          // that run
}

// has reports whether a moment is in the period; nothing is in that of zero figures.
func (f *figures) has(t time.Time) bool {
	s := t.Unix()
	return f.begin <= s && s < f.end
}

// newEntry compiles a definition that has passed Check.
func newEntry(d *Definition, names *meter.Names) (*entry, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	e := &entry{def: d, names: names}
	wanted, err := d.expression()
	if err != nil {
		return nil, err
	}
	if e.filter, err = compile(wanted); err != nil {
		return nil, err
	}
	e.enforce, _ = d.Enforcement()
	e.rate, _ = d.Rate()
	return e, nil
}

// stops reports whether the budget may refuse calls.
func (e *entry) stops() bool { return e.enforce != Soft || !e.rate.IsZero() }

// matches says which classes of a subject's usage the budget is about. The usage type of the subject is changed.
func (e *entry) matches(s *meter.Subject, u *meter.Usage) (of classes) {
	if !e.filter.byClass {
		if !e.filter.test(s) {
			return 0
		}
		return e.inMeasure(u.Model)
	}
	for c := range catalog.Class(catalog.Classes) {
		s.UsageType = e.names.UsageType(u, c)
		if e.filter.test(s) {
			of |= 1 << c
		}
	}
	s.UsageType = ""
	return of & e.inMeasure(u.Model)
}

// inMeasure are the classes that the budget's measure counts.
func (e *entry) inMeasure(model string) (of classes) {
	if e.def.Kind == Cost {
		return allClasses
	}
	for c := range catalog.Class(catalog.Classes) {
		if e.quantity(model, c) > 0 {
			of |= 1 << c
		}
	}
	return of
}

// quantity is what one of a class counts in a usage budget, in its measure: 0 when its unit is another one.
func (e *entry) quantity(model string, c catalog.Class) money.Rate {
	if e.def.Measure == Tokens {
		if c == catalog.Images || c == catalog.SearchQueries {
			return 0
		}
		return picoPerOne
	}
	if u := e.names.Unit(model, c); u.Name == e.def.Measure {
		return picoPerOne / money.Rate(max(1, u.Scale))
	}
	return 0
}

// price is what the budget counts of a call.
func (e *entry) price(d *Demand, of classes) price {
	if e.def.Kind == Cost {
		return priceOf(&d.Rates, of)
	}
	var quantities meter.Rates
	for c := range catalog.Class(catalog.Classes) {
		quantities[c] = e.quantity(d.Model, c)
	}
	return priceOf(&quantities, of)
}

// line is what one line of the ledger's sums counts in the budget.
func (e *entry) line(l *meter.Line) money.Amount {
	if e.def.Kind == Cost {
		return l.Cost
	}
	return e.quantity(l.Model, l.Class).Times(l.Count)
}

// remaining is what is neither spent nor held. It is negative when the limit has been lowered.
func (e *entry) remaining() money.Amount { return e.now.limit.Sub(e.now.spent).Sub(e.now.held) }

// turn makes the figures those of the period that t is in. It reports false when t is before the budget's start or
// behind its end.
func (p *Pool) turn(e *entry, t time.Time) bool {
	if e.now.has(t) {
		return true
	}
	period, ok := e.def.Period(t)
	if !ok {
		return false
	}
	e.now = figures{period: period, begin: period.Start.Unix(), end: period.End.Unix(), limit: e.def.limit(period, &e.spent), spent: e.spent.sum(period)}
	if e.enforce == Adaptive {
		e.now.margin = Margin(e.now.limit)
	}
	for _, ticket := range p.open {
		if h := ticket.hold(e); h != nil && period.Contains(ticket.demand.At) {
			e.now.take(h)
		}
	}
	return true
}

// take counts a hold, drop takes it away again.
func (f *figures) take(h *hold) {
	f.held, f.gap, f.likely, f.calls = f.held.Add(h.amount), f.gap.Add(h.gap), f.likely.Add(h.likely), f.calls+1
}

func (f *figures) drop(h *hold) {
	f.held, f.gap, f.likely, f.calls = f.held.Sub(h.amount), f.gap.Sub(h.gap), f.likely.Sub(h.likely), f.calls-1
}

// charge counts what was spent by a call.
func (e *entry) charge(at, now time.Time, a money.Amount) {
	e.spent.add(dayOf(at), a)
	if e.now.has(at) {
		e.now.spent = e.now.spent.Add(a)
	}
	if !e.rate.IsZero() {
		e.window.add(now, a)
	}
}
