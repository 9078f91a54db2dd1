package budget

import (
	"fmt"
	"math/big"
	"strconv"
	"time"

	"github.com/outcrop/outcrop/internal/money"
)

// Against is the figure that a threshold is held against.
type Against string

// Actual is what was spent, Forecasted what the period is expected to come to.
const (
	Actual     Against = "ACTUAL"
	Forecasted Against = "FORECASTED"
)

// Operator is how a figure is compared with a threshold.
type Operator string

// The operators.
const (
	GreaterThan Operator = "GREATER_THAN"
	LessThan    Operator = "LESS_THAN"
	EqualTo     Operator = "EQUAL_TO"
)

// Scale is what a threshold is in.
type Scale string

// Percentage is of the limit, Absolute in the budget's measure.
const (
	Percentage Scale = "PERCENTAGE"
	Absolute   Scale = "ABSOLUTE_VALUE"
)

// Notification is when somebody wants to be told. It has no name: notifications of a budget are told apart by their
// values, which can be compared with ==.
type Notification struct {
	Against   Against  `json:"against"`
	Operator  Operator `json:"operator"`
	Threshold float64  `json:"threshold"`
	Scale     Scale    `json:"scale"` // never empty
}

// String is the notification in a few words: "ACTUAL GREATER_THAN 80 PERCENTAGE".
func (n Notification) String() string {
	return fmt.Sprintf("%s %s %s %s", n.Against, n.Operator, strconv.FormatFloat(n.Threshold, 'f', -1, 64), n.Scale)
}

// Crossed reports whether the figures of a budget are where the notification says. It is exact: a threshold of 80 % of
// 100 dollars is crossed by 80.000000000001.
func (n Notification) Crossed(s *Status) bool {
	if !s.Active || n.Against == Forecasted && !s.Foreseen {
		return false
	}
	figure := s.Spent
	if n.Against == Forecasted {
		figure = s.Forecast
	}
	c := fraction(figure).Cmp(n.level(s.Limit))
	switch n.Operator {
	case LessThan:
		return c < 0
	case EqualTo:
		return c == 0
	}
	return c > 0
}

// level is the threshold in the budget's measure.
func (n Notification) level(limit money.Amount) *big.Rat {
	level, ok := new(big.Rat).SetString(strconv.FormatFloat(n.Threshold, 'f', -1, 64))
	if !ok {
		level = new(big.Rat) // no number at all, which whoever wrote it has been told
	}
	if n.Scale == Absolute {
		return level
	}
	return level.Mul(level, fraction(limit)).Quo(level, big.NewRat(100, 1))
}

func fraction(a money.Amount) *big.Rat {
	return new(big.Rat).SetFrac(whole(a), big.NewInt(picoPerOne))
}

// Alarm is how a notification, or the threshold of an action, stands. It is kept, so that nobody is told twice after a
// restart.
type Alarm struct {
	On     bool      `json:"on,omitzero"`
	Period time.Time `json:"period,omitzero"` // the beginning of the one it is about
	Times  int       `json:"times,omitzero"`  // how often it went on in the period
}

// Step is how the alarm stands next, given where the figures are. It fires when the threshold is crossed, once: again
// only when the figures have been on the other side meanwhile, or in the next period. A forecast, which may go back and
// forth around a threshold, fires once a period.
func (a Alarm) Step(n Notification, s *Status) (next Alarm, fires bool) {
	if !s.Active {
		return a, false
	}
	if !a.Period.Equal(s.Period.Start) {
		a = Alarm{Period: s.Period.Start}
	}
	crossed := n.Crossed(s)
	fires = crossed && !a.On && (n.Against == Actual || a.Times == 0)
	if a.On = crossed; fires {
		a.Times++
	}
	return a, fires
}

// State is the alarm as the API tells it, at a moment in a period.
func (a Alarm) State(p Period) string {
	if a.On && a.Period.Equal(p.Start) {
		return "ALARM"
	}
	return "OK"
}
