package access

import (
	"github.com/outcrop/outcrop/internal/awswire"
)

// CostExplorer guards Cost Explorer. None of its operations has a resource.
func (c *Control) CostExplorer() awswire.Guard {
	r := &rules{control: c, prefix: "ce", table: map[string]rule{}}
	r.add(anything, "GetCostAndUsage", "GetCostAndUsageWithResources", "GetDimensionValues", "GetTags", "GetCostForecast",
		"GetUsageForecast", "ListCostAllocationTags", "UpdateCostAllocationTagsStatus")
	return r
}

// Budgets guards AWS Budgets, whose actions are fewer than its operations: seeing a budget and what belongs to it is
// budgets:ViewBudget, changing it budgets:ModifyBudget; budget actions have actions of their own.
func (c *Control) Budgets() awswire.Guard {
	r := &rules{control: c, prefix: "budgets", table: map[string]rule{}}
	r.add(as("budgets:ViewBudget", onBudget), "DescribeBudget", "DescribeBudgets", "DescribeBudgetPerformanceHistory",
		"DescribeNotificationsForBudget", "DescribeBudgetNotificationsForAccount", "DescribeSubscribersForNotification")
	r.add(as("budgets:ModifyBudget", onBudget), "CreateBudget", "UpdateBudget", "DeleteBudget", "CreateNotification", "UpdateNotification",
		"DeleteNotification", "CreateSubscriber", "UpdateSubscriber", "DeleteSubscriber")
	r.add(onBudget, "CreateBudgetAction", "UpdateBudgetAction", "DeleteBudgetAction", "ExecuteBudgetAction", "DescribeBudgetAction",
		"DescribeBudgetActionHistories", "DescribeBudgetActionsForBudget", "DescribeBudgetActionsForAccount")
	r.add(func(a *asking) error {
		a.ask.Keys.RequestTags, a.ask.Keys.TagKeys = tagField(a.in, "ResourceTags"), keysField(a.in, "ResourceTagKeys")
		return a.mine(field(a.in, "ResourceARN"))
	}, "TagResource", "UntagResource", "ListTagsForResource")
	return r
}

// onBudget judges a budget, one of its actions, or all of the account's.
func onBudget(a *asking) error {
	a.ask.Keys.RequestTags = tagField(a.in, "ResourceTags")
	name := "arn:" + string(a.partition()) + ":budgets::" + string(a.account()) + ":budget/" + budgetName(a.in)
	if id := field(a.in, "ActionID"); id != "" {
		name += "/action/" + id
	}
	return a.mine(name)
}

// budgetName is the budget an input is about, "*" when it is about all.
func budgetName(in any) string {
	for _, of := range [...]any{in, sub(in, "Budget"), sub(in, "NewBudget")} {
		if of == nil {
			continue
		}
		if name := field(of, "BudgetName"); name != "" {
			return name
		}
	}
	return "*"
}
