package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/store"
)

var ledgerTests = map[string]func(*testing.T, Open){
	"a record counts once":                recordCountsOnce,
	"marks only move forward":             marksMoveForward,
	"sums stay exact":                     sumsStayExact,
	"days are the sums of their hours":    daysAreSums,
	"records are found by every column":   recordsAreFound,
	"amending moves sums, once":           amendingMovesSums,
	"pruning keeps sums":                  pruningKeepsSums,
	"tag sets are kept once":              tagSetsAreKept,
	"everything survives a restart":       ledgerSurvives,
	"a batch is ingested whole or not":    batchIsWhole,
	"random histories agree with a model": ledgerHistoriesAgree,
}

// hour is the hour since 1970 that the test records are in; the first of its day.
const hour = int64(24 * 20_000)

// entry is one record with one line.
func entry(id string, at int64, key string, count, pico int64) store.Entry {
	return store.Entry{
		UsageRecord: store.UsageRecord{
			RequestID: id, At: time.Unix(at*3600, 7).UTC(), Account: account, Resource: "r/" + key, Body: []byte("body of " + id),
		},
		Lines: []store.Line{{Hour: at, Key: key, Counters: store.Counters{Count: count, Cost: money.Pico(pico), Calls: 1}}},
	}
}

func ingest(t *testing.T, s store.Ledger, b store.Batch) int {
	t.Helper()
	added, err := s.Ingest(t.Context(), b)
	if err != nil {
		t.Fatalf("ingest: %v", err)
	}
	return added
}

// sums reads a stretch of the ledger by the texts of its keys.
func sums(t *testing.T, s store.Ledger, from, to int64) map[string]store.Counters {
	t.Helper()
	keys, err := s.Keys(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[int64]string{}
	for _, k := range keys {
		texts[k.ID] = k.Text
	}
	found, err := s.Sums(t.Context(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]store.Counters{}
	for _, sum := range found {
		out[texts[sum.Key]] = sum.Counters
	}
	return out
}

var exactly = cmp.Options{cmp.AllowUnexported(money.Amount{}), cmpopts.EquateEmpty()}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, exactly); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func recordCountsOnce(t *testing.T, open Open) {
	s := opened(t, open)
	e := entry("a", hour, "k", 10, 5)
	if n := ingest(t, s, store.Batch{Through: 1, Entries: []store.Entry{e, e}}); n != 1 {
		t.Errorf("twice in one batch counted %d times", n)
	}
	if n := ingest(t, s, store.Batch{Through: 2, Entries: []store.Entry{e, entry("b", hour, "k", 1, 1)}}); n != 1 {
		t.Errorf("the second batch added %d", n)
	}
	same(t, "sums", map[string]store.Counters{"k": {Count: 11, Cost: money.Pico(6), Calls: 2}}, sums(t, s, hour, hour+1))
}

func marksMoveForward(t *testing.T, open Open) {
	s := opened(t, open)
	one, two := [16]byte{1}, [16]byte{2}
	for _, through := range []int64{5, 9, 7} {
		ingest(t, s, store.Batch{Run: one, Through: through})
	}
	for run, want := range map[[16]byte]int64{one: 9, two: 0} {
		if got, err := s.Mark(t.Context(), run); err != nil || got != want {
			t.Errorf("mark %d, want %d: %v", got, want, err)
		}
	}
}

func sumsStayExact(t *testing.T, open Open) {
	s := opened(t, open)
	usd := money.Cents(100)
	amounts := []money.Amount{
		money.Pico(999_999_999_999), money.Pico(2), usd.Neg(), money.Pico(-1),
		money.Rate(1e12).Times(20_000_000), money.Rate(1e12).Times(-20_000_000).Sub(money.Pico(3)),
	}
	var want money.Amount
	for i, a := range amounts {
		e := entry(fmt.Sprint(i), hour, "k", 0, 0)
		e.Lines[0].Cost = a
		want = want.Add(a)
		ingest(t, s, store.Batch{Entries: []store.Entry{e}})
		for _, to := range []int64{hour + 1, hour + 24} {
			if got := sums(t, s, hour, to)["k"].Cost; got != want {
				t.Fatalf("after %d amounts the sum is %s, want %s", i+1, got, want)
			}
		}
	}
}

func daysAreSums(t *testing.T, open Open) {
	s := opened(t, open)
	for h := range int64(50) {
		ingest(t, s, store.Batch{Entries: []store.Entry{entry(fmt.Sprint(h), hour+h, "k", 1, 1)}})
	}
	for _, c := range []struct{ from, to, want int64 }{{0, 24, 24}, {0, 48, 48}, {24, 72, 26}, {23, 25, 2}, {1, 24, 23}, {5, 5, 0}, {-24, 0, 0}} {
		if got := sums(t, s, hour+c.from, hour+c.to)["k"].Count; got != c.want {
			t.Errorf("hours %d to %d: %d, want %d", c.from, c.to, got, c.want)
		}
	}
}

func recordsAreFound(t *testing.T, open Open) {
	s := opened(t, open)
	other := entry("c", hour+2, "x", 1, 1)
	other.Account = "444455556666"
	ingest(t, s, store.Batch{Entries: []store.Entry{entry("a", hour, "k", 1, 1), entry("b", hour+1, "k", 1, 1), other}})
	at := func(h int64) time.Time { return time.Unix((hour+h)*3600, 0) }
	for name, c := range map[string]struct {
		q    store.RecordQuery
		want []string
	}{
		"all":                  {store.RecordQuery{}, []string{"a", "b", "c"}},
		"by resource":          {store.RecordQuery{Resource: "r/k"}, []string{"a", "b"}},
		"by account":           {store.RecordQuery{Account: "444455556666"}, []string{"c"}},
		"by time":              {store.RecordQuery{From: at(1), To: at(2)}, []string{"b"}},
		"the end is exclusive": {store.RecordQuery{To: at(1).Add(7)}, []string{"a"}},
		"page":                 {store.RecordQuery{Limit: 2}, []string{"a", "b"}},
		"next page":            {store.RecordQuery{After: 2, Limit: 2}, []string{"c"}},
		"nothing":              {store.RecordQuery{Resource: "r"}, nil},
	} {
		if c.q.Limit == 0 {
			c.q.Limit = 10
		}
		found, err := s.Records(t.Context(), c.q)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, r := range found {
			ids = append(ids, r.RequestID)
			if string(r.Body) != "body of "+r.RequestID || r.At.Nanosecond() != 7 {
				t.Errorf("%s: %+v", name, r)
			}
		}
		same(t, name, c.want, ids)
	}
}

func amendingMovesSums(t *testing.T, open Open) {
	s := opened(t, open)
	ingest(t, s, store.Batch{Entries: []store.Entry{entry("a", hour, "k", 10, 5)}})
	change := store.Amendment{
		At: time.Unix(hour*3600, 7), RequestID: "a", Old: []byte("body of a"), New: []byte("new"),
		Lines: []store.Line{{Hour: hour, Key: "k", Counters: store.Counters{Cost: money.Pico(-2)}}},
	}
	gone := change
	gone.RequestID = "b"
	r := store.Repricing{ID: "1", At: born.UTC(), By: "me", From: born.UTC(), To: born.UTC(), Before: "v1", After: "v2", Records: 1, Delta: money.Pico(-2)}
	for i, want := range []int{1, 0} {
		n, err := s.Amend(t.Context(), r, []store.Amendment{change, gone})
		if err != nil || n != want {
			t.Errorf("time %d changed %d: %v", i, n, err)
		}
	}
	same(t, "sums", map[string]store.Counters{"k": {Count: 10, Cost: money.Pico(3), Calls: 1}}, sums(t, s, hour, hour+24))
	trail, err := s.Repricings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "trail", []store.Repricing{r}, trail)
	if found, _ := s.Records(t.Context(), store.RecordQuery{Limit: 1}); string(found[0].Body) != "new" {
		t.Errorf("the body is %q", found[0].Body)
	}
}

func pruningKeepsSums(t *testing.T, open Open) {
	s := opened(t, open)
	for i := range int64(5) {
		ingest(t, s, store.Batch{Entries: []store.Entry{entry(fmt.Sprint(i), hour+i, "k", 1, 1)}})
	}
	for i, want := range []int{2, 1, 0} {
		n, err := s.Prune(t.Context(), time.Unix((hour+3)*3600, 0), 2)
		if err != nil || n != want {
			t.Errorf("time %d removed %d: %v", i, n, err)
		}
	}
	left, err := s.Records(t.Context(), store.RecordQuery{Limit: 10})
	if err != nil || len(left) != 2 || left[0].RequestID != "3" {
		t.Errorf("left %v: %v", left, err)
	}
	if got := sums(t, s, hour, hour+24)["k"].Count; got != 5 {
		t.Errorf("the sum is %d", got)
	}
}

func tagSetsAreKept(t *testing.T, open Open) {
	s := opened(t, open)
	set := store.TagSet{ID: "x", Tags: store.Tags{"team": "a\"b", "": "empty"}}
	for range 2 {
		ingest(t, s, store.Batch{TagSets: []store.TagSet{set, {ID: "y", Tags: store.Tags{}}}})
	}
	all, err := s.TagSets(t.Context(), 0)
	if err != nil || len(all) != 2 {
		t.Fatalf("%v: %v", all, err)
	}
	same(t, "tags", set.Tags, all[0].Tags)
	if rest, err := s.TagSets(t.Context(), all[0].Number); err != nil || len(rest) != 1 || rest[0].ID != "y" {
		t.Errorf("after the first: %v: %v", rest, err)
	}
}

func ledgerSurvives(t *testing.T, open Open) {
	s := open(t)
	b := store.Batch{Run: [16]byte{3}, Through: 4, Entries: []store.Entry{entry("a", hour, "k", 1, 1)}}
	ingest(t, s, b)
	closeStore(t, s)
	s = opened(t, open)
	if n := ingest(t, s, b); n != 0 {
		t.Errorf("after a restart the batch added %d", n)
	}
	ingest(t, s, store.Batch{Entries: []store.Entry{entry("b", hour, "k", 1, 1)}})
	same(t, "sums", map[string]store.Counters{"k": {Count: 2, Cost: money.Pico(2), Calls: 2}}, sums(t, s, hour, hour+1))
}

// A batch whose answer is lost may be repeated; one that the store never heard of left nothing.
func batchIsWhole(t *testing.T, open Open) {
	s := opened(t, open)
	for i, when := range []When{Before, After} {
		b := store.Batch{Entries: []store.Entry{entry(fmt.Sprint("a", i), hour, "k", 1, 1), entry(fmt.Sprint("b", i), hour, "k", 1, 1)}}
		if _, err := FailNth(s, 1, when).Ingest(t.Context(), b); !errors.Is(err, ErrInjected) {
			t.Fatalf("%v", err)
		}
		ingest(t, s, b)
		if got := sums(t, s, hour, hour+1)["k"].Count; got != int64(2*(i+1)) {
			t.Errorf("after a fault %v the sum is %d", when, got)
		}
	}
	keys, err := s.Keys(t.Context(), 0)
	if err != nil || !slices.Equal(keys, []store.Key{{ID: 1, Text: "k"}}) {
		t.Errorf("keys %v: %v", keys, err)
	}
}
