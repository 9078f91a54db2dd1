package openai

import (
	"net/http"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// protocol spells errors as OpenAI's API does. Sentences are AWS's.
type protocol struct{}

// ContentType implements awswire.Protocol.
func (protocol) ContentType() string { return "application/json" }

// WriteError implements awswire.Protocol.
func (protocol) WriteError(w http.ResponseWriter, c *awswire.Call, e *fault.Error) int {
	name(c)
	return awswire.WriteErrorBody(w, c, e, formOf(e.Code).status, appendError(nil, e))
}

// name puts the request's id where OpenAI's clients look for it.
func name(c *awswire.Call) { c.Header["X-Request-Id"] = []string{c.RequestID} }

// form is what OpenAI's API calls an error. An empty code is null.
type form struct {
	status     int
	kind, code string
}

func formOf(c fault.Code) form {
	switch c {
	case fault.MissingAuthentication, fault.IncompleteSignature, fault.InvalidSignature, fault.UnrecognizedClient,
		fault.ExpiredToken, fault.InvalidAPIKey:
		return form{http.StatusUnauthorized, "invalid_request_error", "invalid_api_key"}
	case fault.AccessDenied:
		return form{http.StatusForbidden, "permission_error", "access_denied"}
	case fault.ResourceNotFound:
		return form{http.StatusNotFound, "invalid_request_error", "model_not_found"}
	case fault.UnknownOperation:
		return form{http.StatusNotFound, "invalid_request_error", "unknown_url"}
	case fault.RequestTimeout:
		return form{http.StatusRequestTimeout, "invalid_request_error", "request_timeout"}
	case fault.RequestTooLarge:
		return form{http.StatusRequestEntityTooLarge, "invalid_request_error", "request_too_large"}
	case fault.Throttling, fault.ModelNotReady:
		return form{http.StatusTooManyRequests, "rate_limit_error", "rate_limit_exceeded"}
	case fault.ServiceUnavailable, fault.ModelTimeout:
		return form{http.StatusServiceUnavailable, "server_error", "service_unavailable"}
	case fault.Validation, fault.Serialization, fault.Conflict, fault.ServiceQuotaExceeded, fault.TooManyTags:
		return form{http.StatusBadRequest, "invalid_request_error", ""}
	}
	return form{http.StatusInternalServerError, "server_error", ""}
}

// appendError appends the body of an error.
func appendError(b []byte, e *fault.Error) []byte {
	return append(appendErrorObject(append(b, `{"error":`...), e), '}')
}

func appendErrorObject(b []byte, e *fault.Error) []byte {
	f := formOf(e.Code)
	b = awswire.AppendString(append(b, `{"message":`...), e.Message)
	b = awswire.AppendString(append(b, `,"type":`...), f.kind)
	switch f.code {
	case "":
		return append(b, `,"param":null,"code":null}`...)
	case "model_not_found":
		b = append(b, `,"param":"model","code":`...)
	default:
		b = append(b, `,"param":null,"code":`...)
	}
	return append(awswire.AppendString(b, f.code), '}')
}

// lastChunk says an error inside a stream of chunks.
type lastChunk struct{}

// AppendFrame implements awswire.ErrorFrame.
func (lastChunk) AppendFrame(dst []byte, err error) []byte {
	return awswire.AppendEvent(dst, "", appendError(nil, fault.Public(err)))
}
