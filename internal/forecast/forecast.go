// Package forecast continues a series of daily figures: it tries its models on the past, takes the one that was least
// wrong there, and tells how far off that one was. It is a pure function of the series; the same series gives the same
// forecast on every machine.
package forecast

import (
	"errors"
	"math"
)

// Season is how many days make a week: the season of everything that people use.
const Season = 7

// MinHistory is the fewest days that can be continued: one week to learn from and one to be tried on.
const MinHistory = 2 * Season

// maxHistory is how many days are looked at. What was further back says little about what comes.
const maxHistory = 26 * Season

// ErrTooShort means that the history has fewer than MinHistory days.
var ErrTooShort = errors.New("the history is too short for a forecast")

// Span is a stretch of days ahead: {0, 1} is the day behind the history, {0, 30} are the thirty behind it.
type Span struct{ From, To int }

// Forecast is what comes behind a history.
type Forecast struct {
	Model  string // the name of the model that was chosen
	days   []float64
	trials *trials
}

// Make continues a history of daily figures, oldest first, none of them negative, by horizon days. The error is
// ErrTooShort.
func Make(history []float64, horizon int) (*Forecast, error) {
	if len(history) < MinHistory {
		return nil, ErrTooShort
	}
	history = history[max(0, len(history)-maxHistory):]
	best, tried := choose(history, horizon)
	return &Forecast{Model: best.name(), days: best.predict(history, horizon), trials: tried}, nil
}

// choose tries every model that the history is long enough for on the second half of the history.
func choose(history []float64, horizon int) (model, *trials) {
	var best model = seasonalNaive{}
	first := max(best.needs(), len(history)/2)
	if alt := (dampedHoltWinters{}); len(history) >= alt.needs()+Season {
		first = max(first, alt.needs())
		naive, damped := try(best, history, first, horizon), try(alt, history, first, horizon)
		// The simple model stays unless the other is clearly better: on a tie it is the one to explain.
		if damped.meanError() < 0.98*naive.meanError() {
			return alt, damped
		}
		return best, naive
	}
	return best, try(best, history, first, horizon)
}

// Mean is what is expected of a span, never less than 0. The span ends within the horizon.
func (f *Forecast) Mean(s Span) float64 {
	sum := 0.0
	for _, day := range f.days[s.From:s.To] {
		sum += day
	}
	return sum
}

// Interval is where a span will lie with a probability of level per cent, 1 to 99. It is as wide as the errors that
// the model made in the past over spans as long and as far ahead; low is never less than 0.
func (f *Forecast) Interval(s Span, level int) (low, high float64) {
	mean, half := f.Mean(s), f.trials.half(s, level)
	return math.Max(0, mean-half), mean + half
}
