package trace

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// layouts are the forms of dates and times: Azure's, with and without an offset, and RFC 3339. Fractions of a second
// of any length are read behind all of them.
var layouts = [...]string{"2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", time.RFC3339, "2006-01-02T15:04:05"}

// longest is how much time a trace may cover.
const longest = 10 * 365 * 24 * time.Hour

// clock reads times, all in the form of the first one.
type clock struct {
	read  func(string) (time.Duration, error)
	first time.Time // of dates
}

// parse returns a time since some moment that is the same for all times of a trace.
func (c *clock) parse(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if c.read == nil {
		c.read = c.form(text)
	}
	if c.read == nil {
		return 0, fmt.Errorf("want seconds, a duration such as 1m30s, or a time such as 2023-11-16 18:17:03.98, found %q", text)
	}
	d, err := c.read(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is no time of the form of those before it", text)
	case d < -longest || d > longest:
		return 0, fmt.Errorf("%q is more than 10 years from the first call", text)
	}
	return d, nil
}

// form finds how a text says a time; nil when it says none.
func (c *clock) form(text string) func(string) (time.Duration, error) {
	if _, err := seconds(text); err == nil {
		return seconds
	}
	if _, err := time.ParseDuration(text); err == nil {
		return time.ParseDuration
	}
	for _, layout := range layouts {
		if first, err := time.Parse(layout, text); err == nil {
			c.first = first
			return func(s string) (time.Duration, error) {
				t, err := time.Parse(layout, s)
				return t.Sub(c.first), err // saturates
			}
		}
	}
	return nil
}

func seconds(text string) (time.Duration, error) {
	s, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(s) || math.Abs(s) > longest.Seconds() {
		return 0, fmt.Errorf("%q is no number of seconds", text)
	}
	return time.Duration(math.Round(s * float64(time.Second))), nil
}
