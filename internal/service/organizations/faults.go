package organizations

import (
	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/fault"
)

func notFound(name, message string) error {
	return fault.Named(fault.ResourceNotFound, name, "%s", message)
}

func noAccount() error {
	return notFound(api.AccountNotFoundException, "You specified an account that doesn't exist.")
}

func noUnit() error {
	return notFound(api.OrganizationalUnitNotFoundException, "You specified an organizational unit that doesn't exist.")
}

func noParent() error {
	return notFound(api.ParentNotFoundException, "You specified parent that doesn't exist.") // AWS's own words
}

func noTarget() error {
	return notFound(api.TargetNotFoundException, "You specified a target that doesn't exist.")
}

// AWS words a policy that is not there in two ways: as what an operation is about, and as what is to be attached.
const (
	noSuchPolicy  = "We can't find a policy with the PolicyId that you specified."
	noPolicyThere = "You specified a policy that doesn't exist."
)

func noPolicy(message string) error { return notFound(api.PolicyNotFoundException, message) }

func noRoot() error {
	return notFound(api.RootNotFoundException, "You specified a root that doesn't exist.")
}

func conflict(name, message string) error { return fault.Named(fault.Conflict, name, "%s", message) }

func notInUse() error {
	return conflict(api.AWSOrganizationsNotInUseException, "Your account is not a member of an organization.")
}

func denied() error {
	return fault.Named(fault.AccessDenied, api.AccessDeniedException, "You don't have permissions to access this resource.")
}

// violation is a ConstraintViolationException: a quota, or what no organisation may be like.
func violation(reason api.ConstraintViolationExceptionReason, format string, args ...any) error {
	e := fault.Named(fault.LimitExceeded, api.ConstraintViolationException, format, args...)
	e.Reason = string(reason)
	return e
}

// invalid is an InvalidInputException.
func invalid(reason api.InvalidInputExceptionReason, format string, args ...any) error {
	e := fault.Named(fault.Validation, api.InvalidInputException, format, args...)
	e.Reason = string(reason)
	return e
}
