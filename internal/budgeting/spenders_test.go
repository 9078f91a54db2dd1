package budgeting

import (
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

func TestSpenders(t *testing.T) {
	h := newHouse(t)
	h.put("all", "10", "none")
	for range 3 {
		h.spend(1_000_000)
	}
	s := h.status("all")
	ranks, err := h.Spenders(t.Context(), budget.Key{Account: owner, Name: "all"}, s.Period, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(ranks) != 3 || ranks[0].Kind != meter.TagPrincipal || ranks[2].Kind != meter.TagModel {
		t.Fatalf("%+v", ranks)
	}
	if top := ranks[0].Top; len(top) != 1 || top[0].Name != "arn:aws:iam::111122223333:user/ann" || top[0].Spent != s.Spent {
		t.Errorf("callers %+v, want what is spent, %s, by ann", top, s.Spent)
	}
	if top := ranks[2].Top; top[0].Name != "amazon.nova-lite-v1:0" {
		t.Errorf("models %+v", top)
	}
	before := budget.Period{Start: s.Period.Start.AddDate(0, -1, 0), End: s.Period.Start.Add(-time.Second)}
	if ranks, err := h.Spenders(t.Context(), budget.Key{Account: owner, Name: "all"}, before, 3); err != nil || len(ranks) != 0 {
		t.Errorf("the month before: %+v, %v", ranks, err)
	}
	if ranks, err := h.Spenders(t.Context(), budget.Key{Account: owner, Name: "none"}, s.Period, 3); err != nil || ranks != nil {
		t.Errorf("a budget that is not there: %+v, %v", ranks, err)
	}
}

func TestARankingNamesTheMost(t *testing.T) {
	c := tally{}
	for i, name := range []string{"c", "a", "b", "d"} {
		c.count("team", name, dollarsOf(t, []string{"1", "3", "3", "0.5"}[i]))
	}
	r := c.rankings(2)[0]
	if len(r.Top) != 2 || r.Top[0].Name != "a" || r.Top[1].Name != "b" || r.Others != dollarsOf(t, "1.5") {
		t.Errorf("%+v", r)
	}
}

func dollarsOf(t *testing.T, text string) money.Amount {
	t.Helper()
	a, err := money.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
