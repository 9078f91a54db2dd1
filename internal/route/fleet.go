package route

import (
	"math"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// Facts are what a Fleet needs to know of the world. Everything may be left out.
type Facts struct {
	Regions []arn.Region // between which there are distances
	// Distance is in kilometres, infinite when unknown.
	Distance func(a, b arn.Region) float64
	// Price is what a million tokens of a model cost in a region, for deployments that do not say; 0 when unknown.
	Price func(model string, region arn.Region) float64
}

// Fleet is a table together with the states of its deployments. It is immutable; its states are not. It is safe for
// concurrent use, starts nothing and asks no clock.
type Fleet struct {
	table     *Table
	orders    *Orders
	tuning    Tuning
	states    []*State
	prices    []float64
	hashes    []uint64
	region    map[arn.Region]int // its number
	at        []int              // the number of each deployment's region
	distances [][]float64        // in kilometres, by numbers from and to; nil: unknown
	byKey     map[Key]*State
	counted   map[string]bool // models with a deployment that has a limit of tokens
	memory    *memory
	spills    *spills
	lastID    uint32
}

// NewFleet makes the states of a table's deployments. Those that before, which may be nil, has by the same Key are taken
// over with all they have learned, and what runs on them goes on.
func NewFleet(t *Table, o *Orders, tuning Tuning, facts Facts, before *Fleet) *Fleet {
	if o == nil {
		o = NewOrders(nil)
	}
	f := &Fleet{table: t, orders: o, tuning: tuning.filled(), byKey: make(map[Key]*State, len(t.all)), counted: map[string]bool{}, memory: &memory{}, spills: &spills{}}
	if before != nil {
		f.memory, f.spills, f.lastID = before.memory, before.spills, before.lastID
	}
	f.states, f.at = make([]*State, len(t.all)), make([]int, len(t.all))
	f.prices, f.hashes = make([]float64, len(t.all)), make([]uint64, len(t.all))
	for i, d := range t.all {
		f.states[i] = f.adopt(d, before)
		f.hashes[i] = d.hash()
		if d.TokensPerMinute > 0 {
			f.counted[d.Model] = true
		}
		if f.prices[i] = d.Price; f.prices[i] == 0 && facts.Price != nil {
			f.prices[i] = facts.Price(d.Model, d.Region)
		}
	}
	f.measure(facts)
	return f
}

// adopt is the state of a deployment: its own of before, or a new one. Two deployments with one key share a state.
func (f *Fleet) adopt(d *Deployment, before *Fleet) *State {
	key := d.Key()
	if s := f.byKey[key]; s != nil {
		return s
	}
	if before != nil {
		if s := before.byKey[key]; s != nil {
			s.resize(d.Capacity, f.tuning)
			f.byKey[key] = s
			return s
		}
	}
	f.lastID++
	s := newState(f.lastID, d.Capacity, f.tuning)
	f.byKey[key] = s
	return s
}

// measure works out all distances between regions.
func (f *Fleet) measure(facts Facts) {
	f.region = make(map[arn.Region]int, len(facts.Regions))
	for i, r := range facts.Regions {
		f.region[r] = i
	}
	for i, d := range f.table.all {
		at, known := f.region[d.Region]
		if !known {
			at = len(facts.Regions)
		}
		f.at[i] = at
	}
	if facts.Distance == nil {
		return
	}
	for _, from := range facts.Regions {
		row := make([]float64, 0, len(facts.Regions)+1)
		for _, to := range facts.Regions {
			row = append(row, facts.Distance(from, to))
		}
		f.distances = append(f.distances, append(row, math.Inf(1)))
	}
}

// Table is what the fleet was made of.
func (f *Fleet) Table() *Table { return f.table }

// Orders are the operator's.
func (f *Fleet) Orders() *Orders { return f.orders }

// CountsTokens reports whether a Query for the model needs to know its tokens.
func (f *Fleet) CountsTokens(model string) bool { return f.counted[model] }

// State is what a deployment of the fleet's table does.
func (f *Fleet) State(d *Deployment) *State { return f.states[d.Index] }

// Plan looks at every place that may serve a call, and decides. What p held before is lost.
func (f *Fleet) Plan(now time.Time, q *Query, p *Plan) {
	if q.Prompt != 0 {
		q.last = f.memory.find(now, q.Prompt, f.tuning.Remember)
	}
	p.Candidates, p.noted, p.again = p.Candidates[:0], 0, q.Waited
	var row []float64
	if at, known := f.region[q.Source]; known && f.distances != nil {
		row = f.distances[at]
	}
	served := f.table.at[q.Model]
	for _, r := range q.Destinations {
		here := served[r]
		if len(here) == 0 {
			*p.next() = Candidate{Region: r, View: View{Room: Absent}, Distance: math.Inf(1)}
			continue
		}
		closed := q.Settings.Permits(r)
		for i, d := range here {
			c := p.next()
			*c = Candidate{
				Region: r, Deployment: d, Position: i, Source: r == q.Source,
				Price: f.prices[d.Index], hash: f.hashes[d.Index], state: f.states[d.Index],
			}
			if q.Waited {
				c.state.again(now, q.Tokens, &c.View)
			} else {
				c.state.look(now, q.Tokens, &c.View)
			}
			c.was = c.Strained
			if closed != Free {
				c.Room = closed
			}
			if row != nil && !c.Source {
				c.Distance = row[f.at[d.Index]]
			}
		}
	}
	Decide(q, p)
	f.strain(now, p)
}

// strain keeps what a decision found out of its candidates.
func (f *Fleet) strain(now time.Time, p *Plan) {
	for _, i := range p.Order {
		c := &p.Candidates[i]
		if c.Strained != c.was {
			c.state.strain(now, c.Strained)
		}
	}
}

// Begin takes room at a candidate of a plan for an attempt, if there still is as much as the plan found: one that was
// Free then and is Crowded now is not taken. The returned Room is what there is now.
func (f *Fleet) Begin(now time.Time, c *Candidate, a Attempt) (Lease, Room) {
	a.Most = c.Room
	a.Spilled = !c.Source
	l, room := c.state.Begin(now, a)
	c.asked = room <= c.Room
	return l, room
}

// Refused notes that a candidate of a plan was asked in vain, and when it may have room again.
func (f *Fleet) Refused(now time.Time, q *Query, c *Candidate) {
	c.Until = c.state.View(now, q.Tokens).Until
}

// Served notes that a call found its answer at a candidate: prompts that begin alike will find the place again, and the
// deployment of the source region that did not serve it counts that.
func (f *Fleet) Served(now time.Time, q *Query, p *Plan, by *Candidate) {
	if q.Prompt != 0 {
		f.memory.remember(now, q.Prompt, by.state.id)
	}
	if by.Source {
		return
	}
	f.spills.add(q.Source, by.Region)
	for i := range p.Candidates {
		if c := &p.Candidates[i]; c.Source && c.state != nil {
			c.state.spilledOut()
			return
		}
	}
}
