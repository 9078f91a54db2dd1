package main

// budgets is AWS Budgets, all of it.
var budgets = target{
	Service: "budgets",
	Package: "budgets",
	Operations: []string{
		"CreateBudget",
		"UpdateBudget",
		"DeleteBudget",
		"DescribeBudget",
		"DescribeBudgets",
		"DescribeBudgetPerformanceHistory",
		"CreateNotification",
		"UpdateNotification",
		"DeleteNotification",
		"DescribeNotificationsForBudget",
		"DescribeBudgetNotificationsForAccount",
		"CreateSubscriber",
		"UpdateSubscriber",
		"DeleteSubscriber",
		"DescribeSubscribersForNotification",
		"CreateBudgetAction",
		"UpdateBudgetAction",
		"DeleteBudgetAction",
		"DescribeBudgetAction",
		"DescribeBudgetActionsForAccount",
		"DescribeBudgetActionsForBudget",
		"DescribeBudgetActionHistories",
		"ExecuteBudgetAction",
		"TagResource",
		"UntagResource",
		"ListTagsForResource",
	},
	Adjust: map[string]adjustment{
		// The model looks ahead: a name is no path to an action, and no script.
		"BudgetName": {Pattern: `[^:\\]+`, Not: `[^:\\]*/action/[^:\\]*|(?i:.*<script>.*</script>[^:\\]*)`},
	},
}
