package access

import "github.com/outcrop/outcrop/internal/awswire"

// Quotas guards what shows the use of quotas. It is of Outcrop's own, and so is the action: outcrop:ListQuotas.
func (c *Control) Quotas() awswire.Guard {
	return &rules{control: c, prefix: "outcrop", bearer: true, table: map[string]rule{"ListQuotas": anything}}
}

// BudgetState guards what shows how budgets stand: the action is that of AWS Budgets for seeing them.
func (c *Control) BudgetState() awswire.Guard {
	see := as("budgets:ViewBudget", func(a *asking) error {
		return a.mine("arn:" + string(a.partition()) + ":budgets::" + string(a.account()) + ":budget/*")
	})
	r := &rules{control: c, prefix: "outcrop", bearer: true, table: map[string]rule{}}
	r.add(see, "ListBudgets", "ListReservations", "AdviseBudgets")
	return r
}
