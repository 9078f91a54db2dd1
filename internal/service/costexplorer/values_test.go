package costexplorer

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/fault"
)

// all is from October to the end of November.
var all = between("2026-10-01", "2026-12-01")

func TestDimensionValues(t *testing.T) {
	const nova, novaEU, claude = "USE1-NovaLite-input-tokens", "EUW1-NovaLite-input-tokens", "USE1-MP:USE1_InputTokenCount-Units"
	for name, test := range map[string]struct {
		in   api.GetDimensionValuesRequest
		want []string
	}{
		"services":           {api.GetDimensionValuesRequest{Dimension: "SERVICE"}, []string{"Amazon Bedrock", "Claude Sonnet 4.6 (Amazon Bedrock Edition)"}},
		"usage types":        {api.GetDimensionValuesRequest{Dimension: "USAGE_TYPE"}, []string{novaEU + " unit=1K tokens", claude + " unit=Units", nova + " unit=1K tokens"}},
		"accounts":           {api.GetDimensionValuesRequest{Dimension: "LINKED_ACCOUNT"}, []string{"111122223333 description=main", "444455556666 description=lab"}},
		"regions":            {api.GetDimensionValuesRequest{Dimension: "REGION"}, []string{"eu-west-1", "us-east-1"}},
		"what there is not":  {api.GetDimensionValuesRequest{Dimension: "INSTANCE_TYPE"}, []string{"NoInstanceType"}},
		"billers":            {api.GetDimensionValuesRequest{Dimension: "BILLING_ENTITY"}, []string{"AWS", "AWS Marketplace"}},
		"a search":           {api.GetDimensionValuesRequest{Dimension: "SERVICE", SearchString: new("sonnet")}, []string{"Claude Sonnet 4.6 (Amazon Bedrock Edition)"}},
		"a search in vain":   {api.GetDimensionValuesRequest{Dimension: "SERVICE", SearchString: new("opus")}, nil},
		"a filter":           {api.GetDimensionValuesRequest{Dimension: "REGION", Filter: tagged("team", "alpha")}, []string{"us-east-1"}},
		"the largest first":  {api.GetDimensionValuesRequest{Dimension: "USAGE_TYPE", SortBy: []api.SortDefinition{{Key: "UnblendedCost"}}}, []string{claude + " unit=Units", nova + " unit=1K tokens", novaEU + " unit=1K tokens"}},
		"the smallest":       {api.GetDimensionValuesRequest{Dimension: "USAGE_TYPE", MaxResults: new(1), SortBy: []api.SortDefinition{{Key: "UnblendedCost", SortOrder: new(api.SortOrderAscending)}}}, []string{novaEU + " unit=1K tokens"}},
		"of reservations":    {api.GetDimensionValuesRequest{Dimension: "SERVICE", Context: new(api.ContextReservations)}, nil},
		"of use and cost":    {api.GetDimensionValuesRequest{Dimension: "OPERATION", Context: new(api.ContextCostAndUsage)}, []string{"InvokeModelInference"}},
		"who pays":           {api.GetDimensionValuesRequest{Dimension: "PAYER_ACCOUNT"}, []string{"111122223333 description=main"}},
		"kinds of line":      {api.GetDimensionValuesRequest{Dimension: "RECORD_TYPE"}, []string{"Usage"}},
		"a period's own":     {api.GetDimensionValuesRequest{Dimension: "REGION", TimePeriod: between("2026-10-01", "2026-11-01")}, []string{"us-east-1"}},
		"a period's nothing": {api.GetDimensionValuesRequest{Dimension: "REGION", TimePeriod: between("2026-10-01", "2026-10-02")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if test.in.TimePeriod == nil {
				test.in.TimePeriod = all
			}
			out, err := history(t).server().GetDimensionValues(t.Context(), call(management), &test.in)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range out.DimensionValues {
				text := *d.Value
				for k, v := range d.Attributes {
					text += " " + k + "=" + v
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if out.ReturnSize != len(got) || out.TotalSize < out.ReturnSize {
				t.Errorf("sizes %d of %d", out.ReturnSize, out.TotalSize)
			}
		})
	}
}

func TestTags(t *testing.T) {
	own := []string{"outcrop:model", "outcrop:principal", "outcrop:profile"}
	for name, test := range map[string]struct {
		in   api.GetTagsRequest
		want []string
	}{
		"keys":                {api.GetTagsRequest{}, append([]string{"env", "iamPrincipal/team"}, append(own, "requestMetadata/run", "team")...)},
		"keys of a filter":    {api.GetTagsRequest{Filter: tagged("team", "beta")}, []string{"outcrop:model", "team"}},
		"keys with a text":    {api.GetTagsRequest{SearchString: new("TEAM")}, []string{"iamPrincipal/team", "team"}},
		"values":              {api.GetTagsRequest{TagKey: new("team")}, []string{"", "alpha", "beta"}},
		"values with a text":  {api.GetTagsRequest{TagKey: new("team"), SearchString: new("al")}, []string{"alpha"}},
		"values by cost":      {api.GetTagsRequest{TagKey: new("team"), SortBy: []api.SortDefinition{{Key: "BlendedCost"}}, MaxResults: new(2)}, []string{"", "alpha"}},
		"of an unused key":    {api.GetTagsRequest{TagKey: new("nobody")}, []string{""}},
		"of what every call":  {api.GetTagsRequest{TagKey: new("outcrop:model")}, []string{"amazon.nova-lite-v1:0", "anthropic.claude-sonnet-4-6"}},
		"profiles that serve": {api.GetTagsRequest{TagKey: new("outcrop:profile"), SearchString: new("a")}, []string{"arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc", "eu.amazon.nova-lite-v1:0"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.in.TimePeriod = all
			out, err := history(t).server().GetTags(t.Context(), call(management), &test.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, out.Tags); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestListsPage(t *testing.T) {
	m := newMemory()
	const values = 2500
	for i := range values {
		m.add(t, usage{at: "2026-11-20 10", cost: "1", region: arn.Region(fmt.Sprintf("r-%04d", i)), tags: map[string]string{fmt.Sprintf("k%04d", i): "v"}})
	}
	s := m.server()
	var sizes []int
	in := api.GetDimensionValuesRequest{TimePeriod: all, Dimension: "REGION"}
	last := ""
	for {
		out, err := s.GetDimensionValues(t.Context(), call(management), &in)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, out.ReturnSize, out.TotalSize)
		for _, v := range out.DimensionValues {
			if *v.Value <= last {
				t.Fatalf("%s behind %s", *v.Value, last)
			}
			last = *v.Value
		}
		if in.NextPageToken = out.NextPageToken; in.NextPageToken == nil {
			break
		}
	}
	if diff := cmp.Diff([]int{1000, values, 1000, values, 500, values}, sizes); diff != "" {
		t.Error(diff)
	}
	first, err := s.GetTags(t.Context(), call(management), &api.GetTagsRequest{TimePeriod: all, MaxResults: new(7)})
	if err != nil || first.ReturnSize != 7 || first.TotalSize != values+1 || first.NextPageToken == nil {
		t.Fatalf("%+v (%v)", first, err)
	}
	_, err = s.GetTags(t.Context(), call(management), &api.GetTagsRequest{TimePeriod: all, MaxResults: new(8), NextPageToken: first.NextPageToken})
	wantFault(t, err, fault.RequestChanged, tokenForeign)
}

func TestBadListings(t *testing.T) {
	sorted := []api.SortDefinition{{Key: "UnblendedCost"}}
	for sentence, in := range map[string]api.GetDimensionValuesRequest{
		"SearchString and SortBy cannot be used together":             {Dimension: "SERVICE", SearchString: new("x"), SortBy: sorted},
		"NextPageToken and SortBy cannot be used together":            {Dimension: "SERVICE", NextPageToken: new("x"), SortBy: sorted},
		"SortBy can have one key, found 2":                            {Dimension: "SERVICE", SortBy: append(sorted, sorted...)},
		"MaxResults can be at most 1000, found 1001":                  {Dimension: "SERVICE", MaxResults: new(1001)},
		"The dimension SERVICE_CODE has no values that can be listed": {Dimension: "SERVICE_CODE"},
		"end date past the beginning of next month":                   {Dimension: "SERVICE", TimePeriod: between("2026-11-01", "2027-01-01")},
	} {
		if in.TimePeriod == nil {
			in.TimePeriod = all
		}
		_, err := history(t).server().GetDimensionValues(t.Context(), call(management), &in)
		wantFault(t, err, fault.Validation, sentence)
	}
}
