package budgets

import (
	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/fault"
)

func invalid(format string, args ...any) error {
	return fault.Named(fault.Validation, api.InvalidParameterException, format, args...)
}

func notFound(format string, args ...any) error {
	return fault.Named(fault.ResourceNotFound, api.NotFoundException, format, args...)
}

func duplicate(format string, args ...any) error {
	return fault.Named(fault.Conflict, api.DuplicateRecordException, format, args...)
}

func tooMany(format string, args ...any) error {
	return fault.Named(fault.LimitExceeded, api.CreationLimitExceededException, format, args...)
}

func locked(format string, args ...any) error {
	return fault.Named(fault.Conflict, api.ResourceLockedException, format, args...)
}

func denied(account string) error {
	return fault.Named(fault.AccessDenied, api.AccessDeniedException, "You are not authorized to see or change the budgets of account %s.", account)
}

// unable is the sentence about a budget that cannot be made or changed.
func unable(format string, args ...any) error {
	return invalid("Unable to create/update budget - "+format, args...)
}
