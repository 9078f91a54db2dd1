// Package trace holds the calls of a simulation: read from a file, or made by a generator with a seed.
package trace

import (
	"cmp"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// Call is one inference call of a trace. It is small: traces of millions are kept in memory.
type Call struct {
	At      time.Duration // since the trace's first call
	Input   int32         // tokens
	Output  int32         // tokens that the model will answer with
	Max     int32         // the maxTokens asked for; 0: the caller sets none
	Session uint32        // calls of one conversation share a number; 0: none
	Target  uint16        // index in Trace.Targets
}

// Target is what a call asks for, and from where. An empty field leaves it to the scenario.
type Target struct {
	Identifier string     // of a model or profile, as a caller writes it
	Source     arn.Region // the region called from
}

// Trace is a run of calls by time.
type Trace struct {
	Name    string // of the file, or of the generator
	Calls   []Call
	Targets []Target // never empty; the first leaves everything to the scenario

	// LeftOut counts rows without output tokens: calls that had failed when the trace was taken.
	LeftOut int
}

// Duration is the time from the first call to the last.
func (t *Trace) Duration() time.Duration {
	if len(t.Calls) == 0 {
		return 0
	}
	return t.Calls[len(t.Calls)-1].At
}

// Shape changes a trace for an experiment. The zero Shape changes nothing.
type Shape struct {
	Speed float64 // 2 plays it in half the time; 0 is 1
	Limit int     // only so many of its first calls; 0: all
	Max   int     // maxTokens of calls that set none; 0: they stay without
}

// Reshape returns the trace in another shape. The calls of t are not changed.
func (t *Trace) Reshape(s Shape) *Trace {
	out := *t
	if s.Limit > 0 && s.Limit < len(out.Calls) {
		out.Calls = out.Calls[:s.Limit]
	}
	out.Calls = slices.Clone(out.Calls)
	for i := range out.Calls {
		c := &out.Calls[i]
		if s.Speed > 0 {
			c.At = time.Duration(float64(c.At) / s.Speed)
		}
		if c.Max == 0 {
			c.Max = int32(s.Max)
		}
	}
	return &out
}

// settle puts the calls in order and lets the first one begin at 0.
func (t *Trace) settle() {
	slices.SortStableFunc(t.Calls, func(a, b Call) int { return cmp.Compare(a.At, b.At) })
	if len(t.Calls) == 0 {
		return
	}
	first := t.Calls[0].At
	for i := range t.Calls {
		t.Calls[i].At -= first
	}
}
