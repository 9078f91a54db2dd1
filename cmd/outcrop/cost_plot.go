package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"
)

// screen is where a picture is drawn.
type screen struct {
	columns  int
	terminal bool
}

const (
	usualColumns = 80
	fewestColums = 40
	mostColumns  = 400
)

// newScreen takes the width from COLUMNS, which shells set.
func newScreen(p *process) screen {
	s := screen{columns: usualColumns}
	if n, err := strconv.Atoi(firstSet(p.env, "COLUMNS")); err == nil {
		s.columns = min(max(n, fewestColums), mostColumns)
	}
	if f, ok := p.stdout.(*os.File); ok {
		info, err := f.Stat()
		s.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return s
}

const (
	plotHeight = 10
	plotRows   = 8 // how many names get a line of their own
)

// writePlot draws the whole cost as columns over time, and a line for each name below.
func (s *costSheet) writePlot(out io.Writer, screen screen) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", s.heading())
	if s.total.IsZero() {
		b.WriteString("Nothing was spent.\n")
		_, err := io.WriteString(out, b.String())
		return err
	}
	series := make([]float64, len(s.periods))
	for _, r := range s.rows {
		for i, a := range r.by {
			series[i] += dollars(a)
		}
	}
	most := 0.0
	for _, v := range series {
		most = max(most, v)
	}
	places := decimals(s.lines())
	label := amount(most, places)
	plot := newColumns(series, screen.columns-len(label)-3)
	plot.draw(&b, label, places)
	plot.axis(&b, len(label), s.periods)
	s.sparks(&b, plot, places)
	fmt.Fprintf(&b, "\ntotal %s\n", s.total.Fixed(places))
	_, err := io.WriteString(out, b.String())
	return err
}

// amount is the label of a drawn value.
func amount(v float64, places int) string { return strconv.FormatFloat(v, 'f', places, 64) }

// columns is a series fitted to a width: several values in one column, or several columns for one value.
type columns struct {
	values []float64 // the sums of each, in order
	per    int       // values of the series in one column
	wide   int       // characters of one column
}

func newColumns(series []float64, width int) columns {
	c := columns{per: 1, wide: 1}
	width = max(1, width)
	for (len(series)+c.per-1)/c.per > width {
		c.per++
	}
	c.values = c.fit(series)
	const widest = 6
	c.wide = min(widest, max(1, width/len(c.values)))
	return c
}

// fit sums a series up to columns.
func (c columns) fit(series []float64) []float64 {
	var out []float64
	for i, v := range series {
		if i%c.per == 0 {
			out = append(out, 0)
		}
		out[len(out)-1] += v
	}
	return out
}

// eighths are the heights of a character.
var eighths = []rune(" ▁▂▃▄▅▆▇█")

// cell is the character of a column in a row, which is height rows above the ground; the highest column reaches all
// rows. Whatever is not nothing can be seen.
func cell(v, most float64, row, height int) rune {
	full := len(eighths) - 1
	if v <= 0 || most <= 0 {
		return ' '
	}
	n := max(1, int(v/most*float64(height*full)+0.5)) - row*full
	return eighths[min(max(n, 0), full)]
}

// draw draws the columns, with the largest value beside the top and 0 beside the ground.
func (c columns) draw(b *strings.Builder, label string, places int) {
	most := 0.0
	for _, v := range c.values {
		most = max(most, v)
	}
	if c.per > 1 {
		label = fmt.Sprintf("%*s", len(label), amount(most, places))
	}
	for row := plotHeight - 1; row >= 0; row-- {
		side := ""
		switch row {
		case plotHeight - 1:
			side = label
		case 0:
			side = "0"
		}
		var text strings.Builder
		for _, v := range c.values {
			r := cell(v, most, row, plotHeight)
			body := max(1, c.wide-1) // a gap between wide columns
			text.WriteString(strings.Repeat(string(r), body) + strings.Repeat(" ", c.wide-body))
		}
		fmt.Fprintf(b, "%*s ┤%s\n", len(label), side, strings.TrimRight(text.String(), " "))
	}
}

// axis writes when the first and the last column begin.
func (c columns) axis(b *strings.Builder, margin int, periods []usagePeriod) {
	width := len(c.values) * c.wide
	fmt.Fprintf(b, "%*s └%s\n", margin, "", strings.Repeat("─", width))
	first, last := periods[0].Start, periods[(len(c.values)-1)*c.per].Start
	gap := width - len(first) - len(last)
	if gap < 1 || len(c.values) == 1 {
		fmt.Fprintf(b, "%*s  %s\n", margin, "", first)
		return
	}
	fmt.Fprintf(b, "%*s  %s%*s%s\n", margin, "", first, gap, "", last)
}

// sparks writes one line a name: how its cost went, each to a scale of its own, and how much it was.
func (s *costSheet) sparks(b *strings.Builder, plot columns, places int) {
	if s.by.Type == "" {
		return
	}
	rows := s.rows[:min(plotRows, len(s.rows))]
	names := 0
	for _, r := range rows {
		names = max(names, utf8.RuneCountInString(shown(r.name)))
	}
	b.WriteByte('\n')
	for _, r := range rows {
		series := make([]float64, len(s.periods))
		for i, a := range r.by {
			series[i] = dollars(a)
		}
		values, most := plot.fit(series), 0.0
		for _, v := range values {
			most = max(most, v)
		}
		line := make([]rune, len(values))
		for i, v := range values {
			line[i] = cell(v, most, 0, 1)
		}
		pad := strings.Repeat(" ", names-utf8.RuneCountInString(shown(r.name)))
		fmt.Fprintf(b, "%s%s  %s  %s  %5.1f %%\n", shown(r.name), pad, string(line), r.total.Fixed(places), 100*s.share(r.total))
	}
	if more := len(s.rows) - len(rows); more > 0 {
		fmt.Fprintf(b, "and %d more\n", more)
	}
}
