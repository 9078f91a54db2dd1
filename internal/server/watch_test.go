package server

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
)

func TestThePlacesFailuresAreLogged(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a server that is down":  {fault.Wrap(fault.ServiceUnavailable, errors.New("dial tcp: refused"), "Try your request again."), "Try your request again: dial tcp: refused"},
		"what nobody named":      {errors.New("cannot read"), "cannot read"},
		"a key that fits no one": {fault.New(fault.AccessDenied, "no access"), "no access"},
		"a request that is bad":  {fault.New(fault.Validation, "no such field"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var lines bytes.Buffer
			failed := failures(slog.New(slog.NewTextHandler(&lines, nil)))
			failed(gateway.Failure{Model: "m", Region: "site-a", Provider: "p", Err: c.err})
			failed(gateway.Failure{Model: "m", Region: "site-a", Provider: "p", Err: c.err})
			if got := lines.String(); c.want == "" && got != "" || strings.Count(got, c.want) != 1 && c.want != "" {
				t.Errorf("logged %q, want %q once", got, c.want)
			}
		})
	}
}
