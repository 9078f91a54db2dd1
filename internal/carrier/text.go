package carrier

import (
	"math/big"
	"strings"

	"github.com/outcrop/outcrop/internal/money"
)

// amount is an amount in the budget's measure. Dollars have two decimals, and small sums all that they have.
func (l *letter) amount(a money.Amount) string {
	if l.Figures.Measure != "USD" {
		return a.String() + " " + l.Figures.Measure
	}
	cent, _ := money.Parse("0.01")
	if a.Less(cent) && a.Sign() > 0 {
		return a.String() + " USD"
	}
	return a.Fixed(2) + " USD"
}

// percent is a part of a limit that is not zero, in percent with one decimal at most.
func percent(a, limit money.Amount) (string, bool) {
	of, ok1 := new(big.Rat).SetString(a.String())
	whole, ok2 := new(big.Rat).SetString(limit.String())
	if !ok1 || !ok2 || whole.Sign() == 0 {
		return "", false
	}
	text := of.Quo(of.Mul(of, big.NewRat(100, 1)), whole).FloatString(1)
	return strings.TrimSuffix(text, ".0"), true
}

// cut is a text of at most n characters.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

// plain is a text as subjects of SNS can be: ASCII, on one line, at most 100 characters.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, strings.ReplaceAll(s, "…", "..."))
	const longest = 100
	return s[:min(len(s), longest)]
}
