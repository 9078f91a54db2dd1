package awswire

import (
	"net/http"
	"strconv"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

// Protocol is how a service spells its errors. Codecs for requests and answers are generated.
type Protocol interface {
	// ContentType is that of answers in JSON.
	ContentType() string
	// WriteError answers with e and returns the HTTP status.
	WriteError(w http.ResponseWriter, c *Call, e *fault.Error) int
}

// RESTJSON names an error in a header and says it in a JSON body.
type RESTJSON struct{}

// ContentType implements Protocol.
func (RESTJSON) ContentType() string { return contentJSON }

// The suffixes AWS puts behind an error's name; SDKs cut at the colon.
const (
	suffixService = ":http://internal.amazon.com/coral/com.amazon.bedrock/"
	suffixAuth    = ":http://internal.amazon.com/coral/com.amazon.coral.service/"
)

// WriteError implements Protocol.
func (RESTJSON) WriteError(w http.ResponseWriter, c *Call, e *fault.Error) int {
	form := jsonError(e.Code)
	suffix := suffixService
	if form.framework {
		suffix = suffixAuth
	}
	w.Header()["X-Amzn-Errortype"] = []string{form.name + suffix}
	retry := e.RetryAfter
	if form.status != http.StatusTooManyRequests && form.status != http.StatusServiceUnavailable {
		retry = 0
	}
	return sendError(w, c, contentJSON, form.status, retry, appendErrorBody(nil, e))
}

// sendError sends an error's head and body, and returns the status.
func sendError(w http.ResponseWriter, c *Call, contentType string, status int, retry time.Duration, body []byte) int {
	h := w.Header()
	writeCommonHeaders(h, c)
	h["Content-Type"] = []string{contentType}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	if retry > 0 {
		h["X-Amz-Retry-After"] = []string{strconv.FormatInt(ceilMillis(retry), 10)}
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have left; nobody else could be told
	return status
}

// ceilMillis rounds up, so that a caller never comes back too early.
func ceilMillis(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

// errorForm is what the JSON protocols call an error. An error of the framework around a service,
// not of the service itself, has another suffix.
type errorForm struct {
	name      string
	status    int
	framework bool
}

// jsonError names a code for the JSON protocols.
func jsonError(code fault.Code) errorForm {
	switch code {
	case fault.Validation, fault.MalformedQuery:
		return errorForm{"ValidationException", 400, false}
	case fault.Serialization:
		return errorForm{"SerializationException", 400, true}
	case fault.AccessDenied:
		return errorForm{"AccessDeniedException", 403, false}
	case fault.ResourceNotFound:
		return errorForm{"ResourceNotFoundException", 404, false}
	case fault.Conflict:
		return errorForm{"ConflictException", 400, false}
	case fault.ServiceQuotaExceeded:
		return errorForm{"ServiceQuotaExceededException", 400, false}
	case fault.TooManyTags:
		return errorForm{"TooManyTagsException", 400, false}
	case fault.Throttling:
		return errorForm{"ThrottlingException", 429, false}
	case fault.ModelNotReady:
		return errorForm{"ModelNotReadyException", 429, false}
	case fault.ModelTimeout:
		return errorForm{"ModelTimeoutException", 408, false}
	case fault.ModelError:
		return errorForm{"ModelErrorException", 424, false}
	case fault.ModelStreamError:
		return errorForm{"ModelStreamErrorException", 424, false}
	case fault.ServiceUnavailable:
		return errorForm{"ServiceUnavailableException", 503, false}
	}
	return frameworkError(code)
}

// frameworkError names the codes that no service models.
func frameworkError(code fault.Code) errorForm {
	switch code {
	case fault.UnknownOperation:
		return errorForm{"UnknownOperationException", 404, true}
	case fault.RequestTooLarge:
		return errorForm{"RequestEntityTooLargeException", 413, true}
	case fault.RequestTimeout:
		return errorForm{"RequestTimeoutException", 408, true}
	case fault.MissingAuthentication:
		return errorForm{"MissingAuthenticationTokenException", 403, true}
	case fault.IncompleteSignature:
		return errorForm{"IncompleteSignatureException", 403, true}
	case fault.InvalidSignature:
		return errorForm{"InvalidSignatureException", 403, true}
	case fault.UnrecognizedClient:
		return errorForm{"UnrecognizedClientException", 403, true}
	case fault.ExpiredToken:
		return errorForm{"ExpiredTokenException", 403, true}
	case fault.InvalidAPIKey:
		return errorForm{"AccessDeniedException", 403, false}
	}
	return errorForm{"InternalServerException", 500, false}
}

// appendErrorBody appends an error's JSON body. A refusal by policy spells Message with a capital,
// as AWS's authorizer does; every AccessDenied is one.
func appendErrorBody(b []byte, e *fault.Error) []byte {
	if e.Code == fault.AccessDenied {
		return appendMessage(b, e, "Message")
	}
	return appendMessage(b, e, "message")
}

// appendMessage appends an error's members: the message under the given name, and what the error's
// shape has beside it.
func appendMessage(b []byte, e *fault.Error, key string) []byte {
	b = append(append(append(b, `{"`...), key...), `":`...)
	b = AppendString(b, e.Message)
	original := e.Code == fault.ModelError || e.Code == fault.ModelStreamError
	if original && e.OriginalStatus != 0 {
		b = AppendInt(append(b, `,"originalStatusCode":`...), int64(e.OriginalStatus))
	}
	if e.Code == fault.ModelStreamError && e.OriginalMessage != "" {
		b = AppendString(append(b, `,"originalMessage":`...), e.OriginalMessage)
	}
	if (e.Code == fault.TooManyTags || e.Code == fault.ModelError) && e.Resource != "" {
		b = AppendString(append(b, `,"resourceName":`...), e.Resource)
	}
	return append(b, '}')
}
