package awswire

import (
	"errors"
	"testing"

	"github.com/outcrop/outcrop/internal/fault"
)

func TestErrorName(t *testing.T) {
	for want, err := range map[string]error{
		"":                        nil,
		"AccessDeniedException":   fault.New(fault.AccessDenied, "no"),
		"EntityAlreadyExists":     fault.Named(fault.Conflict, "EntityAlreadyExists", "there"),
		"InternalServerException": errors.New("a private cause"),
	} {
		if got := ErrorName(err); got != want {
			t.Errorf("%v is %q, want %q", err, got, want)
		}
	}
}
