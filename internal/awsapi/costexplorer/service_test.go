package costexplorer

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/awswire"
)

// recording keeps the input of an operation and answers with what a test gives it.
type recording struct {
	Unimplemented
	in  *GetCostAndUsageRequest
	out *GetCostAndUsageResponse
}

func (r *recording) GetCostAndUsage(_ context.Context, _ *awswire.Call, in *GetCostAndUsageRequest) (*GetCostAndUsageResponse, error) {
	r.in = in
	return r.out, nil
}

func do(server Server, operation, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("X-Amz-Target", "AWSInsightsIndexService."+operation)
	rec := httptest.NewRecorder()
	NewService(server).Serve(rec, &awswire.Call{Request: r, Body: []byte(body)})
	return rec
}

func TestAQuestionAndItsAnswer(t *testing.T) {
	s := &recording{out: &GetCostAndUsageResponse{
		GroupDefinitions: []GroupDefinition{{Type: new(GroupDefinitionTypeTag), Key: new("team")}},
		ResultsByTime: []ResultByTime{{
			TimePeriod: &DateInterval{"2026-11-01", "2026-12-01"}, Total: map[string]MetricValue{}, Estimated: new(true),
			Groups: []Group{{[]string{"team$"}, map[string]MetricValue{"UnblendedCost": {new("0.5"), new("USD")}}}},
		}},
		DimensionValueAttributes: []DimensionValuesWithAttributes{},
	}}
	rec := do(s, "GetCostAndUsage", `{"TimePeriod":{"Start":"2026-11-01","End":"2026-12-01"},"Granularity":"MONTHLY","Metrics":["UnblendedCost"],
		"GroupBy":[{"Type":"TAG","Key":"team"}],"Filter":{"And":[{"Dimensions":{"Key":"REGION","Values":["us-east-1"]}},{"Not":{"Tags":{"Key":"a","MatchOptions":["ABSENT"]}}}]}}`)
	want := `{"GroupDefinitions":[{"Type":"TAG","Key":"team"}],"ResultsByTime":[{"TimePeriod":{"Start":"2026-11-01","End":"2026-12-01"},"Total":{},` +
		`"Groups":[{"Keys":["team$"],"Metrics":{"UnblendedCost":{"Amount":"0.5","Unit":"USD"}}}],"Estimated":true}],"DimensionValueAttributes":[]}`
	if diff := cmp.Diff(want, rec.Body.String()); rec.Code != 200 || diff != "" {
		t.Errorf("HTTP %d (-want +got):\n%s", rec.Code, diff)
	}
	asked := &GetCostAndUsageRequest{
		TimePeriod: &DateInterval{"2026-11-01", "2026-12-01"}, Granularity: GranularityMonthly, Metrics: []string{"UnblendedCost"},
		GroupBy: []GroupDefinition{{Type: new(GroupDefinitionTypeTag), Key: new("team")}},
		Filter: &Expression{And: []Expression{
			{Dimensions: &DimensionValues{Key: new(DimensionRegion), Values: []string{"us-east-1"}}},
			{Not: &Expression{Tags: &TagValues{Key: new("a"), MatchOptions: []MatchOption{MatchOptionAbsent}}}},
		}},
	}
	if diff := cmp.Diff(asked, s.in); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestConstraints(t *testing.T) {
	deep := strings.Repeat(`{"Not":`, 40) + `{"Dimensions":{"Key":"CHARGE_TYPE"}}` + strings.Repeat("}", 40)
	for body, want := range map[string]string{
		`{}`: "3 validation errors detected: Value null at 'timePeriod' failed to satisfy constraint: Member must not be null; " +
			"Value null at 'granularity' failed to satisfy constraint: Member must not be null; Value null at 'metrics' failed to satisfy constraint: Member must not be null",
		`{"TimePeriod":{"Start":"yesterday","End":"2026-12-01"},"Granularity":"DAILY","Metrics":[]}`: `1 validation error detected: Value 'yesterday' at 'timePeriod.start' failed to satisfy constraint: Member must satisfy regular expression pattern: (\\d{4}-\\d{2}-\\d{2})(T\\d{2}:\\d{2}:\\d{2}Z)?`,
		`{"TimePeriod":{"Start":"2026-11-01","End":"2026-12-01"},"Granularity":"DAILY","Metrics":[],"Filter":` + deep + `}`: "1 validation error detected: Value 'CHARGE_TYPE' at 'filter" +
			strings.Repeat(".not", 40) + ".dimensions.key' failed to satisfy constraint: Member must satisfy enum value set: [AZ, ",
		`{"TimePeriod":{"Start":"2026-11-01","End":"2026-12-01"},"Granularity":"DAILY","Metrics":[],"Filter":{"CostCategories":{"Key":" x"}}}`: `Value ' x' at 'filter.costCategories.key' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(?! )`,
		`{"TimePeriod":"now"}`: "STRING_VALUE can not be converted to a structure at 'TimePeriod'",
		`[`:                    "Start of list found where not expected",
	} {
		rec := do(&recording{}, "GetCostAndUsage", body)
		if rec.Code != 400 || !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s: HTTP %d %s\nwant %s", body, rec.Code, rec.Body, want)
		}
	}
}

func TestNamesOfCostCategories(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "Team A": true, "é-_ü 1": true, "a  b": true, "": true,
		" a": false, "a ": false, " ": false, "a.b": false, "a\n": false,
	} {
		if got := patternCostCategoryName.Match(name); got != want {
			t.Errorf("%q is a name: %v, want %v", name, got, want)
		}
	}
}

func TestOperationsThatAreNotServed(t *testing.T) {
	for _, operation := range []string{"GetAnomalies", "GetTags", ""} {
		rec := do(&recording{}, operation, `{"TimePeriod":{"Start":"2026-11-01","End":"2026-12-01"}}`)
		if rec.Code != 400 || !strings.HasPrefix(rec.Body.String(), `{"__type":"UnknownOperationException",`) {
			t.Errorf("%s: HTTP %d %s", operation, rec.Code, rec.Body)
		}
	}
}
