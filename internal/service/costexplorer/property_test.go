package costexplorer

import (
	"fmt"
	"math/big"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

// The words that random histories and filters are made of. Few, so that they meet.
var (
	someTeams    = []string{"", "alpha", "beta", "alpha$beta"}
	someServices = []string{"Amazon Bedrock", "Claude Haiku 4.5 (Amazon Bedrock Edition)"}
	someRegions  = []arn.Region{"us-east-1", "eu-west-1"}
	someAccounts = []arn.Account{management, member}
)

// drawHistory makes usage of October and November.
func drawHistory(t *rapid.T) *memory {
	m := newMemory()
	first := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for i := range rapid.IntRange(0, 40).Draw(t, "lines") {
		tags := map[string]string{}
		if team := rapid.SampledFrom(someTeams).Draw(t, "team"); team != "" {
			tags["team"] = team
		}
		if rapid.Bool().Draw(t, "has env") {
			tags["iamPrincipal/env"] = "prod"
		}
		l := meter.Line{Key: meter.Key{
			Hour: meter.HourOf(first.Add(time.Duration(rapid.IntRange(0, 24*53).Draw(t, "hour")) * time.Hour)),
			Dimensions: meter.Dimensions{
				Account: rapid.SampledFrom(someAccounts).Draw(t, "account"), Region: rapid.SampledFrom(someRegions).Draw(t, "region"),
				Service: rapid.SampledFrom(someServices).Draw(t, "service"), UsageType: fmt.Sprintf("type-%d", i%3), RecordType: "Usage",
				Operation: "InvokeModelInference", Unit: meter.Unit{Name: "1K tokens", Scale: 1000}, Model: "m", Tags: m.set(tags),
			},
		}, Sums: meter.Sums{
			Count: rapid.Int64Range(0, meter.MaxCount).Draw(t, "count"),
			Cost:  money.Pico(rapid.Int64Range(-1e15, 1e15).Draw(t, "cost")), // a repricing may lower what was
		}}
		m.lines = append(m.lines, l)
	}
	return m
}

// drawFilter makes a filter and, beside it, the plain meaning of it.
func drawFilter(t *rapid.T, depth int) (*api.Expression, func(*meter.Line, map[string]string) bool) {
	type meaning = func(*meter.Line, map[string]string) bool
	kind := rapid.IntRange(0, 6).Draw(t, "kind")
	if depth == 0 {
		kind %= 4
	}
	switch kind {
	case 0:
		v := rapid.SampledFrom(someServices).Draw(t, "value")
		return dimension("SERVICE", v, "nothing"), func(l *meter.Line, _ map[string]string) bool { return l.Service == v }
	case 1:
		v := rapid.SampledFrom(someRegions).Draw(t, "value")
		return dimension("REGION", string(v)), func(l *meter.Line, _ map[string]string) bool { return l.Region == v }
	case 2:
		v, w := rapid.SampledFrom(someTeams).Draw(t, "value"), rapid.SampledFrom(someTeams).Draw(t, "other")
		return tagged("team", v, w), func(_ *meter.Line, tags map[string]string) bool { return tags["team"] == v || tags["team"] == w }
	case 3:
		return tagged("iamPrincipal/env"), func(_ *meter.Line, tags map[string]string) bool { return tags["iamPrincipal/env"] == "" }
	case 4:
		e, yes := drawFilter(t, depth-1)
		return &api.Expression{Not: e}, func(l *meter.Line, tags map[string]string) bool { return !yes(l, tags) }
	}
	var list []api.Expression
	var all []meaning
	for range rapid.IntRange(2, 3).Draw(t, "operands") {
		e, yes := drawFilter(t, depth-1)
		list, all = append(list, *e), append(all, yes)
	}
	if kind == 5 {
		return &api.Expression{And: list}, func(l *meter.Line, tags map[string]string) bool {
			for _, yes := range all {
				if !yes(l, tags) {
					return false
				}
			}
			return true
		}
	}
	return &api.Expression{Or: list}, func(l *meter.Line, tags map[string]string) bool {
		for _, yes := range all {
			if yes(l, tags) {
				return true
			}
		}
		return false
	}
}

// exact is a decimal text as a number of any size.
func exact(t *rapid.T, text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok || strings.ContainsAny(text, "eE/") {
		t.Fatalf("%q is no decimal number", text)
	}
	return r
}

// cost is a metric of an answer.
func cost(t *rapid.T, m map[string]api.MetricValue, name string) *big.Rat {
	return exact(t, *m[name].Amount)
}

func TestGroupsAddUpToTotalsAndTotalsToTheLedger(t *testing.T) {
	groupings := [][]api.GroupDefinition{
		{byTag("team")},
		{byDimension("SERVICE")},
		{byDimension("LINKED_ACCOUNT"), byTag("iamPrincipal/env")},
		{byDimension("USAGE_TYPE"), byDimension("REGION")},
		{byTag("nobody")},
	}
	rapid.Check(t, func(t *rapid.T) {
		m := drawHistory(t)
		s := m.server()
		caller := rapid.SampledFrom(someAccounts).Draw(t, "caller")
		in := api.GetCostAndUsageRequest{Granularity: rapid.SampledFrom([]api.Granularity{"DAILY", "MONTHLY"}).Draw(t, "granularity"), Metrics: metrics}
		from := rapid.IntRange(0, 59).Draw(t, "from")
		days := interval{time.Date(2026, 10, 1+from, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 1+rapid.IntRange(from+1, 60).Draw(t, "to"), 0, 0, 0, 0, time.UTC)}
		if days.start.After(now) {
			days.start = dayOf(now)
		}
		in.TimePeriod = days.wire("DAILY")
		meaning := func(*meter.Line, map[string]string) bool { return true }
		if rapid.Bool().Draw(t, "filtered") {
			in.Filter, meaning = drawFilter(t, 3)
		}
		want := meter.Sums{}
		for i := range m.lines {
			l := &m.lines[i]
			at := l.Hour.Time()
			if !at.Before(days.start) && at.Before(days.end) && (caller == management || l.Account == caller) && meaning(l, m.sets[l.Tags]) {
				want = want.Add(l.Sums)
			}
		}
		plain, err := s.GetCostAndUsage(t.Context(), call(caller), &in)
		if err != nil {
			t.Fatal(err)
		}
		in.GroupBy = rapid.SampledFrom(groupings).Draw(t, "groups")
		grouped, err := s.GetCostAndUsage(t.Context(), call(caller), &in)
		if err != nil {
			t.Fatal(err)
		}
		if len(plain.ResultsByTime) != len(grouped.ResultsByTime) {
			t.Fatalf("%d periods, and %d with groups", len(plain.ResultsByTime), len(grouped.ResultsByTime))
		}
		for _, name := range []string{"UnblendedCost", "NetAmortizedCost", "UsageQuantity"} {
			sum := new(big.Rat)
			for i, r := range plain.ResultsByTime {
				total := cost(t, r.Total, name)
				groups := new(big.Rat)
				for _, g := range grouped.ResultsByTime[i].Groups {
					groups.Add(groups, cost(t, g.Metrics, name))
				}
				if groups.Cmp(total) != 0 {
					t.Fatalf("%s of %s: groups %s, total %s", name, r.TimePeriod.Start, groups, total)
				}
				sum.Add(sum, total)
			}
			ledger := exact(t, want.Cost.String())
			if name == "UsageQuantity" {
				ledger = exact(t, money.Quantity(want.Count, 1000))
			}
			if sum.Cmp(ledger) != 0 {
				t.Fatalf("%s: answers %s, ledger %s", name, sum, ledger)
			}
		}
	})
}

func FuzzTokens(f *testing.F) {
	d := digestOf("GetTags", management, []byte("{}"))
	f.Add(d.token(position{index: 7, after: []string{"a", ""}}))
	f.Add("")
	f.Add("AAAA_-")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := d.resume(&text)
		if err != nil {
			return
		}
		again, err := d.resume(new(d.token(p)))
		if err != nil || again.index != p.index || strings.Join(again.after, "\x00") != strings.Join(p.after, "\x00") {
			t.Errorf("%q is %v, and %v (%v) when written again", text, p, again, err)
		}
	})
}

// FuzzQuestions sends bodies as they come off the wire. Whatever stands in one, the answer is good or the caller's fault.
func FuzzQuestions(f *testing.F) {
	const whole = `{"TimePeriod":{"Start":"2026-11-01","End":"2026-12-01"},"Granularity":"DAILY","Metrics":["UnblendedCost"],"Metric":"UNBLENDED_COST","Dimension":"SERVICE",` +
		`"GroupBy":[{"Type":"TAG","Key":"team"}],"Filter":{"Not":{"Or":[{"Tags":{"Key":"team","Values":["a"]}},{"Dimensions":{"Key":"REGION","Values":["x"]}}]}},` +
		`"CostAllocationTagsStatus":[{"TagKey":"team","Status":"Active"}],"MaxResults":3,"SearchString":"a","PredictionIntervalLevel":80}`
	for operation := range byte(8) {
		f.Add(operation, whole)
	}
	f.Add(byte(0), `{"TimePeriod":{"Start":"0000-01-01T00:00:00Z","End":"9999-12-31T23:59:59Z"},"Granularity":"HOURLY","Metrics":[]}`)
	f.Add(byte(4), `{"TimePeriod":{"Start":"2026-11-22","End":"2027-02-01"},"Granularity":"MONTHLY","Metric":"UNBLENDED_COST"}`)
	f.Add(byte(2), `{"NextPageToken":"AAAA","SortBy":[{"Key":"UnblendedCost"}]}`)
	operations := []string{
		"GetCostAndUsage", "GetCostAndUsageWithResources", "GetDimensionValues", "GetTags", "GetCostForecast", "GetUsageForecast",
		"ListCostAllocationTags", "UpdateCostAllocationTagsStatus",
	}
	f.Fuzz(func(t *testing.T, operation byte, body string) {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("X-Amz-Target", "AWSInsightsIndexService."+operations[int(operation)%len(operations)])
		c := call(management)
		c.Request, c.Body = r, []byte(body)
		rec := httptest.NewRecorder()
		api.NewService(history(t).server()).Serve(rec, c)
		if rec.Code != 200 && rec.Code != 400 {
			t.Errorf("HTTP %d %s", rec.Code, rec.Body)
		}
	})
}
