package simulate

import (
	"cmp"
	"fmt"
	"time"

	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/simulate/chart"
	"github.com/outcrop/outcrop/internal/simulate/trace"
)

// Report is what is shown of a simulation.
type Report struct {
	Title, Subtitle string
	Length          time.Duration
	BrownOuts       []BrownOut
	Results         []*Result
	Notes           []string // what a reader must know of the figures
}

// NewReport puts results of one trace side by side.
func NewReport(w *World, t *trace.Trace, results []*Result) *Report {
	r := &Report{Title: cmp.Or(w.Title, t.Name), Length: t.Duration(), BrownOuts: w.BrownOuts, Results: results}
	r.Subtitle = fmt.Sprintf("%s calls in %s, %s from %s", count(len(t.Calls)), t.Duration().Round(time.Second), w.Identifier, w.Source)
	if t.LeftOut > 0 {
		r.Subtitle += fmt.Sprintf("; %s that had failed are left out", count(t.LeftOut))
	}
	return r
}

// spans are the brown-outs, as the time axis shows them.
func (r *Report) spans() []chart.Span {
	var out []chart.Span
	for i := range r.BrownOuts {
		b := &r.BrownOuts[i]
		name := b.Region
		if name == "" || name == "*" {
			name = "everywhere"
		}
		out = append(out, chart.Span{Name: name + " " + string(b.Kind), From: b.From, To: b.To})
	}
	return out
}

// spansAt are the brown-outs of a place, under the name of its row.
func (r *Report) spansAt(p *PlaceResult, name string) []chart.Span {
	var out []chart.Span
	for i := range r.BrownOuts {
		b := &r.BrownOuts[i]
		if b.covers(&route.Deployment{Region: p.Region, Model: p.Model, Provider: p.Provider}) {
			out = append(out, chart.Span{Name: name, From: b.From, To: b.To})
		}
	}
	return out
}
