package bedrock

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

// said is the body of an error, in any of the spellings that AWS's services have.
type said struct {
	Type            string `json:"__type"`
	Message         string `json:"message"`
	Capital         string `json:"Message"`
	OriginalStatus  int    `json:"originalStatusCode"`
	OriginalMessage string `json:"originalMessage"`
}

func parseSaid(body []byte) said {
	var s said
	if json.Unmarshal(body, &s) != nil && s.Message == "" {
		s.Message = strings.TrimSpace(string(body)) // no error of AWS's; shown to the operator as it is
	}
	s.Message = upstream.Clip(cmp.Or(s.Message, s.Capital))
	return s
}

// refusal turns an answer with an error status into what a caller may learn.
func refusal(resp *upstream.Response, body []byte, now time.Time) error {
	s := parseSaid(body)
	name, _, _ := strings.Cut(cmp.Or(resp.Header.Get("X-Amzn-Errortype"), s.Type), ":")
	if i := strings.LastIndexByte(name, '#'); i >= 0 {
		name = name[i+1:]
	}
	if name == "" {
		name = nameOf(resp.Status)
	}
	e := s.fault(name, resp.Status)
	if e.Code == fault.Throttling || e.Code == fault.ServiceUnavailable || e.Code == fault.ModelNotReady {
		e.RetryAfter = retryAfter(resp.Header, now)
	}
	return e
}

// nameOf names an error that did not say what it is, as something between here and the service answers.
func nameOf(status int) string {
	switch {
	case status == http.StatusTooManyRequests:
		return "ThrottlingException"
	case status == http.StatusRequestTimeout || status == http.StatusGatewayTimeout:
		return "ModelTimeoutException"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return "AccessDeniedException"
	case status == http.StatusNotFound:
		return "ResourceNotFoundException"
	case status == http.StatusRequestEntityTooLarge:
		return "RequestEntityTooLargeException"
	case status >= 400 && status < 500:
		return "ValidationException"
	}
	return "ServiceUnavailableException"
}

// exception turns the exception frame of a stream into the error that its name says.
func exception(name string, payload []byte) error {
	if name != "" {
		name = string(name[0]&^0x20) + name[1:]
	}
	s := parseSaid(payload)
	return s.fault(name, 0)
}

// Hints for what an operator must mend.
const (
	hintAccess = "check the credentials of this provider, and that its account has access to the model"
	hintModel  = "check upstream-model of this deployment and region or url of its provider"
)

// fault sorts an error by its name. A refusal of this gateway, as opposed to the caller's request, stays private.
func (s *said) fault(name string, status int) *fault.Error {
	cause := &upstream.Complaint{Status: status, Name: name, Message: s.Message}
	public := func(code fault.Code) *fault.Error {
		e := fault.Wrap(code, cause, "%s", s.Message)
		e.OriginalStatus, e.OriginalMessage = s.OriginalStatus, s.OriginalMessage
		return e
	}
	private := func(hint string) *fault.Error {
		cause.Hint = hint
		return fault.Wrap(fault.Internal, cause, upstream.Refused)
	}
	switch name {
	case "ValidationException", "SerializationException":
		if aboutModel(s.Message) {
			return private(hintModel)
		}
		return public(fault.Validation)
	case "RequestEntityTooLargeException":
		return public(fault.RequestTooLarge)
	case "ThrottlingException", "TooManyRequestsException", "ServiceQuotaExceededException":
		return fault.Wrap(fault.Throttling, cause, upstream.TooMany)
	case "ModelErrorException":
		return public(fault.ModelError)
	case "ModelStreamErrorException":
		return public(fault.ModelStreamError)
	case "ModelTimeoutException":
		return public(fault.ModelTimeout)
	case "ModelNotReadyException":
		return public(fault.ModelNotReady)
	case "AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException", "IncompleteSignatureException",
		"ExpiredTokenException", "MissingAuthenticationTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch":
		return private(hintAccess)
	case "ResourceNotFoundException", "UnknownOperationException":
		return private(hintModel)
	}
	return fault.Wrap(fault.ServiceUnavailable, cause, upstream.Unavailable)
}

// aboutModel reports whether a validation concerns the model's name, which is this gateway's and not the caller's.
func aboutModel(message string) bool {
	for _, words := range [...]string{"model identifier is invalid", "on-demand throughput", "Could not resolve the foundation model", "model ARN is invalid"} {
		if strings.Contains(message, words) {
			return true
		}
	}
	return false
}

// retryAfter reads how long to wait: AWS's own header in milliseconds, else HTTP's.
func retryAfter(h upstream.Header, now time.Time) time.Duration {
	const most = 24 * time.Hour
	if ms, err := strconv.ParseInt(h.Get("X-Amz-Retry-After"), 10, 64); err == nil && 0 <= ms && ms < most.Milliseconds() {
		return time.Duration(ms) * time.Millisecond
	}
	return upstream.RetryAfter(h, now)
}
