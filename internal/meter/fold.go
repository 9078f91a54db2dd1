package meter

import (
	"iter"

	"github.com/outcrop/outcrop/internal/catalog"
)

// RecordType is the RECORD_TYPE of everything that calls cost.
const RecordType = "Usage"

// Lines is the record as entries of the hourly rollups: one for each class that was used, none for a call that costs
// nothing because of its outcome.
func (n *Names) Lines(r *Record) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		counts, sane := r.Counts.Sane()
		sums := Sums{Calls: 1}
		if r.Estimated || !sane {
			sums.Estimated = 1
		}
		for key, class := range n.keys(r) {
			sums.Count, sums.Cost, sums.Unpriced = counts[class], r.Costs[class], unpriced(r.Charge, class)
			if !yield(Line{key, sums}) {
				return
			}
			sums.Calls = 0
		}
	}
}

// Adjust is what turns the rollups of a record into those of the same record with another charge: the differences
// between the costs, which may be negative. The counts stay.
func (n *Names) Adjust(r *Record, now Charge) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for key, class := range n.keys(r) {
			sums := Sums{Cost: now.Costs[class].Sub(r.Costs[class])}
			sums.Unpriced = unpriced(now, class) - unpriced(r.Charge, class)
			if sums != (Sums{}) && !yield(Line{key, sums}) {
				return
			}
		}
	}
}

// unpriced is 1 for a class that was used and counted at 0 for want of a price.
func unpriced(c Charge, class catalog.Class) int64 {
	if c.Unpriced && c.Costs[class].IsZero() {
		return 1
	}
	return 0
}

// keys are the keys of a record's lines by class.
func (n *Names) keys(r *Record) iter.Seq2[Key, catalog.Class] {
	return func(yield func(Key, catalog.Class) bool) {
		counts, _ := r.Counts.Sane()
		if !r.Outcome.Billable() || counts == (Counts{}) {
			return
		}
		names, prefix := n.of(r.Model), regionPrefix(r.Source)
		key := Key{HourOf(r.At), n.Common(&r.Usage)}
		key.Tags = r.TagSet()
		for class := range catalog.Class(catalog.Classes) {
			if counts[class] == 0 {
				continue
			}
			key.Class = class
			key.UsageType, key.Unit = names.usageType(&r.Usage, prefix, class), names.unit(class)
			if !yield(key, class) {
				return
			}
		}
	}
}

// Rollup is hourly sums. Folding records and merging rollups in any order gives the same.
type Rollup map[Key]*Sums

// Add folds lines in. A key whose sums have become nothing at all stays, with nothing.
func (u Rollup) Add(lines iter.Seq[Line]) {
	for l := range lines {
		if s := u[l.Key]; s != nil {
			*s = s.Add(l.Sums)
		} else {
			sums := l.Sums
			u[l.Key] = &sums
		}
	}
}

// Merge folds another rollup in.
func (u Rollup) Merge(o Rollup) { u.Add(o.Lines()) }

// Lines are the entries, in no order.
func (u Rollup) Lines() iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for k, s := range u {
			if !yield(Line{k, *s}) {
				return
			}
		}
	}
}

// Total is the sum of everything.
func (u Rollup) Total() (t Sums) {
	for _, s := range u {
		t = t.Add(*s)
	}
	return t
}
