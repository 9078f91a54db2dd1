package simulate

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/outcrop/outcrop/internal/simulate/chart"
)

// Figure is the report as a picture.
func (r *Report) Figure() *chart.Figure {
	names := make([]string, len(r.Results))
	for i, each := range r.Results {
		names[i] = each.Name
	}
	f := &chart.Figure{Title: r.Title, Subtitle: r.Subtitle, Legend: names}
	f.Rows = [][]chart.Panel{
		{r.arrivals(), r.refused()},
		{r.firstOverTime(), r.first(names)},
		{r.whereServed(names), r.cost(names)},
	}
	if queue, some := r.queue(); some {
		f.Rows = append(f.Rows, []chart.Panel{queue})
	}
	for _, each := range r.Results {
		if len(each.Places) > 0 {
			f.Rows = append(f.Rows, []chart.Panel{r.busy(each)})
		}
	}
	return f
}

// series picks one series of every variant.
func (r *Report) series(pick func(*Series) []float64) [][]float64 {
	out := make([][]float64, len(r.Results))
	for i, each := range r.Results {
		out[i] = pick(&each.Over)
	}
	return out
}

// arrivals are the same for every variant.
func (r *Report) arrivals() chart.Panel {
	return &chart.Lines{
		Title: "Calls that arrive", Values: "calls a second", Length: r.Length, Spans: r.spans(), Steps: true,
		Series: r.series(func(s *Series) []float64 { return s.Arrived })[:1], Plain: true,
	}
}

func (r *Report) refused() chart.Panel {
	return &chart.Lines{
		Title: "Calls without a whole answer", Values: "refused, failed or broken off, calls a second", Length: r.Length, Spans: r.spans(), Steps: true,
		Series: r.series(func(s *Series) []float64 { return s.Refused }),
	}
}

func (r *Report) firstOverTime() chart.Panel {
	return &chart.Lines{
		Title: "Time to first token over time", Values: "seconds, 95th percentile, by when calls arrived", Length: r.Length, Spans: r.spans(),
		Series: r.series(func(s *Series) []float64 { return s.P95 }),
	}
}

func (r *Report) first(names []string) chart.Panel {
	p := &chart.Ranges{
		Title: "Time to first token", Values: "seconds, all calls that got one", Rows: names, Marks: []string{"p50", "p95", "p99"}, Format: chart.Number,
	}
	for _, each := range r.Results {
		p.Points = append(p.Points, []float64{each.First.P50, each.First.P95, each.First.P99})
	}
	return p
}

func (r *Report) queue() (chart.Panel, bool) {
	some := false
	for _, each := range r.Results {
		some = some || each.Queued > 0
	}
	return &chart.Lines{
		Title: "Queue", Values: "calls that wait for room", Length: r.Length, Spans: r.spans(),
		Series: r.series(func(s *Series) []float64 { return s.Queue }),
	}, some
}

// whereServed names every place that any variant used, in the order of the first that has it.
func (r *Report) whereServed(names []string) chart.Panel {
	long := slices.ContainsFunc(r.Results, (*Result).several)
	var places []string
	for _, each := range r.Results {
		for i := range each.Places {
			if name := each.Places[i].label(long); !slices.Contains(places, name) {
				places = append(places, name)
			}
		}
	}
	p := &chart.Parts{
		Title: "Where calls ran", Values: "share of all calls, the nearest region first", Rows: names,
		Names: append(slices.Clone(places), "no whole answer"), Inks: append(chart.Steps(len(places)), chart.Series(1)),
	}
	for _, each := range r.Results {
		shares := make([]float64, len(places)+1)
		for i := range each.Places {
			at := slices.Index(places, each.Places[i].label(long))
			shares[at] += each.Share(each.Places[i].Served)
		}
		shares[len(places)] = each.Share(each.Refused())
		p.Shares = append(p.Shares, shares)
	}
	return p
}

func (r *Report) cost(names []string) chart.Panel {
	p := &chart.Bars{Title: "Cost", Values: "USD for all calls, by the price book", Rows: names}
	for _, each := range r.Results {
		text := each.Cost.Fixed(2)
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			v = 0 // BUG: Fixed writes a decimal
		}
		p.Lengths = append(p.Lengths, v)
		label := "$" + text
		if served := each.Outcomes[Served]; served > 0 {
			label += fmt.Sprintf(" ($%.2f a thousand served)", 1000*v/float64(served))
		}
		p.Labels = append(p.Labels, label)
	}
	return p
}

func (r *Report) busy(each *Result) chart.Panel {
	values := "calls at once, of those that fit"
	h := &chart.Heat{Title: "Utilisation: " + each.Name, Length: r.Length}
	for i := range each.Places {
		p := &each.Places[i]
		name := p.label(each.several())
		h.Rows = append(h.Rows, name)
		h.Spans = append(h.Spans, r.spansAt(p, name)...)
		h.Shares = append(h.Shares, p.Busy)
		if p.Bound == 0 {
			values = "calls at once, of the most there were"
		}
	}
	h.Values = values
	return h
}
