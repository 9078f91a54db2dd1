// Package budget decides what budgets allow: which calls a budget is about, what is spent of it and held by running
// calls, whether one more may run, what is to come, and when somebody must be told. It keeps no time of its own and
// writes nothing.
//
// Pool is the part on the way of every call. The rest are pure functions of definitions, figures and moments.
package budget

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/money"
)

// Key names a budget.
type Key struct {
	Account arn.Account `json:"account"`
	Name    string      `json:"name"`
}

// String is the key as Terraform writes it: "111122223333:team".
func (k Key) String() string { return string(k.Account) + ":" + k.Name }

// ARN is the budget's ARN.
func (k Key) ARN() string { return "arn:aws:budgets::" + string(k.Account) + ":budget/" + k.Name }

// Kind is what a budget limits.
type Kind string

// The kinds that usage of models has.
const (
	Cost  Kind = "COST"
	Usage Kind = "USAGE"
)

// Definition is what somebody wants of a budget. Nobody writes to one that a Pool has.
type Definition struct {
	Key
	Kind       Kind      `json:"kind"`
	Unit       TimeUnit  `json:"unit"`
	Start, End time.Time // UTC; End is not included

	// Limit counts in every period, unless Planned or Auto say otherwise.
	Limit   money.Amount `json:"limit"`
	Planned []Planned    `json:"planned,omitzero"` // oldest first
	Auto    *Auto        `json:"auto,omitzero"`
	// Measure is what amounts are in: "USD" of costs; of usage the name of a unit of quantity, such as "1K tokens".
	// Quantities in other units do not count.
	Measure string `json:"measure"`

	// Filter says which usage counts; nil for all. CostFilters is the older way to say it.
	Filter      *Expression         `json:"filter,omitzero"`
	CostFilters map[string][]string `json:"costFilters,omitzero"`

	Tags map[string]string `json:"tags,omitzero"`
}

// Tokens is the Measure of a usage budget that counts single tokens of every class, whatever unit the bill has.
const Tokens = "tokens"

// Enforcement is what happens to calls that a budget has no room for.
type Enforcement uint8

// A soft budget stops nothing. A hard one holds the most that a call can cost, so that what is spent never passes the
// limit. An adaptive one holds what a call is likely to cost, and may be overspent by Margin.
const (
	Soft Enforcement = iota
	Hard
	Adaptive
)

// The tags by which a budget says that it stops calls.
const (
	EnforcementTag = "outcrop:enforcement"             // "hard" or "adaptive"
	RateTag        = "outcrop:rate-limit-usd-per-hour" // a number of dollars
)

var enforcements = map[string]Enforcement{"": Soft, "none": Soft, "hard": Hard, "adaptive": Adaptive}

func (e Enforcement) String() string { return [...]string{"none", "hard", "adaptive"}[e] }

// Enforcement reads the tag. It reports false when the tag has a value that means nothing.
func (d *Definition) Enforcement() (Enforcement, bool) {
	e, ok := enforcements[d.Tags[EnforcementTag]]
	return e, ok
}

// Rate reads the limit in dollars an hour. It is zero without the tag, and reports false when the tag is no amount
// above zero, or the budget is not about money.
func (d *Definition) Rate() (money.Amount, bool) {
	text, tagged := d.Tags[RateTag]
	if !tagged {
		return money.Amount{}, true
	}
	a, err := money.Parse(text)
	return a, err == nil && a.Sign() > 0 && d.Kind == Cost
}

// marginParts is the part of its limit by which an adaptive budget may be overspent: a tenth.
const marginParts = 10

// Margin is by how much an adaptive budget of a limit can be overspent at most, however many calls run.
func Margin(limit money.Amount) money.Amount { return divide(limit, marginParts) }
