package budget

import (
	"time"

	"github.com/outcrop/outcrop/internal/forecast"
	"github.com/outcrop/outcrop/internal/money"
)

// projection is what is expected of the rest of a period, as seen from one day in it. It depends on the days before
// alone, so that it is made once a day.
type projection struct {
	period Period
	day    dayNumber
	today  float64 // dollars of the whole day
	rest   float64 // of the days behind it
	known  bool    // false when the days before are too few to say
}

// farthest bounds how many days ahead anything is said.
const farthest = 2 * 366

// project looks ahead from a day.
func project(spent *days, p Period, from dayNumber) projection {
	j := projection{period: p, day: from}
	past := spent.within(Period{spent.first.time(), from.time()})
	horizon := int(dayOf(p.End) - from)
	if len(past) == 0 || horizon <= 0 || horizon > farthest {
		return j
	}
	history := make([]float64, from-spent.first) // days behind the last one that had anything had nothing
	for i, a := range past {
		history[i] = max(0, Dollars(a))
	}
	f, err := forecast.Make(history, horizon)
	if err != nil {
		return j
	}
	j.today, j.rest, j.known = f.Mean(forecast.Span{From: 0, To: 1}), f.Mean(forecast.Span{From: 1, To: horizon}), true
	return j
}

// at is what the period will have come to at its end when so much was spent of it by now. Of the day that runs, the part
// that is still to come is expected to be like the day that was foreseen.
func (j *projection) at(spent money.Amount, now time.Time) money.Amount {
	left := 1 - float64(now.Unix()-j.day.time().Unix())/daySeconds
	return spent.Add(fromDollars(j.today*min(max(left, 0), 1) + j.rest))
}

// is reports whether the projection is of a period, seen from a day.
func (j *projection) is(p Period, from dayNumber) bool { return j.period == p && j.day == from }

// outlook is project and at for a moment at which nothing of the period was spent.
func outlook(spent *days, p Period, now time.Time) (money.Amount, bool) {
	j := project(spent, p, dayOf(now))
	return j.at(money.Amount{}, now), j.known
}
