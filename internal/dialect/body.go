package dialect

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/fault"
)

// Body is the body of a request, as a family has it.
type Body interface {
	// Chat is what the body asks for. Errors are for malformed.Fault.
	Chat() (*chat.Request, error)
}

// ReadRequest reads a request into its body, which is empty, and returns what it asks for. Members that the body does not
// have are refused.
func ReadRequest(data []byte, body Body) (*chat.Request, error) {
	if err := Unmarshal(data, body); err != nil {
		return nil, malformed.Fault(err)
	}
	r, err := body.Chat()
	return r, malformed.Fault(err)
}

// WriteRequest writes a request's body with chat.Request.Extra laid over it.
func WriteRequest(body any, extra jsontext.Value) ([]byte, error) {
	if err := Overlay(body, extra); err != nil {
		return nil, err
	}
	return Marshal(body)
}

// Unmarshal reads a body whose members are all known. Errors are for malformed.Fault.
func Unmarshal(body []byte, out any) error {
	return json.Unmarshal(body, out, json.RejectUnknownMembers(true))
}

// Marshal writes a body. Raw JSON goes out as it came.
func Marshal(w any) ([]byte, error) {
	body, err := json.Marshal(w, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err != nil {
		return nil, fault.Wrap(fault.Validation, err, "The request cannot be written for this model.")
	}
	return body, nil
}

// HasMessages tells the form of a body that may be a prompt or messages.
func HasMessages(data []byte) bool {
	var w struct {
		Messages jsontext.Value `json:"messages"`
	}
	return json.Unmarshal(data, &w) == nil && w.Messages != nil
}

// Extra makes chat.Request.Extra of the members of a body that chat has no word for: nil when there are none.
func Extra(others any) (jsontext.Value, error) {
	v, err := json.Marshal(others)
	if err != nil || string(v) == "{}" {
		return nil, err
	}
	return v, nil
}

// Overlay lays chat.Request.Extra over a body that is about to be written. A member that the body does not
// have is refused.
func Overlay(w any, extra jsontext.Value) error {
	if len(extra) == 0 {
		return nil
	}
	if err := Unmarshal(extra, w); err != nil {
		return malformed.Fault(err)
	}
	return nil
}

// Text demands the text of a member.
func Text(field *string, name string) (string, error) {
	switch {
	case field == nil:
		return "", malformed.Missing(name)
	case *field == "":
		return "", malformed.At(name, "expected minLength: 1, actual: 0")
	}
	return *field, nil
}

// Between refuses an optional number out of its range, both ends included.
func Between(name string, v *float64, least, most float64) error {
	switch {
	case v != nil && *v < least:
		return malformed.At(name, "%v is not greater or equal to %v", *v, least)
	case v != nil && *v > most:
		return malformed.At(name, "%v is not less or equal to %v", *v, most)
	}
	return nil
}

// AtLeast refuses an optional whole number that is too small.
func AtLeast(name string, v *int, least int) error {
	if v != nil && *v < least {
		return malformed.At(name, "%d is not greater or equal to %d", *v, least)
	}
	return nil
}
