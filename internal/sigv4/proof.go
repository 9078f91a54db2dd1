package sigv4

import (
	"net/http"
	"strings"

	"github.com/outcrop/outcrop/internal/fault"
)

// proof is what a request proves itself with, taken apart: the Authorization header and the headers that go with it, or
// the parameters of a presigned query.
type proof struct {
	credential    string
	signedHeaders string // lower-case names joined by ";"
	signature     string
	date          string
	token         string // of a session; "" for long-term keys
	presigned     bool
	expires       string // X-Amz-Expires, of a presigned request alone
}

// findProof finds what r proves itself with; c has parsed its query.
func findProof(r *http.Request, c *canonical) (proof, error) {
	header := r.Header["Authorization"]
	alg, presigned := c.parameter(paramAlgorithm)
	switch {
	case len(header) == 0 && presigned:
		return presignedProof(r, c, alg)
	case len(header) == 0:
		return proof{}, fault.New(fault.MissingAuthentication, missingToken)
	case presigned: // two proofs at once: AWS refuses without a word
		return proof{}, fault.New(fault.InvalidSignature, "")
	}
	p, err := parseAuthorization(header[0])
	if err != nil {
		return proof{}, err
	}
	p.date, p.token = dateHeader(r.Header), tokenHeader(r.Header)
	return p, p.complete()
}

// parseAuthorization reads "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…" in any order. A name given
// twice counts with its last value; names it does not know are ignored.
func parseAuthorization(header string) (proof, error) {
	var p proof
	alg, rest, _ := strings.Cut(header, " ")
	if alg != algorithm {
		return p, fault.New(fault.IncompleteSignature, wrongAlgorithm, echo(alg))
	}
	rest = strings.TrimSpace(rest)
	for more := rest != ""; more; {
		var part string
		part, rest, more = strings.Cut(rest, ",")
		part = strings.TrimSpace(part)
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return p, fault.New(fault.IncompleteSignature,
				"'%s' not a valid key=value pair (missing equal-sign) in Authorization header: '%s'", echo(part), echo(header))
		}
		switch name {
		case "Credential":
			p.credential = value
		case "SignedHeaders":
			p.signedHeaders = value
		case "Signature":
			p.signature = value
		}
	}
	return p, nil
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

// tokenHeader is the session token in the headers, signed or not.
func tokenHeader(h http.Header) string {
	if t := h["X-Amz-Security-Token"]; len(t) > 0 {
		return t[0]
	}
	return ""
}

// complete names everything that is missing from the headers in one error.
func (p proof) complete() error {
	if p.credential != "" && p.signature != "" && p.signedHeaders != "" && p.date != "" {
		return nil
	}
	var b strings.Builder
	for _, part := range []struct{ value, name string }{
		{p.credential, "Credential"},
		{p.signature, "Signature"},
		{p.signedHeaders, "SignedHeaders"},
	} {
		if part.value == "" {
			b.WriteString("Authorization header requires '" + part.name + "' parameter. ")
		}
	}
	if p.date == "" {
		b.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	return fault.New(fault.IncompleteSignature, "%sAuthorization=%s", b.String(), algorithm)
}

// signsHost reports whether the signature covers the host, under either of its names.
func (p proof) signsHost() bool {
	for rest, more := p.signedHeaders, true; more; {
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
