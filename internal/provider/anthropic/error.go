package anthropic

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

// apiError is an error as the API tells it, in a body or inside a stream.
type apiError struct{ upstream.Complaint }

// parse reads {"type":"error","error":{"type":…,"message":…}}. What is none is shown to the operator as it is.
func parse(body []byte, status int) *apiError {
	var w struct {
		Error struct {
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"error"`
	}
	e := &apiError{upstream.Complaint{Status: status}}
	if json.Unmarshal(body, &w) == nil && w.Error.Message != "" {
		e.Name, e.Message = w.Error.Type, upstream.Clip(w.Error.Message)
		return e
	}
	e.Message = upstream.Clip(strings.TrimSpace(string(body)))
	return e
}

// refusal turns an answer with an error status into what a caller may learn.
func refusal(resp *upstream.Response, body []byte, now time.Time) error {
	f := parse(body, resp.Status).fault()
	if f.Code == fault.Throttling || f.Code == fault.ServiceUnavailable {
		f.RetryAfter = upstream.RetryAfter(resp.Header, now)
	}
	return f
}

// statusOverloaded is Anthropic's own.
const statusOverloaded = 529

// kindOf names an error by its status: one that did not say what it is, or in the words of another API, as servers do
// that speak Anthropic's beside their own.
func kindOf(status int) string {
	switch {
	case status == http.StatusTooManyRequests:
		return "rate_limit_error"
	case status == http.StatusUnauthorized:
		return "authentication_error"
	case status == http.StatusPaymentRequired:
		return "billing_error"
	case status == http.StatusForbidden:
		return "permission_error"
	case status == http.StatusNotFound:
		return "not_found_error"
	case status == http.StatusRequestEntityTooLarge:
		return "request_too_large"
	case status == http.StatusGatewayTimeout || status == http.StatusRequestTimeout:
		return "timeout_error"
	case status == http.StatusServiceUnavailable || status == statusOverloaded:
		return "overloaded_error"
	case status >= 400 && status < 500:
		return "invalid_request_error"
	}
	return "api_error"
}

// known reports whether a kind is one of the API's.
func known(kind string) bool {
	switch kind {
	case "invalid_request_error", "request_too_large", "rate_limit_error", "timeout_error", "overloaded_error", "api_error",
		"authentication_error", "permission_error", "billing_error", "not_found_error":
		return true
	}
	return false
}

// fault sorts an error by its kind. What an operator must mend stays private.
func (e *apiError) fault() *fault.Error {
	kind := e.Name
	if !known(kind) && e.Status != 0 {
		kind = kindOf(e.Status)
	}
	private := func(hint string) *fault.Error {
		e.Hint = hint
		return fault.Wrap(fault.Internal, e, upstream.Refused)
	}
	switch kind {
	case "invalid_request_error":
		if strings.Contains(e.Message, "credit balance") {
			return private("the account of this provider's api-key has no credit left")
		}
		return fault.Wrap(fault.Validation, e, "The model returned the following errors: %s", e.Message)
	case "request_too_large":
		return fault.Wrap(fault.RequestTooLarge, e, "The model returned the following errors: %s", e.Message)
	case "rate_limit_error":
		return fault.Wrap(fault.Throttling, e, upstream.TooMany)
	case "timeout_error":
		return fault.Wrap(fault.ModelTimeout, e, upstream.TooSlow)
	case "authentication_error", "permission_error", "billing_error":
		return private("check api-key of this provider in the configuration")
	case "not_found_error":
		return private("check url of this provider and upstream-model of this deployment in the configuration")
	}
	return fault.Wrap(fault.ServiceUnavailable, e, upstream.Unavailable)
}
