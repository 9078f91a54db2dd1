// Package compare turns the measurements of several programs into one table, for a terminal and for a page.
package compare

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// Samples are one program's measurements over all rounds.
type Samples struct {
	CPUPerCall, CPUPerEvent    []float64 // µs
	PerSecond, EventsPerSecond []float64
	P50, P99                   []float64 // µs
	Memory                     []float64 // MiB
}

// Row is one program's line of the table: medians, and the largest memory seen.
type Row struct {
	Name                       string
	CPUPerCall, CPUPerEvent    float64
	PerSecond, EventsPerSecond float64
	P50, P99, Memory           float64
}

// Row reduces the samples.
func (s *Samples) Row(name string) Row {
	return Row{
		Name: name, CPUPerCall: median(s.CPUPerCall), CPUPerEvent: median(s.CPUPerEvent),
		PerSecond: median(s.PerSecond), EventsPerSecond: median(s.EventsPerSecond),
		P50: median(s.P50), P99: median(s.P99), Memory: slices.Max(append(s.Memory, 0)),
	}
}

// median is the middle value, or the mean of the two in the middle; 0 of nothing.
func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	switch n := len(v); {
	case n == 0:
		return 0
	case n%2 == 0:
		return (v[n/2-1] + v[n/2]) / 2
	default:
		return v[n/2]
	}
}

// Grid is a table of text; its first row is the head, its first column is set to the left.
type Grid [][]string

// Table lays the rows out.
func Table(rows []Row) Grid {
	g := Grid{{
		"program", "CPU µs a call", "calls/s", "CPU µs an event", "events/s",
		"p50 µs at 500/s", "p99 µs at 500/s", "memory MiB",
	}}
	for _, r := range rows {
		g = append(g, []string{
			r.Name, fmt.Sprintf("%.1f", r.CPUPerCall), fmt.Sprintf("%.0f", r.PerSecond),
			fmt.Sprintf("%.2f", r.CPUPerEvent), fmt.Sprintf("%.0f", r.EventsPerSecond),
			fmt.Sprintf("%.0f", r.P50), fmt.Sprintf("%.0f", r.P99), fmt.Sprintf("%.0f", r.Memory),
		})
	}
	return g
}

// Text is the table for a terminal.
func (g Grid) Text() string {
	return g.render("", "  ", "")
}

// Markdown is the table for a page.
func (g Grid) Markdown() string {
	lines := strings.SplitAfterN(g.render("| ", " | ", " |"), "\n", 2)
	rule := "| --- |" + strings.Repeat(" ---: |", len(g[0])-1) + "\n"
	return lines[0] + rule + lines[1]
}

func (g Grid) render(left, between, right string) string {
	width := make([]int, len(g[0]))
	for _, row := range g {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range g {
		b.WriteString(left)
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString(cell + pad)
			} else {
				b.WriteString(between + pad + cell)
			}
		}
		b.WriteString(right + "\n")
	}
	return b.String()
}

// The markers between which a page carries the table.
const (
	begin = "<!-- bench run: begin -->\n"
	end   = "<!-- bench run: end -->\n"
)

// Rewrite replaces what stands between the markers of the page.
func Rewrite(path, text string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot write the table: %w", err)
	}
	before, rest, ok := strings.Cut(string(page), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("cannot write the table: %s lacks the lines %q and %q", path, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	if err := os.WriteFile(path, []byte(before+begin+"\n"+text+"\n"+end+after), 0o644); err != nil {
		return fmt.Errorf("cannot write the table: %w", err)
	}
	return nil
}
