package costexplorer

import (
	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// Sentences of AWS that take no argument.
const (
	startBehindEnd   = "Start date (and hour) should be before end date (and hour)"
	endTooLate       = "end date past the beginning of next month"
	startTooLate     = "start date is after today"
	beyondHistory    = "You haven't enabled historical data beyond 14 months."
	manyRoots        = "Expression has more than one roots. Only one root operator is allowed for each expression: And, Or, Not, Dimensions, Tags, CostCategories"
	noRoot           = "Expression has no root. One root operator is needed for each expression: And, Or, Not, Dimensions, Tags, CostCategories"
	emptyGroup       = "Group Definition is invalid. Both type an key need to be set to a non-empty value." // AWS's own spelling
	noCostCategories = "Cost categories are not supported. Use Dimensions or Tags."
	noHistory        = "Insufficient amount of historical data to generate forecast"
	mixedUnits       = "Cost Explorer was unable to identify the usage unit. Provide UsageType/UsageTypeGroup filter selections that contain matching units, for example: hours."
	tokenInvalid     = "The pagination token is invalid. Try again without a pagination token."
	tokenForeign     = "Your request parameters changed between pages. Try again with the old parameters or without a pagination token."
)

func invalid(format string, args ...any) error { return fault.New(fault.Validation, format, args...) }

// checkView refuses every billing view but the caller's primary one, which is what is shown anyway.
func checkView(view *string, caller arn.Account) error {
	if view == nil {
		return nil
	}
	if a, ok := arn.Parse(*view); ok && a.Service == "billing" && a.Account == caller && a.Resource == "billingview/primary" {
		return nil
	}
	e := fault.New(fault.ResourceNotFound, "The billing view %s does not exist.", *view)
	e.Resource = *view
	return e
}

// denied refuses what only the management account may do.
func denied(c *awswire.Call, action string) error {
	return fault.New(fault.AccessDenied, "User: %s is not authorized to perform: %s because only the management account may", c.Principal.ARN, action)
}
