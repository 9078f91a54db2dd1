package sigv4

import (
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
)

// scope is a credential taken apart: whose key, and the day, region and service the signature is good for.
type scope struct {
	keyID, day, region, service, term string
}

// parseScope reads keyid/date/region/service/term and reports whether there are exactly these five.
func parseScope(credential string) (scope, bool) {
	if strings.Count(credential, "/") != 4 {
		return scope{}, false
	}
	var s scope
	s.keyID, credential, _ = strings.Cut(credential, "/")
	s.day, credential, _ = strings.Cut(credential, "/")
	s.region, credential, _ = strings.Cut(credential, "/")
	s.service, s.term, _ = strings.Cut(credential, "/")
	return s, true
}

// append adds the part of the scope that is signed.
func (s scope) append(b []byte) []byte {
	b = append(append(b, s.day...), '/')
	b = append(append(b, s.region...), '/')
	b = append(append(b, s.service...), '/')
	return append(b, s.term...)
}

// service finds a service of the options by the name a scope gives it.
func (v *Verifier) service(name string) (Service, bool) {
	for _, s := range v.services {
		if s.Name == name {
			return s, true
		}
	}
	return Service{}, false
}

// checkScope takes the credential apart. Everything wrong with the scope is told in one message.
func (v *Verifier) checkScope(credential string, d date) (scope, error) {
	s, ok := parseScope(credential)
	if !ok {
		return scope{}, fault.New(fault.IncompleteSignature,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", echo(credential))
	}
	service, known := v.service(s.service)
	region := service.AnyRegion || v.region(arn.Region(s.region))
	if region && known && s.term == terminator && d.inDay(s.day) {
		return s, nil
	}
	var wrong strings.Builder
	if !region {
		wrong.WriteString("Credential should be scoped to a valid region, not '" + echo(s.region) + "'. ")
	}
	if !known {
		wrong.WriteString("Credential should be scoped to correct service: '" + v.serviceNames() + "'. ")
	}
	if s.term != terminator {
		wrong.WriteString("Credential should be scoped with a valid terminator: '" + terminator + "', not '" + echo(s.term) + "'. ")
	}
	if !d.inDay(s.day) {
		wrong.WriteString("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
			echo(s.day) + "' != '" + d.when.Format(dayFormat) + "', from '" + string(d.basic(nil)) + "'.")
	}
	return scope{}, fault.New(fault.InvalidSignature, "%s", wrong.String())
}

// serviceNames lists what a scope may say, each in quotes but for the outermost ones.
func (v *Verifier) serviceNames() string {
	names := make([]string, len(v.services))
	for i, s := range v.services {
		names[i] = s.Name
	}
	return strings.Join(names, "', '")
}
