package budgeting

import (
	"errors"
	"net/http"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/metering"
)

var _ gateway.Reserver = (*Keeper)(nil)

// unseen is how many tokens a model server may add to a prompt that nobody sees here: its template, and instructions for
// the use of tools.
const unseen = 512

// Reserve implements gateway.Reserver.
func (k *Keeper) Reserve(d *gateway.Demand) (gateway.Reservation, error) {
	ask := budget.Demand{
		Usage: metering.UsageOf(d.Record), Input: d.Input, InputBound: d.InputBound + unseen, MaxOutput: d.MaxOutput,
		Queries: d.SearchUnits, Wordless: d.MaxOutput == 0 && !d.Unbounded,
		Stream: d.Stream, Hidden: hides(d),
	}
	if longest := int64(d.Target.Model.ContextWindow); longest > 0 { // longer prompts are refused by the model
		ask.InputBound = max(ask.Input, min(ask.InputBound, longest))
	}
	ask.Rates, ask.Priced = meter.Ceiling(k.opt.Meter.Book(), &ask.Usage, ask.InputBound, ask.At)
	r := new(reservation)
	return r, refused(k.pool.Reserve(&ask, &r.Ticket))
}

// hides reports whether some of the output may be charged and not relayed. Models of Anthropic and Amazon reason only when
// they are asked to; others that can may do so always.
func hides(d *gateway.Demand) bool {
	m := d.Target.Model
	return m.Features.Reasoning && (d.Thinks || m.Provider != "Anthropic" && m.Provider != "Amazon")
}

// refused is the refusal as callers get it.
func refused(err error) error {
	var why *budget.Refusal
	if errors.As(err, &why) {
		return why.Fault()
	}
	return err
}

// reservation is what one call holds of its budgets.
type reservation struct{ budget.Ticket }

var _ gateway.Reservation = (*reservation)(nil)

// Progress implements gateway.Reservation.
func (r *reservation) Progress(relayed int64) error { return refused(r.Ticket.Progress(relayed)) }

// Settle implements gateway.Reservation. What the call costs was exchanged when its record came into the journal; this is
// for calls that never came that far.
func (r *reservation) Settle(*gateway.Record) { r.Release() }

// Describe implements gateway.Reservation.
func (r *reservation) Describe(h http.Header) {
	if left, ok := r.Remaining(); ok {
		h["X-Outcrop-Budget-Remaining-Usd"] = []string{left.String()}
	}
}
