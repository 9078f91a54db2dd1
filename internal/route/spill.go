package route

import (
	"cmp"
	"slices"
	"sync"

	"github.com/outcrop/outcrop/internal/arn"
)

// Spill is how many calls of a source region another region has served.
type Spill struct {
	Source, Region arn.Region
	Calls          int64
}

// spills counts who served whose calls. There are as many entries as pairs of regions that met.
type spills struct {
	mu    sync.Mutex
	calls map[[2]arn.Region]int64
}

func (s *spills) add(source, region arn.Region) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls = map[[2]arn.Region]int64{}
	}
	s.calls[[2]arn.Region{source, region}]++
}

// Spills lists who has served whose calls, by source and region.
func (f *Fleet) Spills() []Spill {
	f.spills.mu.Lock()
	defer f.spills.mu.Unlock()
	out := make([]Spill, 0, len(f.spills.calls))
	for pair, n := range f.spills.calls {
		out = append(out, Spill{pair[0], pair[1], n})
	}
	slices.SortFunc(out, func(a, b Spill) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Region, b.Region))
	})
	return out
}
