package budgets

import (
	"context"

	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/budget"
)

// kept is how many periods of each unit are shown, the running one among them. Annual budgets have no history.
var kept = map[budget.TimeUnit]int{budget.Daily: 60, budget.Monthly: 13, budget.Quarterly: 4, budget.Custom: 1}

// DescribeBudgetPerformanceHistory shows what the last periods came to, the newest first.
func (s *Server) DescribeBudgetPerformanceHistory(_ context.Context, c *awswire.Call, in *api.DescribeBudgetPerformanceHistoryRequest) (*api.DescribeBudgetPerformanceHistoryResponse, error) {
	k, err := key(c, in.AccountID, in.BudgetName)
	if err != nil {
		return nil, err
	}
	b, ok := s.budgets.Budget(k)
	status, held := s.budgets.Status(k)
	if !ok || !held {
		return nil, notFound("Unable to get budget: %s - the budget doesn't exist.", k.Name)
	}
	shown := write(b, &status, true)
	out := &api.BudgetPerformanceHistory{
		BudgetName: &shown.BudgetName, BudgetType: &shown.BudgetType, TimeUnit: &shown.TimeUnit, CostFilters: shown.CostFilters,
		CostTypes: shown.CostTypes, FilterExpression: shown.FilterExpression, Metrics: shown.Metrics,
		BudgetedAndActualAmountsList: []api.BudgetedAndActualAmounts{},
	}
	for _, sum := range status.History(kept[b.Unit]) {
		if p := in.TimePeriod; p != nil && (!p.End.IsZero() && !sum.Start.Before(p.End) || !p.Start.IsZero() && !p.Start.Before(sum.End)) {
			continue
		}
		out.BudgetedAndActualAmountsList = append(out.BudgetedAndActualAmountsList, api.BudgetedAndActualAmounts{
			BudgetedAmount: spend(sum.Limit, b.Measure), ActualAmount: spend(sum.Spent, b.Measure),
			TimePeriod: &api.TimePeriod{Start: sum.Start, End: sum.End},
		})
	}
	return &api.DescribeBudgetPerformanceHistoryResponse{BudgetPerformanceHistory: out}, nil
}
