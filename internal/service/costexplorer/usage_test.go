package costexplorer

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/meter"
)

// history is a ledger with a little of everything.
func history(t testing.TB) *memory {
	m := newMemory()
	claude := "Claude Sonnet 4.6 (Amazon Bedrock Edition)"
	units := meter.Unit{Name: "Units", Scale: 1_000_000}
	alpha := map[string]string{"team": "alpha", "env": "prod"}
	m.add(t,
		usage{at: "2026-10-31 23", count: 1500, cost: "0.5", tags: alpha},
		usage{at: "2026-11-01 00", count: 2000, cost: "0.25", tags: alpha, app: "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc"},
		usage{at: "2026-11-01 13", count: 500, cost: "0.000000000001", tags: map[string]string{"team": "beta"}},
		usage{at: "2026-11-20 10", count: 1_500_000, cost: "3", service: claude, usageType: "USE1-MP:USE1_InputTokenCount-Units", unit: units, model: "anthropic.claude-sonnet-4-6", principal: "arn:aws:iam::111122223333:user/admin"},
		usage{at: "2026-11-20 11", count: 1000, cost: "0.1", account: member, region: "eu-west-1", usageType: "EUW1-NovaLite-input-tokens", tags: map[string]string{"iamPrincipal/team": "alpha", "requestMetadata/run": "7"}, system: "eu.amazon.nova-lite-v1:0"},
	)
	return m
}

// ask asks for usage and shows the answer in lines that read well.
func (m *memory) ask(t testing.TB, in *api.GetCostAndUsageRequest) string {
	t.Helper()
	if in.Metrics == nil {
		in.Metrics = []string{unblendedCost}
	}
	out, err := m.server().GetCostAndUsage(t.Context(), call(management), in)
	if err != nil {
		t.Fatal(err)
	}
	return show(out)
}

func show(out *api.GetCostAndUsageResponse) string {
	var b strings.Builder
	for _, r := range out.ResultsByTime {
		fmt.Fprintf(&b, "%s..%s estimated=%v", r.TimePeriod.Start, r.TimePeriod.End, *r.Estimated)
		showMetrics(&b, r.Total)
		b.WriteByte('\n')
		for _, g := range r.Groups {
			fmt.Fprintf(&b, "  %s", strings.Join(g.Keys, " | "))
			showMetrics(&b, g.Metrics)
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func showMetrics(b *strings.Builder, m map[string]api.MetricValue) {
	for _, name := range metrics {
		if v, ok := m[name]; ok {
			fmt.Fprintf(b, " %s=%s %s", name, *v.Amount, *v.Unit)
		}
	}
}

func TestUsage(t *testing.T) {
	november := between("2026-11-01", "2026-12-01")
	for name, test := range map[string]struct {
		in   api.GetCostAndUsageRequest
		want string
	}{
		"a month": {
			api.GetCostAndUsageRequest{TimePeriod: november, Granularity: "MONTHLY", Metrics: metrics},
			"2026-11-01..2026-12-01 estimated=true AmortizedCost=3.350000000001 USD BlendedCost=3.350000000001 USD NetAmortizedCost=3.350000000001 USD " +
				"NetUnblendedCost=3.350000000001 USD NormalizedUsageAmount=0 N/A UnblendedCost=3.350000000001 USD UsageQuantity=5 N/A\n",
		},
		"months are clipped to what was asked": {
			api.GetCostAndUsageRequest{TimePeriod: between("2026-10-31", "2026-11-02"), Granularity: "MONTHLY", Metrics: []string{"UsageQuantity"}},
			"2026-10-31..2026-11-01 estimated=false UsageQuantity=1.5 1K tokens\n2026-11-01..2026-11-02 estimated=true UsageQuantity=2.5 1K tokens\n",
		},
		"days without usage are there": {
			api.GetCostAndUsageRequest{TimePeriod: between("2026-10-31", "2026-11-03"), Granularity: "DAILY", Metrics: []string{"BlendedCost", "UsageQuantity"}},
			"2026-10-31..2026-11-01 estimated=false BlendedCost=0.5 USD UsageQuantity=1.5 1K tokens\n2026-11-01..2026-11-02 estimated=true BlendedCost=0.250000000001 USD UsageQuantity=2.5 1K tokens\n" +
				"2026-11-02..2026-11-03 estimated=true BlendedCost=0 USD UsageQuantity=0 N/A\n",
		},
		"hours": {
			api.GetCostAndUsageRequest{TimePeriod: between("2026-10-31T22:00:00Z", "2026-11-01T00:10:00Z"), Granularity: "HOURLY"},
			"2026-10-31T22:00:00Z..2026-10-31T23:00:00Z estimated=false UnblendedCost=0 USD\n2026-10-31T23:00:00Z..2026-11-01T00:00:00Z estimated=false UnblendedCost=0.5 USD\n" +
				"2026-11-01T00:00:00Z..2026-11-01T01:00:00Z estimated=true UnblendedCost=0.25 USD\n",
		},
		"by tag": {
			api.GetCostAndUsageRequest{TimePeriod: november, Granularity: "MONTHLY", GroupBy: []api.GroupDefinition{byTag("team")}},
			"2026-11-01..2026-12-01 estimated=true\n  team$ UnblendedCost=3.1 USD\n  team$alpha UnblendedCost=0.25 USD\n  team$beta UnblendedCost=0.000000000001 USD\n",
		},
		"by principal's tag, and days without groups": {
			api.GetCostAndUsageRequest{TimePeriod: between("2026-11-19", "2026-11-21"), Granularity: "DAILY", GroupBy: []api.GroupDefinition{byTag("iamPrincipal/team")}},
			"2026-11-19..2026-11-20 estimated=true\n2026-11-20..2026-11-21 estimated=true\n  iamPrincipal/team$ UnblendedCost=3 USD\n  iamPrincipal/team$alpha UnblendedCost=0.1 USD\n",
		},
		"the other spelling of a principal's tag": {
			api.GetCostAndUsageRequest{TimePeriod: between("2026-11-20", "2026-11-21"), Granularity: "DAILY", GroupBy: []api.GroupDefinition{byTag("user:iamPrincipal/team")}},
			"2026-11-20..2026-11-21 estimated=true\n  user:iamPrincipal/team$ UnblendedCost=3 USD\n  user:iamPrincipal/team$alpha UnblendedCost=0.1 USD\n",
		},
		"by two keys": {
			api.GetCostAndUsageRequest{TimePeriod: november, Granularity: "MONTHLY", GroupBy: []api.GroupDefinition{byDimension("SERVICE"), byTag("team")}},
			"2026-11-01..2026-12-01 estimated=true\n  Amazon Bedrock | team$ UnblendedCost=0.1 USD\n  Amazon Bedrock | team$alpha UnblendedCost=0.25 USD\n  Amazon Bedrock | team$beta UnblendedCost=0.000000000001 USD\n" +
				"  Claude Sonnet 4.6 (Amazon Bedrock Edition) | team$ UnblendedCost=3 USD\n",
		},
		"by what usage does not have": {
			api.GetCostAndUsageRequest{TimePeriod: november, Granularity: "MONTHLY", GroupBy: []api.GroupDefinition{byDimension("INSTANCE_TYPE"), byDimension("AZ")}},
			"2026-11-01..2026-12-01 estimated=true\n  NoInstanceType | NoAZ UnblendedCost=3.350000000001 USD\n",
		},
		"by biller and what is generated": {
			api.GetCostAndUsageRequest{TimePeriod: november, Granularity: "MONTHLY", GroupBy: []api.GroupDefinition{byDimension("BILLING_ENTITY"), byTag("outcrop:model")}},
			"2026-11-01..2026-12-01 estimated=true\n  AWS | outcrop:model$amazon.nova-lite-v1:0 UnblendedCost=0.350000000001 USD\n  AWS Marketplace | outcrop:model$anthropic.claude-sonnet-4-6 UnblendedCost=3 USD\n",
		},
		"a filter that nothing meets": {
			api.GetCostAndUsageRequest{TimePeriod: november, Granularity: "MONTHLY", Filter: dimension("SERVICE", "Amazon Elastic Compute Cloud - Compute")},
			"2026-11-01..2026-12-01 estimated=true UnblendedCost=0 USD\n",
		},
		"values are exact": {
			api.GetCostAndUsageRequest{TimePeriod: november, Granularity: "MONTHLY", Filter: tagged("team", "Alpha", "bet")},
			"2026-11-01..2026-12-01 estimated=true UnblendedCost=0 USD\n",
		},
		"values of one leaf are alternatives": {
			api.GetCostAndUsageRequest{TimePeriod: november, Granularity: "MONTHLY", Filter: tagged("team", "alpha", "beta")},
			"2026-11-01..2026-12-01 estimated=true UnblendedCost=0.250000000001 USD\n",
		},
		"the empty value is untagged usage": {
			api.GetCostAndUsageRequest{TimePeriod: november, Granularity: "MONTHLY", Filter: tagged("team", "", "beta")},
			"2026-11-01..2026-12-01 estimated=true UnblendedCost=3.100000000001 USD\n",
		},
		"a key without values is its absence": {
			api.GetCostAndUsageRequest{TimePeriod: november, Granularity: "MONTHLY", Filter: tagged("team")},
			"2026-11-01..2026-12-01 estimated=true UnblendedCost=3.1 USD\n",
		},
		"no key is the absence of all tags": {
			api.GetCostAndUsageRequest{TimePeriod: november, Granularity: "MONTHLY", Filter: &api.Expression{Tags: &api.TagValues{MatchOptions: []api.MatchOption{"ABSENT"}}}},
			"2026-11-01..2026-12-01 estimated=true UnblendedCost=3 USD\n",
		},
		"and, or, not": {
			api.GetCostAndUsageRequest{TimePeriod: november, Granularity: "MONTHLY", Filter: &api.Expression{And: []api.Expression{
				*dimension("SERVICE", "Amazon Bedrock"),
				{Not: tagged("team", "beta")},
				{Or: []api.Expression{*dimension("REGION", "us-east-1"), *dimension("LINKED_ACCOUNT", string(member))}},
			}}},
			"2026-11-01..2026-12-01 estimated=true UnblendedCost=0.35 USD\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, history(t).ask(t, &test.in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestResources(t *testing.T) {
	m := history(t)
	ask := func(in *api.GetCostAndUsageWithResourcesRequest) string {
		t.Helper()
		out, err := m.server().GetCostAndUsageWithResources(t.Context(), call(management), in)
		if err != nil {
			t.Fatal(err)
		}
		return show((*api.GetCostAndUsageResponse)(out))
	}
	const profile = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc"
	const model = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
	got := ask(&api.GetCostAndUsageWithResourcesRequest{
		TimePeriod: between("2026-11-01", "2026-11-02"), Granularity: "DAILY",
		Filter: dimension("SERVICE", "Amazon Bedrock"), GroupBy: []api.GroupDefinition{byDimension("RESOURCE_ID")},
	})
	want := "2026-11-01..2026-11-02 estimated=true\n  " + profile + " UnblendedCost=0.25 USD\n  " + model + " UnblendedCost=0.000000000001 USD\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = ask(&api.GetCostAndUsageWithResourcesRequest{
		TimePeriod: between("2026-11-01", "2026-11-02"), Granularity: "DAILY", Metrics: []string{"UsageQuantity"},
		Filter: dimension("RESOURCE_ID", profile),
	})
	if want := "2026-11-01..2026-11-02 estimated=true UsageQuantity=2 1K tokens\n"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestAMemberSeesItsOwn(t *testing.T) {
	in := &api.GetCostAndUsageRequest{
		TimePeriod: between("2026-11-01", "2026-12-01"), Granularity: "MONTHLY", Metrics: []string{"UnblendedCost"},
		GroupBy: []api.GroupDefinition{byDimension("LINKED_ACCOUNT")},
	}
	s := history(t).server()
	for account, want := range map[string]string{
		string(management): "2026-11-01..2026-12-01 estimated=true\n  111122223333 UnblendedCost=3.250000000001 USD\n  444455556666 UnblendedCost=0.1 USD\n",
		string(member):     "2026-11-01..2026-12-01 estimated=true\n  444455556666 UnblendedCost=0.1 USD\n",
		"777788889999":     "2026-11-01..2026-12-01 estimated=true\n",
	} {
		out, err := s.GetCostAndUsage(t.Context(), call(arn.Account(account)), in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, show(out)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", account, diff)
		}
		names := map[string]string{}
		for _, d := range out.DimensionValueAttributes {
			names[*d.Value] = d.Attributes["description"]
		}
		wantNames := map[string]string{}
		for id, name := range map[string]string{string(management): "main", string(member): "lab"} {
			if strings.Contains(want, id) {
				wantNames[id] = name
			}
		}
		if diff := cmp.Diff(wantNames, names); diff != "" {
			t.Errorf("%s: names (-want +got):\n%s", account, diff)
		}
	}
}

func TestPagesFollow(t *testing.T) {
	m := newMemory()
	const teams = 2*pageSize + 10
	for i := range teams {
		m.add(t, usage{at: "2026-11-20 10", cost: "0.001", tags: map[string]string{"team": fmt.Sprintf("t%05d", i)}})
	}
	m.add(t, usage{at: "2026-11-21 10", cost: "1", tags: map[string]string{"team": "last"}})
	s := m.server()
	in := &api.GetCostAndUsageRequest{
		TimePeriod: between("2026-11-19", "2026-11-23"), Granularity: "DAILY", Metrics: []string{"UnblendedCost"},
		GroupBy: []api.GroupDefinition{byTag("team")},
	}
	var days, seen []string
	pages := 0
	for {
		out, err := s.GetCostAndUsage(t.Context(), call(management), in)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, r := range out.ResultsByTime {
			days = append(days, r.TimePeriod.Start[8:])
			for _, g := range r.Groups {
				seen = append(seen, g.Keys[0])
			}
		}
		if in.NextPageToken = out.NextPageToken; in.NextPageToken == nil {
			break
		}
	}
	if diff := cmp.Diff([]string{"19", "20", "20", "20", "21", "22"}, days); diff != "" {
		t.Errorf("days over %d pages (-want +got):\n%s", pages, diff)
	}
	if len(seen) != teams+1 || !slices.IsSorted(seen[:teams]) || len(slices.Compact(slices.Clone(seen))) != len(seen) {
		t.Errorf("%d groups, want %d, each once and in order", len(seen), teams+1)
	}
}

func TestTokensBelongToTheirQuery(t *testing.T) {
	m := history(t)
	s := m.server()
	in := api.GetCostAndUsageRequest{
		TimePeriod: between("2016-01-01T00:00:00Z", "2026-12-01T00:00:00Z"), Granularity: "HOURLY", Metrics: []string{"UnblendedCost"},
	}
	out, err := s.GetCostAndUsage(t.Context(), call(management), &in)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.ResultsByTime) != pageSize || out.NextPageToken == nil {
		t.Fatalf("%d results, token %v", len(out.ResultsByTime), out.NextPageToken)
	}
	again := in
	again.NextPageToken = out.NextPageToken
	next, err := s.GetCostAndUsage(t.Context(), call(management), &again)
	if err != nil || next.ResultsByTime[0].TimePeriod.Start != out.ResultsByTime[pageSize-1].TimePeriod.End {
		t.Errorf("the next page begins at %v (%v)", next, err)
	}
	changed := again
	changed.Metrics = []string{"BlendedCost"}
	_, err = s.GetCostAndUsage(t.Context(), call(management), &changed)
	wantFault(t, err, fault.RequestChanged, tokenForeign)
	_, err = s.GetCostAndUsage(t.Context(), call(member), &again)
	wantFault(t, err, fault.RequestChanged, tokenForeign)
	for _, token := range []string{"", "x", "not base64!", "AAAAAAAAAAAAAAAA", (*out.NextPageToken)[:16], *out.NextPageToken + "gA"} {
		again.NextPageToken = &token
		_, err = s.GetCostAndUsage(t.Context(), call(management), &again)
		if !fault.Is(err, fault.InvalidNextToken) {
			t.Errorf("token %q: %v", token, err)
		}
	}
}

func TestALedgerThatFails(t *testing.T) {
	m := history(t)
	m.err = fmt.Errorf("the disk is away")
	_, err := m.server().GetCostAndUsage(t.Context(), call(management), &api.GetCostAndUsageRequest{
		TimePeriod: between("2026-11-01", "2026-12-01"), Granularity: "MONTHLY", Metrics: []string{"UnblendedCost"},
	})
	if err == nil || fault.Public(err).Code != fault.Internal || !strings.Contains(err.Error(), "the disk is away") {
		t.Errorf("got %v", err)
	}
}
