package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/money"
)

type budgetCreateCommand struct {
	clientFlags
	Name    string   `arg:"" help:"Name of the budget."`
	Limit   string   `help:"What may be spent in a period, in USD." required:"" placeholder:"USD"`
	Per     string   `help:"How long a period is: daily, monthly, quarterly or annually." enum:"daily,monthly,quarterly,annually" default:"monthly" placeholder:"UNIT"`
	Enforce string   `help:"What happens to calls that there is no room for: hard never lets the limit be passed, adaptive holds less and may be a tenth over, none stops nothing." enum:"none,hard,adaptive" default:"none" placeholder:"HOW"`
	Rate    string   `help:"What may be spent in an hour, in USD: a breaker for what runs away." placeholder:"USD"`
	Filter  []string `help:"Only usage with this value, such as tag:team=search or profile=ARN. Again: with the other key too, or with one of the key's values." placeholder:"KEY=VALUE" sep:"none"`
	Alert   []string `help:"Tell somebody when so many per cent are spent: 80=ops@example.com, or the ARN of an SNS topic. With f in front, when they are forecast: f100=ops@example.com." placeholder:"PERCENT=WHOM" sep:"none"`
	Tag     []string `help:"A tag of the budget." placeholder:"KEY=VALUE" sep:"none"`
}

// The parts of CreateBudget's JSON that this client writes.
type (
	createBudget struct {
		AccountID                    string `json:"AccountId"`
		Budget                       budgetWanted
		ResourceTags                 []budgetTag   `json:",omitempty"`
		NotificationsWithSubscribers []budgetAlert `json:",omitempty"`
	}
	budgetWanted struct {
		BudgetName, BudgetType, TimeUnit string
		BudgetLimit                      budgetSpend
		FilterExpression                 *usageExpression `json:",omitempty"`
		Metrics                          []string         `json:",omitempty"`
	}
	budgetSpend struct{ Amount, Unit string }
	budgetTag   struct{ Key, Value string }
	budgetAlert struct {
		Notification budgetThreshold
		Subscribers  []budgetSubscriber
	}
	budgetThreshold struct {
		NotificationType, ComparisonOperator string
		Threshold                            float64
	}
	budgetSubscriber struct{ SubscriptionType, Address string }
)

// Run makes the budget.
func (c *budgetCreateCommand) Run(ctx context.Context, p *process) error {
	in, err := c.request()
	if err != nil {
		return exit{exitMisuse, err}
	}
	to, err := c.access(p, budgetEndpoint, "")
	if err != nil {
		return err
	}
	list, err := askBudgets(ctx, to)
	if err != nil {
		return err
	}
	in.AccountID = string(list.Caller)
	if err := callBudgets(ctx, to, "CreateBudget", in); err != nil {
		return err
	}
	if list, err = askBudgets(ctx, to); err != nil {
		return err
	}
	for i := range list.Budgets {
		if b := &list.Budgets[i]; b.Name == c.Name && b.Account == list.Caller {
			return writeBudget(p.stdout, b, newScreen(p))
		}
	}
	return nil
}

// request is what the flags ask for.
func (c *budgetCreateCommand) request() (*createBudget, error) {
	if _, err := money.Parse(c.Limit); err != nil {
		return nil, fmt.Errorf("--limit: %w", err)
	}
	in := &createBudget{Budget: budgetWanted{
		BudgetName: c.Name, BudgetType: "COST", TimeUnit: strings.ToUpper(c.Per), BudgetLimit: budgetSpend{c.Limit, "USD"},
	}}
	filters, err := parseFilters(c.Filter)
	if err != nil {
		return nil, fmt.Errorf("--filter: %w", err)
	}
	if in.Budget.FilterExpression = expressionOf(filters); in.Budget.FilterExpression != nil {
		in.Budget.Metrics = []string{"UnblendedCost"}
	}
	if c.Enforce != "none" {
		in.ResourceTags = append(in.ResourceTags, budgetTag{budget.EnforcementTag, c.Enforce})
	}
	if c.Rate != "" {
		in.ResourceTags = append(in.ResourceTags, budgetTag{budget.RateTag, c.Rate})
	}
	for _, text := range c.Tag {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("--tag: want KEY=VALUE, found %q", text)
		}
		in.ResourceTags = append(in.ResourceTags, budgetTag{key, value})
	}
	for _, text := range c.Alert {
		alert, err := parseAlert(text)
		if err != nil {
			return nil, fmt.Errorf("--alert: %w", err)
		}
		in.NotificationsWithSubscribers = append(in.NotificationsWithSubscribers, alert)
	}
	return in, nil
}

// parseAlert reads 80=ops@example.com, or f100=arn:aws:sns:….
func parseAlert(text string) (a budgetAlert, err error) {
	level, whom, ok := strings.Cut(text, "=")
	a.Notification = budgetThreshold{NotificationType: "ACTUAL", ComparisonOperator: "GREATER_THAN"}
	if rest, forecast := strings.CutPrefix(level, "f"); forecast {
		level, a.Notification.NotificationType = rest, "FORECASTED"
	}
	if a.Notification.Threshold, err = strconv.ParseFloat(level, 64); err != nil || !ok || whom == "" || a.Notification.Threshold < 0 {
		return a, fmt.Errorf("want PERCENT=WHOM, such as 80=ops@example.com, found %q", text)
	}
	kind := "EMAIL"
	if strings.HasPrefix(whom, "arn:") {
		kind = "SNS"
	}
	a.Subscribers = []budgetSubscriber{{kind, whom}}
	return a, nil
}
