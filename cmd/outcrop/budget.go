package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// budgetCommand is everything about budgets.
type budgetCommand struct {
	List         budgetListCommand         `cmd:"" help:"List budgets and what is spent of them."`
	Show         budgetShowCommand         `cmd:"" help:"Show one budget: spent, reserved, forecast, and the days of its period."`
	Create       budgetCreateCommand       `cmd:"" help:"Make a budget."`
	Delete       budgetDeleteCommand       `cmd:"" help:"Delete a budget."`
	Watch        budgetWatchCommand        `cmd:"" help:"List budgets again and again, until interrupted."`
	Reservations budgetReservationsCommand `cmd:"" help:"Show what running calls hold of budgets that stop calls."`
	Advise       budgetAdviseCommand       `cmd:"" help:"Say which limits and max_tokens each profile would need, going by its past."`
}

// budgetEndpoint is the variable by which AWS clients find the Budgets API alone.
const budgetEndpoint = "AWS_ENDPOINT_URL_BUDGETS"

type budgetListCommand struct{ clientFlags }

// Help says what is listed.
func (budgetListCommand) Help() string {
	return "An account sees its own budgets, the management account everyone's. In a bar, █ is spent, ▒ is held by running calls, ░ is what the forecast adds, and │ is the limit."
}

// Run lists once.
func (c *budgetListCommand) Run(ctx context.Context, p *process) error {
	to, err := c.access(p, budgetEndpoint, "")
	if err != nil {
		return err
	}
	return listBudgets(ctx, to, p.stdout)
}

func listBudgets(ctx context.Context, to access, out io.Writer) error {
	list, err := askBudgets(ctx, to)
	if err != nil {
		return err
	}
	return writeBudgets(out, list)
}

type budgetWatchCommand struct {
	clientFlags
	Every time.Duration `help:"How often to look." default:"1s" placeholder:"TIME"`
}

// Run lists until ctx ends.
func (c *budgetWatchCommand) Run(ctx context.Context, p *process) error {
	if err := checkEvery(true, c.Every); err != nil {
		return err
	}
	to, err := c.access(p, budgetEndpoint, "")
	if err != nil {
		return err
	}
	return watched(ctx, c.Every, p.stdout, newScreen(p), false, func(frame io.Writer) error { return listBudgets(ctx, to, frame) })
}

type budgetShowCommand struct {
	clientFlags
	Name string `arg:"" help:"Name of the budget."`
}

// Run shows one budget.
func (c *budgetShowCommand) Run(ctx context.Context, p *process) error {
	to, err := c.access(p, budgetEndpoint, "")
	if err != nil {
		return err
	}
	list, err := askBudgets(ctx, to)
	if err != nil {
		return err
	}
	for i := range list.Budgets {
		if b := &list.Budgets[i]; b.Name == c.Name && (b.Account == list.Caller || !list.has(list.Caller, c.Name)) {
			return writeBudget(p.stdout, b, newScreen(p))
		}
	}
	return fmt.Errorf("account %s has no budget %q; outcrop budget list shows all", list.Caller, c.Name)
}

type budgetDeleteCommand struct {
	clientFlags
	Name string `arg:"" help:"Name of the budget."`
}

// Run deletes one budget of the caller's account.
func (c *budgetDeleteCommand) Run(ctx context.Context, p *process) error {
	to, err := c.access(p, budgetEndpoint, "")
	if err != nil {
		return err
	}
	list, err := askBudgets(ctx, to)
	if err != nil {
		return err
	}
	in := struct {
		AccountID  string `json:"AccountId"`
		BudgetName string
	}{string(list.Caller), c.Name}
	if err := callBudgets(ctx, to, "DeleteBudget", in); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "The budget %q is deleted.\n", c.Name)
	return err
}

type budgetReservationsCommand struct{ clientFlags }

// Help says when a reservation ends.
func (budgetReservationsCommand) Help() string {
	return "A reservation is held by the call that it was made for, and ends with it: also when the client leaves, the model fails or times out. After a crash of the server there are none, and what interrupted calls had relayed is charged."
}

// Run lists once.
func (c *budgetReservationsCommand) Run(ctx context.Context, p *process) error {
	to, err := c.access(p, budgetEndpoint, "")
	if err != nil {
		return err
	}
	list, err := askReservations(ctx, to)
	if err != nil {
		return err
	}
	return writeReservations(p.stdout, list)
}

type budgetAdviseCommand struct {
	clientFlags
	Days int `help:"How many days of the past to look at." default:"30"`
}

// Help says how the figures are made.
func (budgetAdviseCommand) Help() string {
	return "MONTH is thirty days like the mean of the busiest week and a fifth more, HOUR twice the busiest hour: limits for --limit and --rate. " +
		"P50, P99 and MAX are the lengths of answers in tokens, and MAX_TOKENS leaves a quarter above P99. A call that asks for less holds less of a hard budget."
}

// Run asks once.
func (c *budgetAdviseCommand) Run(ctx context.Context, p *process) error {
	to, err := c.access(p, budgetEndpoint, "")
	if err != nil {
		return err
	}
	list, err := askAdvice(ctx, to, c.Days)
	if err != nil {
		return err
	}
	return writeAdvice(p.stdout, list)
}
