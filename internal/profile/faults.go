package profile

import (
	"errors"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
)

// refusal is why an id that is known in a region cannot be called there.
type refusal uint8

const (
	allowed refusal = iota
	notOnDemand
	legacy
	ended
)

// fault words the refusal as AWS does.
func (r refusal) fault(model string) error {
	switch r {
	case notOnDemand:
		return fault.New(fault.Validation, "Invocation of model ID %s with on-demand throughput isn’t supported. "+
			"Retry your request with the ID or ARN of an inference profile that contains this model.", model)
	case legacy:
		return fault.New(fault.ResourceNotFound, "Access denied. This Model is marked by provider as Legacy and you have not been "+
			"actively using the model in the last 30 days. Please upgrade to an active model on Amazon Bedrock")
	case ended:
		return fault.New(fault.ResourceNotFound, "This model version has reached the end of its life. Please upgrade to an active model.")
	}
	return nil
}

const invalid = "The provided model identifier is invalid."

// invalidIdentifier answers an id that is unknown, or unknown in the source region.
func invalidIdentifier() error { return fault.New(fault.Validation, invalid) }

// IsUnknown reports whether an identifier was refused because nothing in the source region has it.
func IsUnknown(err error) bool {
	f, ok := errors.AsType[*fault.Error](err)
	return ok && f.Code == fault.Validation && f.Message == invalid
}

// otherRegion answers an ARN of a region the call was not sent to.
func otherRegion() error {
	return fault.New(fault.Validation, "The provided ARN is invalid for the service region")
}

func otherPartition(a arn.ARN, here arn.Partition) error {
	return fault.New(fault.Validation, "The provided ARN is invalid: its partition is %s, and region %s is in partition %s.",
		a.Partition, a.Region, here)
}

// unsupportedResource answers an ARN of something that names a model on AWS and is not served here.
func unsupportedResource(a arn.ARN) error {
	return fault.New(fault.Validation, "The provided ARN names a resource of type %s, which cannot be called here. "+
		"Use the ID or ARN of a foundation model or an inference profile.", resourceType(a))
}

func unknownRegion(r arn.Region) error {
	return fault.New(fault.Validation, "The region %q is not known here.", string(r))
}

func applicationNotFound(name string) error {
	return fault.New(fault.ResourceNotFound, "The application inference profile %s does not exist.", name)
}

// badCopySource answers a copyFrom that can make no application profile. The first sentence is AWS's; the reason,
// where there is one to give, follows it.
func badCopySource(reason string) error {
	const sentence = "copyFrom must be a valid inference profile model source ARN."
	if reason == "" {
		return fault.New(fault.Validation, sentence)
	}
	return fault.New(fault.Validation, "%s %s", sentence, reason)
}

// OtherAccountError says that the resource a caller named belongs to another account, which only a resource-based
// policy could open. Whether the resource exists stays unsaid. It unwraps to an AccessDenied fault; Denied words that
// fault in full.
type OtherAccountError struct {
	ARN arn.ARN
}

func (e *OtherAccountError) Error() string {
	return "the resource " + e.ARN.String() + " belongs to another account"
}

// Unwrap is the fault without the caller's name in it, for those who do not know it.
func (e *OtherAccountError) Unwrap() error {
	return fault.New(fault.AccessDenied, "You are not authorized to use the resource %s because no resource-based policy allows it", e.ARN)
}

// Denied is the fault as IAM words it, for a principal's ARN and an action such as bedrock:InvokeModel.
func (e *OtherAccountError) Denied(principal, action string) *fault.Error {
	return fault.New(fault.AccessDenied, "User: %s is not authorized to perform: %s on resource: %s "+
		"because no resource-based policy allows the %s action", principal, action, e.ARN, action)
}
