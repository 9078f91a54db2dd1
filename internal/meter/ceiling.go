package meter

import (
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/money"
)

// Rates are prices by class, 0 where none is known.
type Rates [catalog.Classes]money.Rate

// Ceiling is the most that one of each class can cost a call whose prompt has at most so many tokens: long prompts are
// dearer. It reports false when no price is known at all, so that nothing bounds what the call may cost one day. It does
// not allocate.
func Ceiling(book *catalog.Book, u *Usage, prompt int64, at time.Time) (top Rates, known bool) {
	for _, length := range [...]int64{0, prompt} {
		q := book.Find(u.key(length, at))
		for class := range top {
			rate := q.Rates[class]
			if !rate.Known && q.Assume != nil {
				rate = q.Assume[class]
			}
			if rate.Known {
				top[class], known = max(top[class], money.Rate(rate.Pico)), true
			}
		}
	}
	return top, known
}

// Common are the dimensions that all lines of a call have alike, without its tags. It does not allocate.
func (n *Names) Common(u *Usage) Dimensions {
	return Dimensions{
		Account: u.Account, Region: u.Source, Service: n.of(u.Model).service, RecordType: RecordType,
		Operation: Operation(u.Operation, u.Tier), Model: u.Model, System: u.System,
		Application: u.Application.ARN, Principal: u.Principal,
	}
}
