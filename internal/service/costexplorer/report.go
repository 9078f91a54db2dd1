package costexplorer

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/meter"
)

// report is usage added up by period and group.
type report struct {
	periods  []interval
	groups   []keys           // in the order they came up
	cells    map[cell]*totals // what a period has of a group; none where it has nothing
	accounts map[arn.Account]bool
}

// cell is one group in one period, both by index.
type cell struct{ period, group int }

// report adds up the usage of a query.
func (s *Server) report(ctx context.Context, q query, periods []interval, by []grouping) (*report, error) {
	r := &report{periods: periods, cells: map[cell]*totals{}, accounts: map[arn.Account]bool{}}
	index := map[keys]int{}
	err := s.run(ctx, q, func(sub *subject, group int, l *meter.Line) int {
		if sub != nil {
			r.accounts[sub.Account] = true
			k := keysOf(by, sub)
			known, ok := index[k]
			if !ok {
				known = len(r.groups)
				index[k] = known
				r.groups = append(r.groups, k)
			}
			group = known
		}
		at := cell{find(periods, l.Hour), group}
		t := r.cells[at]
		if t == nil {
			t = new(totals)
			r.cells[at] = t
		}
		t.add(l)
		return group
	})
	return r, err
}

// entry is one group of a period.
type entry struct {
	keys   keys
	totals *totals
}

// entries are the groups of every period in the order of their keys.
func (r *report) entries() [][]entry {
	out := make([][]entry, len(r.periods))
	for at, t := range r.cells {
		out[at.period] = append(out[at.period], entry{r.groups[at.group], t})
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b entry) int { return a.keys.compare(b.keys) })
	}
	return out
}

// compare orders keys byte by byte, the first one first.
func (k keys) compare(o keys) int {
	return cmp.Or(strings.Compare(k[0], o[0]), strings.Compare(k[1], o[1]))
}
