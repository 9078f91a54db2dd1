package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/route"
)

type checkCommand struct {
	Config string `help:"Configuration file. Without one, what a server without one serves." placeholder:"FILE"`
}

// Help says what the exit code means.
func (checkCommand) Help() string {
	return "Ends with 0 when the configuration is good and with 1 when it is not; nothing is started or changed."
}

// Run reports every fault at once, or else what the configuration serves.
func (c *checkCommand) Run(p *process) error {
	cfg, err := config.Load(c.Config, p.env)
	if err != nil {
		return exit{exitFailed, faulty(err)}
	}
	facts, err := catalog.Load(cfg.Catalog.Overlay)
	if err != nil {
		return fmt.Errorf("cannot load the catalog: %w", err)
	}
	file := c.Config
	if file == "" {
		file = "the configuration without a file"
	}
	fmt.Fprintf(p.stdout, "%s is good.\n\n", file)
	return summarize(p.stdout, cfg, facts)
}

// summarize tells what a good configuration serves.
func summarize(out io.Writer, cfg *config.Config, facts *catalog.Catalog) error {
	table := cfg.Table(facts)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "listen\t%s\n", cfg.Listen)
	fmt.Fprintf(w, "catalog\t%d regions, %d models, %d cross-region profiles\n",
		len(facts.Regions()), len(facts.Models()), len(facts.Profiles()))
	for _, p := range cfg.Providers {
		fmt.Fprintf(w, "provider\t%s (%s, %s)\n", p.Name, p.Type, p.URL)
	}
	if n := countBy(table, config.SimulatorName); n > 0 {
		fmt.Fprintf(w, "simulator\tserves %d models\n", n)
	}
	fmt.Fprintf(w, "quotas\t%s\n", quotaSummary(&cfg.Quotas))
	if err := summarizePrices(w, cfg, facts, table); err != nil {
		return err
	}
	if len(cfg.Deployments) > 0 {
		fmt.Fprintf(w, "\nDEPLOYMENT\tPROVIDER\tMODELS\tREGIONS\tCONCURRENCY\n")
	}
	for _, d := range cfg.Deployments {
		models, regions := reach(cfg, facts, d)
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\n", d.Model, d.Provider, models, regions, bound(d.Concurrency))
	}
	if len(table.All()) == 0 {
		fmt.Fprintf(w, "\nNothing is served: there are no deployments and the simulator is off.\n")
	}
	return w.Flush()
}

// countBy is how many models a provider serves anywhere.
func countBy(t *route.Table, provider string) int {
	models := map[string]bool{}
	for _, d := range t.All() {
		if d.Provider == provider {
			models[d.Model] = true
		}
	}
	return len(models)
}

// reach is how many models a line of the file stands for, and in how many regions.
func reach(cfg *config.Config, facts *catalog.Catalog, line config.Deployment) (models, regions int) {
	alone := *cfg
	alone.Deployments, alone.Simulator.Enabled = []config.Deployment{line}, config.Off
	ids, places := map[string]bool{}, map[arn.Region]bool{}
	for _, d := range alone.Table(facts).All() {
		ids[d.Model], places[d.Region] = true, true
	}
	return len(ids), len(places)
}

func bound(n int) string {
	if n == 0 {
		return "any"
	}
	return fmt.Sprint(n)
}
