package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	bedrocktypes "github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	cetypes "github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

// explorer is the Go SDK's client of Cost Explorer, of the administrator's key, which never retries.
func (s *server) explorer() *costexplorer.Client {
	s.t.Helper()
	k := s.credentials()
	return costexplorer.New(costexplorer.Options{
		BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret}, nil
		}),
	})
}

// around is yesterday to tomorrow, so that midnight changes nothing, as far as the API allows.
func around() *cetypes.DateInterval {
	now := time.Now().UTC()
	return &cetypes.DateInterval{Start: aws.String(now.AddDate(0, 0, -1).Format(time.DateOnly)), End: aws.String(now.AddDate(0, 0, 1).Format(time.DateOnly))}
}

func groupBy(t cetypes.GroupDefinitionType, key string) []cetypes.GroupDefinition {
	return []cetypes.GroupDefinition{{Type: t, Key: &key}}
}

// nova is a model of Amazon's own, which is billed otherwise than those of others.
const nova = "amazon.nova-lite-v1:0"

// spend makes calls of every kind and returns how many tokens each usage type will have, and the whole cost.
func spend(t *testing.T, s *server) (profile string, tokens map[string]int64, cost *big.Rat) {
	t.Helper()
	c := s.client()
	profile = c.createProfile(t, "costs", profileARN("us-east-1", claudeProfile), bedrocktypes.Tag{Key: aws.String("team"), Value: aws.String("alpha")})
	tokens, cost = map[string]int64{}, new(big.Rat)
	for model, types := range map[string][2]string{
		profile: {"USE1-MP:USE1_InputTokenCount-Units", "USE1-MP:USE1_OutputTokenCount-Units"},
		nova:    {"USE1-NovaLite-input-tokens", "USE1-NovaLite-output-tokens"},
	} {
		for range 2 {
			out, err := c.runtime.Converse(withPatience(t), &bedrockruntime.ConverseInput{
				ModelId: &model, Messages: ask("What does that cost?"), RequestMetadata: map[string]string{"run": "7"},
			})
			if err != nil {
				t.Fatal(err)
			}
			tokens[types[0]] += int64(*out.Usage.InputTokens)
			tokens[types[1]] += int64(*out.Usage.OutputTokens)
			one, ok := new(big.Rat).SetString(headers(t, out.ResultMetadata).Get("X-Outcrop-Cost-Usd"))
			if !ok {
				t.Fatalf("the answer does not tell its cost: %v", headers(t, out.ResultMetadata))
			}
			cost.Add(cost, one)
		}
	}
	return profile, tokens, cost
}

// settled waits, by asking, until Cost Explorer has a whole cost.
func settled(t *testing.T, ce *costexplorer.Client, want *big.Rat) {
	t.Helper()
	began := time.Now()
	for {
		out, err := ce.GetCostAndUsage(withPatience(t), &costexplorer.GetCostAndUsageInput{
			TimePeriod: around(), Granularity: cetypes.GranularityDaily, Metrics: []string{"UnblendedCost"},
		})
		if err != nil {
			t.Fatal(err)
		}
		got := new(big.Rat)
		for _, r := range out.ResultsByTime {
			one, ok := new(big.Rat).SetString(*r.Total["UnblendedCost"].Amount)
			if !ok {
				t.Fatalf("an amount is %q", *r.Total["UnblendedCost"].Amount)
			}
			got.Add(got, one)
		}
		if got.Cmp(want) == 0 {
			t.Logf("all of %s USD was there %s after the last answer", want.FloatString(12), time.Since(began).Round(time.Millisecond))
			return
		}
		if got.Cmp(want) > 0 || time.Since(began) > patience {
			t.Fatalf("the cost is %s, the answers' own sum is %s", got.FloatString(12), want.FloatString(12))
		}
	}
}

// groups are an answer's groups over all periods, as "keys: amount unit", in order.
func groups(t *testing.T, results []cetypes.ResultByTime, metric string) []string {
	t.Helper()
	sums, units := map[string]*big.Rat{}, map[string]string{}
	for _, r := range results {
		if len(r.Total) > 0 {
			t.Errorf("a period with groups has the total %v", r.Total)
		}
		if !r.Estimated {
			t.Errorf("the period %s is not estimated", *r.TimePeriod.Start)
		}
		for _, g := range r.Groups {
			key := strings.Join(g.Keys, " ")
			one, ok := new(big.Rat).SetString(*g.Metrics[metric].Amount)
			if !ok {
				t.Fatalf("%s is %q", metric, *g.Metrics[metric].Amount)
			}
			if sums[key] == nil {
				sums[key] = new(big.Rat)
			}
			sums[key].Add(sums[key], one)
			units[key] = *g.Metrics[metric].Unit
		}
	}
	var list []string
	for key, sum := range sums {
		text := strings.TrimRight(strings.TrimRight(sum.FloatString(12), "0"), ".")
		list = append(list, key+": "+text+" "+units[key])
	}
	slices.Sort(list)
	return list
}

func TestCostsByTheGoSDK(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	ce := s.explorer()
	profile, tokens, cost := spend(t, s)
	settled(t, ce, cost)
	today := around()

	t.Run("GetCostAndUsage", func(t *testing.T) {
		out, err := ce.GetCostAndUsage(withPatience(t), &costexplorer.GetCostAndUsageInput{
			TimePeriod: today, Granularity: cetypes.GranularityDaily, Metrics: []string{"UsageQuantity", "UnblendedCost"},
			GroupBy: groupBy(cetypes.GroupDefinitionTypeDimension, "USAGE_TYPE"),
		})
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for usage, n := range tokens {
			scale, unit := int64(1000), "1K tokens"
			if strings.Contains(usage, "MP:") {
				scale, unit = 1_000_000, "Units"
			}
			amount := strings.TrimRight(strings.TrimRight(big.NewRat(n, scale).FloatString(12), "0"), ".")
			want = append(want, usage+": "+amount+" "+unit)
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, groups(t, out.ResultsByTime, "UsageQuantity")); diff != "" {
			t.Errorf("quantities (-want +got):\n%s", diff)
		}
		if len(out.ResultsByTime) != 2 || len(out.GroupDefinitions) != 1 || *out.GroupDefinitions[0].Key != "USAGE_TYPE" {
			t.Errorf("%d periods, groups by %+v", len(out.ResultsByTime), out.GroupDefinitions)
		}
	})
	t.Run("by tag", func(t *testing.T) {
		for key, want := range map[string][]string{
			"team":                {"team$", "team$alpha"},
			"requestMetadata/run": {"requestMetadata/run$7"},
			"outcrop:profile":     {"outcrop:profile$", "outcrop:profile$" + profile},
			"nobody":              {"nobody$"},
		} {
			out, err := ce.GetCostAndUsage(withPatience(t), &costexplorer.GetCostAndUsageInput{
				TimePeriod: today, Granularity: cetypes.GranularityMonthly, Metrics: []string{"UnblendedCost"},
				GroupBy: groupBy(cetypes.GroupDefinitionTypeTag, key),
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, g := range groups(t, out.ResultsByTime, "UnblendedCost") {
				name, _, _ := strings.Cut(g, ": ")
				got = append(got, name)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", key, diff)
			}
		}
	})
	t.Run("GetCostAndUsageWithResources", func(t *testing.T) {
		out, err := ce.GetCostAndUsageWithResources(withPatience(t), &costexplorer.GetCostAndUsageWithResourcesInput{
			TimePeriod: today, Granularity: cetypes.GranularityDaily, Metrics: []string{"UnblendedCost"},
			Filter:  &cetypes.Expression{Dimensions: &cetypes.DimensionValues{Key: cetypes.DimensionRegion, Values: []string{"us-east-1"}}},
			GroupBy: groupBy(cetypes.GroupDefinitionTypeDimension, "RESOURCE_ID"),
		})
		if err != nil {
			t.Fatal(err)
		}
		got := groups(t, out.ResultsByTime, "UnblendedCost")
		if len(got) != 2 || !strings.HasPrefix(got[0], profile+": ") || !strings.HasPrefix(got[1], modelARN("us-east-1", nova)+": ") {
			t.Errorf("got %q", got)
		}
	})
	t.Run("GetDimensionValues", func(t *testing.T) {
		for dimension, want := range map[cetypes.Dimension][]string{
			cetypes.DimensionService:       {"Amazon Bedrock", "Claude 3.5 Sonnet (Amazon Bedrock Edition)"},
			cetypes.DimensionLinkedAccount: {account + " description=admin"},
			cetypes.DimensionOperation:     {"InvokeModelInference"},
			cetypes.DimensionRecordType:    {"Usage"},
			cetypes.DimensionRegion:        {"us-east-1"},
		} {
			out, err := ce.GetDimensionValues(withPatience(t), &costexplorer.GetDimensionValuesInput{TimePeriod: today, Dimension: dimension})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range out.DimensionValues {
				text := *v.Value
				for k, a := range v.Attributes {
					text += " " + k + "=" + a
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(want, got); diff != "" || *out.ReturnSize != int32(len(want)) || *out.TotalSize != int32(len(want)) {
				t.Errorf("%s, %d of %d (-want +got):\n%s", dimension, *out.ReturnSize, *out.TotalSize, diff)
			}
		}
	})
	t.Run("GetTags", func(t *testing.T) {
		out, err := ce.GetTags(withPatience(t), &costexplorer.GetTagsInput{TimePeriod: today})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"outcrop:model", "outcrop:principal", "outcrop:profile", "requestMetadata/run", "team"}, out.Tags); diff != "" {
			t.Errorf("keys (-want +got):\n%s", diff)
		}
		if out, err = ce.GetTags(withPatience(t), &costexplorer.GetTagsInput{TimePeriod: today, TagKey: aws.String("team")}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"", "alpha"}, out.Tags); diff != "" {
			t.Errorf("values (-want +got):\n%s", diff)
		}
	})
	t.Run("cost allocation tags", func(t *testing.T) { costAllocationTags(t, ce) })
	t.Run("forecasts", func(t *testing.T) {
		soon := &cetypes.DateInterval{Start: today.End, End: aws.String(time.Now().UTC().AddDate(0, 0, 9).Format(time.DateOnly))}
		_, err := ce.GetCostForecast(withPatience(t), &costexplorer.GetCostForecastInput{
			TimePeriod: soon, Granularity: cetypes.GranularityDaily, Metric: cetypes.MetricUnblendedCost, PredictionIntervalLevel: aws.Int32(80),
		})
		if e, _ := failure[*cetypes.DataUnavailableException](t, err, 400); e.ErrorMessage() != "Insufficient amount of historical data to generate forecast" {
			t.Errorf("the message is %q", e.ErrorMessage())
		}
		_, err = ce.GetUsageForecast(withPatience(t), &costexplorer.GetUsageForecastInput{
			TimePeriod: soon, Granularity: cetypes.GranularityMonthly, Metric: cetypes.MetricUsageQuantity,
		})
		failure[*cetypes.UnresolvableUsageUnitException](t, err, 400)
	})
}

// costAllocationTags lists and sets which keys count.
func costAllocationTags(t *testing.T, ce *costexplorer.Client) {
	set := func(key string, status cetypes.CostAllocationTagStatus) []cetypes.UpdateCostAllocationTagsStatusError {
		t.Helper()
		out, err := ce.UpdateCostAllocationTagsStatus(withPatience(t), &costexplorer.UpdateCostAllocationTagsStatusInput{
			CostAllocationTagsStatus: []cetypes.CostAllocationTagStatusEntry{{TagKey: &key, Status: status}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.Errors
	}
	list := func(status cetypes.CostAllocationTagStatus) (keys []string) {
		t.Helper()
		pages := costexplorer.NewListCostAllocationTagsPaginator(ce, &costexplorer.ListCostAllocationTagsInput{
			Status: status, Type: cetypes.CostAllocationTagTypeUserDefined, MaxResults: aws.Int32(1),
		})
		for pages.HasMorePages() {
			out, err := pages.NextPage(withPatience(t))
			if err != nil {
				t.Fatal(err)
			}
			for _, tag := range out.CostAllocationTags {
				keys = append(keys, *tag.TagKey)
			}
		}
		return keys
	}
	if got := list(cetypes.CostAllocationTagStatusActive); !slices.Equal(got, []string{"requestMetadata/run", "team"}) {
		t.Errorf("active are %q", got)
	}
	if errs := set("team", cetypes.CostAllocationTagStatusInactive); len(errs) > 0 {
		t.Errorf("refused %+v", errs)
	}
	if got := list(cetypes.CostAllocationTagStatusInactive); !slices.Equal(got, []string{"team"}) {
		t.Errorf("inactive are %q", got)
	}
	if errs := set("team", cetypes.CostAllocationTagStatusActive); len(errs) > 0 {
		t.Errorf("refused %+v", errs)
	}
	if errs := set("nobody", cetypes.CostAllocationTagStatusActive); len(errs) != 1 || *errs[0].Code != "TagKeysNotFoundException" {
		t.Errorf("refused %+v", errs)
	}
}

func TestCostErrors(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	ce := s.explorer()
	month := func(change func(*costexplorer.GetCostAndUsageInput)) error {
		in := &costexplorer.GetCostAndUsageInput{TimePeriod: around(), Granularity: cetypes.GranularityDaily, Metrics: []string{"UnblendedCost"}}
		change(in)
		_, err := ce.GetCostAndUsage(withPatience(t), in)
		return err
	}
	leaf := cetypes.Expression{Dimensions: &cetypes.DimensionValues{Key: cetypes.DimensionService, Values: []string{"x"}}}
	for name, test := range map[string]struct {
		err            error
		code, sentence string
	}{
		"start behind end": {month(func(in *costexplorer.GetCostAndUsageInput) { in.TimePeriod.Start = in.TimePeriod.End }), "ValidationException", "Start date (and hour) should be before end date (and hour)"},
		"end too late":     {month(func(in *costexplorer.GetCostAndUsageInput) { in.TimePeriod.End = aws.String("2999-01-01") }), "ValidationException", "end date past the beginning of next month"},
		"two roots": {
			month(func(in *costexplorer.GetCostAndUsageInput) {
				in.Filter = &cetypes.Expression{Not: &leaf, Dimensions: leaf.Dimensions}
			}),
			"ValidationException",
			"Expression has more than one roots. Only one root operator is allowed for each expression: And, Or, Not, Dimensions, Tags, CostCategories",
		},
		"unknown dimension": {
			month(func(in *costexplorer.GetCostAndUsageInput) {
				in.GroupBy = groupBy(cetypes.GroupDefinitionTypeDimension, "CHARGE_TYPE")
			}),
			"ValidationException",
			"Group Definition dimension is invalid. Valid values are AZ, INSTANCE_TYPE, ",
		},
		"unknown metric":      {month(func(in *costexplorer.GetCostAndUsageInput) { in.Metrics = []string{"BlendedCosts"} }), "ValidationException", "BlendedCosts is not a valid metric."},
		"unknown granularity": {month(func(in *costexplorer.GetCostAndUsageInput) { in.Granularity = "WEEKLY" }), "ValidationException", "1 validation error detected: Value 'WEEKLY' at 'granularity' failed to satisfy constraint: Member must satisfy enum value set: [DAILY, MONTHLY, HOURLY]"},
		"token":               {month(func(in *costexplorer.GetCostAndUsageInput) { in.NextPageToken = aws.String("x") }), "InvalidNextTokenException", ""},
		"view": {month(func(in *costexplorer.GetCostAndUsageInput) {
			in.BillingViewArn = aws.String("arn:aws:billing::111122223333:billingview/custom-1")
		}), "ResourceNotFoundException", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var e smithy.APIError
			var reply *smithyhttp.ResponseError
			if !errors.As(test.err, &e) || !errors.As(test.err, &reply) {
				t.Fatalf("the error is %v", test.err)
			}
			if e.ErrorCode() != test.code || !strings.HasPrefix(e.ErrorMessage(), test.sentence) || reply.HTTPStatusCode() != 400 {
				t.Errorf("HTTP %d %s: %s\nwant %s: %s", reply.HTTPStatusCode(), e.ErrorCode(), e.ErrorMessage(), test.code, test.sentence)
			}
		})
	}
	_, err := ce.GetCostCategories(withPatience(t), &costexplorer.GetCostCategoriesInput{TimePeriod: around()})
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != "UnknownOperationException" {
		t.Errorf("an operation that is not served: %v", err)
	}
	wrong := costexplorer.New(costexplorer.Options{
		BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: s.credentials().id, SecretAccessKey: "wrong"}, nil
		}),
	})
	_, err = wrong.GetTags(withPatience(t), &costexplorer.GetTagsInput{TimePeriod: around()})
	if !errors.As(err, &e) || e.ErrorCode() != "InvalidSignatureException" {
		t.Errorf("a wrong signature: %v", err)
	}
}

func TestCostsByTheAWSCommandLine(t *testing.T) {
	t.Parallel()
	need(t, "the AWS CLI", "aws", "--version")
	s := start(t, "")
	_, _, cost := spend(t, s)
	settled(t, s.explorer(), cost)
	today := around()
	period := fmt.Sprintf("Start=%s,End=%s", *today.Start, *today.End)
	var out struct {
		ResultsByTime []struct {
			Groups []struct {
				Keys    []string
				Metrics map[string]struct{ Amount, Unit string }
			}
		}
	}
	text := s.run(t, "aws", "ce", "get-cost-and-usage", "--time-period", period, "--granularity", "DAILY", "--metrics", "UnblendedCost",
		"--group-by", "Type=TAG,Key=team", "--filter", `{"Not":{"Dimensions":{"Key":"REGION","Values":["eu-west-1"]}}}`, "--output", "json")
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	sum := new(big.Rat)
	for _, r := range out.ResultsByTime {
		for _, g := range r.Groups {
			one, ok := new(big.Rat).SetString(g.Metrics["UnblendedCost"].Amount)
			if !ok || g.Metrics["UnblendedCost"].Unit != "USD" || !strings.HasPrefix(g.Keys[0], "team$") {
				t.Errorf("a group is %+v", g)
				continue
			}
			sum.Add(sum, one)
		}
	}
	if sum.Cmp(cost) != 0 {
		t.Errorf("the groups are %s, the answers' own sum is %s", sum.FloatString(12), cost.FloatString(12))
	}
	for _, args := range [][]string{
		{"get-dimension-values", "--time-period", period, "--dimension", "SERVICE"},
		{"get-tags", "--time-period", period},
		{"list-cost-allocation-tags"},
		{"update-cost-allocation-tags-status", "--cost-allocation-tags-status", "TagKey=team,Status=Active"},
		{
			"get-cost-and-usage-with-resources", "--time-period", period, "--granularity", "DAILY",
			"--filter", `{"Dimensions":{"Key":"SERVICE","Values":["Amazon Bedrock"]}}`, "--group-by", "Type=DIMENSION,Key=RESOURCE_ID",
		},
	} {
		s.run(t, "aws", append([]string{"ce"}, args...)...)
	}
}

func TestTheCostCommand(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	_, _, cost := spend(t, s)
	settled(t, s.explorer(), cost)
	from := *around().Start
	table, _ := s.outcrop(t, nil, "cost", "--data", s.data, "--from", from, "--by", "tag:team")
	for _, want := range []string{"by team", "alpha ", "(none) ", "total "} {
		if !strings.Contains(table, want) {
			t.Errorf("the table has no %q:\n%s", want, table)
		}
	}
	exact, _ := s.outcrop(t, nil, "cost", "--data", s.data, "--from", from, "--by", "model", "--csv")
	sum := new(big.Rat)
	for line := range strings.Lines(exact) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if one, ok := new(big.Rat).SetString(fields[len(fields)-1]); ok {
			sum.Add(sum, one)
		}
	}
	if sum.Cmp(cost) != 0 {
		t.Errorf("the lines add up to %s, the answers to %s:\n%s", sum.FloatString(12), cost.FloatString(12), exact)
	}
	if plot, _ := s.outcrop(t, nil, "cost", "--data", s.data, "--from", from, "--plot"); !strings.Contains(plot, "█") {
		t.Errorf("the plot shows nothing:\n%s", plot)
	}
}
