package money

import (
	"database/sql/driver"
	"fmt"
	"math/bits"
	"strings"
)

// places is how many decimals an amount has.
const places = 12

// explorerPlaces is how many decimals Cost Explorer shows at most.
const explorerPlaces = 10

// maxWhole bounds the dollars that Parse admits, to below 10¹⁵.
const maxWhole = 15

// Parse reads dollars in decimal text: "12", "-0.5", "0.0000002500". It refuses signs other than a minus, exponents,
// bare points, amounts of 10¹⁵ dollars and more, and what is finer than a pico-dollar.
func Parse(text string) (Amount, error) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, pointed := strings.Cut(digits, ".")
	if !decimal(whole) || pointed && !decimal(fraction) {
		return Amount{}, fmt.Errorf("%s is no decimal number, such as 0.25", shown(text))
	}
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if len(whole) > maxWhole {
		return Amount{}, fmt.Errorf("%s is too much: amounts stay below 1000000000000000 USD", shown(text))
	}
	if len(fraction) > places {
		return Amount{}, fmt.Errorf("%s has more than %d decimals", shown(text), places)
	}
	// Fifteen digits in front of the point and twelve behind it: each fits a word.
	hi, lo := bits.Mul64(number(whole), picoPerUSD)
	lo, carry := bits.Add64(lo, number(fraction)*powerOfTen(places-len(fraction)), 0)
	return magnitude{hi + carry, lo}.amount(negative), nil
}

// shown quotes what was written, shortened to what a line of an error can hold.
func shown(text string) string {
	const most = 40
	if len(text) > most {
		return fmt.Sprintf("%q…", text[:most])
	}
	return fmt.Sprintf("%q", text)
}

func decimal(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// number is the value of up to nineteen digits.
func number(digits string) (n uint64) {
	for i := range len(digits) {
		n = n*10 + uint64(digits[i]-'0')
	}
	return n
}

func powerOfTen(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// String is the exact amount in dollars without idle zeros: "0.00000025", "12", "-0.5".
func (a Amount) String() string { return string(a.Append(make([]byte, 0, maxText))) }

// Append appends what String returns.
func (a Amount) Append(b []byte) []byte { return a.append(b, places, true) }

// Explorer is the amount as Cost Explorer shows it: at most ten decimals, rounded half to even, without idle zeros.
func (a Amount) Explorer() string { return string(a.AppendExplorer(make([]byte, 0, maxText))) }

// AppendExplorer appends what Explorer returns.
func (a Amount) AppendExplorer(b []byte) []byte { return a.append(b, explorerPlaces, true) }

// Fixed is the amount with exactly so many decimals, from 0 to 12, rounded half to even: Fixed(10) of a quarter of a
// micro-dollar is "0.0000002500".
func (a Amount) Fixed(decimals int) string {
	return string(a.append(make([]byte, 0, maxText), min(max(decimals, 0), places), false))
}

// maxText is longer than the text of any amount: a minus, 27 digits in front of the point and 12 behind it.
const maxText = 48

// append writes the digits from the last to the first.
func (a Amount) append(b []byte, decimals int, trim bool) []byte {
	m, negative := a.magnitude()
	m = m.halfEven(powerOfTen(places - decimals))
	var text [maxText]byte
	at := len(text)
	for i := 0; m != (magnitude{}) || i <= decimals; i++ {
		var digit uint64
		m, digit = m.div(10)
		if i == decimals && decimals > 0 && at < len(text) {
			at--
			text[at] = '.'
		}
		if trim && digit == 0 && i < decimals && at == len(text) {
			continue
		}
		at--
		text[at] = '0' + byte(digit)
	}
	if negative && !allZero(text[at:]) {
		b = append(b, '-')
	}
	return append(b, text[at:]...)
}

// allZero reports whether rounding has left nothing, so that a minus would be odd.
func allZero(text []byte) bool {
	for _, c := range text {
		if c != '0' && c != '.' {
			return false
		}
	}
	return true
}

// Quantity is count/scale as exact text without idle zeros, for counts that are quoted in thousands or millions.
// The scale is a power of ten up to 10¹².
func Quantity(count, scale int64) string {
	return Rate(picoPerUSD / scale).Times(count).String()
}

// MarshalText is String, which is also the form in JSON.
func (a Amount) MarshalText() ([]byte, error) { return a.Append(nil), nil }

// UnmarshalText is Parse.
func (a *Amount) UnmarshalText(b []byte) (err error) {
	parsed, err := Parse(string(b))
	if err == nil {
		*a = parsed
	}
	return err
}

// Value is the amount in SQL: exact text.
func (a Amount) Value() (driver.Value, error) { return a.String(), nil }

// Scan reads what Value wrote. A number that is not text is refused: a float would already have lost digits.
func (a *Amount) Scan(v any) error {
	switch v := v.(type) {
	case string:
		return a.UnmarshalText([]byte(v))
	case []byte:
		return a.UnmarshalText(v)
	}
	return fmt.Errorf("cannot read an amount from a %T, only from text", v)
}
