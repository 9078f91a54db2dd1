package costexplorer

import (
	"strings"
	"testing"

	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/fault"
)

// month is a good question, for tests to break.
func month(change func(*api.GetCostAndUsageRequest)) *api.GetCostAndUsageRequest {
	in := &api.GetCostAndUsageRequest{
		TimePeriod: between("2026-11-01", "2026-12-01"), Granularity: "MONTHLY", Metrics: []string{"UnblendedCost"},
	}
	change(in)
	return in
}

// groupsValid is AWS's sentence.
const groupsValid = "Group Definition dimension is invalid. Valid values are AZ, INSTANCE_TYPE, LINKED_ACCOUNT, OPERATION, PURCHASE_TYPE, SERVICE, USAGE_TYPE, PLATFORM, TENANCY, RECORD_TYPE, LEGAL_ENTITY_NAME, INVOICING_ENTITY, DEPLOYMENT_OPTION, DATABASE_ENGINE, CACHE_ENGINE, INSTANCE_TYPE_FAMILY, REGION, BILLING_ENTITY, RESERVATION_ID, SAVINGS_PLANS_TYPE, SAVINGS_PLAN_ARN, OPERATING_SYSTEM"

func TestBadQuestions(t *testing.T) {
	groups := func(list ...api.GroupDefinition) func(*api.GetCostAndUsageRequest) {
		return func(in *api.GetCostAndUsageRequest) { in.GroupBy = list }
	}
	period := func(start, end string) func(*api.GetCostAndUsageRequest) {
		return func(in *api.GetCostAndUsageRequest) { in.TimePeriod = between(start, end) }
	}
	hours := func(start, end string) func(*api.GetCostAndUsageRequest) {
		return func(in *api.GetCostAndUsageRequest) {
			in.TimePeriod, in.Granularity = between(start, end), "HOURLY"
		}
	}
	filter := func(e api.Expression) func(*api.GetCostAndUsageRequest) {
		return func(in *api.GetCostAndUsageRequest) { in.Filter = &e }
	}
	leaf := *dimension("SERVICE", "x")
	options := func(e *api.Expression, list ...api.MatchOption) api.Expression {
		if e.Dimensions != nil {
			e.Dimensions.MatchOptions = list
		} else {
			e.Tags.MatchOptions = list
		}
		return *e
	}
	many := make([]api.Expression, maxLeaves+1)
	for i := range many {
		many[i] = leaf
	}
	names := strings.Join(metrics, ", ")
	for name, test := range map[string]struct {
		change   func(*api.GetCostAndUsageRequest)
		sentence string
	}{
		"start is end":        {period("2026-11-01", "2026-11-01"), "Start date (and hour) should be before end date (and hour)"},
		"start behind end":    {period("2026-11-02", "2026-11-01"), "Start date (and hour) should be before end date (and hour)"},
		"end too late":        {period("2026-11-01", "2026-12-02"), "end date past the beginning of next month"},
		"start behind today":  {period("2026-11-23", "2026-11-25"), "start date is after today"},
		"hour for a day":      {period("2026-11-01T00:00:00Z", "2026-12-01"), "Start time 2026-11-01T00:00:00Z is invalid. Valid format is: yyyy-MM-dd."},
		"no such day":         {period("2026-11-01", "2026-11-31"), "End time 2026-11-31 is invalid. Valid format is: yyyy-MM-dd."},
		"day for an hour":     {hours("2026-11-01", "2026-11-02T00:00:00Z"), "Start time 2026-11-01 is invalid. Valid format is: yyyy-MM-dd'T'HH:mm:ss'Z'."},
		"no such hour":        {hours("2026-11-01T24:00:00Z", "2026-11-02T00:00:00Z"), "Start time 2026-11-01T24:00:00Z is invalid. Valid format is: yyyy-MM-dd'T'HH:mm:ss'Z'."},
		"metric of console":   {func(in *api.GetCostAndUsageRequest) { in.Metrics = []string{"BlendedCosts"} }, "BlendedCosts is not a valid metric. Valid metrics are: " + names},
		"metric of forecasts": {func(in *api.GetCostAndUsageRequest) { in.Metrics = []string{"UNBLENDED_COST"} }, "UNBLENDED_COST is not a valid metric. Valid metrics are: " + names},
		"no metric":           {func(in *api.GetCostAndUsageRequest) { in.Metrics = []string{} }, "At least one metric is needed. Valid metrics are: " + names},

		"three groups":         {groups(byTag("a"), byTag("b"), byTag("c")), "GroupBy can have at most 2 definitions, found 3"},
		"unknown dimension":    {groups(byDimension("CHARGE_TYPE")), groupsValid},
		"resource":             {groups(byDimension("RESOURCE_ID")), groupsValid},
		"group without a type": {groups(api.GroupDefinition{Key: new("SERVICE")}), emptyGroup},
		"group without a key":  {groups(api.GroupDefinition{Type: new(api.GroupDefinitionTypeTag)}), emptyGroup},
		"group by category":    {groups(api.GroupDefinition{Type: new(api.GroupDefinitionTypeCostCategory), Key: new("x")}), noCostCategories},

		"no root":                 {filter(api.Expression{}), "Expression has no root. One root operator is needed for each expression: And, Or, Not, Dimensions, Tags, CostCategories"},
		"two roots":               {filter(api.Expression{Dimensions: leaf.Dimensions, Not: &leaf}), "Expression has more than one roots. Only one root operator is allowed for each expression: And, Or, Not, Dimensions, Tags, CostCategories"},
		"two roots deep inside":   {filter(api.Expression{Not: &api.Expression{Or: []api.Expression{leaf, {And: []api.Expression{leaf, leaf}, Tags: &api.TagValues{}}}}}), manyRoots},
		"and of one":              {filter(api.Expression{And: []api.Expression{leaf}}), "And expression must have at least 2 operands"},
		"or of none":              {filter(api.Expression{Or: []api.Expression{}}), "Or expression must have at least 2 operands"},
		"category":                {filter(api.Expression{CostCategories: &api.CostCategoryValues{}}), noCostCategories},
		"dimension without a key": {filter(api.Expression{Dimensions: &api.DimensionValues{Values: []string{"x"}}}), "Dimensions needs a Key"},
		"dimension without value": {filter(*dimension("SERVICE")), "Dimensions needs Values for the key SERVICE"},
		"dimension of rules":      {filter(*dimension("LINKED_ACCOUNT_NAME", "x")), "The dimension LINKED_ACCOUNT_NAME is not supported in a filter of this operation"},
		"resource in a filter":    {filter(*dimension("RESOURCE_ID", "x")), "The dimension RESOURCE_ID is only supported by GetCostAndUsageWithResources"},
		"starts with":             {filter(options(dimension("SERVICE", "x"), "STARTS_WITH")), "The match option STARTS_WITH is not supported for Dimensions. Supported are: EQUALS, CASE_SENSITIVE"},
		"absent dimension":        {filter(options(dimension("SERVICE", "x"), "ABSENT")), "The match option ABSENT is not supported for Dimensions. Supported are: EQUALS, CASE_SENSITIVE"},
		"insensitive tag":         {filter(options(tagged("team", "x"), "CASE_INSENSITIVE")), "The match option CASE_INSENSITIVE is not supported for Tags. Supported are: EQUALS, ABSENT, CASE_SENSITIVE"},
		"absent and equal":        {filter(options(tagged("team"), "ABSENT", "EQUALS")), "The match options ABSENT and EQUALS exclude each other"},
		"absent with values":      {filter(options(tagged("team", "x"), "ABSENT")), "Tags cannot have Values with the match option ABSENT"},
		"values without a key":    {filter(api.Expression{Tags: &api.TagValues{Values: []string{"x"}}}), "Tags needs a Key for its Values"},
		"a filter without end":    {filter(api.Expression{Or: many}), "A filter can have at most 1000 expressions."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := history(t).server().GetCostAndUsage(t.Context(), call(management), month(test.change))
			wantFault(t, err, fault.Validation, test.sentence)
		})
	}
}

func TestHistoryCanBeBounded(t *testing.T) {
	s := history(t).server(func(o *Options) { o.Months = 13 })
	ask := func(start string) error {
		_, err := s.GetCostAndUsage(t.Context(), call(management), month(func(in *api.GetCostAndUsageRequest) { in.TimePeriod.Start = start }))
		return err
	}
	if err := ask("2025-10-01"); err != nil {
		t.Error(err)
	}
	wantFault(t, ask("2025-09-30"), fault.Validation, "You haven't enabled historical data beyond 14 months.")
}

func TestPeriodsAreBounded(t *testing.T) {
	_, err := history(t).server().GetCostAndUsage(t.Context(), call(management), month(func(in *api.GetCostAndUsageRequest) {
		in.TimePeriod, in.Granularity = between("1000-01-01T00:00:00Z", "2026-12-01T00:00:00Z"), "HOURLY"
	}))
	wantFault(t, err, fault.LimitExceeded, "The time period has more than 100000 HOURLY periods. Ask for a shorter one.")
}

func TestBillingViews(t *testing.T) {
	s := history(t).server()
	ask := func(view string) error {
		_, err := s.GetCostAndUsage(t.Context(), call(management), month(func(in *api.GetCostAndUsageRequest) { in.BillingViewARN = &view }))
		return err
	}
	if err := ask("arn:aws:billing::111122223333:billingview/primary"); err != nil {
		t.Error(err)
	}
	const other = "arn:aws:billing::111122223333:billingview/custom-1"
	wantFault(t, ask(other), fault.ResourceNotFound, "The billing view "+other+" does not exist.")
}

func TestBillsStayOpenForFiveDays(t *testing.T) {
	for at, want := range map[string]bool{"2026-10-31": false, "2026-11-01": true} {
		day, err := parseTime("Start", at, "DAILY")
		if err != nil {
			t.Fatal(err)
		}
		if got := open(day, now); got != want {
			t.Errorf("the bill of %s is open: %v", at, got)
		}
	}
	october, err := parseTime("Start", "2026-10-15", "DAILY")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]bool{"2026-11-05": true, "2026-11-06": false} {
		day, err := parseTime("Start", at, "DAILY")
		if err != nil {
			t.Fatal(err)
		}
		if got := open(october, day); got != want {
			t.Errorf("on %s October's bill is open: %v", at, got)
		}
	}
}
