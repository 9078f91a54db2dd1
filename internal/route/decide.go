package route

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// Query is a call as far as its routing goes.
type Query struct {
	Model        string
	Source       arn.Region
	Destinations []arn.Region // by distance from the source, itself first where it is one
	Settings     *Settings
	// Tokens are the input and the longest answer.
	Tokens int64
	// Prompt is a Prefix's Sum, 0 when nothing is to be gained from caches.
	Prompt uint64
	// Random decides what is left to luck: the same number, the same decision.
	Random uint64
	// Waited says that the call has waited in the queue and now is its turn.
	Waited bool

	last uint32 // id of the state that last answered the prompt
}

// Candidate is one deployment, or one destination without any, as a decision sees it.
type Candidate struct {
	Region     arn.Region
	Deployment *Deployment // nil when Room is Absent
	View
	Score    Score
	Distance float64 // kilometres from the source
	Price    float64 // USD for a million tokens; 0: unknown
	Position int     // among the deployments of its region, from 0
	Source   bool    // it is in the source region

	state *State
	hash  uint64
	was   bool // strained before the decision
	asked bool
	rank  uint8
}

// Reason says in a word why the first candidate is the first.
type Reason string

// The reasons of a decision.
const (
	BySource    Reason = "source"    // the source region has room
	ByScore     Reason = "score"     // the best score
	ByProbe     Reason = "probe"     // it failed for a while, and may show that it works again
	ByDraw      Reason = "draw"      // the better of two drawn at random
	ByNecessity Reason = "necessity" // no place is free, and this one only crowded
	ByNothing   Reason = "no-room"   // no place may be asked
)

// Plan is a decision: everything that was considered, and what is to be asked in which order. Its memory can be used again.
type Plan struct {
	Candidates []Candidate // as the destinations are ordered, and in each as the operator ordered its deployments
	Order      []uint16    // those Candidates that may be asked, best first
	Why        Reason      // of the first

	noted int  // candidates that are in a trail, if they belong there
	again bool // the call has had a plan before

	sourceFirst bool
}

// Get returns the i-th candidate to ask, or nil behind the last.
func (p *Plan) Get(i int) *Candidate {
	if i >= len(p.Order) {
		return nil
	}
	return &p.Candidates[p.Order[i]]
}

// next is one more candidate, in memory that may have been used before.
func (p *Plan) next() *Candidate {
	n := len(p.Candidates)
	if n < cap(p.Candidates) {
		p.Candidates = p.Candidates[:n+1]
	} else {
		p.Candidates = append(p.Candidates, Candidate{})
	}
	return &p.Candidates[n]
}

// Decide orders the candidates of a plan that may be asked. It looks at nothing but its arguments, and changes nothing
// but the plan's order and its candidates' scores and strain.
//
// Free places come before crowded ones. Among free ones the policy decides: with SourceFirst the source region comes
// first while it is not strained. Then come places whose breaker is half open, because only a call can show that they work
// again, then all others by score.
func Decide(q *Query, p *Plan) {
	q.parts(p.Candidates)
	strain(p.Candidates)
	p.Order, p.Why = p.Order[:0], ByNothing
	p.sourceFirst = q.Settings.Policy == SourceFirst
	for i := range p.Candidates {
		if c := &p.Candidates[i]; c.Room <= Crowded {
			c.rank = c.ranked(q)
			p.insert(uint16(i))
		}
	}
	if len(p.Order) == 0 {
		return
	}
	p.Why = p.Get(0).reason()
	if q.Settings.Policy == LeastLoaded && p.draw(q) {
		p.Why = ByDraw
	}
}

// insert puts a candidate into the order, behind those that are as good.
func (p *Plan) insert(i uint16) {
	p.Order = append(p.Order, i)
	for at := len(p.Order) - 1; at > 0; at-- {
		if !p.Candidates[i].before(&p.Candidates[p.Order[at-1]]) {
			return
		}
		p.Order[at], p.Order[at-1] = p.Order[at-1], p.Order[at]
	}
}

// The ranks of candidates that may be asked, best first.
const (
	rankSource uint8 = iota
	rankProbe
	rankFree
	rankCrowded
)

func (c *Candidate) ranked(q *Query) uint8 {
	switch {
	case c.Room == Crowded:
		return rankCrowded
	case c.Source && q.Settings.Policy == SourceFirst && !c.Strained && c.welcome(q):
		return rankSource
	case c.Breaker == HalfOpen:
		return rankProbe
	}
	return rankFree
}

// welcome reports whether a source region that recovers gets this call: at first few, then more and more.
func (c *Candidate) welcome(q *Query) bool {
	return c.Warm >= 1 || c.Breaker == HalfOpen || share(scatter(q.Random)) < c.Warm
}

func (c *Candidate) before(other *Candidate) bool {
	if c.rank != other.rank {
		return c.rank < other.rank
	}
	return c.Score.Total > other.Score.Total
}

func (c *Candidate) reason() Reason {
	switch c.rank {
	case rankSource:
		return BySource
	case rankProbe:
		return ByProbe
	case rankCrowded:
		return ByNecessity
	}
	return ByScore
}

// draw moves the better of two free candidates drawn at random to the front, when there are more than two: a place whose
// figures are out of date cannot draw all calls then.
func (p *Plan) draw(q *Query) bool {
	free := 0
	for free < len(p.Order) && p.Get(free).rank == rankFree {
		free++
	}
	if free < 3 {
		return false
	}
	a := int(scatter(q.Random^mix) % uint64(free))
	b := int(scatter(q.Random+mix) % uint64(free-1))
	if b >= a {
		b++
	}
	best := min(a, b) // they are in order
	front := p.Order[best]
	copy(p.Order[1:best+1], p.Order[:best])
	p.Order[0] = front
	return true
}

// A candidate is strained when its health is below strainAt times that of the healthiest one, and is so until it is above
// easeAt times: between the two nothing changes, so that calls do not swing to and fro.
const (
	strainAt = 0.5
	easeAt   = 0.8
)

func strain(cs []Candidate) {
	best := 0.0
	for i := range cs {
		if cs[i].Room <= Crowded {
			best = max(best, cs[i].Health)
		}
	}
	for i := range cs {
		c := &cs[i]
		switch {
		case c.Room > Crowded:
		case c.Health < strainAt*best:
			c.Strained = true
		case c.Health > easeAt*best:
			c.Strained = false
		}
	}
}

// Soonest is when one of the candidates may have room without another call's end, and false when nothing is known.
func (p *Plan) Soonest() (at time.Time, known bool) {
	for i := range p.Candidates {
		c := &p.Candidates[i]
		if c.Room <= Crowded && !c.asked || c.Room >= Drained || c.Until.IsZero() {
			continue
		}
		if !known || c.Until.Before(at) {
			at, known = c.Until, true
		}
	}
	return at, known
}

// Clone is a copy of the plan that shares no memory with it.
func (p *Plan) Clone() Plan {
	out := *p
	out.Candidates = append([]Candidate(nil), p.Candidates...)
	out.Order = append([]uint16(nil), p.Order...)
	return out
}
