package budget

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

// Advice is what the calls of one profile and model would need, going by those of the past.
type Advice struct {
	Profile string // ARN of the application profile, or id of the cross-region one; empty for the bare model
	Model   string
	Calls   int64
	Days    int // on which there were any
	Spent   money.Amount

	// Monthly is a limit that would have stopped nothing: thirty days like the mean of the busiest seven in a row, and a
	// fifth more.
	Monthly money.Amount
	// Hourly is twice the busiest hour: a breaker for what runs away.
	Hourly money.Amount

	// Output is how long answers were, in tokens: half of them at most Median, 99 of a hundred at most Most99.
	Median, Most99, Longest int64
	// MaxTokens leaves room above Most99: a quarter more, in whole sixty-fours. Calls that ask for no less hold more of a
	// hard budget than they need.
	MaxTokens int64
}

// Advisor learns from calls.
type Advisor struct{ groups map[adviceKey]*past }

type adviceKey struct{ profile, model string }

// past is what one group of calls came to.
type past struct {
	calls   int64
	spent   money.Amount
	days    map[dayNumber]money.Amount
	hours   map[meter.Hour]money.Amount
	lengths map[int64]int64 // how many answers had so many tokens
}

// Add takes in a call.
func (a *Advisor) Add(r *meter.Record) {
	if !r.Outcome.Billable() {
		return
	}
	k := adviceKey{cmp.Or(r.Application.ARN, r.System), r.Model}
	p := a.groups[k]
	if p == nil {
		if a.groups == nil {
			a.groups = map[adviceKey]*past{}
		}
		p = &past{days: map[dayNumber]money.Amount{}, hours: map[meter.Hour]money.Amount{}, lengths: map[int64]int64{}}
		a.groups[k] = p
	}
	day, hour := dayOf(r.At), meter.HourOf(r.At)
	p.calls, p.spent = p.calls+1, p.spent.Add(r.Total)
	p.days[day], p.hours[hour] = p.days[day].Add(r.Total), p.hours[hour].Add(r.Total)
	if n := r.Counts[catalog.Output]; n > 0 && r.Outcome == meter.Succeeded {
		p.lengths[n]++
	}
}

// Advise is the advice for every group, the one that cost most first. Only days before now count as past.
func (a *Advisor) Advise(now time.Time) []Advice {
	list := make([]Advice, 0, len(a.groups))
	for k, p := range a.groups {
		list = append(list, p.advice(k, dayOf(now)))
	}
	slices.SortFunc(list, func(a, b Advice) int {
		return cmp.Or(b.Spent.Cmp(a.Spent), cmp.Compare(a.Profile, b.Profile), cmp.Compare(a.Model, b.Model))
	})
	return list
}

const (
	adviceDays    = 30
	adviceWeek    = 7
	tokensInSteps = 64
)

func (p *past) advice(k adviceKey, today dayNumber) Advice {
	out := Advice{Profile: k.profile, Model: k.model, Calls: p.calls, Days: len(p.days), Spent: p.spent}
	week, days := p.busiestWeek(today)
	out.Monthly = divide(multiply(week, adviceDays*6), days*5)
	for _, a := range p.hours {
		if out.Hourly.Less(a) {
			out.Hourly = a
		}
	}
	out.Hourly = out.Hourly.Add(out.Hourly)
	out.Median, out.Most99, out.Longest = p.quantile(50), p.quantile(99), p.quantile(100)
	if out.Most99 > 0 {
		out.MaxTokens = (out.Most99*5/4 + tokensInSteps) / tokensInSteps * tokensInSteps
	}
	return out
}

// busiestWeek is the most that seven days in a row came to, and how many of them had passed: fewer at the beginning.
func (p *past) busiestWeek(today dayNumber) (most money.Amount, days int64) {
	first := slices.Min(slices.Collect(maps.Keys(p.days)))
	for start := first; start <= max(today-adviceWeek+1, first); start++ {
		var sum money.Amount
		for n := range dayNumber(adviceWeek) {
			sum = sum.Add(p.days[start+n])
		}
		if most.Less(sum) {
			most = sum
		}
	}
	return most, int64(min(adviceWeek, max(1, today-first+1)))
}

// quantile is the length that so many of a hundred answers do not pass.
func (p *past) quantile(percent int64) int64 {
	var all, seen int64
	for _, n := range p.lengths {
		all += n
	}
	for _, length := range slices.Sorted(maps.Keys(p.lengths)) {
		if seen += p.lengths[length]; seen*100 >= all*percent {
			return length
		}
	}
	return 0
}
