package inference

import (
	"net/http"
	"strconv"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/gateway"
)

// Describe tells in headers what became of a call: where it ran, as which model, through which
// profile, after how many attempts and why there. It works for refused calls too, as far as they came.
func Describe(h http.Header, caller arn.Account, a *gateway.Answer) {
	if t := a.Target; t != nil {
		set(h, "X-Outcrop-Model", t.Model.ID)
		if through, ok := t.ProfileARN(caller); ok {
			set(h, "X-Outcrop-Profile", through.String())
		}
	}
	if a.Region != "" {
		set(h, "X-Outcrop-Region", string(a.Region))
		set(h, "X-Outcrop-Overhead-Us", strconv.FormatInt(a.Overhead().Microseconds(), 10))
		if a.Stream == nil { // a stream's cost is known at its end
			set(h, "X-Outcrop-Cost-Usd", a.Cost().String())
		}
	}
	if trail := a.Trail.String(); trail != "" {
		set(h, "X-Outcrop-Route", trail)
		set(h, "X-Outcrop-Attempts", strconv.Itoa(a.Trail.Attempts()))
	}
	a.Describe(h)
}

// set is Header.Set for a name that is canonical already.
func set(h http.Header, name, value string) { h[name] = []string{value} }
