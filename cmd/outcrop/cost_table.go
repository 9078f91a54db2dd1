package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/outcrop/outcrop/internal/money"
)

// heading says what is shown.
func (s *costSheet) heading() string {
	text := "Cost in USD from " + s.moment(s.from) + " to " + s.moment(s.to)
	if s.by.Type != "" {
		text += " by " + s.name
	}
	for _, f := range s.filters {
		values := make([]string, len(f.values))
		for i, v := range f.values {
			values[i] = shown(v)
		}
		text += ", " + f.name + " " + strings.Join(values, " or ")
	}
	return text
}

// shown is a name for people. Usage without one has none.
func shown(name string) string {
	if name == "" {
		return "(none)"
	}
	return name
}

// line is one line of a table.
type line struct {
	start string // of its period, when those are told apart
	name  string
	cost  money.Amount
	share float64 // of the whole table
}

// lines are the sheet as lines: one a name, or one a name and period.
func (s *costSheet) lines() []line {
	var out []line
	if !s.apart {
		for _, r := range s.rows {
			out = append(out, line{"", shown(r.name), r.total, s.share(r.total)})
		}
		return out
	}
	for i, p := range s.periods {
		for _, r := range s.rows {
			if i < len(r.by) && r.used[i] {
				out = append(out, line{p.Start, shown(r.name), r.by[i], s.share(r.by[i])})
			}
		}
	}
	return out
}

// share is what part of everything an amount is, from 0 to 1.
func (s *costSheet) share(a money.Amount) float64 {
	if s.total.Sign() <= 0 {
		return 0
	}
	return dollars(a) / dollars(s.total)
}

// dollars is an amount for drawing, where a float is good enough.
func dollars(a money.Amount) float64 {
	hi, lo := a.Words()
	return (float64(hi)*(1<<64) + float64(lo)) / 1e12
}

// decimals is how many decimals amounts are shown with: the fewest by which none becomes nothing.
func decimals(list []line) int {
	for _, n := range []int{6, 9} {
		nothing := money.Amount{}.Fixed(n)
		if !slices.ContainsFunc(list, func(l line) bool { return !l.cost.IsZero() && strings.TrimPrefix(l.cost.Fixed(n), "-") == nothing }) {
			return n
		}
	}
	return 12
}

// writeTable writes costs with their shares, and the total.
func (s *costSheet) writeTable(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", s.heading())
	list := s.lines()
	if len(list) == 0 {
		b.WriteString("Nothing was used.\n")
		_, err := io.WriteString(out, b.String())
		return err
	}
	list = append(list, line{"", "total", s.total, s.share(s.total)})
	places := decimals(list)
	var starts, names, costs int
	for _, l := range list {
		starts, names = max(starts, len(l.start)), max(names, utf8.RuneCountInString(l.name))
		costs = max(costs, len(l.cost.Fixed(places)))
	}
	for i, l := range list {
		if starts > 0 {
			fmt.Fprintf(&b, "%-*s  ", starts, l.start)
		}
		pad := strings.Repeat(" ", names-utf8.RuneCountInString(l.name))
		fmt.Fprintf(&b, "%s%s  %*s  %5.1f %%", l.name, pad, costs, l.cost.Fixed(places), 100*l.share)
		if text := bar(l.share, 1, barWidth); text != "" && i < len(list)-1 {
			b.WriteString("  " + text)
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// barWidth is how long the bar of everything would be.
const barWidth = 24

// bar is a horizontal bar of v out of most, in eighths of a character.
func bar(v, most float64, width int) string {
	const full = 8
	n := max(0, int(v/most*float64(width*full)+0.5))
	text := strings.Repeat("█", n/full)
	if rest := n % full; rest > 0 {
		text += string([]rune(" ▏▎▍▌▋▊▉")[rest])
	}
	return text
}

// writeCSV writes exact amounts: one line a name and period.
func (s *costSheet) writeCSV(out io.Writer) error {
	w := csv.NewWriter(out)
	head := []string{"start", "end", "cost_usd"}
	if s.by.Type != "" {
		head = []string{"start", "end", s.name, "cost_usd"}
	}
	if err := w.Write(head); err != nil {
		return err
	}
	write := func(p usagePeriod, name string, cost money.Amount) error {
		if s.by.Type == "" {
			return w.Write([]string{p.Start, p.End, cost.String()})
		}
		return w.Write([]string{p.Start, p.End, name, cost.String()})
	}
	whole := usagePeriod{s.moment(s.from), s.moment(s.to)}
	for i, p := range s.periods {
		for _, r := range s.rows {
			if !s.apart && i == 0 {
				if err := write(whole, r.name, r.total); err != nil {
					return err
				}
			}
			if s.apart && i < len(r.by) && r.used[i] {
				if err := write(p, r.name, r.by[i]); err != nil {
					return err
				}
			}
		}
	}
	w.Flush()
	return w.Error()
}
