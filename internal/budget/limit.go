package budget

import (
	"math/big"
	"time"

	"github.com/outcrop/outcrop/internal/money"
)

// Planned is the limit from a moment on, until the next one begins. The last goes on.
type Planned struct {
	From  time.Time
	Limit money.Amount `json:"limit"`
}

// AutoKind is where an auto-adjusting limit comes from.
type AutoKind string

// Historical is the mean of the periods before, Forecast what the period is expected to come to.
const (
	Historical AutoKind = "HISTORICAL"
	Forecast   AutoKind = "FORECAST"
)

// Auto is a limit that is set anew when a period begins.
type Auto struct {
	Kind    AutoKind `json:"kind"`
	Periods int      `json:"periods,omitzero"` // that Historical looks back at, at least 1
}

// limit is what counts in a period, given what was spent before.
func (d *Definition) limit(p Period, spent *days) money.Amount {
	switch {
	case d.Auto != nil && d.Auto.Kind == Forecast:
		if out, ok := outlook(spent, p, p.Start); ok {
			return out
		}
	case d.Auto != nil && d.Unit != Custom:
		return d.mean(p, spent)
	}
	limit := d.Limit
	for _, next := range d.Planned {
		if !next.From.After(p.Start) || d.Unit.begin(next.From).Equal(d.Unit.begin(p.Start)) {
			limit = next.Limit
		}
	}
	return limit
}

// mean is what the periods before p came to, on average of those that had anything.
func (d *Definition) mean(p Period, spent *days) money.Amount {
	var sum money.Amount
	used := int64(0)
	for n := 1; n <= d.Auto.Periods; n++ {
		if a := spent.sum(d.before(p, n)); !a.IsZero() {
			sum, used = sum.Add(a), used+1
		}
	}
	if used == 0 {
		return d.Limit
	}
	return divide(sum, used)
}

// LookBack is how many of the periods that an auto-adjusting limit looks at had anything, before the one that t is in.
func (s *Status) LookBack() int {
	used := 0
	if d := s.Definition; d.Auto != nil && d.Auto.Kind == Historical && d.Unit != Custom {
		for n := 1; n <= d.Auto.Periods; n++ {
			if a := s.days.sum(d.before(s.Period, n)); !a.IsZero() {
				used++
			}
		}
	}
	return used
}

// divide is a/n, rounded down to a whole pico-dollar.
func divide(a money.Amount, n int64) money.Amount {
	return amountOf(new(big.Int).Div(whole(a), big.NewInt(n)))
}

func multiply(a money.Amount, n int64) money.Amount {
	return amountOf(new(big.Int).Mul(whole(a), big.NewInt(n)))
}

// whole is an amount in pico-dollars.
func whole(a money.Amount) *big.Int {
	hi, lo := a.Words()
	n := new(big.Int).Lsh(big.NewInt(hi), 64)
	return n.Add(n, new(big.Int).SetUint64(lo))
}

// amountOf is the reverse of whole, for what fits.
func amountOf(n *big.Int) money.Amount {
	hi := new(big.Int).Rsh(n, 64)
	lo := new(big.Int).Sub(n, new(big.Int).Lsh(hi, 64))
	return money.FromWords(hi.Int64(), lo.Uint64())
}

// Dollars is an amount as a float, for forecasts and pictures alone.
func Dollars(a money.Amount) float64 {
	f, _ := new(big.Rat).SetFrac(whole(a), big.NewInt(picoPerOne)).Float64()
	return f
}

// fromDollars is the amount nearest to a float that is not negative; huge ones stay at an end.
func fromDollars(f float64) money.Amount {
	const most = 1e15
	n, _ := new(big.Float).Mul(big.NewFloat(min(max(f, 0), most)), big.NewFloat(picoPerOne)).Int(nil)
	return amountOf(n)
}

const picoPerOne = 1_000_000_000_000
