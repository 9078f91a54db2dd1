package route

import "math"

// Score is how good a place is for a call. Every part is from 0 to 1, and Total is their weighted sum.
type Score struct {
	Headroom float64 // the free share of the scarcest capacity, less while the place recovers
	Health   float64 // neither fails nor lets callers wait
	Nearness float64 // 1 in the source region, ½ at halfway kilometres
	Price    float64 // 1 for the cheapest candidate, ½ for one at twice its price
	Affinity float64 // 1 where the prompt was last answered
	Order    float64 // 1 for a region's first deployment, ½ for its second
	Spread   float64 // luck, which counts more the less headroom there is: late news must not send everyone to one place

	Total float64
}

// Weights say how much each part of a Score counts.
type Weights struct {
	Headroom float64 `json:"headroom"`
	Health   float64 `json:"health"`
	Nearness float64 `json:"nearness"`
	Price    float64 `json:"price"`
	Affinity float64 `json:"affinity"`
	Order    float64 `json:"order"`
	Spread   float64 `json:"spread"`
}

// Weights of a policy. They add up to 10.
func (p Policy) Weights() Weights {
	switch p {
	case LeastLoaded:
		return Weights{Headroom: 6, Health: 2, Nearness: 0.5, Price: 0, Affinity: 0.5, Order: 0, Spread: 1}
	case Cheapest:
		return Weights{Headroom: 1, Health: 2, Nearness: 0.5, Price: 5, Affinity: 0.5, Order: 0.5, Spread: 0.5}
	case Sticky:
		return Weights{Headroom: 1, Health: 2, Nearness: 0.5, Price: 0.5, Affinity: 5, Order: 0.5, Spread: 0.5}
	}
	return Weights{Headroom: 2, Health: 2, Nearness: 2, Price: 0.5, Affinity: 1.5, Order: 1.5, Spread: 0.5}
}

// halfway is the distance in kilometres at which nearness is ½.
const halfway = 5000

func nearness(km float64) float64 { return halfway / (halfway + km) } // 0 when km is infinite

// weigh adds up the parts.
func (s *Score) weigh(w *Weights) {
	s.Total = w.Headroom*s.Headroom + w.Health*s.Health + w.Nearness*s.Nearness + w.Price*s.Price +
		w.Affinity*s.Affinity + w.Order*s.Order + w.Spread*s.Spread
}

// parts judges every candidate that may be asked, on its own and against the others.
func (q *Query) parts(cs []Candidate) {
	w := q.Settings.Policy.Weights()
	cheapest := math.Inf(1)
	for i := range cs {
		if c := &cs[i]; c.Room <= Crowded && c.Price > 0 {
			cheapest = min(cheapest, c.Price)
		}
	}
	for i := range cs {
		c := &cs[i]
		if c.Room == Absent {
			continue
		}
		c.Score = Score{
			Headroom: c.Headroom * c.Warm, Health: c.Health, Nearness: nearness(c.Distance), Price: 1,
			Affinity: q.affinity(c), Order: 1 / float64(1+c.Position),
		}
		if c.Score.Headroom < 1 {
			c.Score.Spread = (1 - c.Score.Headroom) * share(scatter(q.Random+uint64(i+1)*mix))
		}
		if c.Price > cheapest {
			c.Score.Price = cheapest / c.Price
		}
		c.Score.weigh(&w)
	}
}

// affinity is 1 for the place that last answered the prompt. As long as none is known, prompts are dealt out to the
// places by their hashes, so that all nodes agree on where a prompt goes.
func (q *Query) affinity(c *Candidate) float64 {
	switch {
	case q.Prompt == 0:
		return 0
	case q.last != 0:
		if q.last == c.state.id {
			return 1
		}
		return 0
	case q.Settings.Policy == Sticky:
		return share(scatter(q.Prompt ^ c.hash))
	}
	return 0
}

// share is a hash as a number from 0 to 1.
func share(h uint64) float64 { return float64(h>>11) / (1 << 53) }
