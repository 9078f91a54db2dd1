package carrier

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

// letter is what a message says in words.
type letter struct {
	*budgeting.Message
	action      *budgeting.Action // nil: the message is about a notification
	failure     error             // why the action could not be carried out
	unit        budget.TimeUnit
	enforcement budget.Enforcement
	spenders    []budgeting.Ranking
}

// subject says what has happened, in a line of at most 100 characters.
func (l *letter) subject() string {
	name := cut(l.Budget.Name, 40)
	switch {
	case l.action == nil:
		return fmt.Sprintf("Budget %s: %s of %s", name, l.figure(), l.amount(l.Figures.Limit))
	case l.Command == budget.TellOfApproval:
		return "Budget " + name + ": an action waits for approval"
	case l.failure != nil:
		return "Budget " + name + ": an action FAILED"
	case l.Command == budget.Undo:
		return "Budget " + name + ": an action was undone"
	}
	return "Budget " + name + ": an action was carried out"
}

// figure is what the message is about: "85.00 USD spent", "120.00 USD forecast".
func (l *letter) figure() string {
	if l.Notification.Against == budget.Forecasted {
		return l.amount(l.Figures.Forecast) + " forecast"
	}
	return l.amount(l.Figures.Spent) + " spent"
}

// text is the whole message.
func (l *letter) text() string {
	var b strings.Builder
	fmt.Fprintln(&b, l.event())
	fmt.Fprintln(&b)
	l.figures(&b)
	for i := range l.spenders {
		l.ranking(&b, &l.spenders[i])
	}
	fmt.Fprintf(&b, "\n%s\nOutcrop, %s\n", l.Budget.ARN(), l.At.UTC().Format("2006-01-02 15:04:05 MST"))
	return b.String()
}

// event is the sentence that tells why the message is sent.
func (l *letter) event() string {
	crossing := fmt.Sprintf("The budget %s of account %s has crossed a threshold: %s.", l.Budget.Name, l.Budget.Account, l.threshold())
	if l.action == nil {
		return crossing
	}
	switch {
	case l.Command == budget.TellOfApproval:
		return crossing + "\n" + fmt.Sprintf("The action %s (%s) waits for approval. Approve it with ExecuteBudgetAction and APPROVE_BUDGET_ACTION.", l.action.ID, l.action.Kind)
	case l.failure != nil:
		return fmt.Sprintf("The action %s (%s) of the budget %s of account %s could not be carried out: %s",
			l.action.ID, l.action.Kind, l.Budget.Name, l.Budget.Account, l.failure)
	case l.Command == budget.Undo:
		return fmt.Sprintf("The action %s (%s) of the budget %s of account %s was undone.", l.action.ID, l.action.Kind, l.Budget.Name, l.Budget.Account)
	}
	return crossing + "\n" + fmt.Sprintf("The action %s (%s) was carried out.", l.action.ID, l.action.Kind)
}

// threshold is what was crossed: "actual spend is greater than 80 % of the limit".
func (l *letter) threshold() string {
	n := l.Notification
	what := map[budget.Against]string{budget.Actual: "actual spend", budget.Forecasted: "forecast spend"}[n.Against]
	how := map[budget.Operator]string{budget.GreaterThan: "greater than", budget.LessThan: "less than", budget.EqualTo: "equal to"}[n.Operator]
	level := strconv.FormatFloat(n.Threshold, 'f', -1, 64)
	if n.Scale == budget.Absolute {
		return fmt.Sprintf("%s is %s %s %s", what, how, level, l.Figures.Measure)
	}
	return fmt.Sprintf("%s is %s %s %% of the limit", what, how, level)
}

// figures are how much, of what, and until when.
func (l *letter) figures(b *strings.Builder) {
	f := &l.Figures
	row := func(name, value string) { fmt.Fprintf(b, "%-10s %s\n", name, value) }
	row("Spent:", l.amount(f.Spent)+share(f.Spent, f.Limit))
	if f.Foreseen {
		row("Forecast:", l.amount(f.Forecast)+share(f.Forecast, f.Limit))
	}
	row("Limit:", l.amount(f.Limit)+per(l.unit))
	row("Period:", f.PeriodStart.UTC().Format(time.DateOnly)+" to "+f.PeriodEnd.UTC().Add(-time.Second).Format(time.DateOnly)+" (UTC)")
	if l.enforcement != budget.Soft {
		row("Stops:", fmt.Sprintf("calls are refused once nothing is left (%s)", l.enforcement))
	}
}

// share is a part of the limit in whole percent.
func share(a, limit money.Amount) string {
	of, ok := percent(a, limit)
	if !ok {
		return ""
	}
	return fmt.Sprintf(" (%s %% of the limit)", of)
}

func per(u budget.TimeUnit) string {
	if word := map[budget.TimeUnit]string{budget.Daily: "day", budget.Monthly: "month", budget.Quarterly: "quarter", budget.Annually: "year"}[u]; word != "" {
		return " per " + word
	}
	return ""
}

// ranking is who spent most, of one kind. It is left out when nothing of the kind is known.
func (l *letter) ranking(b *strings.Builder, r *budgeting.Ranking) {
	if len(r.Top) == 1 && r.Top[0].Name == "" {
		return
	}
	fmt.Fprintf(b, "\nMost by %s:\n", kind(r.Kind))
	for _, s := range r.Top {
		name := s.Name
		if name == "" {
			name = "(none)"
		}
		fmt.Fprintf(b, "  %14s  %s\n", l.amount(s.Spent), name)
	}
	if !r.Others.IsZero() {
		fmt.Fprintf(b, "  %14s  (others)\n", l.amount(r.Others))
	}
}

func kind(key string) string {
	switch key {
	case meter.TagPrincipal:
		return "caller"
	case meter.TagProfile:
		return "inference profile"
	case meter.TagModel:
		return "model"
	}
	return "the tag " + key
}
