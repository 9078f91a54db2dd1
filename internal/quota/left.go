package quota

import (
	"cmp"
	"iter"
	"time"
)

// Left is what remains for calls like one, of the limits that refuse. A limit that is only watched tells a caller
// nothing.
type Left struct{ Requests, Tokens, DayTokens Room }

// Room is what remains of the tightest limit of one measure. The zero Room has no limit.
type Room struct {
	Limited          bool
	Limit, Remaining int64
	// Reset is how long it is until all of the limit is there again, if nothing else is taken.
	Reset time.Duration
}

// Left is what remains of the limits of a call, also of one that was refused or has ended.
func (b *Book) Left(now time.Duration, h *Hold) (l Left) {
	now = b.advance(now)
	for _, t := range h.claims {
		t.expire(now)
		l.Requests.narrow(t, Requests, now)
		l.Tokens.narrow(t, Tokens, now)
		l.DayTokens.narrow(t, DayTokens, now)
	}
	return l
}

// narrow takes the limit of a tally where it leaves less.
func (r *Room) narrow(t *tally, m Measure, now time.Duration) {
	limit := &t.limits[m]
	if !limit.Set || limit.Watched {
		return
	}
	w := &t.windows[m]
	if remaining := max(limit.Max-w.sum, 0); !r.Limited || remaining < r.Remaining {
		*r = Room{Limited: true, Limit: limit.Max, Remaining: remaining, Reset: w.empty(now, m.Length())}
	}
}

// Use is how much of one limit is used.
type Use struct {
	Subject Subject
	Measure Measure
	Limit   Limit
	Used    int64
	Reset   time.Duration // as of Room
}

// Ratio is the part of the limit that is used. It is above 1 where use beyond the limit is only watched, and where a
// call came to more than it had reserved. Of a limit of 0 all is used.
func (u Use) Ratio() float64 {
	if u.Limit.Max == 0 {
		return 1
	}
	return float64(u.Used) / float64(u.Limit.Max)
}

// Compare orders by account, model, source region, kind of call, share, and measure; what counts over all models first.
func (u Use) Compare(o Use) int {
	a, b := &u.Subject, &o.Subject
	return cmp.Or(
		cmp.Compare(a.Account, b.Account), cmp.Compare(a.Model, b.Model), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Scope, b.Scope),
		cmp.Compare(a.Share, b.Share), cmp.Compare(a.Who, b.Who), cmp.Compare(u.Measure, o.Measure),
	)
}

// Uses lists every limit of which something is used, in no order.
func (b *Book) Uses(now time.Duration) iter.Seq[Use] {
	return func(yield func(Use) bool) {
		now := b.advance(now)
		for _, t := range b.tallies {
			t.expire(now)
			if t.idle() {
				continue
			}
			for i, limit := range t.limits {
				u := Use{Subject: t.subject, Measure: Measure(i), Limit: limit, Used: t.used(Measure(i))}
				if i < windows {
					u.Reset = t.windows[i].empty(now, u.Measure.Length())
				}
				if limit.Set && !yield(u) {
					return
				}
			}
		}
	}
}
