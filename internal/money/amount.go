// Package money holds exact prices and amounts of US dollars: integers of pico-dollars (10⁻¹² USD), never floats.
//
// A Rate is an int64 per unit: a micro-dollar per million tokens is one pico-dollar per token, so every published price
// is whole, and the largest rate ($9.2 million a token) is beyond any price. An Amount has 128 bits, because int64 ends
// at $9.2 million. The product of any Rate and any count is below 2¹²⁶; a sum of amounts as Parse admits them
// (below 10¹⁵ USD) needs 10¹¹ terms to leave the range, and then stays at its end instead of wrapping round.
package money

import (
	"math"
	"math/bits"
)

// Amount is a number of pico-dollars, also a negative one. The zero value is no money. Amounts can be compared with ==
// and be keys of maps.
type Amount struct {
	hi int64 // two's complement over both words
	lo uint64
}

// Pico is n pico-dollars.
func Pico(n int64) Amount { return Amount{n >> 63, uint64(n)} }

// Cents is n hundredths of a dollar.
func Cents(n int64) Amount { return Rate(picoPerCent).Times(n) }

const (
	picoPerUSD  = 1_000_000_000_000
	picoPerCent = picoPerUSD / 100
)

// The ends of the range, at which sums stay.
var (
	highest = Amount{math.MaxInt64, math.MaxUint64}
	lowest  = Amount{math.MinInt64, 0}
)

// Add is a + b.
func (a Amount) Add(b Amount) Amount {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(uint64(a.hi), uint64(b.hi), carry)
	sum := Amount{int64(hi), lo}
	if (a.hi^sum.hi)&(b.hi^sum.hi) < 0 { // both operands have one sign and the sum has the other
		return a.end()
	}
	return sum
}

// Sub is a - b.
func (a Amount) Sub(b Amount) Amount {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(uint64(a.hi), uint64(b.hi), borrow)
	diff := Amount{int64(hi), lo}
	if (a.hi^b.hi)&(a.hi^diff.hi) < 0 {
		return a.end()
	}
	return diff
}

// end is the end of the range on a's side.
func (a Amount) end() Amount {
	if a.hi < 0 {
		return lowest
	}
	return highest
}

// Neg is -a.
func (a Amount) Neg() Amount { return Amount{}.Sub(a) }

// Cmp is -1, 0 or +1 as a is less than, equal to or more than b.
func (a Amount) Cmp(b Amount) int {
	switch {
	case a == b:
		return 0
	case a.hi < b.hi, a.hi == b.hi && a.lo < b.lo:
		return -1
	}
	return 1
}

// Less reports whether a is less than b.
func (a Amount) Less(b Amount) bool { return a.Cmp(b) < 0 }

// IsZero reports whether there is no money at all.
func (a Amount) IsZero() bool { return a == Amount{} }

// Sign is -1, 0 or +1.
func (a Amount) Sign() int { return a.Cmp(Amount{}) }

// Pico is the number of pico-dollars. It reports false when that is no int64: beyond 9.2 million dollars.
func (a Amount) Pico() (int64, bool) {
	n := int64(a.lo)
	return n, a.hi == n>>63
}

// Words are the two halves of the 128-bit number, for codecs that store it as it is.
func (a Amount) Words() (hi int64, lo uint64) { return a.hi, a.lo }

// FromWords is the amount that Words took apart.
func FromWords(hi int64, lo uint64) Amount { return Amount{hi, lo} }

// magnitude is the absolute value and whether there was a minus.
func (a Amount) magnitude() (m magnitude, negative bool) {
	if a.hi >= 0 {
		return magnitude{uint64(a.hi), a.lo}, false
	}
	lo, borrow := bits.Sub64(0, a.lo, 0)
	hi, _ := bits.Sub64(0, uint64(a.hi), borrow)
	return magnitude{hi, lo}, true
}

// magnitude is an unsigned number of 128 bits.
type magnitude struct{ hi, lo uint64 }

// amount puts the sign back.
func (m magnitude) amount(negative bool) Amount {
	a := Amount{int64(m.hi), m.lo}
	if negative {
		return a.Neg()
	}
	return a
}

// div is the quotient and the rest of a division by d.
func (m magnitude) div(d uint64) (q magnitude, rest uint64) {
	q.hi, rest = m.hi/d, m.hi%d
	q.lo, rest = bits.Div64(rest, m.lo, d)
	return q, rest
}

// next is m+1.
func (m magnitude) next() magnitude {
	lo, carry := bits.Add64(m.lo, 1, 0)
	return magnitude{m.hi + carry, lo}
}

// halfEven divides by d and rounds to the nearest whole number, to the even one of two that are as near.
func (m magnitude) halfEven(d uint64) magnitude {
	q, rest := m.div(d)
	if half := d - rest; rest > half || rest == half && q.lo&1 == 1 {
		return q.next()
	}
	return q
}
