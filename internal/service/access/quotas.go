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

// Operators guards the operator's API, beside its own rule that only the management account may use it. The actions are
// the names of its operations: outcrop:DrainRegion.
func (c *Control) Operators() awswire.Guard {
	r := &rules{control: c, prefix: "outcrop", bearer: true, table: map[string]rule{}}
	r.add(
		anything,
		"ListProfiles", "CreateProfile", "GetProfile", "UpdateProfile", "DeleteProfile",
		"ListDrains", "DrainRegion", "UndrainRegion", "ListDeployments", "ListCalls", "ExplainCall",
	)
	return r
}
