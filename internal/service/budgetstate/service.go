// Package budgetstate shows how budgets stand at the moment, what running calls hold of them, and what the past advises, in
// a small JSON API of Outcrop's own: AWS has no call that tells.
package budgetstate

import (
	"cmp"
	"context"
	"iter"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

// Budgets is where budgets are held.
type Budgets interface {
	// Budgets are the keys of an account's budgets, or of all for the empty account.
	Budgets(of arn.Account) []budget.Key
	// Status is how a budget stands now.
	Status(key budget.Key) (budget.Status, bool)
	// Reservations are what running calls hold of an account's budgets, or of all, the oldest first.
	Reservations(of arn.Account) []budget.Reservation
}

// Options are what the API is made of.
type Options struct {
	Budgets Budgets
	// Management is the account that sees every other one's budgets; others see their own. It is asked once a request.
	Management func() arn.Account
	// Calls yields the usage records since a moment, of one account or of all for the empty one.
	Calls func(ctx context.Context, of arn.Account, since time.Time) iter.Seq2[*meter.Record, error]
}

// Budget is how one budget stands.
type Budget struct {
	Account     arn.Account     `json:"account"`
	Name        string          `json:"name"`
	Type        budget.Kind     `json:"type"`
	TimeUnit    budget.TimeUnit `json:"timeUnit"`
	Measure     string          `json:"measure"` // what amounts are in: "USD"
	Enforcement string          `json:"enforcement"`
	PeriodStart time.Time       `json:"periodStart"`
	PeriodEnd   time.Time       `json:"periodEnd"`
	Limit       money.Amount    `json:"limit"`
	Spent       money.Amount    `json:"spent"`
	Held        money.Amount    `json:"held"`
	Calls       int             `json:"calls"`  // that run
	Beyond      money.Amount    `json:"beyond"` // what they may cost beyond what they hold
	Refused     int64           `json:"refused"`
	// Forecast is what the period will come to; it is left out when too little is known.
	Forecast *money.Amount `json:"forecast,omitzero"`
	// PerHour is what may be spent in an hour, and LastHour what was; they are left out without such a limit.
	PerHour  *money.Amount `json:"perHour,omitzero"`
	LastHour *money.Amount `json:"lastHour,omitzero"`
	// Daily is what was spent on each day of the period so far.
	Daily []money.Amount `json:"daily"`
}

// Reservation is what one running call holds of one budget.
type Reservation struct {
	Budget       string       `json:"budget"`  // its name
	Owner        arn.Account  `json:"owner"`   // of the budget
	Account      arn.Account  `json:"account"` // of the call
	RequestID    string       `json:"requestId"`
	Principal    string       `json:"principal"`
	Model        string       `json:"model"`
	Profile      string       `json:"profile,omitzero"`
	Since        time.Time    `json:"since"`
	Held         money.Amount `json:"held"`
	Measure      string       `json:"measure"`
	OutputTokens int64        `json:"outputTokens"` // that are held
}

// Advice is what the calls of one profile and model would need, going by those of the past.
type Advice struct {
	Profile   string       `json:"profile,omitzero"`
	Model     string       `json:"model"`
	Calls     int64        `json:"calls"`
	Days      int          `json:"days"`
	Spent     money.Amount `json:"spent"`
	Monthly   money.Amount `json:"monthlyLimit"`
	Hourly    money.Amount `json:"hourlyLimit"`
	Median    int64        `json:"medianOutput"`
	Most99    int64        `json:"output99"`
	Longest   int64        `json:"longestOutput"`
	MaxTokens int64        `json:"maxTokens"`
}

// The answers.
type (
	BudgetList struct {
		At      time.Time   `json:"at"`
		Caller  arn.Account `json:"caller"` // the account that asks
		Budgets []Budget    `json:"budgets"`
	}
	ReservationList struct {
		At           time.Time     `json:"at"`
		Reservations []Reservation `json:"reservations"`
	}
	AdviceList struct {
		Since  time.Time `json:"since"`
		Advice []Advice  `json:"advice"`
	}
)

const path = "/outcrop/v1/budgets"

// NewService is the table of operations, with errors in the form of Bedrock's.
func NewService(o Options) *awswire.Service {
	operation := func(name, path string, answer func(context.Context, *awswire.Request) (any, error)) awswire.Operation {
		return awswire.Operation{Name: name, Method: "GET", Path: path, Handle: func(ctx context.Context, r *awswire.Request, w *awswire.Response) error {
			out, err := answer(ctx, r)
			if err != nil {
				return err
			}
			body, err := json.Marshal(out)
			if err != nil {
				return err
			}
			return w.JSON(200, body)
		}}
	}
	s := awswire.NewService("outcrop-budgets", awswire.RESTJSON{},
		operation("ListBudgets", path, o.list), operation("ListReservations", path+"/reservations", o.reservations),
		operation("AdviseBudgets", path+"/advice", o.advise))
	s.Under = []string{path}
	return s
}

// visible is whose budgets a caller sees: its own, or with the empty account those of all.
func (o *Options) visible(r *awswire.Request) arn.Account {
	if caller := r.Call.Principal.Account; caller != o.Management() {
		return caller
	}
	return ""
}

func (o *Options) list(_ context.Context, r *awswire.Request) (any, error) {
	if err := cmp.Or(r.Err(), r.Permit(nil)); err != nil {
		return nil, err
	}
	now := r.Call.Arrived.UTC()
	out := BudgetList{At: now, Caller: r.Call.Principal.Account, Budgets: []Budget{}}
	for _, k := range o.Budgets.Budgets(o.visible(r)) {
		if s, ok := o.Budgets.Status(k); ok {
			out.Budgets = append(out.Budgets, budgetOf(&s, now))
		}
	}
	return out, nil
}

func budgetOf(s *budget.Status, now time.Time) Budget {
	d := s.Definition
	b := Budget{
		Account: d.Account, Name: d.Name, Type: d.Kind, TimeUnit: d.Unit, Measure: d.Measure, Enforcement: s.Enforcement.String(),
		PeriodStart: s.Period.Start, PeriodEnd: s.Period.End, Limit: s.Limit, Spent: s.Spent, Held: s.Held, Calls: s.Calls,
		Beyond: s.Beyond, Refused: s.Refused, Daily: s.Daily(now),
	}
	if s.Foreseen {
		b.Forecast = &s.Forecast
	}
	if !s.Rate.IsZero() {
		b.PerHour, b.LastHour = &s.Rate, &s.LastHour
	}
	return b
}

func (o *Options) reservations(_ context.Context, r *awswire.Request) (any, error) {
	if err := cmp.Or(r.Err(), r.Permit(nil)); err != nil {
		return nil, err
	}
	out := ReservationList{At: r.Call.Arrived.UTC(), Reservations: []Reservation{}}
	for _, h := range o.Budgets.Reservations(o.visible(r)) {
		out.Reservations = append(out.Reservations, Reservation{
			Budget: h.Budget.Name, Owner: h.Budget.Account, Account: h.Account, RequestID: h.RequestID, Principal: h.Principal,
			Model: h.Model, Profile: h.Profile, Since: h.Since.UTC(), Held: h.Held, Measure: h.Measure, OutputTokens: h.Output,
		})
	}
	return out, nil
}

// What advice may look back at, in days.
const (
	usualDays = 30
	mostDays  = 366
)

func (o *Options) advise(ctx context.Context, r *awswire.Request) (any, error) {
	text, given := r.Query("days")
	if err := cmp.Or(r.Err(), r.Permit(nil)); err != nil {
		return nil, err
	}
	days := usualDays
	if given {
		var err error
		if days, err = strconv.Atoi(text); err != nil || days < 1 || days > mostDays {
			return nil, fault.New(fault.Validation, "days must be a number from 1 to %d, found %.40q.", mostDays, text)
		}
	}
	now := r.Call.Arrived.UTC()
	since := now.AddDate(0, 0, -days)
	var a budget.Advisor
	for rec, err := range o.Calls(ctx, o.visible(r), since) {
		if err != nil {
			return nil, err
		}
		a.Add(rec)
	}
	out := AdviceList{Since: since, Advice: []Advice{}}
	for _, one := range a.Advise(now) {
		out.Advice = append(out.Advice, Advice(one))
	}
	return out, nil
}
