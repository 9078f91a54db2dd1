package bedrock

import (
	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/store"
)

// identify takes the identifier of a profile apart. An ARN may leave region and account empty; those it
// names must be the call's.
func identify(now *profile.Snapshot, c *awswire.Call, action, text string) (arn.Identifier, error) {
	id, ok := arn.ParseIdentifier(text)
	switch {
	case !ok || id.Kind == arn.ModelARN || id.Kind == arn.OtherARN:
		return id, fault.New(fault.Validation, "The provided inference profile identifier is invalid.")
	case id.Kind == arn.Bare:
		return id, nil
	}
	return id, atHome(now, c, action, id.ARN)
}

// atHome checks that an ARN is of the call's region and account.
func atHome(now *profile.Snapshot, c *awswire.Call, action string, a arn.ARN) error {
	switch {
	case a.Partition != partition(now, c.Region), a.Region != "" && a.Region != c.Region:
		return fault.New(fault.Validation, "The provided ARN is invalid for the service region")
	case a.Account != "" && a.Account != c.Principal.Account:
		return (&profile.OtherAccountError{ARN: a}).Denied(c.Principal.ARN, action)
	}
	return nil
}

// own is the key of an application profile of the caller in the call's region.
func own(c *awswire.Call, id string) store.ProfileKey {
	return store.ProfileKey{Account: c.Principal.Account, Region: c.Region, ID: id}
}

func notFound(identifier string) error {
	return fault.New(fault.ResourceNotFound, "Inference profile %s was not found.", identifier)
}
