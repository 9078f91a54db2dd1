package sigv4

import (
	"net/http"
	"strings"

	"github.com/outcrop/outcrop/internal/fault"
)

// authorization is the Authorization header taken apart, with the date header that goes with it.
type authorization struct {
	credential    string
	signedHeaders string // lower-case names joined by ";"
	signature     string
	date          string
}

// authorize finds and parses what a request proves itself with.
func authorize(r *http.Request, query string) (authorization, error) {
	values := r.Header["Authorization"]
	presigned := query != "" && hasParameter(query, "X-Amz-Algorithm")
	switch {
	case len(values) == 0 && presigned:
		return authorization{}, fault.New(fault.IncompleteSignature, queryAuth)
	case len(values) == 0:
		return authorization{}, fault.New(fault.MissingAuthentication, missingToken)
	case presigned: // two proofs at once: AWS refuses without a word
		return authorization{}, fault.New(fault.InvalidSignature, "")
	}
	auth, err := parseAuthorization(values[0])
	if err != nil {
		return authorization{}, err
	}
	auth.date = dateHeader(r.Header)
	return auth, auth.complete()
}

// parseAuthorization reads "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…" in any order. A name given
// twice counts with its last value; names it does not know are ignored.
func parseAuthorization(header string) (authorization, error) {
	var a authorization
	alg, rest, _ := strings.Cut(header, " ")
	if alg != algorithm {
		return a, fault.New(fault.IncompleteSignature, "Unsupported AWS 'algorithm': '%s'.", echo(alg))
	}
	rest = strings.TrimSpace(rest)
	for more := rest != ""; more; {
		var part string
		part, rest, more = strings.Cut(rest, ",")
		part = strings.TrimSpace(part)
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return a, fault.New(fault.IncompleteSignature,
				"'%s' not a valid key=value pair (missing equal-sign) in Authorization header: '%s'", echo(part), echo(header))
		}
		switch name {
		case "Credential":
			a.credential = value
		case "SignedHeaders":
			a.signedHeaders = value
		case "Signature":
			a.signature = value
		}
	}
	return a, nil
}

// dateHeader is the time a request says it was signed at; X-Amz-Date counts before Date.
func dateHeader(h http.Header) string {
	if d := h["X-Amz-Date"]; len(d) > 0 {
		return d[0]
	}
	if d := h["Date"]; len(d) > 0 {
		return d[0]
	}
	return ""
}

// complete names everything that is missing in one error.
func (a authorization) complete() error {
	if a.credential != "" && a.signature != "" && a.signedHeaders != "" && a.date != "" {
		return nil
	}
	var b strings.Builder
	for _, part := range []struct{ value, name string }{
		{a.credential, "Credential"},
		{a.signature, "Signature"},
		{a.signedHeaders, "SignedHeaders"},
	} {
		if part.value == "" {
			b.WriteString("Authorization header requires '" + part.name + "' parameter. ")
		}
	}
	if a.date == "" {
		b.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	return fault.New(fault.IncompleteSignature, "%sAuthorization=%s", b.String(), algorithm)
}

// signsHost reports whether the signature covers the host, under either of its names.
func (a authorization) signsHost() bool {
	for rest, more := a.signedHeaders, true; more; {
		var name string
		name, rest, more = strings.Cut(rest, ";")
		if isHost(name) {
			return true
		}
	}
	return false
}

// isHost knows the host by its HTTP/1.1 name and by HTTP/2's, which the JavaScript SDK signs.
func isHost(name string) bool { return name == "host" || name == ":authority" }

// maxEcho bounds how much of a caller's own text an error repeats.
const maxEcho = 1024

// echo makes a caller's text fit to stand in a JSON sentence.
func echo(s string) string {
	if len(s) > maxEcho {
		s = s[:maxEcho] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
