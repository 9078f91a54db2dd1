package main

import (
	"context"
	"io"
	"time"
)

type costCommand struct {
	clientFlags
	By          string        `help:"What to tell apart: model, profile, principal, account, region, service, usage-type, operation, tag:KEY, or total." default:"model" placeholder:"KEY"`
	From        string        `help:"First day, such as 2026-11-01, or how long ago, such as 12h, 30d or 8w (default: the month's beginning)." placeholder:"TIME"`
	To          string        `help:"End, not included, like --from (default: now)." placeholder:"TIME"`
	Granularity string        `help:"One line for each hour, day or month: hourly, daily or monthly (default: all in one)." enum:",hourly,daily,monthly" default:"" placeholder:"G"`
	Filter      []string      `help:"Only usage with this value, such as tag:team=search or region=us-east-1. Again: with the other key too, or with one of the key's values." placeholder:"KEY=VALUE" sep:"none"`
	Plot        bool          `help:"Draw the cost over time." xor:"form"`
	CSV         bool          `help:"Write comma-separated values, with exact amounts." xor:"form"`
	Watch       bool          `help:"Show it again and again, until interrupted." short:"w"`
	Every       time.Duration `help:"How often --watch looks." default:"2s" placeholder:"TIME"`
}

// Help says where the figures come from.
func (costCommand) Help() string {
	return "The figures are those of the Cost Explorer API, GetCostAndUsage, as every AWS client gets them: of the caller's account, " +
		"or of all accounts for the management account. A call counts within two seconds of its end. The server and the key are found as for outcrop converse."
}

// Run shows the costs once, or until ctx ends.
func (c *costCommand) Run(ctx context.Context, p *process) error {
	if err := checkEvery(c.Watch, c.Every); err != nil {
		return err
	}
	if _, err := c.query(time.Now()); err != nil { // before a server is looked for
		return exit{exitMisuse, err}
	}
	to, err := c.access(p, "AWS_ENDPOINT_URL_COST_EXPLORER", costRegion)
	if err != nil {
		return err
	}
	screen := newScreen(p)
	if !c.Watch {
		return c.show(ctx, to, screen, p.stdout)
	}
	return c.watch(ctx, to, screen, p.stdout)
}

// show asks once and draws the answer.
func (c *costCommand) show(ctx context.Context, to access, screen screen, out io.Writer) error {
	q, err := c.query(time.Now())
	if err != nil {
		return err
	}
	s, err := q.ask(ctx, to)
	if err != nil {
		return err
	}
	switch {
	case c.CSV:
		return s.writeCSV(out)
	case c.Plot:
		return s.writePlot(out, screen)
	}
	return s.writeTable(out)
}

// watch shows the costs until ctx ends.
func (c *costCommand) watch(ctx context.Context, to access, screen screen, out io.Writer) error {
	return watched(ctx, c.Every, out, screen, c.CSV, func(frame io.Writer) error { return c.show(ctx, to, screen, frame) })
}
