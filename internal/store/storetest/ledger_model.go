package storetest

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/store"
)

// ledgerModel is what a ledger does, in its simplest form: it keeps every line.
type ledgerModel struct {
	bodies map[string]string
	times  map[string]int64
	lines  []store.Line
}

func (m *ledgerModel) sums(from, to int64) map[string]store.Counters {
	out := map[string]store.Counters{}
	for _, l := range m.lines {
		if l.Hour >= from && l.Hour < to {
			out[l.Key] = out[l.Key].Add(l.Counters)
		}
	}
	return out
}

var someCounters = rapid.Custom(func(t *rapid.T) store.Counters {
	return store.Counters{
		Count: rapid.Int64Range(-1e15, 1e15).Draw(t, "count"),
		Cost:  money.Pico(rapid.Int64Range(-9e18, 9e18).Draw(t, "pico")).Add(money.Cents(rapid.Int64Range(-1e9, 1e9).Draw(t, "cents"))),
		Calls: rapid.Int64Range(0, 2).Draw(t, "calls"),
	}
})

// ledgerHistoriesAgree ingests, repeats, amends and prunes at random, and compares every sum with the model's.
func ledgerHistoriesAgree(t *testing.T, open Open) {
	s := opened(t, open)
	era := int64(0)
	rapid.Check(t, func(rt *rapid.T) {
		era++
		h := newLedgerHistory(t, s, era)
		rt.Repeat(map[string]func(*rapid.T){"ingest": h.ingest, "amend": h.amend, "prune": h.prune, "sum": h.sum})
	})
}

// ledgerHistory is one run of random steps. It has its own ids and days, as all of them share a store.
type ledgerHistory struct {
	*ledgerModel
	t    *testing.T
	s    store.Ledger
	base int64 // its first hour
	id   *rapid.Generator[string]
}

func newLedgerHistory(t *testing.T, s store.Ledger, era int64) *ledgerHistory {
	h := &ledgerHistory{t: t, s: s, base: hour + era*24*100, ledgerModel: &ledgerModel{bodies: map[string]string{}, times: map[string]int64{}}}
	h.id = rapid.Map(rapid.IntRange(0, 9), func(n int) string {
		name := fmt.Sprint(era, "-", n)
		h.times[name] = h.base + 7*int64(n) // a record that comes again is of the same time
		return name
	})
	return h
}

func (h *ledgerHistory) someLines(rt *rapid.T, at int64) (out []store.Line) {
	for range rapid.IntRange(0, 3).Draw(rt, "lines") {
		key := rapid.SampledFrom([]string{"k", "l", "m"}).Draw(rt, "key")
		out = append(out, store.Line{Hour: at, Key: key, Counters: someCounters.Draw(rt, "counters")})
	}
	return out
}

func (h *ledgerHistory) ingest(rt *rapid.T) {
	var b store.Batch
	want := 0
	for range rapid.IntRange(0, 4).Draw(rt, "entries") {
		name := h.id.Draw(rt, "id")
		at := h.times[name]
		e := entry(name, at, "", 0, 0)
		e.Lines = h.someLines(rt, at)
		b.Entries = append(b.Entries, e)
		if _, known := h.bodies[name]; !known {
			h.bodies[name] = string(e.Body)
			h.lines = append(h.lines, e.Lines...)
			want++
		}
	}
	if got, err := h.s.Ingest(rt.Context(), b); err != nil || got != want {
		rt.Fatalf("added %d, the model %d: %v", got, want, err)
	}
}

func (h *ledgerHistory) amend(rt *rapid.T) {
	name := h.id.Draw(rt, "id")
	at := h.times[name]
	a := store.Amendment{
		At: entry(name, at, "", 0, 0).At, RequestID: name,
		Old: []byte(h.bodies[name]), New: []byte(rapid.StringN(1, 4, -1).Draw(rt, "body")), Lines: h.someLines(rt, at),
	}
	want := 0
	if _, known := h.bodies[name]; known {
		h.bodies[name] = string(a.New)
		h.lines = append(h.lines, a.Lines...)
		want = 1
	}
	if got, err := h.s.Amend(rt.Context(), store.Repricing{ID: "r"}, []store.Amendment{a}); err != nil || got != want {
		rt.Fatalf("amended %d, the model %d: %v", got, want, err)
	}
}

func (h *ledgerHistory) prune(rt *rapid.T) {
	before := h.base + rapid.Int64Range(0, 60).Draw(rt, "hour")
	if _, err := h.s.Prune(rt.Context(), time.Unix(before*3600, 0), 1000); err != nil {
		rt.Fatal(err)
	}
	maps.DeleteFunc(h.bodies, func(name, _ string) bool { return h.times[name] < before })
}

func (h *ledgerHistory) sum(rt *rapid.T) {
	from := h.base + rapid.Int64Range(-5, 60).Draw(rt, "from")
	to := from + rapid.Int64Range(0, 60).Draw(rt, "hours")
	if rapid.Bool().Draw(rt, "days") {
		from, to = from-from%24, to-to%24
	}
	same(h.t, fmt.Sprintf("sums of hours %d to %d", from-h.base, to-h.base), h.sums(from, to), sums(h.t, h.s, from, to))
	if h.t.Failed() {
		rt.FailNow()
	}
}
