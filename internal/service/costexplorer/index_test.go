package costexplorer

import (
	"context"
	"strings"
	"sync"
	"testing"

	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/store"
)

func TestManyAskAtOnce(t *testing.T) {
	m := history(t)
	if _, err := m.Keys(t.Context(), 0); err != nil { // the fake numbers its keys now, and only reads from here on
		t.Fatal(err)
	}
	s := m.server()
	in := api.GetTagsRequest{TimePeriod: all, TagKey: new("team")}
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			out, err := s.GetTags(t.Context(), call(management), &in)
			if err != nil || len(out.Tags) != 3 {
				t.Errorf("%+v (%v)", out, err)
			}
		})
	}
	wait.Wait()
}

func TestKeysThatComeLater(t *testing.T) {
	m := history(t)
	s := m.server()
	regions := func() int {
		t.Helper()
		out, err := s.GetDimensionValues(t.Context(), call(management), &api.GetDimensionValuesRequest{TimePeriod: all, Dimension: "REGION"})
		if err != nil {
			t.Fatal(err)
		}
		return out.TotalSize
	}
	if got := regions(); got != 2 {
		t.Fatalf("%d regions", got)
	}
	m.add(t, usage{at: "2026-11-21 10", cost: "1", region: "ap-south-1", tags: map[string]string{"team": "new"}})
	if got := regions(); got != 3 {
		t.Errorf("%d regions once a third was used", got)
	}
	// Of two transactions the one with the larger number may have been seen first.
	m.add(t, usage{at: "2026-11-21 10", cost: "1", region: "ap-south-2"})
	s.keys.lastKey++
	if got := regions(); got != 4 {
		t.Errorf("%d regions once a key was seen late", got)
	}
}

// brokenKeys is a ledger that has lost its keys.
type brokenKeys struct{ *memory }

func (brokenKeys) Keys(context.Context, int64) ([]store.Key, error) { return nil, nil }

func TestASumWithoutAKey(t *testing.T) {
	m := history(t)
	s := m.server()
	broken := brokenKeys{m}
	s.opt.Ledger, s.keys.ledger = broken, broken
	_, err := s.GetTags(t.Context(), call(management), &api.GetTagsRequest{TimePeriod: all})
	if err == nil || !strings.Contains(err.Error(), "and no such key") {
		t.Errorf("got %v", err)
	}
}
