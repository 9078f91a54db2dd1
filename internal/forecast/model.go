package forecast

import "math"

// model is one way to continue a series.
type model interface {
	name() string
	// needs is the fewest days the model can continue.
	needs() int
	// predict continues history by horizon days, none of them negative.
	predict(history []float64, horizon int) []float64
}

// seasonalNaive says that each day will be like the same day of the last week.
type seasonalNaive struct{}

func (seasonalNaive) name() string { return "seasonal naive" }
func (seasonalNaive) needs() int   { return Season }

func (seasonalNaive) predict(history []float64, horizon int) []float64 {
	week := history[len(history)-Season:]
	days := make([]float64, horizon)
	for i := range days {
		days[i] = math.Max(0, week[i%Season])
	}
	return days
}

// dampedHoltWinters smooths a level, a trend that fades, and a share of the week for each of its days. What is added
// for a day of the week does not grow with the level.
type dampedHoltWinters struct{}

func (dampedHoltWinters) name() string { return "damped Holt-Winters" }
func (dampedHoltWinters) needs() int   { return 2 * Season }

func (dampedHoltWinters) predict(history []float64, horizon int) []float64 {
	var best state
	least := math.Inf(1)
	for _, w := range weights {
		if s, wrong := w.run(history, least); wrong < least {
			best, least = s, wrong
		}
	}
	return best.ahead(horizon)
}

// weight is how fast each part of a state follows what is seen, and how slowly the trend fades.
type weight struct{ level, trend, season, damp float64 }

// weights are the combinations that are tried. A finer grid changes forecasts by less than their errors.
var weights = func() (all []weight) {
	for _, level := range []float64{0.05, 0.15, 0.3, 0.5, 0.8} {
		for _, trend := range []float64{0, 0.05, 0.2} {
			for _, season := range []float64{0, 0.1, 0.3} {
				for _, damp := range []float64{0.85, 0.98} {
					if trend == 0 && damp != 0.85 {
						continue // without a trend there is nothing to fade
					}
					all = append(all, weight{level, trend, season, damp})
				}
			}
		}
	}
	return all
}()

// state is what a smoothing knows after a day.
type state struct {
	level, trend, damp float64
	season             [Season]float64
	next               int // which entry of season the next day has
}

// run smooths a history and returns the state at its end with the sum of squared errors of one day ahead. It gives up
// once that passes limit.
func (w weight) run(history []float64, limit float64) (state, float64) {
	s := w.begin(history)
	wrong := 0.0
	for i := Season; i < len(history); i++ {
		at := i % Season
		trend := w.damp * s.trend
		miss := history[i] - (s.level + trend + s.season[at])
		wrong += miss * miss
		if wrong >= limit {
			return s, wrong
		}
		s.level += trend + w.level*miss
		s.trend = trend + w.level*w.trend*miss
		s.season[at] += (1 - w.level) * w.season * miss
	}
	s.next = len(history) % Season
	return s, wrong
}

// begin takes level and season from the first week, and the trend from the first two.
func (w weight) begin(history []float64) state {
	s := state{damp: w.damp}
	first, second := mean(history[:Season]), mean(history[Season:2*Season])
	if w.trend > 0 {
		s.trend = (second - first) / Season
	}
	middle := float64(Season-1) / 2
	for i := range s.season {
		s.season[i] = history[i] - (first + s.trend*(float64(i)-middle))
	}
	s.level = first + s.trend*middle
	return s
}

// ahead continues a state. The trend's share of each further day is damp times that of the one before.
func (s state) ahead(horizon int) []float64 {
	days := make([]float64, horizon)
	level, trend := s.level, s.trend
	for i := range days {
		trend *= s.damp
		level += trend
		days[i] = math.Max(0, level+s.season[(s.next+i)%Season])
	}
	return days
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}
