package sigv4

import (
	"net/http"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

// Layouts of ISO 8601: the basic form is what gets signed.
const (
	basicFormat    = "20060102T150405Z"
	extendedFormat = "2006-01-02T15:04:05Z"
	dayFormat      = "20060102"
)

// date is when a request says it was signed.
type date struct {
	when time.Time
	text string // as the header has it
}

// parseDate reads ISO 8601 in its basic form, and tolerates the extended form and the HTTP form, which some clients
// put into the Date header while they sign the basic one.
func parseDate(text string) (date, error) {
	for _, layout := range [...]string{basicFormat, extendedFormat, http.TimeFormat} {
		if len(text) != len(layout) { // time.Parse alone would let fractions of seconds through
			continue
		}
		if t, err := time.Parse(layout, text); err == nil {
			return date{t, text}, nil
		}
	}
	return date{}, fault.New(fault.IncompleteSignature,
		"Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", echo(text))
}

// basic appends the form that was signed.
func (d date) basic(b []byte) []byte {
	if len(d.text) == len(basicFormat) {
		return append(b, d.text...)
	}
	return d.when.AppendFormat(b, basicFormat)
}

// inDay reports whether the date lies in the day a scope names, without allocating.
func (d date) inDay(day string) bool {
	var b [len(basicFormat)]byte
	return string(d.basic(b[:0])[:len(dayFormat)]) == day
}

// checkSkew refuses a request signed too long ago or too far ahead. How much is allowed depends on the service; a
// credential too malformed to name one gets the default, as its form is judged only afterwards.
func (v *Verifier) checkSkew(signed, now time.Time, credential string) error {
	skew := defaultSkew
	if s, ok := parseScope(credential); ok {
		if known, ok := v.service(s.service); ok {
			skew = known.Skew
		}
	}
	now = now.UTC().Truncate(time.Second)
	minutes := int(skew / time.Minute)
	if earliest := now.Add(-skew); signed.Before(earliest) {
		return fault.New(fault.InvalidSignature, "Signature expired: %s is now earlier than %s (%s - %d min.)",
			signed.Format(basicFormat), earliest.Format(basicFormat), now.Format(basicFormat), minutes)
	}
	if latest := now.Add(skew); signed.After(latest) {
		return fault.New(fault.InvalidSignature, "Signature not yet current: %s is still later than %s (%s + %d min.)",
			signed.Format(basicFormat), latest.Format(basicFormat), now.Format(basicFormat), minutes)
	}
	return nil
}
