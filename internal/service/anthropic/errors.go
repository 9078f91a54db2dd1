package anthropic

import (
	"net/http"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// protocol spells errors as Anthropic's API does. Sentences are AWS's.
type protocol struct{}

// ContentType implements awswire.Protocol.
func (protocol) ContentType() string { return "application/json" }

// WriteError implements awswire.Protocol.
func (protocol) WriteError(w http.ResponseWriter, c *awswire.Call, e *fault.Error) int {
	name(c)
	status, _ := formOf(e.Code)
	return awswire.WriteErrorBody(w, c, e, status, appendError(nil, e, c.RequestID))
}

// name puts the request's id where Anthropic's clients look for it.
func name(c *awswire.Call) { c.Header["Request-Id"] = []string{c.RequestID} }

// statusOverloaded is Anthropic's own: no place has room.
const statusOverloaded = 529

// formOf is what Anthropic's API calls an error.
func formOf(c fault.Code) (status int, kind string) {
	switch c {
	case fault.MissingAuthentication, fault.IncompleteSignature, fault.InvalidSignature, fault.UnrecognizedClient,
		fault.ExpiredToken, fault.InvalidAPIKey:
		return http.StatusUnauthorized, "authentication_error"
	case fault.AccessDenied:
		return http.StatusForbidden, "permission_error"
	case fault.ResourceNotFound, fault.UnknownOperation:
		return http.StatusNotFound, "not_found_error"
	case fault.RequestTimeout:
		return http.StatusRequestTimeout, "invalid_request_error"
	case fault.RequestTooLarge:
		return http.StatusRequestEntityTooLarge, "request_too_large"
	case fault.Throttling, fault.ModelNotReady:
		return http.StatusTooManyRequests, "rate_limit_error"
	case fault.ModelTimeout:
		return http.StatusGatewayTimeout, "timeout_error"
	case fault.ServiceUnavailable:
		return statusOverloaded, "overloaded_error"
	case fault.Validation, fault.Serialization, fault.Conflict, fault.ServiceQuotaExceeded, fault.TooManyTags:
		return http.StatusBadRequest, "invalid_request_error"
	}
	return http.StatusInternalServerError, "api_error"
}

// appendError appends the body of an error, which is also the data of an error event.
func appendError(b []byte, e *fault.Error, request string) []byte {
	_, kind := formOf(e.Code)
	b = awswire.AppendString(append(b, `{"type":"error","error":{"type":`...), kind)
	b = awswire.AppendString(append(b, `,"message":`...), e.Message)
	b = awswire.AppendString(append(b, `},"request_id":`...), request)
	return append(b, '}')
}

// lastEvent says an error inside a stream of the call that it names.
type lastEvent string

// AppendFrame implements awswire.ErrorFrame.
func (request lastEvent) AppendFrame(dst []byte, err error) []byte {
	return awswire.AppendEvent(dst, "error", appendError(nil, fault.Public(err), string(request)))
}
