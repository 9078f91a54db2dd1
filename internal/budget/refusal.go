package budget

import (
	"fmt"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/money"
)

// reason is why a budget stops a call.
type reason uint8

const (
	none     reason = iota
	full            // nothing is left that the call could hold
	fast            // the last hour was too expensive
	cut             // a running stream needs more than is left
	unpriced        // nobody knows what the call will cost
)

// Refusal is a budget that stops a call, with the figures that made it.
type Refusal struct {
	Budget *Definition
	Period Period
	Limit  money.Amount // of the period, or of an hour
	Spent  money.Amount // in the period, or in the last hour
	Held   money.Amount // by Calls that run, or what those will probably cost
	Calls  int
	Needs  money.Amount // what this call would have held
	Renews time.Time    // when there is room again at the latest
	why    reason
	model  string
}

func refusal(e *entry, h *hold, d *Demand, why reason) *Refusal {
	r := &Refusal{
		Budget: e.def, Period: e.now.period, Limit: e.now.limit, Spent: e.now.spent, Held: e.now.held, Calls: e.now.calls,
		Needs: h.amount, Renews: e.now.period.End, why: why, model: d.Model,
	}
	if why == fast {
		r.Limit, r.Spent, r.Held, r.Needs = e.rate, e.window.sum, e.now.likely, h.likely
		r.Renews = e.window.room(positive(e.rate.Sub(h.likely)))
	}
	return r
}

// Error says which budget stops the call, its figures, when it renews, and what helps.
func (r *Refusal) Error() string {
	name := fmt.Sprintf("The budget %q of account %s", r.Budget.Name, r.Budget.Account)
	unit := r.Budget.Measure
	figures := fmt.Sprintf("of its limit of %s %s from %s to %s, %s %s are spent and %s %s are held by %d running calls",
		r.Limit, unit, r.Period.Start.Format(time.DateOnly), r.Period.End.Format(time.DateOnly), r.Spent, unit, r.Held, unit, r.Calls)
	renews := fmt.Sprintf("It renews at %s.", r.Renews.Format(time.RFC3339))
	if r.Budget.Unit == Custom {
		renews = fmt.Sprintf("It ends at %s.", r.Renews.Format(time.RFC3339))
	}
	switch r.why {
	case unpriced:
		return fmt.Sprintf("%s stops this call: no price is known for %s, so nothing bounds what it may cost. "+
			"The operator can add a price under prices.overrides, or set prices.unknown to assume.", name, r.model)
	case fast:
		return fmt.Sprintf("%s stops this call: it lets %s USD be spent in an hour, %s USD were spent in the last one, running calls will cost about %s USD "+
			"and this one %s USD. There is room again at %s at the latest, if nothing else is spent.", name, r.Limit, r.Spent, r.Held, r.Needs, r.Renews.Format(time.RFC3339))
	case cut:
		return fmt.Sprintf("%s ends this answer here: %s, and going on would take %s %s more. %s", name, figures, r.Needs, unit, renews)
	}
	return fmt.Sprintf("%s stops this call: %s, and this call may cost up to %s %s. %s Fewer output tokens (max_tokens) need less of it.",
		name, figures, r.Needs, unit, renews)
}

// Fault is the refusal as callers get it. SDKs do not try again what is denied.
func (r *Refusal) Fault() *fault.Error { return fault.New(fault.AccessDenied, "%s", r.Error()) }
