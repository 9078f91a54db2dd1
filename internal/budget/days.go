package budget

import (
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/money"
)

// dayNumber counts days since 1970, UTC.
type dayNumber int32

const daySeconds = 24 * 60 * 60

func dayOf(t time.Time) dayNumber {
	s := t.Unix()
	n := s / daySeconds
	if s%daySeconds < 0 {
		n--
	}
	return dayNumber(n)
}

func (n dayNumber) time() time.Time { return time.Unix(int64(n)*daySeconds, 0).UTC() }

// days is what was spent on each day: what every period, limit and forecast is made from.
type days struct {
	first   dayNumber
	amounts []money.Amount // of first and the days behind it
}

// maxGap bounds how far apart the days may be that are kept: a clock that says 2400 must not fill the memory.
const maxGap = 20 * 366

// add adds to a day.
func (d *days) add(n dayNumber, a money.Amount) {
	switch {
	case len(d.amounts) == 0:
		d.first = n
	case n < d.first-maxGap || n > d.first+dayNumber(len(d.amounts))+maxGap:
		return
	case n < d.first:
		d.amounts = slices.Insert(d.amounts, 0, make([]money.Amount, d.first-n)...)
		d.first = n
	}
	at := int(n - d.first)
	for len(d.amounts) <= at {
		d.amounts = append(d.amounts, money.Amount{})
	}
	d.amounts[at] = d.amounts[at].Add(a)
}

// merge adds all days of other.
func (d *days) merge(other *days) {
	for i, a := range other.amounts {
		if !a.IsZero() {
			d.add(other.first+dayNumber(i), a)
		}
	}
}

// sum is what was spent in a period.
func (d *days) sum(p Period) (sum money.Amount) {
	for _, a := range d.within(p) {
		sum = sum.Add(a)
	}
	return sum
}

// within are the amounts of a period's days, without those before the first and behind the last there is.
func (d *days) within(p Period) []money.Amount {
	n := dayNumber(len(d.amounts))
	from := min(max(dayOf(p.Start)-d.first, 0), n)
	to := min(max(dayOf(p.End)-d.first, from), n)
	return d.amounts[from:to]
}

func (d *days) clone() *days { return &days{d.first, slices.Clone(d.amounts)} }
