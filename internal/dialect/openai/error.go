package openai

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/fault"
)

// DecodeError turns an answer with an error status into what a caller may learn. retryAfter is the Retry-After header
// in either of its forms, or "". What an operator must mend, such as a key that is refused, stays in the private cause.
func DecodeError(status int, retryAfter string, body []byte, now time.Time) *fault.Error {
	var v struct {
		Error   apiError       `json:"error"`
		Message jsontext.Value `json:"message"` // vLLM once put its errors at the top
		Detail  jsontext.Value `json:"detail"`  // FastAPI
	}
	_ = json.Unmarshal(body, &v, lenient()) // what cannot be read is shown as it is
	message := v.Error.message
	for _, raw := range []jsontext.Value{v.Message, v.Detail} {
		if message == "" && len(raw) > 0 {
			message = plain(raw)
		}
	}
	if message == "" {
		message = strings.TrimSpace(clip(string(body)))
	}
	if message == "" {
		message = http.StatusText(status)
	}
	e := statusFault(status, message)
	if e.Code == fault.Throttling {
		e.RetryAfter = parseRetryAfter(retryAfter, now)
	}
	return e
}

// upstreamError is the operator's view of a server's refusal.
type upstreamError struct {
	status  int
	message string
	hint    string
}

func (e *upstreamError) Error() string {
	text := "the upstream server said"
	if e.status != 0 {
		text += " " + strconv.Itoa(e.status)
	}
	text += ": " + e.message
	if e.hint != "" {
		text += " (" + e.hint + ")"
	}
	return text
}

// The sentences for a caller who can do nothing about the cause.
const (
	tooMany     = "Too many requests, please wait before trying again."
	unavailable = "The model's server is not available. Try your request again."
	tooSlow     = "The model took too long to answer. Try your request again."
	internal    = "The model's server refused this gateway."
)

// statusFault sorts an upstream's refusal by its status.
func statusFault(status int, message string) *fault.Error {
	cause := &upstreamError{status: status, message: message}
	switch {
	case status == http.StatusTooManyRequests:
		return fault.Wrap(fault.Throttling, cause, tooMany)
	case status == http.StatusRequestTimeout || status == http.StatusGatewayTimeout:
		return fault.Wrap(fault.ModelTimeout, cause, tooSlow)
	case status >= 500:
		return fault.Wrap(fault.ServiceUnavailable, cause, unavailable)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		cause.hint = "check api-key of this provider in the configuration"
		return fault.Wrap(fault.Internal, cause, internal)
	case status >= 400:
		if status == http.StatusNotFound {
			cause.hint = "check url of this provider and upstream-model of this deployment in the configuration"
		}
		return fault.Wrap(fault.Validation, cause, "The model returned the following errors: %s", message)
	default:
		cause.hint = "check url of this provider in the configuration: it must be the API's base, such as http://127.0.0.1:8000/v1"
		return fault.Wrap(fault.ServiceUnavailable, cause, unavailable)
	}
}

// parseRetryAfter reads seconds or a date. Nonsense, and what is longer than a day, is no advice.
func parseRetryAfter(text string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds < (24*time.Hour).Seconds() {
		wait = time.Duration(seconds * float64(time.Second))
	} else if date, err := http.ParseTime(text); err == nil {
		wait = date.Sub(now)
	}
	if wait < 0 || wait > 24*time.Hour {
		return 0
	}
	return wait
}

// apiError is an error object, or a plain string in its place.
type apiError struct {
	present bool
	message string
	status  int
	kind    string // type and code, whatever was given
}

// UnmarshalJSONFrom reads {"message": …, "type": …, "code": …} or "…".
func (e *apiError) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	raw, err := d.ReadValue()
	if err != nil {
		return err
	}
	return e.parse(raw)
}

func (e *apiError) parse(raw jsontext.Value) error {
	var v struct {
		Message jsontext.Value `json:"message"`
		Type    content        `json:"type"`
		Code    jsontext.Value `json:"code"`
	}
	switch raw.Kind() {
	case 'n':
		return nil
	case '{':
		if err := json.Unmarshal(raw, &v, lenient()); err != nil {
			return err
		}
		e.message = plain(v.Message)
	default:
		e.message = plain(raw)
	}
	code := plain(v.Code)
	e.present, e.kind = true, string(v.Type)+" "+code
	e.status, _ = strconv.Atoi(code)
	return nil
}

// plain is a string's text, or any other value's JSON.
func plain(raw jsontext.Value) string {
	if raw.Kind() == '"' {
		text, _ := jsontext.AppendUnquote(nil, raw)
		return clip(string(text))
	}
	return clip(string(raw))
}

// fault sorts an error that came with status 200, by the status it names or by its words.
func (e *apiError) fault() *fault.Error {
	status := e.status
	switch {
	case status >= 400 && status < 600:
	case strings.Contains(e.kind, "rate_limit") || strings.Contains(e.kind, "insufficient_quota"):
		status = http.StatusTooManyRequests
	case strings.Contains(e.kind, "invalid_request") || strings.Contains(e.kind, "context_length"):
		status = http.StatusBadRequest
	default:
		status = http.StatusInternalServerError
	}
	return statusFault(status, e.message)
}

// raised is fault for an error inside a stream. Behind content nobody else can take the call over any more.
func (e *apiError) raised(content bool) *fault.Error {
	f := e.fault()
	if !content {
		return f
	}
	late := fault.Wrap(fault.ModelStreamError, f, "The model reported an error in the middle of its answer.")
	late.OriginalStatus, late.OriginalMessage = e.status, e.message
	return late
}

// maxMessage bounds what is repeated of an upstream's words.
const maxMessage = 2048

// clip bounds a message and makes it fit to stand in JSON.
func clip(s string) string {
	if len(s) > maxMessage {
		s = s[:maxMessage] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
