package budget

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

// Ticket is one call between its reservation and its settlement. The zero Ticket is ready for Reserve, and so is one
// that has been settled or released. Its methods belong to the call's goroutine.
type Ticket struct {
	pool       *Pool
	demand     Demand
	dimensions meter.Dimensions
	subject    meter.Subject // of both above

	// The fields below are guarded by the pool while the ticket is open.
	open  bool
	holds []hold
	room  [4]hold

	covered   atomic.Int64 // bytes that a stream may relay before it must ask again
	relayed   atomic.Int64 // bytes that it has relayed
	seen      int64        // relayed, when Sweep looked last
	idle      int          // sweeps since that has changed
	remaining money.Amount
	told      bool // remaining says something
}

// hold is what a call holds of one budget.
type hold struct {
	entry  *entry
	of     classes
	price  price
	output int64        // tokens of the answer that amount covers
	amount money.Amount // held
	gap    money.Amount // what the call may cost beyond that
	likely money.Amount // what it will probably cost
}

// bytesPerToken is what a stream that is cut is charged by.
const bytesPerToken = 4

// covers is how many bytes a stream may relay before its hold is used up. As long as more can be held a token is taken
// to be a byte, which it is at least; when the whole answer is held, only a stream that is longer than its maximum can
// cost more.
func (h *hold) covers(d *Demand) int64 {
	if h.output >= d.longest() {
		return h.output * bytesPerToken
	}
	return h.output
}

// hold is what the ticket holds of a budget, or nil.
func (t *Ticket) hold(e *entry) *hold {
	for i := range t.holds {
		if t.holds[i].entry == e {
			return &t.holds[i]
		}
	}
	return nil
}

// forget lets go of a budget.
func (t *Ticket) forget(e *entry) {
	for i := range t.holds {
		if h := &t.holds[i]; h.entry == e {
			if e.now.has(t.demand.At) {
				e.now.drop(h)
			}
			last := len(t.holds) - 1
			t.holds[i], t.holds[last] = t.holds[last], hold{}
			t.holds = t.holds[:last]
			return
		}
	}
}

// meet lets a call that runs already hold what a budget asks for that is new, whether there is room or not.
func (t *Ticket) meet(e *entry) {
	if !t.pool.sees(e, t.demand.Account) {
		return
	}
	of := e.matches(&t.subject, &t.demand.Usage)
	if of == 0 {
		return
	}
	b := t.pool.bid(&t.demand)
	h := t.add()
	h.size(e, &b, of)
	if e.now.has(t.demand.At) {
		e.now.take(h)
	}
	if e.enforce != Soft {
		t.cover(h)
	}
}

// add makes room for one more hold.
func (t *Ticket) add() *hold {
	t.holds = append(t.holds, hold{})
	return &t.holds[len(t.holds)-1]
}

// cover lets a stream go no further than a hold reaches.
func (t *Ticket) cover(h *hold) { t.covered.Store(min(t.covered.Load(), h.covers(&t.demand))) }

// expect is how long the answer is likely to be.
func (p *Pool) expect(d *Demand) int64 {
	return min(d.longest(), p.lengths.expect(lengthKey{d.Model, d.Application.ID}))
}

// bid is what a call asks of every budget alike.
type bid struct {
	*Demand
	expected int64 // tokens of the answer
	whole    price // of budgets of cost that are about all classes, as nearly all are
}

func (p *Pool) bid(d *Demand) bid { return bid{d, p.expect(d), priceOf(&d.Rates, allClasses)} }

// size makes h what the call has to hold of a budget.
func (h *hold) size(e *entry, b *bid, of classes) {
	*h = hold{entry: e, of: of}
	if !e.stops() {
		return
	}
	if h.price = b.whole; of != allClasses || e.def.Kind != Cost {
		h.price = e.price(b.Demand, of)
	}
	longest := b.longest()
	h.likely = h.price.least(b.Demand, b.expected)
	switch {
	case e.enforce == Hard:
		if h.output = longest; b.MaxOutput == 0 && b.cuttable() {
			h.output = min(longest, unknownFirst)
		}
		h.amount = h.price.most(b.Demand, h.output)
	case e.enforce == Adaptive && b.cuttable():
		h.output = b.expected
		h.lend(e, h.price.most(b.Demand, b.expected))
	case e.enforce == Adaptive:
		h.output = longest
		h.lend(e, h.price.most(b.Demand, longest))
	}
}

// lend holds what is likely in place of the most, as far as the gaps of all calls together stay within the budget's
// margin.
func (h *hold) lend(e *entry, most money.Amount) {
	h.gap = least(most.Sub(h.likely), positive(e.now.margin.Sub(e.now.gap)))
	h.amount = most.Sub(h.gap)
}

func least(a, b money.Amount) money.Amount {
	if b.Less(a) {
		return b
	}
	return a
}

// positive is a, or nothing when a is less than that.
func positive(a money.Amount) money.Amount {
	if a.Sign() < 0 {
		return money.Amount{}
	}
	return a
}

// Reserve holds what the call needs of every budget that it concerns, or of none. The error is a *Refusal. The demand
// is copied; t must not be in use.
func (p *Pool) Reserve(d *Demand, t *Ticket) error {
	t.pool, t.demand, t.dimensions = p, *d, p.names.Common(&d.Usage)
	t.subject = meter.Subject{Dimensions: &t.dimensions, Call: &t.demand.Usage, Payer: p.management}
	if t.holds = t.holds[:0]; cap(t.holds) == 0 {
		t.holds = t.room[:0]
	}
	t.covered.Store(math.MaxInt64)
	t.relayed.Store(0)
	t.seen, t.idle = 0, 0

	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.bid(&t.demand)
	for e := range p.index.near(&t.subject) {
		of := e.matches(&t.subject, &t.demand.Usage)
		if of == 0 || !p.turn(e, d.At) {
			continue
		}
		h := t.add()
		h.size(e, &b, of)
		if why := p.refuses(e, h, &t.demand); why != none {
			e.refused++
			p.refused++
			t.look()
			err := refusal(e, h, &t.demand, why)
			t.holds = t.holds[:0]
			return err
		}
	}
	for i := range t.holds {
		h := &t.holds[i]
		h.entry.now.take(h)
		if h.entry.enforce != Soft {
			t.cover(h)
		}
	}
	t.open = true
	p.open[d.RequestID] = t
	t.look()
	return nil
}

// refuses is why a budget has no room for a call.
func (p *Pool) refuses(e *entry, h *hold, d *Demand) reason {
	switch {
	case !e.stops() || !e.live:
		return none
	case e.enforce != Soft && e.def.Kind == Cost && !d.Priced:
		return unpriced
	case e.enforce != Soft && e.remaining().Less(h.amount):
		return full
	case !e.rate.IsZero() && e.tooFast(h, d.At):
		return fast
	}
	return none
}

// tooFast reports whether the last hour's spend, and what running calls will probably add to it, leave no room.
func (e *entry) tooFast(h *hold, now time.Time) bool {
	e.window.turn(now)
	return e.rate.Less(e.window.sum.Add(e.now.likely).Add(h.likely))
}

// look notes the least that remains of the budgets that stop calls.
func (t *Ticket) look() {
	t.told = false
	for i := range t.holds {
		e := t.holds[i].entry
		if e.enforce == Soft || e.def.Kind != Cost {
			continue
		}
		if left := positive(e.remaining()); !t.told || left.Less(t.remaining) {
			t.remaining, t.told = left, true
		}
	}
}

// Remaining is the least that remains, in dollars, of the budgets that stop calls and concern this one. It reports false
// when there are none.
func (t *Ticket) Remaining() (money.Amount, bool) { return t.remaining, t.told }

// Progress is told how many bytes of its answer a stream will have relayed with its next piece. When that may cost more
// than is held, more is held; the error, a *Refusal, says that there is no more, and that the stream must end before
// the piece.
func (t *Ticket) Progress(relayed int64) error {
	t.relayed.Store(relayed)
	if relayed <= t.covered.Load() {
		return nil
	}
	t.pool.mu.Lock()
	defer t.pool.mu.Unlock()
	if !t.open {
		return nil
	}
	const ahead = 512 // tokens, so that not every event asks
	err := t.extend(relayed, max(relayed/2, ahead))
	if err != nil {
		err = t.extend(relayed, 0)
	}
	return err
}

// extend holds enough for so many bytes, and so many tokens more, of every budget or of none.
func (t *Ticket) extend(relayed, ahead int64) error {
	for i := range t.holds {
		h := &t.holds[i]
		e := h.entry
		if e.enforce == Soft || !e.live || relayed <= h.covers(&t.demand) || !t.pool.turn(e, t.demand.At) {
			continue
		}
		if more := h.price.output.Times(h.wants(&t.demand, relayed, ahead) - h.output); e.remaining().Less(more) {
			wanted := *h
			wanted.amount = more
			return refusal(e, &wanted, &t.demand, cut)
		}
	}
	t.covered.Store(math.MaxInt64)
	for i := range t.holds {
		h := &t.holds[i]
		if h.entry.enforce == Soft {
			continue
		}
		if relayed > h.covers(&t.demand) {
			t.grow(h, h.wants(&t.demand, relayed, ahead))
		}
		t.cover(h)
	}
	return nil
}

// wants is how many tokens have to be held for so many bytes.
func (h *hold) wants(d *Demand, relayed, ahead int64) int64 {
	if longest := d.longest(); h.output < longest {
		if tokens := min(relayed+ahead, longest); tokens < longest || relayed <= longest*bytesPerToken {
			return tokens
		}
	}
	return (relayed+bytesPerToken-1)/bytesPerToken + ahead
}

// grow makes a hold cover more of the answer.
func (t *Ticket) grow(h *hold, output int64) {
	more := h.price.output.Times(output - h.output)
	h.amount, h.output = h.amount.Add(more), output
	if e := h.entry; e.now.has(t.demand.At) {
		e.now.held = e.now.held.Add(more)
	}
}

// Count exchanges what a call holds for what it was charged, in every budget; one that was never reserved is charged
// alike. It is called once for each record.
func (p *Pool) Count(r *meter.Record) {
	at := settledAt(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.open[r.RequestID]
	if t == nil {
		p.countAlone(r, at)
		return
	}
	for i := range t.holds {
		h := &t.holds[i]
		h.entry.charge(r.At, at, counted(h.entry, r, h.of))
	}
	if n := r.Counts[outputClass]; r.Outcome == meter.Succeeded && n > 0 && !r.Estimated {
		p.lengths.learn(lengthKey{r.Model, r.Application.ID}, n)
	}
	t.release()
	t.look()
}

// countAlone charges a call that has no ticket.
func (p *Pool) countAlone(r *meter.Record, at time.Time) {
	d := p.names.Common(&r.Usage)
	s := meter.Subject{Dimensions: &d, Call: &r.Usage, Payer: p.management}
	for e := range p.index.near(&s) {
		if of := e.matches(&s, &r.Usage); of != 0 {
			e.charge(r.At, at, counted(e, r, of))
		}
	}
}

// Release lets go of what a call holds that will not be counted. After Count it does nothing.
func (t *Ticket) Release() {
	if t.pool == nil {
		return
	}
	t.pool.mu.Lock()
	defer t.pool.mu.Unlock()
	if t.open {
		t.release()
		t.look()
	}
}

// Sweep lets go of what calls hold that have shown no sign of life in so many sweeps, and returns them. No call should
// come to that: each settles or is released, whatever becomes of it. What such a call turns out to cost is charged all the
// same.
func (p *Pool) Sweep(lease int) (lost []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, t := range p.open {
		if now := t.relayed.Load(); now != t.seen {
			t.seen, t.idle = now, 0
			continue
		}
		if t.idle++; t.idle > lease {
			t.release()
			lost = append(lost, id)
		}
	}
	return lost
}

func (t *Ticket) release() {
	for i := range t.holds {
		if h := &t.holds[i]; h.entry.now.has(t.demand.At) {
			h.entry.now.drop(h)
		}
	}
	t.open = false
	delete(t.pool.open, t.demand.RequestID)
}
