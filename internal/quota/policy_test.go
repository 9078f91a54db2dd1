package quota

import (
	"strconv"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
)

func TestAmounts(t *testing.T) {
	for text, want := range map[string]Amount{
		"0": {}, " 7 ": {N: 7}, "2_000_000": {N: 2_000_000}, "1000000000000000": {N: 1e15}, "none": {None: true},
		"40%": {Parts: 4000}, "12.5%": {Parts: 1250}, "0.01 %": {Parts: 1}, "100%": {Parts: tenThousand}, "100.00%": {Parts: tenThousand},
	} {
		var got Amount
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "-1", "1.5", "1e3", "None", "1000000000000001", "9223372036854775808", "%", "0%", "-1%", "100.01%", "1.234%", ".5%", "1..%", "4 0%"} {
		got := Amount{N: -1}
		if err := got.UnmarshalText([]byte(text)); err == nil || got.N != -1 {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// Whatever is read as an amount says the same again.
func FuzzAmount(f *testing.F) {
	for _, seed := range []string{"", "0", "2_000", "none", "40%", "12.50%", "0.01%", "100%", "1e9", "99.999%", "-0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var first, again Amount
		if first.UnmarshalText([]byte(text)) != nil {
			return
		}
		if err := again.UnmarshalText([]byte(first.String())); err != nil || again != first || first.N < 0 || first.Parts < 0 || first.Parts > tenThousand {
			t.Errorf("%q is %+v, and as %q %+v (%v)", text, first, first, again, err)
		}
	})
}

func TestGlobsGoThroughPaths(t *testing.T) {
	for _, c := range []struct {
		glob, text string
		want       bool
	}{
		{"", "x", true},
		{"*", "", true},
		{"arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/teams/a/b", true},
		{"arn:aws:iam::*:role/teams/?", "arn:aws:iam::111122223333:role/teams/a", true},
		{"arn:aws:iam::*:role/x*", "arn:aws:iam::111122223333:role/teams/x", false},
		{"search-*", "search", false},
		{"[", "[", true}, // not well-formed, and equal
		{"[", "a", false},
	} {
		if got := matches(c.glob, c.text); got != c.want {
			t.Errorf("%q covers %q: %v", c.glob, c.text, got)
		}
	}
}

// However many callers there are, a book keeps so many tallies and plans.
func TestABookIsBounded(t *testing.T) {
	facts := load(t)
	r := NewRules(facts, Policy{Enforce: true, Defaults: Off, Shares: []Share{
		{Name: "each", Principal: "*", Each: true, Amounts: Amounts{Requests: &Amount{N: 2}}},
	}})
	b, c, h := NewBook("111122223333", r), Call{Source: "us-east-1", Model: model(t, facts, nova)}, Hold{}
	come := func(now time.Duration, who int) *Refusal {
		c.Principal = strconv.Itoa(who)
		return b.Reserve(now, &c, 1, &h)
	}
	for who := range maxTallies {
		if refusal := come(0, who); refusal != nil {
			t.Fatal(refusal)
		}
		b.Settle(0, &h, 0)
	}
	late := []*Refusal{come(0, -1), come(0, -2), come(0, -3)}
	if late[0] != nil || late[1] != nil || late[2] == nil || late[2].Subject.Who != others {
		t.Errorf("the callers after the last one that is known: %v", late)
	}
	if len(b.tallies) > maxTallies+1 || len(b.plans) > maxPlans {
		t.Errorf("%d tallies and %d plans are kept", len(b.tallies), len(b.plans))
	}
	if come(0, 7) != nil || come(0, 7) == nil {
		t.Error("one that is known has another's quota")
	}
	if refusal := come(time.Hour, -4); refusal != nil {
		t.Error(refusal)
	}
	b.sweep()
	if n := len(b.tallies); n > 8 {
		t.Errorf("an hour later %d are remembered", n)
	}
}

// Every quota the catalog publishes is one that can be counted and reached by a call.
func TestPublishedQuotasAreUsed(t *testing.T) {
	facts := load(t)
	r, seen := NewRules(facts, Policy{Enforce: true, Defaults: EnforceThose}), 0
	for _, q := range facts.Quotas() {
		m, ok := measureOf[q.Metric]
		if !ok || q.Model == "" || q.Variant != "" || q.Scope == catalog.LatencyOptimized {
			continue
		}
		limits, ok := r.limits(Subject{Account: "111122223333", Source: "mars-north-1", Model: q.Model, Scope: q.Scope})
		if got := limits[m]; !ok || !got.Set || got.Max != q.Default || got.Watched {
			t.Errorf("%s: %+v, want %d", q.Name, got, q.Default)
		}
		seen++
		for source, want := range q.ByRegion {
			if limits, _ := r.limits(Subject{Source: source, Model: q.Model, Scope: q.Scope}); limits[m].Max != want {
				t.Errorf("%s in %s: %+v, want %d", q.Name, source, limits[m], want)
			}
		}
	}
	if seen < 300 {
		t.Errorf("only %d quotas: the test has lost its subject", seen)
	}
}
