package policy

import (
	"fmt"

	"github.com/outcrop/outcrop/internal/fault"
)

// fail words what is wrong with a document: AWS's sentence, then in brackets the place and the reason.
func (p *parser) fail(offset int, sentence, reason string, args ...any) error {
	if p.kind == ServiceControl { // the service that keeps these has one sentence for all
		sentence = "The provided policy document does not meet the requirements of the specified policy type."
	}
	place := position(p.text, offset)
	message := fmt.Sprintf("%s (%s: %s)", sentence, place, fmt.Sprintf(reason, args...))
	switch p.kind {
	case ServiceControl:
		return fault.Named(fault.Validation, "MalformedPolicyDocumentException", "%s", message)
	case Resource: // the services that keep these know no better name than their ValidationException
		return fault.New(fault.Validation, "%s", message)
	}
	return fault.Named(fault.Validation, "MalformedPolicyDocument", "%s", message)
}

// syntax fails with the sentence for everything that has none of its own.
func (p *parser) syntax(offset int, reason string, args ...any) error {
	return p.fail(offset, "Syntax errors in policy.", reason, args...)
}
