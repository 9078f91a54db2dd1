package budget

import (
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

// Counter says what each line of the ledger's sums counts in a budget, so that it can be told who spends it. It reports
// false when there is no such budget.
func (p *Pool) Counter(k Key) (count func(*meter.Subject, *meter.Line) money.Amount, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entries[k]
	if e == nil {
		return nil, false
	}
	return func(s *meter.Subject, l *meter.Line) money.Amount {
		if !p.sees(e, s.Account) || !e.filter.test(s) {
			return money.Amount{}
		}
		return e.line(l)
	}, true
}
