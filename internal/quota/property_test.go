package quota

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/profile"
)

// entry is one thing that was taken: the exact model of a window is the list of them all.
type entry struct {
	at time.Duration
	n  int64
}

// taken is what counts of a log in the stretch of time that ends at a moment.
func taken(log []entry, end, length time.Duration) (sum int64) {
	for _, e := range log {
		if e.at > end-length && e.at <= end {
			sum += e.n
		}
	}
	return sum
}

// running is a call between its reservation and its end.
type running struct {
	hold    Hold
	call    int // which of calls
	entries map[Subject][measures]int
}

// history drives a book and the exact model beside it.
type history struct {
	book  *Book
	rules *Rules
	calls []Call
	now   time.Duration
	logs  map[Subject]*[measures][]entry
	open  []*running
	count map[Subject]int64 // calls at once
	done  []func(*replay)   // everything that was done, to do it again
}

// replay is a book to which a history happens once more.
type replay struct {
	*Book
	holds map[int]*Hold
}

func (r *replay) hold(number int) *Hold {
	if r.holds[number] == nil {
		r.holds[number] = &Hold{}
	}
	return r.holds[number]
}

func (h *history) log(s Subject) *[measures][]entry {
	if h.logs[s] == nil {
		h.logs[s] = new([measures][]entry)
	}
	return h.logs[s]
}

// fits says by the model whether a call has room. Grain is how much longer than its length a window may count.
func (h *history) fits(c *Call, tokens int64, grain func(Measure) time.Duration) bool {
	for s := range h.rules.subjects(h.book.account, c) {
		limits, _ := h.rules.limits(s)
		for i, n := range cost(tokens) {
			m := Measure(i)
			used := h.count[s]
			if m != Concurrent {
				used = taken(h.log(s)[m], h.now, m.Length()+grain(m))
			}
			if limits[m].Set && used+n > limits[m].Max {
				return false
			}
		}
	}
	return true
}

func exact(Measure) time.Duration     { return 0 }
func onePart(m Measure) time.Duration { return m.Length() / parts }

func (h *history) reserve(t *rapid.T) {
	i, tokens := rapid.IntRange(0, len(h.calls)-1).Draw(t, "call"), rapid.Int64Range(0, 60).Draw(t, "tokens")
	c, now, r := &h.calls[i], h.now, &running{call: i, entries: map[Subject][measures]int{}}
	before := snapshot(h.book, now)
	refusal := h.book.Reserve(now, c, tokens, &r.hold)
	if refusal != nil {
		if h.fits(c, tokens, onePart) {
			t.Fatalf("at %s %v is refused though it fits: %s", now, c, refusal)
		}
		if after := snapshot(h.book, now); !maps.Equal(before, after) {
			t.Fatalf("a refusal took something: %v, then %v", before, after)
		}
		h.waits(t, c, tokens, refusal)
		return
	}
	if !h.fits(c, tokens, exact) {
		t.Fatalf("at %s %v with %d tokens passes a limit", now, c, tokens)
	}
	for s := range h.rules.subjects(h.book.account, c) {
		at, log := r.entries[s], h.log(s)
		for m, n := range cost(tokens) {
			at[m] = len(log[m])
			log[m] = append(log[m], entry{now, n})
		}
		r.entries[s] = at
		h.count[s]++
	}
	number := len(h.open)
	h.done = append(h.done, func(b *replay) { b.Reserve(now, c, tokens, b.hold(number)) })
	h.open = append(h.open, r)
}

// waits holds a refusal to its word: when nothing else happens the call fits after the wait, and not a moment earlier.
func (h *history) waits(t *rapid.T, c *Call, tokens int64, r *Refusal) {
	again := func(after time.Duration) *Refusal {
		b := &replay{NewBook(h.book.account, h.rules), map[int]*Hold{}}
		for _, do := range h.done {
			do(b)
		}
		return b.Reserve(h.now+after, c, tokens, new(Hold))
	}
	switch {
	case r.Never || r.Wait == 0:
		if r.Measure != Concurrent && again(48*time.Hour) == nil {
			t.Fatalf("never fits, it says, and does: %s", r)
		}
	case again(r.Wait-1) == nil:
		t.Fatalf("fits before it says it will: %s", r)
	default:
		if late := again(r.Wait); late != nil && late.Measure != Concurrent {
			t.Fatalf("%s; and then: %s", r, late)
		}
	}
}

func (h *history) end(t *rapid.T) {
	var going []int
	for i, r := range h.open {
		if r != nil {
			going = append(going, i)
		}
	}
	if len(going) == 0 {
		return
	}
	number := rapid.SampledFrom(going).Draw(t, "which")
	r, now := h.open[number], h.now
	h.open[number] = nil
	used := rapid.Int64Range(0, 90).Draw(t, "used")
	released := rapid.IntRange(0, 4).Draw(t, "released") == 0
	reserved := r.hold.Reserved
	if released {
		h.book.Release(now, &r.hold)
		h.done = append(h.done, func(b *replay) { b.Release(now, b.hold(number)) })
		used = 0
	} else {
		h.book.Settle(now, &r.hold, used)
		h.done = append(h.done, func(b *replay) { b.Settle(now, b.hold(number), used) })
	}
	for s, at := range r.entries {
		log := h.log(s)
		h.count[s]--
		if released {
			log[Requests][at[Requests]].n = 0
		}
		for _, m := range []Measure{Tokens, DayTokens} {
			log[m][at[m]].n = min(reserved, used)
			if used > reserved {
				log[m] = append(log[m], entry{now, used - reserved})
			}
		}
	}
}

// agree holds what the book says is used between the exact sums of the length and of one part more.
func (h *history) agree(t *rapid.T) {
	for u := range h.book.Uses(h.now) {
		low, high := h.count[u.Subject], h.count[u.Subject]
		if m := u.Measure; m != Concurrent {
			log := h.log(u.Subject)[m]
			low, high = taken(log, h.now, m.Length()), taken(log, h.now, m.Length()+onePart(m))
		}
		if u.Used < low || u.Used > high {
			t.Fatalf("at %s %s %s: %d used, by the model %d to %d", h.now, u.Measure, u.Subject, u.Used, low, high)
		}
	}
	for _, tally := range h.book.tallies {
		for m := range tally.windows {
			w, sum := &tally.windows[m], int64(0)
			for i := w.head; i < w.tail; i++ {
				if w.at(i).n < 0 {
					t.Fatalf("%s has a slot of %d", tally.subject, w.at(i).n)
				}
				sum += w.at(i).n
			}
			if sum != w.sum || len(w.slots) > maxSlots {
				t.Fatalf("%s: %d slots with %d in all, and a sum of %d", tally.subject, len(w.slots), sum, w.sum)
			}
		}
	}
}

// snapshot is all that is used.
func snapshot(b *Book, now time.Duration) map[string]int64 {
	out := map[string]int64{}
	for u := range b.Uses(now) {
		if u.Used > 0 {
			out[fmt.Sprint(u.Subject, u.Measure)] = u.Used
		}
	}
	return out
}

// TestAnyHistory lets calls come, end and be released in any order and at any time, and holds every decision to a list of
// all that was ever taken: no limit is passed in any stretch of time, nobody is refused for longer than one part of a
// window, waits are exact, nothing is given back that was not taken, and all limits are taken from or none.
func TestAnyHistory(t *testing.T) {
	facts := load(t)
	amount := func(n int64) *Amount { return &Amount{N: n} }
	policy := Policy{
		Enforce: true, Defaults: Off,
		Overrides: []Override{
			{Amounts: Amounts{Requests: amount(7), Tokens: amount(100), DayTokens: amount(1000), Concurrent: amount(6)}},
			{Where: Where{Scope: catalog.Geo}, Amounts: Amounts{Concurrent: &Amount{None: true}, Requests: amount(150), Tokens: amount(5000)}},
		},
		Accounts: []AccountLimit{{DayTokens: amount(1500)}},
		Shares: []Share{
			{Name: "half", Tags: map[string]string{"team": "a"}, Amounts: Amounts{Tokens: &Amount{Parts: 5000}, Requests: amount(5)}},
			{Name: "each", Principal: "*", Each: true, Pooled: true, Amounts: Amounts{Requests: amount(9), Concurrent: amount(4)}},
		},
	}
	m, app := model(t, facts, nova), &profile.Application{ID: "aaaaaaaaaaaa", Tags: map[string]string{"team": "a"}}
	calls := []Call{
		{Source: "us-east-1", Model: m, Principal: "ana"},
		{Source: "us-east-1", Model: m, Principal: "bo", Application: app},
		{Source: "us-east-1", Model: m, Scope: profile.Geo, Principal: "cy"},
		{Source: "us-west-2", Model: m, Scope: profile.Geo, Principal: "ana", Application: app},
	}
	step := rapid.OneOf(
		rapid.Just(time.Duration(0)), rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "ns"))
		}),
		rapid.Custom(func(t *rapid.T) time.Duration { return time.Duration(rapid.IntRange(0, 70).Draw(t, "s")) * time.Second }),
		rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(0, 300).Draw(t, "min")) * time.Minute
		}),
	)
	rapid.Check(t, func(t *rapid.T) {
		r := NewRules(facts, policy)
		h := &history{rules: r, book: NewBook("111122223333", r), calls: calls, logs: map[Subject]*[measures][]entry{}, count: map[Subject]int64{}}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			h.now += step.Draw(t, "later")
			if rapid.IntRange(0, 2).Draw(t, "what") > 0 {
				h.reserve(t)
			} else {
				h.end(t)
			}
			h.agree(t)
		}
		for _, r := range slices.Backward(h.open) {
			if r != nil {
				h.book.Release(h.now, &r.hold)
			}
		}
		h.book.sweepAt = 0
		h.book.now += 25 * time.Hour
		if h.book.sweep(); len(h.book.tallies) != 0 {
			t.Fatalf("a day later %d are remembered", len(h.book.tallies))
		}
	})
}
