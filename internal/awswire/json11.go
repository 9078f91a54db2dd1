package awswire

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

// JSON11 is the protocol of services that have one path: X-Amz-Target names the operation, and an error's name stands
// in its body.
type JSON11 struct {
	// Invalid is what the service calls a violated constraint, where that is not ValidationException. It then names the
	// kind of violation beside the sentence.
	Invalid string
}

const contentJSON11 = "application/x-amz-json-1.1"

// ContentType implements Protocol.
func (JSON11) ContentType() string { return contentJSON11 }

// WriteError implements Protocol. Nearly every error has the status 400: clients tell them apart by __type.
func (p JSON11) WriteError(w http.ResponseWriter, c *Call, e *fault.Error) int {
	form, named, message := json11Error(e.Code), e.Name, e.Message
	if e.Code == fault.Validation && named == "" && p.Invalid != "" {
		named, message = p.Invalid, violated(e)
	}
	if named != "" {
		form = errorForm{name: named, status: form.status}
	}
	body := AppendString([]byte(`{"__type":`), form.name)
	// Errors that the service's model has spell the member with a capital, and so does the authorizer.
	if form.framework || e.Code == fault.Validation && named == "" {
		body = append(body, `,"message":`...)
	} else {
		body = append(body, `,"Message":`...)
	}
	body = AppendString(body, message)
	if e.Resource != "" {
		body = AppendString(append(body, `,"ResourceName":`...), e.Resource)
	}
	if e.Reason != "" && named != "" {
		body = AppendString(append(body, `,"Reason":`...), e.Reason)
	}
	return sendError(w, c, contentJSON11, form.status, e.RetryAfter, append(body, '}'))
}

// violated is the message of a service that has a name of its own for violated constraints: its sentence, where that is
// known, and behind it what was wrong with what.
func violated(e *fault.Error) string {
	switch reason(e.Reason) {
	case reasonPattern:
		return "You provided a value that does not match the required pattern. (" + e.Message + ")"
	case reasonEnumeration:
		return "You specified an invalid value. (" + e.Message + ")"
	}
	return e.Message
}

// json11Error names a code for JSON 1.1: the codes of its services, and those that all JSON protocols share.
func json11Error(code fault.Code) errorForm {
	switch code {
	case fault.BillExpiration:
		return errorForm{"BillExpirationException", 400, false}
	case fault.DataUnavailable:
		return errorForm{"DataUnavailableException", 400, false}
	case fault.InvalidNextToken:
		return errorForm{"InvalidNextTokenException", 400, false}
	case fault.LimitExceeded, fault.Throttling:
		return errorForm{"LimitExceededException", 400, false}
	case fault.RequestChanged:
		return errorForm{"RequestChangedException", 400, false}
	case fault.UnresolvableUsageUnit:
		return errorForm{"UnresolvableUsageUnitException", 400, false}
	}
	form := jsonError(code)
	switch form.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests:
		form.status = http.StatusBadRequest
	}
	return form
}

// target is the operation a request names in its header: "AWSInsightsIndexService.GetTags".
func target(r *http.Request) string {
	if list := r.Header["X-Amz-Target"]; len(list) > 0 {
		return list[0]
	}
	return ""
}

// matchTarget finds an operation by the header X-Amz-Target. All of them are posted to the root.
func (t table) matchTarget(r *http.Request) (Match, bool) {
	op, ok := t.byTarget[target(r)]
	if !ok || r.Method != http.MethodPost || strings.Trim(RawPath(r), "/") != "" {
		return Match{}, false
	}
	return Match{Operation: op}, true
}

// AppendEpoch appends a time as seconds since 1970, with a fraction of milliseconds when it has one.
func AppendEpoch(b []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return strconv.AppendInt(b, ms/1000, 10)
	}
	return strconv.AppendFloat(b, float64(ms)/1000, 'f', -1, 64)
}

// Epoch reads a time that stands as seconds since 1970, to the millisecond.
func (r *Reader) Epoch() time.Time {
	const latest = 253402300799 // the end of the year 9999
	seconds := r.Float()
	if r.err != nil {
		return time.Time{}
	}
	if math.Abs(seconds) > latest {
		r.fail("The number at '%s' is no time between the years -6000 and 9999", clip(r.path()))
		return time.Time{}
	}
	return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()
}
