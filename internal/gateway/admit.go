package gateway

import (
	"context"
	"net/http"

	"github.com/outcrop/outcrop/internal/fault"
)

// Reserver sets something aside before a call runs, and takes back what is left when it has ended: quota, or money. It
// is called on the calls' own goroutines, from many at once.
type Reserver interface {
	// Reserve sets aside what the call may use at most. An error refuses the call; a Reservation beside it, which may be
	// nil, holds nothing and only describes what is left. The Demand is the caller's again when Reserve returns.
	Reserve(*Demand) (Reservation, error)
}

// Reservation is what one Reserver holds for one call. It belongs to the call's goroutine.
type Reservation interface {
	// Progress is told how many bytes of content a stream has relayed so far, before each of its events. An error cuts
	// the stream there: the caller is told so, and pays for what it got.
	Progress(relayed int64) error
	// Settle exchanges the reservation for what the call came to; a call that was refused or failed came to nothing. It
	// is called once.
	Settle(*Record)
	// Describe adds the headers that tell a caller what is left. It is called before an answer's first byte; of a
	// whole answer and of a refusal that is after Settle.
	Describe(http.Header)
}

// maxReservers is how many Reservers a Gateway takes, so that their reservations need no memory of their own.
const maxReservers = 4

// admit reserves with everyone who reserves, all or none, and records that the call is about to run.
func (g *Gateway) admit(_ context.Context, _ *Call, a *Answer) (err error) {
	r := a.record(nil)
	if len(g.reservers) > 0 {
		if err := g.reserve(a, r); err != nil {
			return err
		}
	}
	a.entry, err = g.meter.Admit(r)
	return err
}

// reserve holds what was reserved in the answer, whose settlement releases it, also when a later one refuses.
func (g *Gateway) reserve(a *Answer, r *Record) error {
	d := a.demand(r)
	for _, each := range g.reservers {
		held, err := each.Reserve(&d)
		if held != nil {
			a.held[a.holds] = held
			a.holds++
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// reservations are what the call holds.
func (a *Answer) reservations() []Reservation { return a.held[:a.holds] }

// Describe adds to the headers of an answer what its reservations tell.
func (a *Answer) Describe(h http.Header) {
	for _, r := range a.reservations() {
		r.Describe(h)
	}
}

// letGo settles a call whose way ends in a panic, which goes on: nothing is to be held for it for ever.
func (a *Answer) letGo() {
	if p := recover(); p != nil {
		a.settle(fault.Public(nil))
		panic(p)
	}
}
