package iam

import (
	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/fault"
)

// IAM's errors by their names. Sentences are AWS's.

func noSuchEntity(format string, args ...any) error {
	return fault.Named(fault.ResourceNotFound, api.NoSuchEntityException, format, args...)
}

func noSuchUser(name string) error {
	return noSuchEntity("The user with name %s cannot be found.", name)
}

func noSuchGroup(name string) error {
	return noSuchEntity("The group with name %s cannot be found.", name)
}

func noSuchRole(name string) error {
	return noSuchEntity("The role with name %s cannot be found.", name)
}

func exists(format string, args ...any) error {
	return fault.Named(fault.Conflict, api.EntityAlreadyExistsException, format, args...)
}

func inUse(format string, args ...any) error {
	return fault.Named(fault.Conflict, api.DeleteConflictException, format, args...)
}

func limitExceeded(format string, args ...any) error {
	return fault.Named(fault.LimitExceeded, api.LimitExceededException, format, args...)
}

// quotaExceeded names the quota as AWS does.
func quotaExceeded(quota string, limit int) error {
	return limitExceeded("Cannot exceed quota for %s: %d", quota, limit)
}

func invalidInput(format string, args ...any) error {
	return fault.Named(fault.Validation, api.InvalidInputException, format, args...)
}

// invalid is the error of what the model has no better name for: ValidationError.
func invalid(format string, args ...any) error { return fault.New(fault.Validation, format, args...) }
