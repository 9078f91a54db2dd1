package budgets

import (
	"strconv"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/money"
)

// write shows a budget as it stands. The newer form of a filter is shown to those who ask for it.
func write(b *budgeting.Budget, s *budget.Status, filter bool) api.Budget {
	out := api.Budget{
		BudgetName: b.Name, BudgetType: api.BudgetType(b.Kind), TimeUnit: api.TimeUnit(b.Unit),
		TimePeriod: &api.TimePeriod{Start: b.Start, End: b.End}, LastUpdatedTime: b.Updated,
		BudgetLimit:     spend(s.Limit, b.Measure),
		CalculatedSpend: &api.CalculatedSpend{ActualSpend: spend(s.Spent, b.Measure)},
		CostFilters:     b.CostFilters, CostTypes: writeCostTypes(b.CostTypes), AutoAdjustData: writeAuto(b, s),
	}
	if out.CostFilters == nil && b.Filter == nil {
		out.CostFilters = map[string][]string{}
	}
	if !s.Active {
		out.BudgetLimit = spend(b.Limit, b.Measure)
	}
	if s.Foreseen {
		out.CalculatedSpend.ForecastedSpend = spend(s.Forecast, b.Measure)
	}
	if len(b.Planned) > 0 {
		out.PlannedBudgetLimits = map[string]api.Spend{}
		for _, p := range b.Planned {
			out.PlannedBudgetLimits[strconv.FormatInt(p.From.Unix(), 10)] = *spend(p.Limit, b.Measure)
		}
	}
	if filter {
		out.FilterExpression = writeExpression(b.Filter)
		if b.Metric != "" {
			out.Metrics = []api.Metric{api.Metric(b.Metric)}
		}
	}
	return out
}

// spend is an amount as AWS writes it: with one decimal at least.
func spend(a money.Amount, unit string) *api.Spend {
	text := a.String()
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return &api.Spend{Amount: text, Unit: unit}
}

func writeAuto(b *budgeting.Budget, s *budget.Status) *api.AutoAdjustData {
	if b.Auto == nil {
		return nil
	}
	out := &api.AutoAdjustData{AutoAdjustType: api.AutoAdjustType(b.Auto.Kind), LastAutoAdjustTime: s.Period.Start}
	if b.Auto.Kind == budget.Historical {
		out.HistoricalOptions = &api.HistoricalOptions{BudgetAdjustmentPeriod: b.Auto.Periods}
		if n := s.LookBack(); n > 0 {
			out.HistoricalOptions.LookBackAvailablePeriods = &n
		}
	}
	return out
}

func writeExpression(e *budget.Expression) *api.Expression {
	if e == nil {
		return nil
	}
	out := &api.Expression{Not: writeExpression(e.Not)}
	for i := range e.And {
		out.And = append(out.And, *writeExpression(&e.And[i]))
	}
	for i := range e.Or {
		out.Or = append(out.Or, *writeExpression(&e.Or[i]))
	}
	if e.Dimension != nil {
		out.Dimensions = &api.ExpressionDimensionValues{Key: api.Dimension(e.Dimension.Key), Values: e.Dimension.Values}
	}
	if e.Tag != nil {
		out.Tags = &api.TagValues{Key: &e.Tag.Key, Values: e.Tag.Values}
		if len(e.Tag.Values) == 0 {
			out.Tags.MatchOptions = []api.MatchOption{api.MatchOptionAbsent}
		}
	}
	return out
}

// costTypes are the members of CostTypes, filled as AWS fills them. There is nothing here that they would change: calls
// have no tax, no refunds and no subscriptions.
func costTypes(in *api.CostTypes) map[string]bool {
	if in == nil {
		in = &api.CostTypes{}
	}
	out := map[string]bool{}
	for _, m := range costTypeMembers(in) {
		if out[m.name] = m.usual; *m.value != nil {
			out[m.name] = **m.value
		}
	}
	return out
}

func writeCostTypes(kept map[string]bool) *api.CostTypes {
	if kept == nil {
		return nil
	}
	out := &api.CostTypes{}
	for _, m := range costTypeMembers(out) {
		value := kept[m.name]
		*m.value = &value
	}
	return out
}

type costTypeMember struct {
	name  string
	usual bool
	value **bool
}

func costTypeMembers(c *api.CostTypes) []costTypeMember {
	return []costTypeMember{
		{"IncludeTax", true, &c.IncludeTax},
		{"IncludeSubscription", true, &c.IncludeSubscription},
		{"UseBlended", false, &c.UseBlended},
		{"IncludeRefund", true, &c.IncludeRefund},
		{"IncludeCredit", true, &c.IncludeCredit},
		{"IncludeUpfront", true, &c.IncludeUpfront},
		{"IncludeRecurring", true, &c.IncludeRecurring},
		{"IncludeOtherSubscription", true, &c.IncludeOtherSubscription},
		{"IncludeSupport", true, &c.IncludeSupport},
		{"IncludeDiscount", true, &c.IncludeDiscount},
		{"UseAmortized", false, &c.UseAmortized},
	}
}
