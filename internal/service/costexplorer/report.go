package costexplorer

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/store"
)

// report is an answer in the making: usage added up by period and group.
type report struct {
	*reading
	granularity api.Granularity
	periods     []interval
	by          []grouping
	metrics     []string
	now         time.Time

	groups   []keys // in the order they came up
	index    map[keys]int
	accounts map[arn.Account]bool // that the answer is about
}

// newReport begins a report of a query.
func (s *Server) newReport(q query, in *api.GetCostAndUsageRequest, periods []interval, by []grouping, now time.Time) *report {
	r := &report{
		granularity: in.Granularity, periods: periods, by: by, metrics: in.Metrics, now: now,
		index: map[keys]int{}, accounts: map[arn.Account]bool{},
	}
	r.reading = s.reader(q, r.group)
	return r
}

// group is the number of the group that a subject is in.
func (r *report) group(sub *meter.Subject) int {
	r.accounts[sub.Account] = true
	k := keysOf(r.by, sub)
	at, ok := r.index[k]
	if !ok {
		at = len(r.groups)
		r.index[k] = at
		r.groups = append(r.groups, k)
	}
	return at
}

// entry is one group of a period.
type entry struct {
	keys   keys
	totals *totals
}

// period adds up one period and returns its groups in the order of their keys. A group without usage is not there.
func (r *report) period(ctx context.Context, span interval) ([]entry, error) {
	sums := map[int]*totals{}
	err := r.read(ctx, span, func(group int, u meter.Unit, c store.Counters) {
		t := sums[group]
		if t == nil {
			t = new(totals)
			sums[group] = t
		}
		t.add(u, c)
	})
	list := make([]entry, 0, len(sums))
	for group, t := range sums {
		list = append(list, entry{r.groups[group], t})
	}
	slices.SortFunc(list, func(a, b entry) int { return a.keys.compare(b.keys) })
	return list, err
}

// compare orders keys byte by byte, the first one first.
func (k keys) compare(o keys) int {
	return cmp.Or(strings.Compare(k[0], o[0]), strings.Compare(k[1], o[1]))
}

// pageSize is how many periods and groups one answer has at most.
const pageSize = 5000

// page is the answer that begins at from, and where the next one begins. A period is split only when its groups fill
// more than a page.
func (r *report) page(ctx context.Context, from position) (results []api.ResultByTime, next position, more bool, err error) {
	results = []api.ResultByTime{}
	room := pageSize
	for i := from.index; i < len(r.periods); i++ {
		if room == 0 {
			return results, position{index: i}, true, nil
		}
		list, err := r.period(ctx, r.periods[i])
		if err != nil {
			return nil, position{}, false, err
		}
		if i == from.index {
			list = behind(list, from.after)
		}
		shown := 1 // what the period takes of the page
		if len(r.by) > 0 {
			shown += len(list)
		}
		switch {
		case shown <= room:
			results = append(results, r.result(i, list))
			room -= shown
		case len(results) > 0:
			return results, position{index: i}, true, nil
		default:
			list = list[:room-1]
			last := list[len(list)-1].keys
			return append(results, r.result(i, list)), position{i, last[:]}, true, nil
		}
	}
	return results, position{}, false, nil
}

// behind are the entries behind some keys; no keys are before all.
func behind(list []entry, after []string) []entry {
	if len(after) != maxGroupings {
		return list
	}
	at, found := slices.BinarySearchFunc(list, keys(after), func(e entry, k keys) int { return e.keys.compare(k) })
	if found {
		at++
	}
	return list[at:]
}

// result is one period of an answer. With groups its total is empty, and without them it has no groups.
func (r *report) result(i int, list []entry) api.ResultByTime {
	out := api.ResultByTime{
		TimePeriod: r.periods[i].wire(r.granularity), Estimated: new(open(r.periods[i].start, r.now)),
		Total: map[string]api.MetricValue{}, Groups: []api.Group{},
	}
	if len(r.by) == 0 {
		all := new(totals)
		if len(list) > 0 {
			all = list[0].totals
		}
		out.Total = all.wire(r.metrics)
		return out
	}
	for _, e := range list {
		out.Groups = append(out.Groups, api.Group{Keys: e.keys[:len(r.by)], Metrics: e.totals.wire(r.metrics)})
	}
	return out
}
