package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config"
)

type pricesDiffCommand struct {
	bookSettings
	File string `arg:"" help:"File of prices, such as docs/prices.example.yaml."`
}

// Run prints one line a changed price.
func (c *pricesDiffCommand) Run(p *process) error {
	d, err := c.open(p.env)
	if err != nil {
		return err
	}
	_, changes, err := d.try(c.File, p)
	if err != nil {
		return err
	}
	return d.printChanges(p.stdout, changes)
}

type pricesImportCommand struct {
	bookSettings
	File string `arg:"" help:"File of prices."`
}

// Help says that nothing is written.
func (pricesImportCommand) Help() string {
	return "Nothing is copied or changed: a configuration uses a file of prices by naming it under prices.files."
}

// Run checks the file, sums up what it changes, and says how to use it.
func (c *pricesImportCommand) Run(p *process) error {
	d, err := c.open(p.env)
	if err != nil {
		return err
	}
	overrides, changes, err := d.try(c.File, p)
	if err != nil {
		return err
	}
	models := map[string]bool{}
	for _, change := range changes {
		models[change.Model] = true
	}
	fmt.Fprintf(p.stdout, "%s is good: it changes %s of %s with %s.\n\n", c.File,
		plural(len(changes), "price"), plural(len(models), "model"), plural(len(overrides), "override"))
	if err := d.printChanges(p.stdout, changes); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "\nTo use it, name it in the configuration (outcrop serve --config):\n\nprices:\n  files: [%s]\n", c.File)
	return err
}

// try reads a file and compares the book with and without it.
func (d *priceDesk) try(file string, p *process) ([]catalog.PriceOverride, []catalog.Change, error) {
	overrides, err := config.LoadPrices(file, p.env, d.facts)
	if err != nil {
		return nil, nil, exit{exitFailed, faultyIn("the file", err)}
	}
	changes, err := d.changes(overrides)
	return overrides, changes, err
}

// changes are what a file would change from a moment on: then, and at each later turn of the new book what had not
// changed before.
func (d *priceDesk) changes(overrides []catalog.PriceOverride) ([]catalog.Change, error) {
	o := d.cfg.Prices.Options()
	o.Overrides = slices.Concat(o.Overrides, overrides)
	with, err := catalog.NewBook(d.facts, o)
	if err != nil {
		return nil, err
	}
	type priced struct {
		priceSpot
		class catalog.Class
	}
	said := map[priced][2]catalog.Rate{}
	var all []catalog.Change
	for _, at := range append([]time.Time{d.at}, with.Turns()...) {
		if at.Before(d.at) {
			continue
		}
		for c := range with.Changes(d.book, at) {
			p, rates := priced{spotOf(&c), c.Class}, [2]catalog.Rate{c.Before, c.Now}
			if said[p] != rates {
				said[p] = rates
				all = append(all, c)
			}
		}
	}
	return all, nil
}

// priceSpot is what one line of a table of changes is about.
type priceSpot struct {
	model, profile string
	region         arn.Region
	tier           catalog.Tier
	above          int64
}

func spotOf(c *catalog.Change) priceSpot {
	return priceSpot{c.Model, c.Profile, c.Region, c.Tier, c.Above}
}

// printChanges puts the classes that change together on one line.
func (d *priceDesk) printChanges(out io.Writer, changes []catalog.Change) error {
	if len(changes) == 0 {
		_, err := fmt.Fprintln(out, "No price changes.")
		return err
	}
	w := table(out)
	fmt.Fprintf(w, "SINCE\tMODEL\tCALL\tREGION\tTIER\tPROMPT\tCHANGES\n")
	for len(changes) > 0 {
		c, n := changes[0], 1
		for n < len(changes) && spotOf(&changes[n]) == spotOf(&c) && changes[n].Since.Equal(c.Since) {
			n++
		}
		since := "now"
		if c.Since.After(d.at) {
			since = moment(c.Since)
		}
		fmt.Fprintln(w, strings.Join([]string{
			since, c.Model, cmp.Or(c.Profile, "in region"), cmp.Or(string(c.Region), "any"), c.Tier.String(),
			cmp.Or(strings.TrimPrefix(c.Context(), "base"), "any"), changesText(changes[:n]),
		}, "\t"))
		changes = changes[n:]
	}
	return w.Flush()
}

func changesText(changes []catalog.Change) string {
	var parts []string
	for _, c := range changes {
		parts = append(parts, fmt.Sprintf("%s %s → %s", c.Class, priceText(c.Before, c.Class), priceText(c.Now, c.Class)))
	}
	return strings.Join(parts, ", ")
}

// moment is a time as files write it: a date where it is midnight.
func moment(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
