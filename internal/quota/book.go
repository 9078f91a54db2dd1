package quota

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// Book is everything one account uses, and so everything a call must fit into: all of a call's limits are checked and
// taken in one step. It is not safe for concurrent use.
//
// A time that is before the latest one counts as the latest, so that callers need not come in order; clocks should be
// monotonic all the same, since a time that is far ahead makes the book forget.
type Book struct {
	account arn.Account
	rules   *Rules
	now     time.Duration // the latest time seen

	tallies map[Subject]*tally
	plans   map[Call][]*tally // what calls take from, found once
	sweepAt int
}

// The bounds of a book. Past maxTallies those who would each have a share of their own, and have none yet, have one
// together; past maxPlans every call is looked up anew.
const (
	firstSweep = 64
	maxTallies = 1 << 16
	maxPlans   = 4096
)

// NewBook is the book of an account that has used nothing.
func NewBook(account arn.Account, r *Rules) *Book {
	return &Book{account: account, rules: r, tallies: map[Subject]*tally{}, plans: map[Call][]*tally{}, sweepAt: firstSweep}
}

// SetRules changes the limits from the next call on. What has been used stays, and calls that run keep what they
// reserved; use of which no limit was known is not known either.
func (b *Book) SetRules(r *Rules) {
	b.rules = r
	clear(b.plans)
	for s, t := range b.tallies {
		limits, ok := r.limits(s)
		if !ok {
			delete(b.tallies, s)
			continue
		}
		t.limits = limits
	}
}

// Hold is what one call reserves, from Reserve to Settle or Release. It may be used again afterwards.
type Hold struct {
	// Reserved are the tokens that were set aside.
	Reserved int64
	// Exceeded is a limit that was only watched, and that the call would have been refused by; else nil.
	Exceeded *Refusal

	open   bool
	claims []*tally
	marks  []mark
	room   [4]mark // enough for most calls, so that a hold needs no memory of its own
}

// Limited reports whether any quota applies to the call.
func (h *Hold) Limited() bool { return len(h.claims) > 0 }

// Reserve takes a call that may use so many tokens from every quota it falls under, or from none: then the refusal says
// which of them has no room, and when it will. The times are those of one clock, since any moment.
func (b *Book) Reserve(now time.Duration, c *Call, tokens int64, h *Hold) *Refusal {
	now = b.advance(now)
	tokens = sane(tokens)
	h.Reserved, h.Exceeded, h.open, h.claims, h.marks = tokens, nil, false, b.claims(c), h.room[:0]
	refused, watched := check(h.claims, now, tokens)
	if refused.tally != nil {
		return refused.refusal(tokens)
	}
	if watched.tally != nil {
		h.Exceeded = watched.refusal(tokens)
	}
	for _, t := range h.claims {
		h.marks = append(h.marks, t.take(now, tokens))
	}
	h.open = true
	return nil
}

// Settle ends a call that used so many tokens. It counts as a request whatever it used. A call that has ended, or was
// refused, is left as it is.
func (b *Book) Settle(now time.Duration, h *Hold, used int64) {
	now = b.advance(now)
	if !h.open {
		return
	}
	h.open, used = false, sane(used)
	for i, t := range h.claims {
		t.settle(now, h.marks[i], h.Reserved, used)
	}
}

// Release ends a call that was never tried, as Settle does. It counts for nothing.
func (b *Book) Release(now time.Duration, h *Hold) {
	now = b.advance(now)
	if !h.open {
		return
	}
	h.open = false
	for i, t := range h.claims {
		t.release(now, h.marks[i], h.Reserved)
	}
}

// Recall counts tokens that were used before there was this book, as far as days are concerned. What is recalled must come
// in the order of its times, and before the first call.
func (b *Book) Recall(at time.Duration, c *Call, tokens int64) {
	at = b.advance(at)
	for _, t := range b.claims(c) {
		if t.limits[DayTokens].Set {
			t.expire(at)
			t.windows[DayTokens].take(at, DayTokens.Length(), max(tokens, 0))
		}
	}
}

func (b *Book) advance(now time.Duration) time.Duration {
	b.now = max(b.now, now)
	return b.now
}

// claims are the tallies a call takes from.
func (b *Book) claims(c *Call) []*tally {
	key := b.rules.relevant(*c)
	if plan, ok := b.plans[key]; ok {
		return plan
	}
	if len(b.tallies) >= b.sweepAt {
		b.sweep()
	}
	plan := make([]*tally, 0, 4)
	for s := range b.rules.subjects(b.account, c) {
		if t := b.tally(s); t != nil {
			plan = append(plan, t)
		}
	}
	if len(b.plans) >= maxPlans {
		clear(b.plans)
	}
	b.plans[key] = plan
	return plan
}

// tally is what a subject uses, nil when nothing limits it.
func (b *Book) tally(s Subject) *tally {
	if t := b.tallies[s]; t != nil {
		return t
	}
	limits, ok := b.rules.limits(s)
	if !ok {
		return nil
	}
	if s.Who != "" && len(b.tallies) >= maxTallies {
		s.Who = others
		if t := b.tallies[s]; t != nil {
			return t
		}
	}
	t := &tally{subject: s, limits: limits}
	b.tallies[s] = t
	return t
}

// others share what is left when too many have a share of their own.
const others = "all others"

// sweep forgets those who use nothing.
func (b *Book) sweep() {
	for s, t := range b.tallies {
		if t.expire(b.now); t.idle() {
			delete(b.tallies, s)
		}
	}
	clear(b.plans) // they may name what was forgotten
	b.sweepAt = max(firstSweep, 2*len(b.tallies))
}
