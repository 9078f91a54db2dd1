package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/store"
)

var costTagTests = map[string]func(*testing.T, Open){"the status of keys survives": costTagsSurvive}

func costTagsSurvive(t *testing.T, open Open) {
	s := open(t)
	if tags, err := s.CostTags(t.Context()); err != nil || len(tags) != 0 {
		t.Errorf("a new store has %v (%v)", tags, err)
	}
	later := born.Add(time.Hour)
	for _, tags := range [][]store.CostTag{
		{{Key: "team", Active: true, Updated: born}, {Key: "", Active: true, Updated: born}},
		nil,
		{{Key: "iamPrincipal/team é", Updated: later}, {Key: "team", Updated: later}},
	} {
		if err := s.SetCostTags(t.Context(), tags); err != nil {
			t.Fatal(err)
		}
	}
	closeStore(t, s)
	got, err := opened(t, open).CostTags(t.Context())
	want := []store.CostTag{{Key: "", Active: true, Updated: born.UTC()}, {Key: "iamPrincipal/team é", Updated: later.UTC()}, {Key: "team", Updated: later.UTC()}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
