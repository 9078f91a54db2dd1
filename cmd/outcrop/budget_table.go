package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/service/budgetstate"
)

// writeBudgets draws one line a budget.
func writeBudgets(out io.Writer, list *budgetList) error {
	if len(list.Budgets) == 0 {
		_, err := io.WriteString(out, "There are no budgets. outcrop budget create makes one.\n")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "BUDGET\tSTOPS\tSPENT\tLIMIT\tUSED\t\tRENEWS")
	for i := range list.Budgets {
		b := &list.Budgets[i]
		name := b.Name
		if b.Account != list.Caller {
			name += " (" + string(b.Account) + ")"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s %s\t%.1f %%\t%s\t%s\n", name, stops(b), cents(b.Spent), cents(b.Limit), b.Measure,
			100*part(b.Spent, b.Limit), budgetBar(b, barWidth), b.PeriodEnd.Format(time.DateOnly))
	}
	return w.Flush()
}

// stops is what a budget does about calls.
func stops(b *budgetstate.Budget) string {
	switch {
	case b.PerHour != nil && b.Enforcement == "none":
		return "rate"
	case b.PerHour != nil:
		return b.Enforcement + ", rate"
	case b.Enforcement == "none":
		return "-"
	}
	return b.Enforcement
}

// cents is an amount for people: two decimals, and more of what is less than a dollar.
func cents(a money.Amount) string {
	if one := money.Cents(100); a.Less(one) && money.Cents(0).Less(a) {
		return a.Fixed(6)
	}
	return a.Fixed(2)
}

// part is a share of an amount; of nothing, everything is.
func part(a, of money.Amount) float64 {
	switch {
	case !of.IsZero():
		return budget.Dollars(a) / budget.Dollars(of)
	case a.IsZero():
		return 0
	}
	return 1
}

// budgetBar draws what is spent, held and forecast against the limit, which is at its end unless something is beyond.
func budgetBar(b *budgetstate.Budget, width int) string {
	spent, limit := budget.Dollars(b.Spent), budget.Dollars(b.Limit)
	held := spent + budget.Dollars(b.Held)
	ahead := held
	if b.Forecast != nil {
		ahead = max(ahead, budget.Dollars(*b.Forecast))
	}
	most := max(limit, ahead)
	if most == 0 {
		most = 1
	}
	cells := func(v float64) int { return int(v/most*float64(width) + 0.5) }
	mark := min(cells(limit), width-1)
	var text strings.Builder
	for i := range width {
		switch {
		case i == mark:
			text.WriteRune('│')
		case i < cells(spent):
			text.WriteRune('█')
		case i < cells(held):
			text.WriteRune('▒')
		case i < cells(ahead):
			text.WriteRune('░')
		default:
			text.WriteRune('·')
		}
	}
	return text.String()
}

// writeBudget draws one budget: its figures, its bar, and what was spent on each day of the period.
func writeBudget(out io.Writer, b *budgetstate.Budget, screen screen) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s of account %s, %s from %s to %s\n\n", b.Name, b.Account, strings.ToLower(string(b.TimeUnit)),
		b.PeriodStart.Format(time.DateOnly), b.PeriodEnd.Format(time.DateOnly))
	line := func(name string, a money.Amount, note string) {
		fmt.Fprintf(&text, "  %-9s %14s %s%s\n", name, a.Fixed(6), b.Measure, note)
	}
	line("limit", b.Limit, "")
	line("spent", b.Spent, fmt.Sprintf("  %5.1f %%", 100*part(b.Spent, b.Limit)))
	line("reserved", b.Held, fmt.Sprintf("  by %d running calls", b.Calls))
	line("left", b.Limit.Sub(b.Spent).Sub(b.Held), "")
	if b.Forecast != nil {
		line("forecast", *b.Forecast, fmt.Sprintf("  %5.1f %%", 100*part(*b.Forecast, b.Limit)))
	}
	if b.PerHour != nil {
		var spent money.Amount
		if b.LastHour != nil {
			spent = *b.LastHour
		}
		line("last hour", spent, fmt.Sprintf("  of %s allowed", *b.PerHour))
	}
	fmt.Fprintf(&text, "\n  %s\n", budgetBar(b, max(fewestColums, screen.columns)-4))
	switch b.Enforcement {
	case "hard":
		fmt.Fprintf(&text, "  It stops calls: the limit is never passed. %d were refused since the server's start.\n", b.Refused)
	case "adaptive":
		fmt.Fprintf(&text, "  It stops calls: the limit is passed by %s %s at most. %d were refused since the server's start.\n", budget.Margin(b.Limit), b.Measure, b.Refused)
	}
	plotDays(&text, b, screen)
	_, err := io.WriteString(out, text.String())
	return err
}

// plotDays draws the days of the period that have come so far.
func plotDays(text *strings.Builder, b *budgetstate.Budget, screen screen) {
	if b.Spent.IsZero() || len(b.Daily) < 2 {
		return
	}
	series, periods := make([]float64, len(b.Daily)), make([]usagePeriod, len(b.Daily))
	most := 0.0
	for i, a := range b.Daily {
		series[i] = budget.Dollars(a)
		most = max(most, series[i])
		periods[i].Start = b.PeriodStart.AddDate(0, 0, i).Format(time.DateOnly)
	}
	places := 2
	if most < 1 {
		places = 6
	}
	label := amount(most, places)
	plot := newColumns(series, screen.columns-len(label)-3)
	text.WriteByte('\n')
	plot.draw(text, label, places)
	plot.axis(text, len(label), periods)
}

// writeReservations draws one line for what each running call holds of each budget.
func writeReservations(out io.Writer, list *budgetstate.ReservationList) error {
	if len(list.Reservations) == 0 {
		_, err := io.WriteString(out, "No running call holds anything of a budget.\n")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "BUDGET\tHELD\tTOKENS\tFOR\tMODEL\tPRINCIPAL\tREQUEST")
	for i := range list.Reservations {
		r := &list.Reservations[i]
		fmt.Fprintf(w, "%s\t%s %s\t%d\t%s\t%s\t%s\t%s\n", r.Budget, r.Held, r.Measure, r.OutputTokens,
			roughly(list.At.Sub(r.Since)), r.Model, r.Principal, r.RequestID)
	}
	return w.Flush()
}

// writeAdvice draws one line a profile and model.
func writeAdvice(out io.Writer, list *budgetstate.AdviceList) error {
	if len(list.Advice) == 0 {
		_, err := fmt.Fprintf(out, "There were no calls since %s.\n", list.Since.Format(time.DateOnly))
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PROFILE\tMODEL\tCALLS\tSPENT\tMONTH\tHOUR\tP50\tP99\tMAX\tMAX_TOKENS")
	for i := range list.Advice {
		a := &list.Advice[i]
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t%d\t%d\t%d\t%d\n", shown(lastPart(a.Profile)), a.Model, a.Calls, cents(a.Spent),
			cents(a.Monthly), cents(a.Hourly), a.Median, a.Most99, a.Longest, a.MaxTokens)
	}
	return w.Flush()
}

// lastPart is an ARN without what all of its kind have alike.
func lastPart(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
