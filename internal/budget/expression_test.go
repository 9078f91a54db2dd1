package budget

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/meter"
)

// drawExpression is a random filter over a few tags and dimensions.
func drawExpression(t *rapid.T, depth int) Expression {
	kind := rapid.IntRange(0, 4).Draw(t, "kind")
	if depth == 0 {
		kind %= 2
	}
	values := func(of ...string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 1, len(of), rapid.ID).Draw(t, "values")
	}
	list := func() (out []Expression) {
		for range rapid.IntRange(2, 3).Draw(t, "parts") {
			out = append(out, drawExpression(t, depth-1))
		}
		return out
	}
	switch kind {
	case 0:
		if rapid.Bool().Draw(t, "absent") {
			return Expression{Tag: &Condition{Key: "team"}}
		}
		return Expression{Tag: &Condition{rapid.SampledFrom([]string{"team", "stage"}).Draw(t, "tag"), values("", "search", "ads", "prod")}}
	case 1:
		if rapid.Bool().Draw(t, "by type") {
			return Expression{Dimension: &Condition{usageType, values("USE1-NovaLite-input-tokens", "USE1-NovaLite-output-tokens", "x")}}
		}
		return Expression{Dimension: &Condition{"REGION", values("us-east-1", "eu-west-1")}}
	case 2:
		return Expression{And: list()}
	case 3:
		return Expression{Or: list()}
	}
	inner := drawExpression(t, depth-1)
	return Expression{Not: &inner}
}

// holds says the same as a compiled filter, in the plainest way.
func holds(e *Expression, s *meter.Subject) bool {
	switch {
	case e.And != nil:
		return !slices.ContainsFunc(e.And, func(p Expression) bool { return !holds(&p, s) })
	case e.Or != nil:
		return slices.ContainsFunc(e.Or, func(p Expression) bool { return holds(&p, s) })
	case e.Not != nil:
		return !holds(e.Not, s)
	case e.Dimension != nil:
		return slices.Contains(e.Dimension.Values, s.Dimension(e.Dimension.Key))
	case len(e.Tag.Values) == 0:
		return s.Tag(e.Tag.Key) == ""
	}
	return slices.Contains(e.Tag.Values, s.Tag(e.Tag.Key))
}

// A call finds every budget that its lines in the ledger are counted in, by the same classes, and no other.
func TestCallsFindTheirBudgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPool(t)
		var list []*Definition
		for i := range rapid.IntRange(1, 8).Draw(t, "budgets") {
			d := monthly(t, fmt.Sprint(i), "1000", Hard)
			if rapid.Bool().Draw(t, "filtered") {
				e := drawExpression(t, 2)
				d.Filter = &e
			}
			if rapid.Bool().Draw(t, "of the management account") {
				d.Account = management
			}
			list = append(list, d)
		}
		install(t, p, list...)
		d := ask("1", 10)
		d.Source = rapid.SampledFrom([]arn.Region{"us-east-1", "eu-west-1"}).Draw(t, "region")
		d.Application.Tags = map[string]string{}
		for _, key := range []string{"team", "stage"} {
			if v := rapid.SampledFrom([]string{"", "search", "ads", "prod"}).Draw(t, key); v != "" {
				d.Application.Tags[key] = v
			}
		}
		var ticket Ticket
		if err := p.Reserve(d, &ticket); err != nil {
			t.Fatal(err)
		}
		r := came(d, 5, 3)
		for _, def := range list {
			var want classes
			for line := range p.names.Lines(r) {
				if s := (&meter.Subject{Dimensions: &line.Dimensions, Tags: d.Tags(), Payer: management}); def.Filter == nil || holds(def.Filter, s) {
					want |= 1 << line.Class
				}
			}
			var got classes
			if h := ticket.hold(p.entries[def.Key]); h != nil {
				got = h.of
			}
			if used := classes(1<<catalog.Input | 1<<catalog.Output); got&used != want {
				t.Fatalf("budget %s of %s is charged for the classes %b, want %b", def.Name, def.Account, got&used, want)
			}
		}
	})
}

func TestOlderFilters(t *testing.T) {
	e, err := FromCostFilters(map[string][]string{
		"Service": {"Amazon Bedrock"}, "TagKeyValue": {"user:team$search", "user:team$ads", "stage$prod"}, "Region": {"us-east-1", "us-west-2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := compile(e)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		region arn.Region
		tags   map[string]string
		want   bool
	}{
		"all of it":         {"us-west-2", map[string]string{"team": "ads", "stage": "prod"}, true},
		"another region":    {"eu-west-1", map[string]string{"team": "ads", "stage": "prod"}, false},
		"another team":      {"us-east-1", map[string]string{"team": "ops", "stage": "prod"}, false},
		"a tag that is not": {"us-east-1", map[string]string{"team": "search"}, false},
	} {
		s := &meter.Subject{Dimensions: &meter.Dimensions{Service: "Amazon Bedrock", Region: c.region}, Tags: c.tags}
		if f.test(s) != c.want {
			t.Errorf("%s passes: %v", name, !c.want)
		}
	}
	if e, err := FromCostFilters(nil); e != nil || err != nil {
		t.Errorf("no filters are %v, %v", e, err)
	}
	if _, err := FromCostFilters(map[string][]string{"Colour": {"red"}}); err == nil || !strings.Contains(err.Error(), "Colour") {
		t.Errorf("an unknown key: %v", err)
	}
}

func TestBadExpressions(t *testing.T) {
	leaf := Expression{Tag: &Condition{"team", []string{"a"}}}
	large := Expression{Or: slices.Repeat([]Expression{leaf}, maxNodes)}
	for want, e := range map[string]Expression{
		"exactly one":     {},
		"this one has 2":  {Tag: leaf.Tag, Dimension: &Condition{"REGION", []string{"a"}}},
		"at least 2":      {And: []Expression{leaf}},
		"at most 500":     large,
		"at least one va": {Dimension: &Condition{Key: "REGION"}},
		"needs a key for": {Tag: &Condition{Values: []string{"a"}}},
	} {
		if _, err := compile(&e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want one with %q", err, want)
		}
	}
}
