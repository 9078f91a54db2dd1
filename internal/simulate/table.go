package simulate

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"text/tabwriter"
)

// WriteTable writes two tables: what calls came to in each variant, and where they ran.
func (r *Report) WriteTable(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\n%s\n\n", r.Title, r.Subtitle)
	r.outcomes(w)
	fmt.Fprintln(w)
	r.places(w)
	if err := w.Flush(); err != nil {
		return err
	}
	return r.reasons(out)
}

func (r *Report) outcomes(w io.Writer) {
	queue, upstream, cache := false, false, false
	for _, each := range r.Results {
		queue, upstream, cache = queue || each.Queued > 0, upstream || each.Upstream > 0, cache || each.Cached > 0
	}
	fmt.Fprint(w, "\tSERVED\tREFUSED\tOVER QUOTA\tNO ROOM\tFAILED\tBROKEN OFF\tRE-ROUTED\tTRIED AGAIN\tFIRST TOKEN P50\tP95\tP99\t")
	if queue {
		fmt.Fprint(w, "QUEUED\tWAITED P95\t")
	}
	if cache {
		fmt.Fprint(w, "FROM CACHE\t")
	}
	fmt.Fprint(w, "COST USD\t")
	if upstream {
		fmt.Fprint(w, "UPSTREAM USD\t")
	}
	fmt.Fprintln(w)
	for _, each := range r.Results {
		fmt.Fprintf(w, "%s\t%s\t%s\t", each.Name, percent(each.Share(each.Outcomes[Served])), count(each.Refused()))
		for _, o := range [...]Outcome{OverQuota, NoRoom, Failed, BrokenOff} {
			n := each.Outcomes[o]
			if o == Failed {
				n += each.Outcomes[Impossible]
			}
			fmt.Fprintf(w, "%s\t", count(n))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t", percent(each.Share(each.Away)), percent(each.Share(each.Retried)),
			seconds(each.First.P50), seconds(each.First.P95), seconds(each.First.P99))
		if queue {
			fmt.Fprintf(w, "%s\t%s\t", percent(each.Share(each.Queued)), seconds(each.Waited.P95))
		}
		if cache {
			fmt.Fprintf(w, "%s\t", percent(float64(each.Cached)/float64(max(each.Read, 1))))
		}
		cost := each.Cost.Fixed(2)
		if each.Unpriced > 0 {
			cost += "*"
		}
		fmt.Fprintf(w, "%s\t", cost)
		if upstream {
			fmt.Fprintf(w, "%.2f\t", each.Upstream)
		}
		fmt.Fprintln(w)
	}
}

// places has a line for each deployment that anyone was asked at.
func (r *Report) places(w io.Writer) {
	fmt.Fprint(w, "\tREGION\tSERVED\tSHARE\tATTEMPTS\tCALLS AT ONCE\tPEAK\tOF\n")
	for _, each := range r.Results {
		name := each.Name
		for _, p := range each.Places {
			bound := "any"
			if p.Bound > 0 {
				bound = strconv.FormatInt(p.Bound, 10)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%.1f\t%d\t%s\n", name, p.label(each.several()), count(p.Served), percent(each.Share(p.Served)),
				count(p.Attempts), p.Mean, p.Peak, bound)
			name = ""
		}
	}
}

// several reports whether the region does not tell deployments apart.
func (r *Result) several() bool {
	seen := map[string]bool{}
	for _, p := range r.Places {
		if seen[string(p.Region)] {
			return true
		}
		seen[string(p.Region)] = true
	}
	return false
}

func (p *PlaceResult) label(long bool) string {
	if long {
		return string(p.Region) + " " + p.Provider + " " + p.Model
	}
	return string(p.Region)
}

// reasons says why calls were refused, and what a reader must know.
func (r *Report) reasons(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	some, unpriced := false, 0
	for _, each := range r.Results {
		unpriced = max(unpriced, each.Unpriced)
		for i, reason := range each.Reasons {
			name := ""
			if i == 0 {
				name = each.Name
			}
			if !some {
				fmt.Fprint(w, "\n\tCALLS\tREFUSED FOR\n")
				some = true
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", name, count(reason.Count), reason.Text)
		}
	}
	if unpriced > 0 {
		fmt.Fprintf(w, "\n* %s calls are of models without a known price and count nothing.\n", count(unpriced))
	}
	for _, note := range r.Notes {
		fmt.Fprintf(w, "\n%s\n", note)
	}
	return w.Flush()
}

// mostReasons is how many reasons of a variant are shown.
const mostReasons = 5

// ranked are the most frequent reasons.
func ranked(counts map[string]int) []Reason {
	all := make([]Reason, 0, len(counts))
	for text, n := range counts {
		all = append(all, Reason{text, n})
	}
	slices.SortFunc(all, func(a, b Reason) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		if a.Text < b.Text {
			return -1
		}
		return 1
	})
	return all[:min(len(all), mostReasons)]
}

// percent is a share with as many places as tell one call in a thousand.
func percent(v float64) string { return strconv.FormatFloat(100*v, 'f', 1, 64) + " %" }

func seconds(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return strconv.FormatFloat(v, 'f', 2, 64) + " s"
}

// count writes thousands apart.
func count(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
