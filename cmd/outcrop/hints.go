package main

import "strings"

// hint says what helps against an error, or nothing.
func hint(name, sentence string) string {
	if name == "ValidationException" && strings.Contains(sentence, "model") { // others name the field themselves
		return hintModels
	}
	if strings.HasPrefix(sentence, `The budget "`) {
		return hintBudget
	}
	return hints[name]
}

const (
	hintModels = "list what there is with: aws bedrock list-foundation-models, aws bedrock list-inference-profiles"
	hintKey    = `the key must be one of this server's: eval "$(outcrop env)" sets it, and so does unsetting AWS_ENDPOINT_URL`
	hintRoom   = "a cross-region profile, such as " + defaultModel + ", finds room in another region"
	hintQuota  = "the quota (outcrop quotas shows all)"
	hintBudget = "outcrop budget show draws it, outcrop budget reservations shows which calls hold some of it"
	hintServer = "the server's log says more"
	hintRights = "outcrop policy explain says what policies make of it, to whoever may ask"
)

// hints say what helps against the errors a first call is likely to meet.
var hints = map[string]string{
	"ResourceNotFoundException":           hintModels,
	"AccessDeniedException":               hintRights,
	"AccessDenied":                        hintRights,
	"UnrecognizedClientException":         hintKey,
	"InvalidSignatureException":           hintKey,
	"IncompleteSignatureException":        hintKey,
	"ThrottlingException":                 hintRoom,
	"InternalServerException":             hintServer,
	"ServiceUnavailableException":         hintServer,
	"ModelErrorException":                 hintServer,
	"ModelTimeoutException":               hintServer,
	"ModelNotReadyException":              hintServer,
	"modelStreamErrorException":           hintServer,
	"ModelStreamErrorException":           hintServer,
	"MissingAuthenticationTokenException": hintKey,
}
