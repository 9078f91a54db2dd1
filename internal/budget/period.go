package budget

import "time"

// TimeUnit is how long a budget's periods are.
type TimeUnit string

// The units. A custom budget has one period, from its start to its end.
const (
	Daily     TimeUnit = "DAILY"
	Monthly   TimeUnit = "MONTHLY"
	Quarterly TimeUnit = "QUARTERLY"
	Annually  TimeUnit = "ANNUALLY"
	Custom    TimeUnit = "CUSTOM"
)

// Period is a stretch of whole days in UTC. End is not included, and is when the budget renews.
type Period struct{ Start, End time.Time }

// Contains reports whether t is in the period.
func (p Period) Contains(t time.Time) bool { return !t.Before(p.Start) && t.Before(p.End) }

// Days is how many days the period has.
func (p Period) Days() int { return int(dayOf(p.End) - dayOf(p.Start)) }

// begin is the beginning of the unit that t is in.
func (u TimeUnit) begin(t time.Time) time.Time {
	t = t.UTC()
	y, m, d := t.Date()
	switch u {
	case Monthly:
		d = 1
	case Quarterly:
		m, d = (m-1)/3*3+1, 1
	case Annually:
		m, d = time.January, 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// after is the beginning n units behind one that begins at t; n may be negative.
func (u TimeUnit) after(t time.Time, n int) time.Time {
	switch u {
	case Daily:
		return t.AddDate(0, 0, n)
	case Monthly:
		return t.AddDate(0, n, 0)
	case Quarterly:
		return t.AddDate(0, 3*n, 0)
	}
	return t.AddDate(n, 0, 0)
}

// Period is the period that t is in. It reports false when the budget has not begun by then, or has ended. The first
// and the last period may be parts of a unit.
func (d *Definition) Period(t time.Time) (Period, bool) {
	whole := Period{day(d.Start), day(d.End)}
	if !whole.Contains(t) {
		return whole, false
	}
	if d.Unit == Custom {
		return whole, true
	}
	p := Period{Start: d.Unit.begin(t)}
	p.End = d.Unit.after(p.Start, 1)
	if p.Start.Before(whole.Start) {
		p.Start = whole.Start
	}
	if whole.End.Before(p.End) {
		p.End = whole.End
	}
	return p, true
}

// before is the period n units before the one that begins a unit at or before p, whether the budget had begun by then
// or not: what an auto-adjusting limit looks at. A custom budget has none.
func (d *Definition) before(p Period, n int) Period {
	begin := d.Unit.begin(p.Start)
	return Period{d.Unit.after(begin, -n), d.Unit.after(begin, 1-n)}
}

// Forever is the end of a budget that was given none, as AWS has it: 2087-06-15.
func Forever() time.Time { return time.Date(2087, time.June, 15, 0, 0, 0, 0, time.UTC) }

// Beginning is the start of a budget that was given none: that of the unit it is created in.
func (u TimeUnit) Beginning(now time.Time) time.Time { return u.begin(now) }

// day is the beginning of the day that t is in.
func day(t time.Time) time.Time { return Daily.begin(t) }
