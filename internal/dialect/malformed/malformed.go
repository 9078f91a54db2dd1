// Package malformed words the refusal of a native body that does not fit its model's schema, as Bedrock words it.
//
// Bedrock checks the bodies of InvokeModel against a JSON schema for each model and reports the first
// violation with a pointer into the body: "#/messages/0/role: … is not a valid enum value".
package malformed

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/fault"
)

// Violation is one place of a body that the schema forbids. Decoders make it where they find it and
// their callers say with Under where that was.
type Violation struct {
	Path string // JSON pointer, "" for the whole body
	What string // "expected type: Integer, found: String"
}

// Error is the violation as the caller reads it.
func (v *Violation) Error() string { return "#" + v.Path + ": " + v.What }

// New makes a violation at the value being read.
func New(format string, args ...any) error { return &Violation{What: fmt.Sprintf(format, args...)} }

// At makes a violation at one member of the object being read.
func At(name, format string, args ...any) error {
	return &Violation{Path: "/" + name, What: fmt.Sprintf(format, args...)}
}

// Missing is the violation of an object that lacks a member.
func Missing(name string) error { return New("required key [%s] not found", name) }

// Extraneous is the violation of an object that has a member it must not have.
func Extraneous(name string) error { return New("extraneous key [%s] is not permitted", name) }

// Under puts the steps of the parent, member names and indices, before the path of a violation. Other
// errors, nil among them, pass unchanged.
func Under(err error, steps ...any) error {
	var v *Violation
	if err == nil || !errors.As(err, &v) {
		return err
	}
	var path strings.Builder
	for _, step := range steps {
		fmt.Fprintf(&path, "/%v", step)
	}
	return &Violation{Path: path.String() + v.Path, What: v.What}
}

// Seen turns an error about a value's shape into a violation, for a value that was read apart from its
// body: the parent can then say with Under where it was. Other errors, nil among them, pass unchanged.
func Seen(err error) error {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		return ofType(semantic)
	}
	return err
}

// Fault turns whatever a decoder returned into the error a caller sees. Errors that are faults
// already stay as they are.
func Fault(err error) error {
	if err == nil {
		return nil
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	var v *Violation
	var semantic *json.SemanticError
	switch {
	case errors.As(err, &v):
		return refuse(err, v)
	case errors.As(err, &semantic):
		return refuse(err, ofType(semantic))
	}
	return fault.Wrap(fault.Validation, err, "Malformed input request, please reformat your input and try again.")
}

// longest is how much of a violation is told: it quotes the caller's own words, which may be megabytes.
const longest = 300

func refuse(cause error, v *Violation) error {
	text := v.Error()
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return fault.Wrap(fault.Validation, cause, "Malformed input request: %s, please reformat your input and try again.", text)
}

// ofType reads what the JSON package found wrong with the shape of a body.
func ofType(e *json.SemanticError) *Violation {
	if errors.Is(e.Err, json.ErrUnknownName) {
		return &Violation{
			Path: string(e.JSONPointer.Parent()),
			What: fmt.Sprintf("extraneous key [%s] is not permitted", e.JSONPointer.LastToken()),
		}
	}
	return &Violation{
		Path: string(e.JSONPointer),
		What: fmt.Sprintf("expected type: %s, found: %s", wanted(e.GoType), Found(e.JSONKind)),
	}
}

// wanted names a Go type as the schema language does.
func wanted(t reflect.Type) string {
	if t == nil {
		return "JSONObject"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "String"
	case reflect.Bool:
		return "Boolean"
	case reflect.Float32, reflect.Float64:
		return "Number"
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return "String"
		}
		return "JSONArray"
	case reflect.Struct, reflect.Map, reflect.Interface:
		return "JSONObject"
	default:
		return "Integer"
	}
}

// Found names the kind of a JSON value as the schema language does.
func Found(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "Null"
	case 't', 'f':
		return "Boolean"
	case '"':
		return "String"
	case '0':
		return "Number"
	case '[':
		return "JSONArray"
	default:
		return "JSONObject"
	}
}
