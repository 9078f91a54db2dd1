package awswire

import (
	"fmt"
	"net/http"

	"github.com/outcrop/outcrop/internal/fault"
)

// Query is the protocol of services that read the parameters of a form and answer in XML: Action names the operation.
type Query struct {
	Namespace string // of the answers' XML
	Denied    string // what the service calls a denial by policy
	// Status is the HTTP status that the service's model gives an error's name, or 0.
	Status func(name string) int
}

const contentXML = "text/xml"

// ContentType implements Protocol.
func (Query) ContentType() string { return contentXML }

// WriteError implements Protocol.
func (q Query) WriteError(w http.ResponseWriter, c *Call, e *fault.Error) int {
	form := q.form(e)
	message := e.Message
	switch e.Code {
	case fault.UnknownOperation:
		form.name, message = notFound(c)
	case fault.MissingAuthentication: // other protocols word it otherwise
		message = "Request is missing Authentication Token"
	}
	blame := "Sender"
	if form.status >= http.StatusInternalServerError {
		blame = "Receiver"
	}
	body := append(AppendText([]byte(`<ErrorResponse xmlns="`), q.Namespace), `"><Error><Type>`...)
	body = append(append(body, blame...), `</Type><Code>`...)
	body = append(AppendText(body, form.name), `</Code><Message>`...)
	body = append(AppendText(body, message), `</Message></Error><RequestId>`...)
	body = append(AppendText(body, c.RequestID), `</RequestId></ErrorResponse>`...)
	return sendError(w, c, contentXML, form.status, e.RetryAfter, body)
}

// form names an error and finds its status: the one its model has, else the one of its code.
func (q Query) form(e *fault.Error) errorForm {
	form := queryError(e.Code)
	if e.Code == fault.AccessDenied && q.Denied != "" {
		form.name = q.Denied
	}
	if e.Name == "" {
		return form
	}
	form.name = e.Name
	if q.Status != nil {
		if status := q.Status(e.Name); status != 0 {
			form.status = status
		}
	}
	return form
}

// notFound is the error of a request whose action and version name no operation.
func notFound(c *Call) (name, message string) {
	action, version := Action(c.Request, c.Body)
	if len(c.Body) > maxForm {
		return "MalformedInput", fmt.Sprintf(tooLarge, maxForm)
	}
	if action == "" {
		return "MissingAction", "The request is missing an action or a required parameter."
	}
	if version == "" {
		version = "NO_VERSION_SPECIFIED"
	}
	return "InvalidAction", fmt.Sprintf("Could not find operation %s for version %s", clip(action), clip(version))
}

// queryError names a code for the services of the query protocol, which call some errors otherwise than those of JSON.
func queryError(code fault.Code) errorForm {
	switch code {
	case fault.Validation:
		return errorForm{"ValidationError", 400, false}
	case fault.Serialization:
		return errorForm{"MalformedInput", 400, true}
	case fault.AccessDenied, fault.InvalidAPIKey:
		return errorForm{"AccessDenied", 403, false}
	case fault.ResourceNotFound:
		return errorForm{"NoSuchEntity", 404, false}
	case fault.Conflict:
		return errorForm{"ConcurrentModification", 409, false}
	case fault.ServiceQuotaExceeded, fault.LimitExceeded, fault.TooManyTags:
		return errorForm{"LimitExceeded", 409, false}
	case fault.Throttling:
		return errorForm{"Throttling", 400, false}
	case fault.ServiceUnavailable:
		return errorForm{"ServiceUnavailable", 503, false}
	case fault.UnknownOperation:
		return errorForm{"InvalidAction", 400, true}
	case fault.RequestTooLarge:
		return errorForm{"RequestEntityTooLarge", 413, true}
	case fault.RequestTimeout:
		return errorForm{"RequestTimeout", 408, true}
	case fault.MalformedQuery:
		return errorForm{"MalformedQueryString", 400, true}
	case fault.MissingAuthentication:
		return errorForm{"MissingAuthenticationToken", 403, true}
	case fault.IncompleteSignature:
		return errorForm{"IncompleteSignature", 400, true}
	case fault.InvalidSignature:
		return errorForm{"SignatureDoesNotMatch", 403, true}
	case fault.UnrecognizedClient:
		return errorForm{"InvalidClientTokenId", 403, true}
	case fault.ExpiredToken:
		return errorForm{"ExpiredToken", 403, true}
	}
	return errorForm{"InternalFailure", 500, false}
}
