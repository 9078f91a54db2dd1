// Package fault is the one error type that crosses a wire: a code, a sentence for the caller, a cause for the operator.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code classifies an error without regard to protocol. awswire alone knows what each is called on
// each wire and which HTTP status goes with it.
type Code uint8

// The zero code is the safe one: nothing but a general sentence leaves the house.
const (
	Internal Code = iota
	Validation
	Serialization // the body is not what the operation's shape can hold
	AccessDenied
	ResourceNotFound
	Conflict
	ServiceQuotaExceeded
	TooManyTags
	Throttling
	ModelNotReady
	ModelTimeout
	ModelError
	ModelStreamError
	ServiceUnavailable
	UnknownOperation
	RequestTooLarge
	RequestTimeout // the client was too slow to send its request

	// What becomes of a report, or of a page of one.
	BillExpiration
	DataUnavailable // too little is known to answer
	InvalidNextToken
	LimitExceeded
	RequestChanged // a page token came with another query
	UnresolvableUsageUnit

	ClientGone // the client left before the answer was complete; nobody reads this one

	// Authentication, in the order the checks are made.
	MalformedQuery // the query string cannot be read
	MissingAuthentication
	IncompleteSignature
	InvalidSignature
	UnrecognizedClient
	ExpiredToken
	InvalidAPIKey // a bearer key that nobody has
)

// Error is what a caller may learn of a failure, and what the operator may learn beside it.
type Error struct {
	Code    Code
	Message string // for the caller, whole sentences as AWS words them
	// Name is the exception's name in an API that has more of them than there are codes, such as NoSuchEntity; empty:
	// the one that goes with the code. The code still decides the status, unless the API's model does.
	Name string
	// Reason is the Reason member of the exceptions that have one.
	Reason string

	// RetryAfter is how long the caller should wait, when that is known.
	RetryAfter time.Duration
	// Resource is the resourceName of TooManyTags and ModelError.
	Resource string
	// OriginalStatus and OriginalMessage are what an upstream said, in ModelError and ModelStreamError.
	OriginalStatus  int
	OriginalMessage string

	cause error
}

// New makes an error whose message is formatted like fmt.Sprintf.
func New(code Code, format string, args ...any) *Error {
	if len(args) == 0 {
		return &Error{Code: code, Message: format}
	}
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Named makes an error with the name that its API's model gives it.
func Named(code Code, name, format string, args ...any) *Error {
	e := New(code, format, args...)
	e.Name = name
	return e
}

// Wrap makes an error that hides cause from the caller and shows it to the operator.
func Wrap(code Code, cause error, format string, args ...any) *Error {
	e := New(code, format, args...)
	e.cause = cause
	return e
}

// Error is the operator's view: the caller's sentence and the private cause.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Message
	}
	return strings.TrimSuffix(e.Message, ".") + ": " + e.cause.Error()
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.cause }

// internalMessage is all a caller learns of an error that nobody classified.
const internalMessage = "The system encountered an unexpected error during processing. Try your request again."

// Public reduces any error to what may cross a wire. An error that is no *Error, and one with the
// code Internal, lose their text.
func Public(err error) *Error {
	var e *Error
	if !errors.As(err, &e) || e.Code == Internal {
		return Wrap(Internal, err, internalMessage)
	}
	return e
}

// Is reports whether err carries the given code.
func Is(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// String is the code in lower-case words, for logs and metrics.
func (c Code) String() string {
	if int(c) < len(codeWords) {
		return codeWords[c]
	}
	return "unknown"
}

var codeWords = [...]string{
	Internal:              "internal",
	Validation:            "validation",
	Serialization:         "serialization",
	AccessDenied:          "access_denied",
	ResourceNotFound:      "not_found",
	Conflict:              "conflict",
	ServiceQuotaExceeded:  "service_quota_exceeded",
	TooManyTags:           "too_many_tags",
	Throttling:            "throttled",
	ModelNotReady:         "model_not_ready",
	ModelTimeout:          "model_timeout",
	ModelError:            "model_error",
	ModelStreamError:      "model_stream_error",
	ServiceUnavailable:    "unavailable",
	UnknownOperation:      "unknown_operation",
	RequestTooLarge:       "request_too_large",
	RequestTimeout:        "request_timeout",
	BillExpiration:        "bill_expiration",
	DataUnavailable:       "data_unavailable",
	InvalidNextToken:      "invalid_next_token",
	LimitExceeded:         "limit_exceeded",
	RequestChanged:        "request_changed",
	UnresolvableUsageUnit: "unresolvable_usage_unit",
	ClientGone:            "client_gone",
	MalformedQuery:        "malformed_query",
	MissingAuthentication: "missing_authentication",
	IncompleteSignature:   "incomplete_signature",
	InvalidSignature:      "invalid_signature",
	UnrecognizedClient:    "unrecognized_client",
	ExpiredToken:          "expired_token",
	InvalidAPIKey:         "invalid_api_key",
}
