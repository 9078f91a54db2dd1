package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/store"
)

var documentTests = map[string]func(*testing.T, Open){
	"documents survive":         documentsSurvive,
	"one of many writers wins":  oneWriterWins,
	"histories agree":           documentHistories,
	"a lost base changes none":  lostBase,
	"collections are separate":  separateCollections,
	"an empty change is a read": emptyChange,
}

func put(kind, key, body string) store.DocumentChange {
	return store.DocumentChange{Document: store.Document{Kind: kind, Key: key, Body: []byte(body)}}
}

func remove(kind, key string) store.DocumentChange {
	return store.DocumentChange{Document: store.Document{Kind: kind, Key: key}, Delete: true}
}

// change makes changes that must be accepted.
func change(t *testing.T, s store.Store, collection string, base store.Revision, changes ...store.DocumentChange) store.Revision {
	t.Helper()
	next, err := s.ChangeDocuments(t.Context(), collection, base, changes)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// holds compares a collection.
func holds(t *testing.T, s store.Store, collection string, revision store.Revision, want ...store.DocumentChange) {
	t.Helper()
	var documents []store.Document
	for _, c := range want {
		documents = append(documents, c.Document)
	}
	got, at, err := s.Documents(t.Context(), collection)
	if diff := cmp.Diff(documents, got, cmpopts.EquateEmpty()); err != nil || at != revision || diff != "" {
		t.Errorf("revision %d, want %d; %v (-want +got):\n%s", at, revision, err, diff)
	}
}

func documentsSurvive(t *testing.T, open Open) {
	s := open(t)
	holds(t, s, "things", 0)
	first := change(t, s, "things", 0, put("b", "1", "one"), put("a", "é/\x00", ""), put("b", "0", "zero"), remove("c", "never there"))
	second := change(t, s, "things", first, put("b", "1", "uno"), remove("b", "0"), put("c", "", "\xff\x00"))
	if first == 0 || second == first {
		t.Errorf("revisions %d and %d", first, second)
	}
	closeStore(t, s)
	s = opened(t, open)
	left := []store.DocumentChange{put("a", "é/\x00", ""), put("b", "1", "uno"), put("c", "", "\xff\x00")}
	holds(t, s, "things", second, left...)
	third := change(t, s, "things", second, remove("a", "é/\x00"), remove("b", "1"), remove("c", ""))
	holds(t, s, "things", third)
}

func lostBase(t *testing.T, open Open) {
	s := opened(t, open)
	revision := change(t, s, "things", 0, put("a", "1", "one"))
	for _, base := range []store.Revision{0, revision + 1, -1} {
		for _, changes := range [][]store.DocumentChange{nil, {put("a", "2", "two"), remove("a", "1")}} {
			if _, err := s.ChangeDocuments(t.Context(), "things", base, changes); !errors.Is(err, store.ErrConflict) || !store.Known(err) {
				t.Errorf("base %d: %v, want ErrConflict", base, err)
			}
		}
	}
	holds(t, s, "things", revision, put("a", "1", "one"))
}

func separateCollections(t *testing.T, open Open) {
	s := opened(t, open)
	things := change(t, s, "things", 0, put("a", "1", "one"))
	others := change(t, s, "others", 0, put("a", "1", "eins"))
	others = change(t, s, "others", others, put("a", "2", "zwei"))
	holds(t, s, "things", things, put("a", "1", "one"))
	holds(t, s, "others", others, put("a", "1", "eins"), put("a", "2", "zwei"))
}

func emptyChange(t *testing.T, open Open) {
	s := opened(t, open)
	if next := change(t, s, "things", 0); next != 0 {
		t.Errorf("revision %d", next)
	}
	revision := change(t, s, "things", 0, put("a", "1", "one"), put("a", "1", "two"))
	if next := change(t, s, "things", revision); next != revision {
		t.Errorf("revision %d, want %d", next, revision)
	}
	holds(t, s, "things", revision, put("a", "1", "two"))
}

// oneWriterWins lets writers start from one base: all but one must learn that they were late.
func oneWriterWins(t *testing.T, open Open) {
	s := opened(t, open)
	const writers = 8
	errs := make([]error, writers)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			_, errs[i] = s.ChangeDocuments(t.Context(), "things", 0, []store.DocumentChange{put("a", "1", string(rune('a'+i)))})
		})
	}
	group.Wait()
	winner := slices.Index(errs, nil)
	for i, err := range errs {
		if i != winner && !errors.Is(err, store.ErrConflict) {
			t.Errorf("writer %d: %v", i, err)
		}
	}
	if winner < 0 {
		t.Fatal("nobody won")
	}
	holds(t, s, "things", 1, put("a", "1", string(rune('a'+winner))))
}

// documentHistories runs random histories through the store and through a map.
func documentHistories(t *testing.T, open Open) {
	s := opened(t, open)
	word := rapid.SampledFrom([]string{"", "a", "b", "é"})
	someChange := rapid.Custom(func(t *rapid.T) store.DocumentChange {
		return store.DocumentChange{
			Document: store.Document{Kind: word.Draw(t, "kind"), Key: word.Draw(t, "key"), Body: rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "body")},
			Delete:   rapid.Bool().Draw(t, "delete"),
		}
	})
	history := 0
	rapid.Check(t, func(rt *rapid.T) {
		history++
		var (
			collections = rapid.SampledFrom([]string{fmt.Sprint("x", history), fmt.Sprint("y", history)})
			model       = map[string][]store.Document{}
			revisions   = map[string]store.Revision{}
		)
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			name, changes := collections.Draw(rt, "collection"), rapid.SliceOfN(someChange, 0, 4).Draw(rt, "changes")
			base := revisions[name] + store.Revision(rapid.SampledFrom([]int{0, 0, 0, 1, -1}).Draw(rt, "off"))
			next, err := s.ChangeDocuments(rt.Context(), name, base, changes)
			if base != revisions[name] {
				if !errors.Is(err, store.ErrConflict) {
					rt.Fatalf("base %d at %d: %v", base, revisions[name], err)
				}
				continue
			}
			if moved := next != base; err != nil || moved != (len(changes) > 0) {
				rt.Fatalf("%d changes lead from %d to %d (%v)", len(changes), base, next, err)
			}
			model[name], revisions[name] = applied(model[name], changes), next
		}
		for name, want := range model {
			got, revision, err := s.Documents(rt.Context(), name)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || revision != revisions[name] || diff != "" {
				rt.Fatalf("%s at %d, want %d; %v (-model +store):\n%s", name, revision, revisions[name], err, diff)
			}
		}
	})
}

// applied is what a collection holds after changes.
func applied(documents []store.Document, changes []store.DocumentChange) []store.Document {
	for _, c := range changes {
		at, found := slices.BinarySearchFunc(documents, c.Document, store.Document.Compare)
		if found {
			documents = slices.Delete(documents, at, at+1)
		}
		if !c.Delete {
			documents = slices.Insert(documents, at, c.Document)
		}
	}
	return documents
}
