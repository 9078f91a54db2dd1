package budgets

import (
	"maps"
	"slices"
	"strconv"
	"time"

	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/money"
)

const dollars = "USD"

// read takes over a budget as somebody wrote it at a moment.
func read(in *api.Budget, now time.Time) (*budgeting.Budget, error) {
	b := &budgeting.Budget{Updated: moment(now)}
	switch in.BudgetType {
	case api.BudgetTypeCost, api.BudgetTypeUsage:
		b.Kind = budget.Kind(in.BudgetType)
	default:
		return nil, unable("the budget type %s is about reservations or savings plans, which models do not have. Use COST or USAGE.", in.BudgetType)
	}
	b.Unit = budget.TimeUnit(in.TimeUnit)
	readPeriod(&b.Definition, in.TimePeriod, now)
	if err := readLimit(&b.Definition, in); err != nil {
		return nil, err
	}
	return b, readUsage(b, in)
}

func readPeriod(d *budget.Definition, in *api.TimePeriod, now time.Time) {
	if in != nil {
		d.Start, d.End = in.Start.UTC(), in.End.UTC()
	}
	if d.Start.IsZero() {
		d.Start = d.Unit.Beginning(now)
	}
	if d.End.IsZero() {
		d.End = budget.Forever()
	}
}

// readLimit reads the one of the three ways to set a limit.
func readLimit(d *budget.Definition, in *api.Budget) error {
	given := 0
	for _, is := range []bool{in.BudgetLimit != nil, len(in.PlannedBudgetLimits) > 0, in.AutoAdjustData != nil} {
		if is {
			given++
		}
	}
	d.Measure = dollars
	switch {
	case given == 0:
		return unable("please provide one of the followings: Budget Limit/ Planned Budget Limit/ Auto Adjust Data")
	case given > 1 && in.AutoAdjustData == nil:
		return unable("please provide only one of BudgetLimit and PlannedBudgetLimits")
	case in.AutoAdjustData != nil:
		return readAuto(d, in.AutoAdjustData)
	case in.BudgetLimit != nil:
		return readSpend(d, in.BudgetLimit, &d.Limit)
	}
	return readPlan(d, in.PlannedBudgetLimits)
}

func readSpend(d *budget.Definition, in *api.Spend, into *money.Amount) error {
	a, err := money.Parse(in.Amount)
	if in.Amount != "" && in.Amount[0] == '.' {
		a, err = money.Parse("0" + in.Amount)
	}
	if err != nil || a.Sign() < 0 {
		return unable("the amount %.60q is not a number of up to 12 decimals that is 0 or more", in.Amount)
	}
	if d.Kind == budget.Cost && in.Unit != dollars {
		return unable("the unit of a cost budget is USD, not %.60q", in.Unit)
	}
	*into, d.Measure = a, in.Unit
	return nil
}

// readPlan reads limits by the second since 1970 from which each counts.
func readPlan(d *budget.Definition, plan map[string]api.Spend) error {
	if d.Unit != budget.Monthly && d.Unit != budget.Quarterly {
		return unable("PlannedBudgetLimits can only be used with the time units MONTHLY and QUARTERLY")
	}
	for _, text := range slices.Sorted(maps.Keys(plan)) {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return unable("the key %.60q of PlannedBudgetLimits is no number of seconds since 1970", text)
		}
		next, limit := budget.Planned{From: time.Unix(seconds, 0).UTC()}, plan[text]
		if err := readSpend(d, &limit, &next.Limit); err != nil {
			return err
		}
		d.Planned = append(d.Planned, next)
	}
	slices.SortFunc(d.Planned, func(a, b budget.Planned) int { return a.From.Compare(b.From) })
	d.Limit = d.Planned[0].Limit
	return nil
}

// most is how many periods each unit's limit may look back at.
var most = map[budget.TimeUnit]int{budget.Daily: 60, budget.Monthly: 12, budget.Quarterly: 4, budget.Annually: 1}

func readAuto(d *budget.Definition, in *api.AutoAdjustData) error {
	d.Auto = &budget.Auto{Kind: budget.AutoKind(in.AutoAdjustType)}
	if d.Unit == budget.Custom {
		return unable("AutoAdjustData cannot be used with the time unit CUSTOM")
	}
	if d.Auto.Kind != budget.Historical {
		return nil
	}
	if in.HistoricalOptions == nil {
		return unable("AutoAdjustData of the type HISTORICAL needs HistoricalOptions")
	}
	if d.Auto.Periods = in.HistoricalOptions.BudgetAdjustmentPeriod; d.Auto.Periods > most[d.Unit] {
		return unable("BudgetAdjustmentPeriod can be at most %d with the time unit %s", most[d.Unit], d.Unit)
	}
	return nil
}

// readUsage reads which usage counts, in the older or the newer form.
func readUsage(b *budgeting.Budget, in *api.Budget) error {
	newer := in.FilterExpression != nil || len(in.Metrics) > 0
	if newer && (len(in.CostFilters) > 0 || in.CostTypes != nil) {
		return unable("CostFilters and CostTypes cannot be used together with FilterExpression and Metrics")
	}
	if !newer {
		b.CostFilters = in.CostFilters
		if b.Kind == budget.Cost {
			b.CostTypes = costTypes(in.CostTypes)
		}
		return nil
	}
	if len(in.Metrics) > 0 {
		b.Metric = string(in.Metrics[0])
	}
	quantity := b.Metric == string(api.MetricUsageQuantity)
	if b.Metric == string(api.MetricHours) || b.Metric == string(api.MetricNormalizedUsageAmount) || b.Metric != "" && quantity != (b.Kind == budget.Usage) {
		return unable("the metric %s does not go with the budget type %s", b.Metric, b.Kind)
	}
	var err error
	b.Filter, err = readExpression(in.FilterExpression)
	return err
}

func readExpression(in *api.Expression) (*budget.Expression, error) {
	if in == nil {
		return nil, nil
	}
	if in.CostCategories != nil {
		return nil, unable("there are no cost categories here")
	}
	out := &budget.Expression{}
	var err error
	if out.And, err = readList(in.And); err != nil {
		return nil, err
	}
	if out.Or, err = readList(in.Or); err != nil {
		return nil, err
	}
	if out.Not, err = readExpression(in.Not); err != nil {
		return nil, err
	}
	if d := in.Dimensions; d != nil {
		if err := checkMatch(d.MatchOptions, false); err != nil {
			return nil, err
		}
		out.Dimension = &budget.Condition{Key: string(d.Key), Values: d.Values}
	}
	if t := in.Tags; t != nil {
		if err := checkMatch(t.MatchOptions, len(t.Values) == 0); err != nil {
			return nil, err
		}
		out.Tag = &budget.Condition{Values: t.Values}
		if t.Key != nil {
			out.Tag.Key = *t.Key
		}
	}
	return out, nil
}

func readList(in []api.Expression) (out []budget.Expression, err error) {
	for i := range in {
		e, err := readExpression(&in[i])
		if err != nil {
			return nil, err
		}
		out = append(out, *e)
	}
	return out, nil
}

// checkMatch refuses the ways to compare that budgets do not have.
func checkMatch(options []api.MatchOption, absent bool) error {
	for _, o := range options {
		switch {
		case o == api.MatchOptionEquals, o == api.MatchOptionCaseSensitive, o == api.MatchOptionAbsent && absent:
		default:
			return unable("the match option %s is not supported here", o)
		}
	}
	return nil
}
