package costexplorer

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/meter"
)

// weeks is usage of the same week, again and again, up to yesterday: a dollar on Mondays, two on Tuesdays, …
func weeks(t *testing.T, n int) *memory {
	m := newMemory()
	for back := n * 7; back > 0; back-- {
		day := dayOf(now).AddDate(0, 0, -back)
		m.add(t, usage{at: day.Format("2006-01-02") + " 09", count: 1000, cost: string('1' + rune(day.Weekday()+6)%7)})
	}
	return m
}

func TestCostForecast(t *testing.T) {
	m := weeks(t, 8)
	ask := func(in api.GetCostForecastRequest) *api.GetCostForecastResponse {
		t.Helper()
		in.Metric = api.MetricUnblendedCost
		out, err := m.server().GetCostForecast(t.Context(), call(management), &in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	out := ask(api.GetCostForecastRequest{TimePeriod: between("2026-11-22", "2026-11-25"), Granularity: "DAILY", PredictionIntervalLevel: new(80)})
	result := func(start, end, mean string) api.ForecastResult {
		return api.ForecastResult{TimePeriod: between(start, end), MeanValue: &mean, PredictionIntervalLowerBound: &mean, PredictionIntervalUpperBound: &mean}
	}
	want := &api.GetCostForecastResponse{
		Total: &api.MetricValue{Amount: new("10"), Unit: new("USD")},
		ForecastResultsByTime: []api.ForecastResult{
			result("2026-11-22", "2026-11-23", "7"), result("2026-11-23", "2026-11-24", "1"), result("2026-11-24", "2026-11-25", "2"),
		},
	}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("by day (-want +got):\n%s", diff)
	}
	out = ask(api.GetCostForecastRequest{TimePeriod: between("2026-11-23", "2027-01-01"), Granularity: "MONTHLY"})
	want = &api.GetCostForecastResponse{
		Total: &api.MetricValue{Amount: new("150"), Unit: new("USD")},
		ForecastResultsByTime: []api.ForecastResult{
			{TimePeriod: between("2026-11-23", "2026-12-01"), MeanValue: new("29")},
			{TimePeriod: between("2026-12-01", "2027-01-01"), MeanValue: new("121")},
		},
	}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("by month (-want +got):\n%s", diff)
	}
	// A day that has cost more than was expected of it costs at least that.
	m.add(t, usage{at: "2026-11-22 10", count: 1, cost: "50"})
	out = ask(api.GetCostForecastRequest{TimePeriod: between("2026-11-22", "2026-11-24"), Granularity: "DAILY", PredictionIntervalLevel: new(80)})
	if got := out.ForecastResultsByTime[0]; *got.MeanValue != "50" || *got.PredictionIntervalLowerBound != "50" || *out.Total.Amount != "51" {
		t.Errorf("today is %s from %s, in all %s", *got.MeanValue, *got.PredictionIntervalLowerBound, *out.Total.Amount)
	}
}

func TestUsageForecast(t *testing.T) {
	m := weeks(t, 4)
	in := api.GetUsageForecastRequest{TimePeriod: between("2026-11-22", "2026-11-24"), Granularity: "DAILY", Metric: api.MetricUsageQuantity}
	out, err := m.server().GetUsageForecast(t.Context(), call(management), &in)
	if err != nil || *out.Total.Amount != "2" || *out.Total.Unit != "1K tokens" {
		t.Fatalf("%+v (%v)", out, err)
	}
	m.add(t, usage{at: "2026-11-20 10", count: 1, cost: "1", usageType: "USE1-MP:USE1_InputTokenCount-Units", unit: meter.Unit{Name: "Units", Scale: 1_000_000}})
	_, err = m.server().GetUsageForecast(t.Context(), call(management), &in)
	wantFault(t, err, fault.UnresolvableUsageUnit, mixedUnits)
	in.Filter = dimension("USAGE_TYPE", "USE1-NovaLite-input-tokens")
	if _, err = m.server().GetUsageForecast(t.Context(), call(management), &in); err != nil {
		t.Error(err)
	}
}

func TestForecastsThatCannotBe(t *testing.T) {
	good := api.GetCostForecastRequest{TimePeriod: between("2026-11-22", "2026-11-24"), Granularity: "DAILY", Metric: api.MetricUnblendedCost}
	for name, test := range map[string]struct {
		weeks    int
		change   func(*api.GetCostForecastRequest)
		code     fault.Code
		sentence string
	}{
		"no history":      {0, func(*api.GetCostForecastRequest) {}, fault.DataUnavailable, "Insufficient amount of historical data to generate forecast"},
		"a short history": {1, func(*api.GetCostForecastRequest) {}, fault.DataUnavailable, noHistory},
		"no such usage":   {8, func(in *api.GetCostForecastRequest) { in.Filter = tagged("team", "x") }, fault.DataUnavailable, noHistory},
		"hours": {8, func(in *api.GetCostForecastRequest) {
			in.Granularity, in.TimePeriod = "HOURLY", between("2026-11-22T00:00:00Z", "2026-11-24T00:00:00Z")
		}, fault.Validation, "Forecasts have the granularity DAILY or MONTHLY, not HOURLY"},
		"the past":       {8, func(in *api.GetCostForecastRequest) { in.TimePeriod.Start = "2026-11-21" }, fault.Validation, "Earliest supported Start is 2026-11-22"},
		"backwards":      {8, func(in *api.GetCostForecastRequest) { in.TimePeriod = between("2026-12-01", "2026-11-30") }, fault.Validation, "Requested Start: 2026-12-01 must be before requested End: 2026-11-30"},
		"days too far":   {8, func(in *api.GetCostForecastRequest) { in.TimePeriod.End = "2027-03-02" }, fault.Validation, "Latest supported End is 2027-03-01"},
		"months too far": {8, func(in *api.GetCostForecastRequest) { in.Granularity, in.TimePeriod.End = "MONTHLY", "2028-06-02" }, fault.Validation, "Latest supported End is 2028-06-01"},
		"usage":          {8, func(in *api.GetCostForecastRequest) { in.Metric = api.MetricUsageQuantity }, fault.Validation, "USAGE_QUANTITY is not a metric of cost. Ask GetUsageForecast."},
		"a bad filter":   {8, func(in *api.GetCostForecastRequest) { in.Filter = &api.Expression{} }, fault.Validation, noRoot},
	} {
		t.Run(name, func(t *testing.T) {
			in := good
			in.TimePeriod = new(*good.TimePeriod)
			test.change(&in)
			_, err := weeks(t, test.weeks).server().GetCostForecast(t.Context(), call(management), &in)
			wantFault(t, err, test.code, test.sentence)
		})
	}
	_, err := weeks(t, 8).server().GetUsageForecast(t.Context(), call(management), &api.GetUsageForecastRequest{
		TimePeriod: good.TimePeriod, Granularity: "DAILY", Metric: api.MetricBlendedCost,
	})
	wantFault(t, err, fault.Validation, "BLENDED_COST is not a metric of usage. Ask GetCostForecast.")
	farthest := good
	farthest.TimePeriod, farthest.Granularity = between("2026-11-22", "2028-06-01"), "MONTHLY"
	out, err := weeks(t, 8).server().GetCostForecast(t.Context(), call(management), &farthest)
	if err != nil || len(out.ForecastResultsByTime) != 19 {
		t.Errorf("%v: %+v", err, out)
	}
}
