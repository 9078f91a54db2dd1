package meter

import (
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/money"
)

// Price says what a call cost by the version of the book in force at a moment, which is its own but for trials. It does
// not allocate. What a call that is not Billable used costs nothing.
func Price(book *catalog.Book, u *Usage, at time.Time) Charge {
	counts, _ := u.Counts.Sane()
	q := book.Find(u.key(counts.Prompt(), at))
	c := Charge{Version: q.Version}
	if !u.Outcome.Billable() {
		return c
	}
	for class, n := range counts {
		if n == 0 {
			continue
		}
		rate := q.Rates[class]
		switch {
		case rate.Known:
			c.Approximate = q.Approximate
		case q.Assume != nil && q.Assume[class].Known:
			rate, c.Assumed = q.Assume[class], true
		default:
			c.Unpriced = true
		}
		c.Costs[class] = money.Rate(rate.Pico).Times(n)
		c.Total = c.Total.Add(c.Costs[class])
	}
	return c
}

// PriceKey is what decides the price of the call.
func (u *Usage) PriceKey(at time.Time) catalog.PriceKey {
	counts, _ := u.Counts.Sane()
	return u.key(counts.Prompt(), at)
}

func (u *Usage) key(prompt int64, at time.Time) catalog.PriceKey {
	return catalog.PriceKey{Model: u.Model, Profile: u.System, Source: u.Source, Tier: u.Tier, Prompt: prompt, At: at}
}

// Refuse is the error for a call whose model has no known price while the policy demands one, or nil.
func Refuse(book *catalog.Book, k catalog.PriceKey) error {
	if !book.Refuses(k) {
		return nil
	}
	return fault.New(fault.AccessDenied, "No price is known for %s, and calls without a price are not allowed here. "+
		"The operator can add one under prices.overrides, or set prices.unknown to flag or assume.", k.Model)
}

// Reprice is the charge of a settled call by the book as it is now, and whether that differs from what was charged.
func Reprice(book *catalog.Book, r *Record) (Charge, bool) {
	now := Price(book, &r.Usage, r.At)
	return now, now != r.Charge
}
