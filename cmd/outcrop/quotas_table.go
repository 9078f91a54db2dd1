package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/service/quotas"
)

// write draws the quotas by account and by what they are of, each with a bar of its use.
func (c *quotasCommand) write(out io.Writer, list *quotas.List) error {
	var b strings.Builder
	var last quotas.Use
	for i := range list.Quotas {
		u := &list.Quotas[i]
		if !c.covers(u) {
			continue
		}
		if u.Account != last.Account {
			if last.Account != "" {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "Account %s\n", u.Account)
		}
		if title := titleOf(u); u.Account != last.Account || title != titleOf(&last) {
			fmt.Fprintf(&b, "\n  %s\n", title)
		}
		b.WriteString(quotaLine(u))
		last = *u
	}
	if last.Account == "" {
		b.WriteString("Nothing is used of any quota.\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// titleOf says what a quota is of.
func titleOf(u *quotas.Use) string {
	title := "all models"
	if u.Model != "" {
		title = fmt.Sprintf("%s from %s (%s)", u.Model, u.Source, u.Scope)
	}
	if u.Share != "" {
		title += ", share " + u.Share
	}
	if u.Who != "" {
		title += " of " + u.Who
	}
	return title
}

// quotaLine is one limit: how much is used, as numbers and as a bar, and when all of it is there again.
func quotaLine(u *quotas.Use) string {
	share := 1.0
	if u.Limit > 0 {
		share = float64(u.Used) / float64(u.Limit)
	}
	text := fmt.Sprintf("    %-19s  %13s of %-13s  %6.1f %%", u.Quota, grouped(u.Used), grouped(u.Limit), 100*share)
	notes := ""
	if u.ResetMs > 0 {
		notes = "all free in " + roughly(time.Duration(u.ResetMs)*time.Millisecond)
	}
	if !u.Enforced {
		notes = strings.TrimSuffix("watched, "+notes, ", ")
	}
	line := fmt.Sprintf("%s  %s", text, padded(bar(min(share, 1), 1, barWidth), barWidth)+"  "+notes)
	return strings.TrimRight(line, " ") + "\n"
}

// padded fills a text up with spaces to so many characters.
func padded(text string, width int) string {
	return text + strings.Repeat(" ", max(width-len([]rune(text)), 0))
}

// grouped is a number with its thousands apart: 1,000,000.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// roughly is a duration for people: seconds below a minute or so, minutes above.
func roughly(d time.Duration) string {
	if d < 2*time.Minute {
		return plain((d + time.Second - 1).Truncate(time.Second))
	}
	return plain((d + time.Minute - 1).Truncate(time.Minute))
}

// plain leaves out what is 0 at the end: 23h59m and not 23h59m0s.
func plain(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
