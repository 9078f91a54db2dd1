package money

import (
	"fmt"
	"math/bits"
)

// Rate is a price: pico-dollars per unit, be it a token, an image or a query. A rate of a million tokens at $3 is
// 3,000,000.
type Rate int64

// The units prices are quoted for.
const (
	PerOne      = 1
	PerThousand = 1_000
	PerMillion  = 1_000_000
)

// Times is the cost of n units. The product of any two int64 fits.
func (r Rate) Times(n int64) Amount {
	hi, lo := bits.Mul64(uint64(r), uint64(n))
	// What Mul64 made of two's complement is too much by the other factor's worth of 2⁶⁴ for each minus.
	hi -= uint64(int64(r)>>63) & uint64(n)
	hi -= uint64(n>>63) & uint64(r)
	return Amount{int64(hi), lo}
}

// MaxRate bounds what ParseRate admits: $1,000 a unit, far above any price and far below what could overflow a sum.
const MaxRate Rate = 1_000 * picoPerUSD

// ParseRate reads a price in dollars for so many units (PerMillion for tokens), such as "0.0375". A price that is no
// whole number of pico-dollars per unit, is negative, or is above MaxRate is an error.
func ParseRate(text string, units int64) (Rate, error) {
	a, err := Parse(text)
	if err != nil {
		return 0, err
	}
	m, negative := a.magnitude()
	if negative {
		return 0, fmt.Errorf("%s is less than nothing", text)
	}
	q, rest := m.div(uint64(units))
	if rest != 0 {
		return 0, fmt.Errorf("%s for %d is finer than a pico-dollar (0.000000000001 USD) for one", text, units)
	}
	if q.hi != 0 || q.lo > uint64(MaxRate) {
		return 0, fmt.Errorf("%s for %d is more than 1000 USD for one", text, units)
	}
	return Rate(q.lo), nil
}

// For is the price of so many units as exact text: Rate(3_000_000).For(PerMillion) is "3".
func (r Rate) For(units int64) string { return r.Times(units).String() }

// Discount is a share in millionths: 12.5 % is 125,000.
type Discount int32

const wholeDiscount = 1_000_000

// ParseDiscount reads a percentage from 0 to 100 with up to four decimals, such as "12.5".
func ParseDiscount(text string) (Discount, error) {
	a, err := Parse(text)
	if err != nil {
		return 0, err
	}
	m, negative := a.magnitude()
	q, rest := m.div(picoPerUSD / (wholeDiscount / 100))
	switch {
	case negative, q.hi != 0, q.lo > wholeDiscount, q.lo == wholeDiscount && rest != 0:
		return 0, fmt.Errorf("%s is no percentage from 0 to 100", text)
	case rest != 0:
		return 0, fmt.Errorf("%s has more than four decimals", text)
	}
	return Discount(q.lo), nil
}

// String is the percentage without its sign: "12.5".
func (d Discount) String() string {
	return Rate(picoPerUSD / (wholeDiscount / 100)).Times(int64(d)).String()
}

// Off is the rate with the discount taken off, rounded as Scale does.
func (r Rate) Off(d Discount) Rate { return r.Scale(int64(wholeDiscount-d), wholeDiscount) }

// Scale is the rate times a fraction of two positive numbers, rounded half to even to a whole pico-dollar. It is the
// one way in which a price is rounded; amounts then follow from prices exactly. A result beyond MaxRate stays there.
func (r Rate) Scale(numerator, denominator int64) Rate {
	m, negative := r.Times(numerator).magnitude()
	n, fits := m.halfEven(uint64(denominator)).amount(negative).Pico()
	if !fits || n > int64(MaxRate) {
		return MaxRate
	}
	return Rate(n)
}
