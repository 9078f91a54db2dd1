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
	era := int64(0) // each history has its own ids and days
	rapid.Check(t, func(rt *rapid.T) {
		era++
		base := hour + era*24*100
		m := &ledgerModel{bodies: map[string]string{}, times: map[string]int64{}}
		id := rapid.Map(rapid.IntRange(0, 9), func(n int) string {
			name := fmt.Sprint(era, "-", n)
			m.times[name] = base + 7*int64(n) // a record that comes again is of the same time
			return name
		})
		lines := func(rt *rapid.T, at int64) (out []store.Line) {
			for range rapid.IntRange(0, 3).Draw(rt, "lines") {
				key := rapid.SampledFrom([]string{"k", "l", "m"}).Draw(rt, "key")
				out = append(out, store.Line{Hour: at, Key: key, Counters: someCounters.Draw(rt, "counters")})
			}
			return out
		}
		rt.Repeat(map[string]func(*rapid.T){
			"ingest": func(rt *rapid.T) {
				var b store.Batch
				want := 0
				for range rapid.IntRange(0, 4).Draw(rt, "entries") {
					name := id.Draw(rt, "id")
					at := m.times[name]
					e := entry(name, at, "", 0, 0)
					e.Lines = lines(rt, at)
					b.Entries = append(b.Entries, e)
					if _, known := m.bodies[name]; !known {
						m.bodies[name] = string(e.Body)
						m.lines = append(m.lines, e.Lines...)
						want++
					}
				}
				if got, err := s.Ingest(rt.Context(), b); err != nil || got != want {
					rt.Fatalf("added %d, the model %d: %v", got, want, err)
				}
			},
			"amend": func(rt *rapid.T) {
				name := id.Draw(rt, "id")
				at := m.times[name]
				a := store.Amendment{At: entry(name, at, "", 0, 0).At, RequestID: name, Old: []byte(m.bodies[name]), New: []byte(rapid.StringN(1, 4, -1).Draw(rt, "body")), Lines: lines(rt, at)}
				want := 0
				if _, known := m.bodies[name]; known {
					m.bodies[name] = string(a.New)
					m.lines = append(m.lines, a.Lines...)
					want = 1
				}
				if got, err := s.Amend(rt.Context(), store.Repricing{ID: "r"}, []store.Amendment{a}); err != nil || got != want {
					rt.Fatalf("amended %d, the model %d: %v", got, want, err)
				}
			},
			"prune": func(rt *rapid.T) {
				before := base + rapid.Int64Range(0, 60).Draw(rt, "hour")
				if _, err := s.Prune(rt.Context(), time.Unix(before*3600, 0), 1000); err != nil {
					rt.Fatal(err)
				}
				maps.DeleteFunc(m.bodies, func(name, _ string) bool { return m.times[name] < before })
			},
			"sum": func(rt *rapid.T) {
				from := base + rapid.Int64Range(-5, 60).Draw(rt, "from")
				to := from + rapid.Int64Range(0, 60).Draw(rt, "hours")
				if rapid.Bool().Draw(rt, "days") {
					from, to = from-from%24, to-to%24
				}
				same(t, fmt.Sprintf("sums of hours %d to %d", from-base, to-base), m.sums(from, to), sums(t, s, from, to))
				if t.Failed() {
					rt.FailNow()
				}
			},
		})
	})
}
