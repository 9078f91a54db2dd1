package budget

import (
	"iter"
	"slices"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/meter"
)

// index finds the budgets that a call may concern, without asking the thousands that it cannot.
type index struct {
	management arn.Account
	accounts   map[arn.Account]*shelf // by the budget's owner
}

// shelf has the budgets of one account by their anchors.
type shelf struct {
	loose   []*entry // without an anchor
	anchors []*anchored
}

// anchored are the budgets that are anchored at one key.
type anchored struct {
	tag     bool
	key     string
	byValue map[string][]*entry
}

func newIndex(management arn.Account, all map[Key]*entry) index {
	x := index{management, map[arn.Account]*shelf{}}
	for _, e := range all {
		x.put(e)
	}
	return x
}

func (s *shelf) put(e *entry) {
	a := e.filter.anchor
	if a.key == "" {
		s.loose = append(s.loose, e)
		return
	}
	i := slices.IndexFunc(s.anchors, func(at *anchored) bool { return at.tag == a.tag && at.key == a.key })
	if i < 0 {
		i = len(s.anchors)
		s.anchors = append(s.anchors, &anchored{a.tag, a.key, map[string][]*entry{}})
	}
	values := slices.Compact(slices.Sorted(slices.Values(a.values)))
	for _, v := range values {
		s.anchors[i].byValue[v] = append(s.anchors[i].byValue[v], e)
	}
}

// near yields the budgets to ask: those of the subject's account, and of the management account, which sees all usage.
func (x *index) near(s *meter.Subject) iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		if !x.accounts[s.Account].near(s, yield) || s.Account == x.management {
			return
		}
		x.accounts[x.management].near(s, yield)
	}
}

func (s *shelf) near(of *meter.Subject, yield func(*entry) bool) bool {
	if s == nil {
		return true
	}
	for _, e := range s.loose {
		if !yield(e) {
			return false
		}
	}
	for _, a := range s.anchors {
		value := ""
		if a.tag {
			value = of.Tag(a.key)
		} else {
			value = of.Dimension(a.key)
		}
		for _, e := range a.byValue[value] {
			if !yield(e) {
				return false
			}
		}
	}
	return true
}

// put adds one budget.
func (x *index) put(e *entry) {
	s := x.accounts[e.def.Account]
	if s == nil {
		s = &shelf{}
		x.accounts[e.def.Account] = s
	}
	s.put(e)
}
