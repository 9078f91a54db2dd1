package sigv4

import (
	"errors"
	"net/http"
	"strconv"
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

// parseDate reads ISO 8601 in its basic form. In headers it tolerates the extended form and the HTTP form, which some
// clients put into the Date header while they sign the basic one.
func parseDate(p proof) (date, error) {
	layouts := [...]string{basicFormat, extendedFormat, http.TimeFormat}
	tolerated := layouts[:]
	if p.presigned {
		tolerated = layouts[:1]
	}
	for _, layout := range tolerated {
		if len(p.date) != len(layout) { // time.Parse alone would let fractions of seconds through
			continue
		}
		if t, err := time.Parse(layout, p.date); err == nil {
			return date{t, p.date}, nil
		}
	}
	return date{}, fault.New(fault.IncompleteSignature,
		"Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", echo(p.date))
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

// ErrExpired is the cause of a refusal for a signature that was good and is too old.
var ErrExpired = errors.New("signature expired")

// checkTime refuses a request signed too far ahead, or too long ago for its service or its own X-Amz-Expires. A
// credential too malformed to name a service gets the default, as its form is judged only afterwards.
func (v *Verifier) checkTime(p proof, signed, now time.Time) error {
	service := Service{Skew: defaultSkew}
	if s, ok := parseScope(p.credential); ok {
		if known, ok := v.service(s.service); ok {
			service = known
		}
	}
	past := service.Skew
	if p.presigned {
		var err error
		if past, err = service.lifetime(p.expires); err != nil {
			return err
		}
	}
	now = now.UTC().Truncate(time.Second)
	if earliest := now.Add(-past); signed.Before(earliest) {
		return fault.Wrap(fault.InvalidSignature, ErrExpired, "Signature expired: %s is now earlier than %s (%s - %s)",
			signed.Format(basicFormat), earliest.Format(basicFormat), now.Format(basicFormat), span(past))
	}
	if latest := now.Add(service.Skew); signed.After(latest) {
		return fault.New(fault.InvalidSignature, "Signature not yet current: %s is still later than %s (%s + %s)",
			signed.Format(basicFormat), latest.Format(basicFormat), now.Format(basicFormat), span(service.Skew))
	}
	return nil
}

// span is a duration as AWS writes it: "5 min."
func span(d time.Duration) string {
	if d%time.Minute == 0 {
		return strconv.FormatInt(int64(d/time.Minute), 10) + " min."
	}
	return strconv.FormatInt(int64(d/time.Second), 10) + " sec."
}
