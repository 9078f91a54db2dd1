package budgets

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/budgeting"
)

func TestABudgetsLife(t *testing.T) {
	s, k := newServer(t)
	create(t, s, wanted("team", func(b *api.Budget) { b.BudgetLimit.Amount = "100" }))
	k.spend(t, "0.25")
	got := describe(t, s, "team")
	if *got.BudgetLimit != (api.Spend{Amount: "100.0", Unit: "USD"}) || got.CalculatedSpend.ActualSpend.Amount != "0.25" || got.CalculatedSpend.ForecastedSpend != nil {
		t.Errorf("limit %v, spent %v, forecast %v", got.BudgetLimit, got.CalculatedSpend.ActualSpend, got.CalculatedSpend.ForecastedSpend)
	}
	if p := got.TimePeriod; !p.Start.Equal(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)) || p.End.Unix() != 3706473600 {
		t.Errorf("the period is %v", p)
	}
	if c := got.CostTypes; !*c.IncludeTax || *c.UseBlended || got.CostFilters == nil {
		t.Errorf("cost types %v, filters %v", c, got.CostFilters)
	}
	_, err := s.CreateBudget(t.Context(), by(owner), &api.CreateBudgetRequest{AccountID: owner, Budget: wanted("team")})
	named(t, "again", err, api.DuplicateRecordException, "Error creating budget: team - the budget already exists.")

	update := &api.UpdateBudgetRequest{AccountID: owner, NewBudget: wanted("team", func(b *api.Budget) { b.TimeUnit = api.TimeUnitDaily })}
	if _, err := s.UpdateBudget(t.Context(), by(owner), update); err != nil {
		t.Fatal(err)
	}
	if got = describe(t, s, "team"); got.TimeUnit != api.TimeUnitDaily || got.CalculatedSpend.ActualSpend.Amount != "0.25" || got.BudgetLimit.Amount != "1.0" {
		t.Errorf("updated: %+v", got)
	}
	gone := &api.DeleteBudgetRequest{AccountID: owner, BudgetName: "team"}
	if _, err := s.DeleteBudget(t.Context(), by(owner), gone); err != nil {
		t.Fatal(err)
	}
	_, err = s.DeleteBudget(t.Context(), by(owner), gone)
	named(t, "deleted twice", err, api.NotFoundException, "Unable to delete budget: team - the budget doesn't exist. Try creating it first. ")
	_, err = s.DescribeBudget(t.Context(), by(owner), &api.DescribeBudgetRequest{AccountID: owner, BudgetName: "team"})
	named(t, "deleted", err, api.NotFoundException, "Unable to get budget: team - the budget doesn't exist.")
	_, err = s.UpdateBudget(t.Context(), by(owner), update)
	named(t, "deleted", err, api.NotFoundException, "Unable to update budget: team - the budget doesn't exist.")
	_, err = s.DescribeBudgets(t.Context(), by("444455556666"), &api.DescribeBudgetsRequest{AccountID: owner})
	named(t, "another account's", err, api.AccessDeniedException, "You are not authorized to see or change the budgets of account 111122223333.")
}

func TestLimits(t *testing.T) {
	s, _ := newServer(t)
	second := func(day string) string {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(at.Unix())
	}
	create(t, s, wanted("planned", func(b *api.Budget) {
		b.BudgetLimit = nil
		b.PlannedBudgetLimits = map[string]api.Spend{second("2026-10-01"): {Amount: "5", Unit: "USD"}, second("2026-11-01"): {Amount: ".5", Unit: "USD"}, second("2026-12-01"): {Amount: "7", Unit: "USD"}}
	}))
	got := describe(t, s, "planned")
	want := map[string]api.Spend{second("2026-10-01"): {Amount: "5.0", Unit: "USD"}, second("2026-11-01"): {Amount: "0.5", Unit: "USD"}, second("2026-12-01"): {Amount: "7.0", Unit: "USD"}}
	if diff := cmp.Diff(want, got.PlannedBudgetLimits); diff != "" || got.BudgetLimit.Amount != "0.5" {
		t.Errorf("limit %v, plan (-want +got):\n%s", got.BudgetLimit, diff)
	}
	create(t, s, wanted("auto", func(b *api.Budget) {
		b.AutoAdjustData = &api.AutoAdjustData{AutoAdjustType: api.AutoAdjustTypeHistorical, HistoricalOptions: &api.HistoricalOptions{BudgetAdjustmentPeriod: 3}}
		b.BudgetLimit = nil
	}))
	if got := describe(t, s, "auto"); got.AutoAdjustData.HistoricalOptions.BudgetAdjustmentPeriod != 3 || got.AutoAdjustData.LastAutoAdjustTime.Day() != 1 || got.BudgetLimit.Amount != "0.0" {
		t.Errorf("auto-adjusting: %+v %v", got.AutoAdjustData, got.BudgetLimit)
	}
	create(t, s, wanted("usage", func(b *api.Budget) {
		b.BudgetType, b.BudgetLimit = api.BudgetTypeUsage, &api.Spend{Amount: "10", Unit: "1K tokens"}
	}))
	if got := describe(t, s, "usage"); got.BudgetLimit.Unit != "1K tokens" || got.CostTypes != nil {
		t.Errorf("usage: %+v", got)
	}
}

func TestUsageIsCountedInUnits(t *testing.T) {
	s, k := newServer(t)
	for _, unit := range []string{"1K tokens", "tokens", "Units"} {
		create(t, s, wanted(unit, func(b *api.Budget) {
			b.BudgetType, b.BudgetLimit = api.BudgetTypeUsage, &api.Spend{Amount: "10", Unit: unit}
		}))
	}
	k.spend(t, "1") // two thousand tokens
	for unit, want := range map[string]string{"1K tokens": "2.0", "tokens": "2000.0", "Units": "0.0"} {
		if got := describe(t, s, unit).CalculatedSpend.ActualSpend; got.Amount != want || got.Unit != unit {
			t.Errorf("%s: %v", unit, got)
		}
	}
}

func TestWhatCannotBe(t *testing.T) {
	s, _ := newServer(t)
	for want, change := range map[string]func(*api.Budget){
		"please provide one of the followings: Budget Limit/ Planned Budget Limit/ Auto Adjust Data": func(b *api.Budget) { b.BudgetLimit = nil },
		"reservations or savings plans": func(b *api.Budget) { b.BudgetType = api.BudgetTypeRiUtilization },
		"only one of":                   func(b *api.Budget) { b.PlannedBudgetLimits = map[string]api.Spend{"1": {}} },
		"not a number":                  func(b *api.Budget) { b.BudgetLimit.Amount = "1e3" },
		"is USD, not":                   func(b *api.Budget) { b.BudgetLimit.Unit = "EUR" },
		"cannot be used together": func(b *api.Budget) {
			b.CostFilters, b.Metrics = map[string][]string{"Service": {"x"}}, []api.Metric{api.MetricUnblendedCost}
		},
		"does not go with":         func(b *api.Budget) { b.Metrics = []api.Metric{api.MetricUsageQuantity} },
		"CostFilters cannot have":  func(b *api.Budget) { b.CostFilters = map[string][]string{"Colour": {"red"}} },
		"user:KEY$VALUE":           func(b *api.Budget) { b.CostFilters = map[string][]string{"TagKeyValue": {"red"}} },
		"no cost categories":       func(b *api.Budget) { b.FilterExpression = &api.Expression{CostCategories: &api.CostCategoryValues{}} },
		"match option STARTS_WITH": func(b *api.Budget) { b.FilterExpression = comparedBy("STARTS_WITH") },
		"exactly one of And":       func(b *api.Budget) { b.FilterExpression = &api.Expression{} },
		"not after its start":      func(b *api.Budget) { b.TimePeriod = &api.TimePeriod{Start: noon, End: noon} },
		"time units MONTHLY and QUART": func(b *api.Budget) {
			b.BudgetLimit, b.PlannedBudgetLimits, b.TimeUnit = nil, map[string]api.Spend{"1": {}}, api.TimeUnitDaily
		},
		"no number of seconds": func(b *api.Budget) { b.BudgetLimit, b.PlannedBudgetLimits = nil, map[string]api.Spend{"May": {}} },
		"at most 12": func(b *api.Budget) {
			b.AutoAdjustData = &api.AutoAdjustData{AutoAdjustType: api.AutoAdjustTypeHistorical, HistoricalOptions: &api.HistoricalOptions{BudgetAdjustmentPeriod: 13}}
		},
		"needs HistoricalOptions": func(b *api.Budget) {
			b.AutoAdjustData = &api.AutoAdjustData{AutoAdjustType: api.AutoAdjustTypeHistorical}
		},
		"cannot contain":         func(b *api.Budget) { b.BudgetName = "a:b" },
		`cannot contain "/act`:   func(b *api.Budget) { b.BudgetName = "a/Action/b" },
		"outcrop:enforcement is": nil,
	} {
		in := &api.CreateBudgetRequest{AccountID: owner, Budget: wanted("bad")}
		if change != nil {
			change(in.Budget)
		} else {
			in.ResourceTags = []api.ResourceTag{{Key: "outcrop:enforcement", Value: "strict"}}
		}
		_, err := s.CreateBudget(context.Background(), by(owner), in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want one with %q", err, want)
		}
	}
}

// comparedBy is a filter on a tag with a way to compare.
func comparedBy(option api.MatchOption) *api.Expression {
	return &api.Expression{Tags: &api.TagValues{Key: new("team"), Values: []string{"a"}, MatchOptions: []api.MatchOption{option}}}
}

func TestFiltersComeBack(t *testing.T) {
	s, _ := newServer(t)
	filter := &api.Expression{Or: []api.Expression{
		{Not: &api.Expression{Dimensions: &api.ExpressionDimensionValues{Key: "REGION", Values: []string{"us-east-1"}}}},
		{And: []api.Expression{{Tags: &api.TagValues{Key: new("team"), Values: []string{"a", "b"}}}, {Tags: &api.TagValues{Key: new("stage"), MatchOptions: []api.MatchOption{api.MatchOptionAbsent}}}}},
	}}
	create(t, s, wanted("newer", func(b *api.Budget) { b.FilterExpression, b.Metrics = filter, []api.Metric{api.MetricUnblendedCost} }))
	got := describe(t, s, "newer")
	if diff := cmp.Diff(filter, got.FilterExpression); diff != "" || len(got.Metrics) != 1 || got.CostFilters != nil || got.CostTypes != nil {
		t.Errorf("%v %v %v (-want +got):\n%s", got.Metrics, got.CostFilters, got.CostTypes, diff)
	}
	quiet, err := s.DescribeBudget(t.Context(), by(owner), &api.DescribeBudgetRequest{AccountID: owner, BudgetName: "newer"})
	if err != nil || quiet.Budget.FilterExpression != nil || quiet.Budget.Metrics != nil {
		t.Errorf("nobody asked for %v: %v", quiet.Budget.FilterExpression, err)
	}
	older := map[string][]string{"Service": {"Amazon Bedrock"}, "TagKeyValue": {"user:team$a"}}
	create(t, s, wanted("older", func(b *api.Budget) { b.CostFilters = older; b.CostTypes = &api.CostTypes{IncludeTax: new(false)} }))
	if got := describe(t, s, "older"); cmp.Diff(older, got.CostFilters) != "" || *got.CostTypes.IncludeTax || !*got.CostTypes.IncludeCredit {
		t.Errorf("older: %v %+v", got.CostFilters, got.CostTypes)
	}
}

func TestPagesAndTags(t *testing.T) {
	s, k := newServer(t)
	for i := range 5 {
		create(t, s, wanted(fmt.Sprint("budget", i)), api.ResourceTag{Key: "i", Value: fmt.Sprint(i)})
	}
	var names []string
	in := &api.DescribeBudgetsRequest{AccountID: owner, MaxResults: new(2)}
	for {
		out, err := s.DescribeBudgets(t.Context(), by(owner), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range out.Budgets {
			names = append(names, b.BudgetName)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	if diff := cmp.Diff([]string{"budget0", "budget1", "budget2", "budget3", "budget4"}, names); diff != "" {
		t.Error(diff)
	}
	for _, token := range []string{"?", "zzzz"} {
		in.NextToken = &token
		_, err := s.DescribeBudgets(t.Context(), by(owner), in)
		named(t, "a token of somebody's own", err, api.InvalidNextTokenException, "The pagination token is invalid.")
	}

	resource := "arn:aws:budgets::" + owner + ":budget/budget3"
	if _, err := s.TagResource(t.Context(), by(owner), &api.TagResourceRequest{ResourceARN: resource, ResourceTags: []api.ResourceTag{{Key: "outcrop:enforcement", Value: "hard"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UntagResource(t.Context(), by(owner), &api.UntagResourceRequest{ResourceARN: resource, ResourceTagKeys: []string{"i"}}); err != nil {
		t.Fatal(err)
	}
	out, err := s.ListTagsForResource(t.Context(), by(owner), &api.ListTagsForResourceRequest{ResourceARN: resource})
	if diff := cmp.Diff([]api.ResourceTag{{Key: "outcrop:enforcement", Value: "hard"}}, out.ResourceTags); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if status, _ := k.Status(k.Budgets(owner)[3]); status.Enforcement.String() != "hard" {
		t.Errorf("the tagged budget is %s", status.Enforcement)
	}
	_, err = s.ListTagsForResource(t.Context(), by(owner), &api.ListTagsForResourceRequest{ResourceARN: resource + "/action/none"})
	named(t, "no action", err, api.NotFoundException, "Unable to get action: none - the action doesn't exist.")
	_, err = s.ListTagsForResource(t.Context(), by(owner), &api.ListTagsForResourceRequest{ResourceARN: "arn:aws:s3:::bucket"})
	named(t, "no budget's ARN", err, api.InvalidParameterException, `"arn:aws:s3:::bucket" is not the ARN of a budget or of an action.`)
}

func TestNotificationsComeWithABudget(t *testing.T) {
	s, k := newServer(t)
	n := api.NotificationWithSubscribers{
		Notification: &api.Notification{NotificationType: api.NotificationTypeActual, ComparisonOperator: api.ComparisonOperatorGreaterThan, Threshold: 80},
		Subscribers:  []api.Subscriber{{SubscriptionType: api.SubscriptionTypeEmail, Address: "a@example.com"}},
	}
	in := &api.CreateBudgetRequest{AccountID: owner, Budget: wanted("told"), NotificationsWithSubscribers: []api.NotificationWithSubscribers{n}}
	if _, err := s.CreateBudget(t.Context(), by(owner), in); err != nil {
		t.Fatal(err)
	}
	b, _ := k.Budget(k.Budgets(owner)[0])
	if len(b.Notices) != 1 || b.Notices[0].String() != "ACTUAL GREATER_THAN 80 PERCENTAGE" || b.Notices[0].Subscribers[0] != (budgeting.Subscriber{Kind: "EMAIL", Address: "a@example.com"}) {
		t.Errorf("kept as %+v", b.Notices)
	}
	in.Budget.BudgetName, in.NotificationsWithSubscribers = "twice", append(in.NotificationsWithSubscribers, n)
	_, err := s.CreateBudget(t.Context(), by(owner), in)
	named(t, "the same twice", err, api.DuplicateRecordException, "Error creating notification: ACTUAL GREATER_THAN 80 PERCENTAGE - the notification already exists.")
}

func TestHistory(t *testing.T) {
	s, k := newServer(t)
	create(t, s, wanted("daily", func(b *api.Budget) {
		b.TimeUnit, b.TimePeriod = api.TimeUnitDaily, &api.TimePeriod{Start: noon.AddDate(0, 0, -3)}
	}))
	k.spend(t, "0.25")
	out, err := s.DescribeBudgetPerformanceHistory(t.Context(), by(owner), &api.DescribeBudgetPerformanceHistoryRequest{AccountID: owner, BudgetName: "daily"})
	if err != nil {
		t.Fatal(err)
	}
	list := out.BudgetPerformanceHistory.BudgetedAndActualAmountsList
	if len(list) != 1 || list[0].ActualAmount.Amount != "0.25" || list[0].BudgetedAmount.Amount != "1.0" || list[0].TimePeriod.Start.Day() != 22 {
		t.Errorf("%d entries, the first of them %+v", len(list), list)
	}
}
