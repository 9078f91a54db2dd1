package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/simulate"
	"github.com/outcrop/outcrop/internal/simulate/trace"
)

type simulateCommand struct {
	Scenario  string   `arg:"" optional:"" help:"Scenario file: a configuration with a section simulate. Without one, a burst that is too much for one region."`
	Config    string   `help:"Configuration file below the scenario, such as a server's own." placeholder:"FILE"`
	Trace     string   `help:"Calls to replay, in CSV: time,input_tokens,output_tokens[,max_tokens,profile,region,session], or a trace of Azure or BurstGPT." placeholder:"FILE"`
	Compare   []string `help:"What to compare: policies (source-first, least-loaded, cheapest, sticky), names from the scenario, or identifiers of models and profiles." placeholder:"A,B"`
	Report    []string `help:"Also draw a report: FILE.html, FILE.svg or FILE.png." placeholder:"FILE"`
	Seed      *uint64  `help:"Another seed for everything that is left to chance." placeholder:"N"`
	Limit     int      `help:"Only the first N calls." placeholder:"N"`
	Speed     float64  `help:"Play the trace so many times as fast." placeholder:"X"`
	MaxTokens *int     `help:"maxTokens of calls that set none; 0 leaves them without, as many clients do." placeholder:"N"`
}

// Help says what the answers rest on.
func (simulateCommand) Help() string {
	return "Calls go through the code that decides on quotas and routes in a server, on a clock of their own. What upstreams can do is the " +
		"scenario's: docs/simulate.md has every key. The same scenario comes to the same answers, byte for byte."
}

// Run replays the calls once for each variant and writes what they came to.
func (c *simulateCommand) Run(ctx context.Context, p *process) error {
	if err := c.reports(); err != nil {
		return exit{exitMisuse, err}
	}
	s, err := config.LoadScenario(c.Scenario, c.Config, p.env)
	if err != nil {
		return exit{exitMisuse, faultyIn("the scenario", err)}
	}
	c.override(&s.Simulate)
	variants, err := c.variants(s)
	if err != nil {
		return exit{exitMisuse, err}
	}
	calls, err := loadCalls(&s.Simulate)
	if err != nil {
		return exit{exitMisuse, err}
	}
	setup, err := newSetup(s)
	if err != nil {
		return err
	}
	results, err := replay(ctx, setup, &s.Simulate, calls, variants, p.stderr)
	if err != nil {
		return err
	}
	report := simulate.NewReport(&s.Simulate, calls, results)
	if slices.ContainsFunc(setup.Orders, func(o route.Order) bool { return o.Hedge != nil && *o.Hedge > 0 }) {
		report.Notes = append(report.Notes, "Hedging (routing.orders) is left out: no second place is asked beside a slow one.")
	}
	if err := report.WriteTable(p.stdout); err != nil {
		return err
	}
	return c.draw(report)
}

// reports checks the names of files before anything long begins.
func (c *simulateCommand) reports() error {
	for _, name := range c.Report {
		switch filepath.Ext(name) {
		case ".html", ".svg", ".png":
		default:
			return fmt.Errorf("--report %s: want a file that ends in .html, .svg or .png", name)
		}
	}
	return nil
}

// override lays the flags over the file.
func (c *simulateCommand) override(w *simulate.World) {
	if c.Trace != "" {
		w.Calls.File, w.Calls.Generate = c.Trace, nil
	}
	if c.Seed != nil {
		w.Seed = *c.Seed
		if w.Calls.Generate != nil {
			w.Calls.Generate.Seed = *c.Seed
		}
	}
	if c.Limit > 0 {
		w.Calls.Limit = c.Limit
	}
	if c.Speed > 0 {
		w.Calls.Speed = c.Speed
	}
	if c.MaxTokens != nil {
		w.Calls.MaxTokens = max(*c.MaxTokens, 0)
	}
}

// variants are those of --compare, else those of the scenario, else the configuration as it is.
func (c *simulateCommand) variants(s *config.Scenario) ([]simulate.Variant, error) {
	own := s.Simulate.Compare
	switch {
	case len(c.Compare) == 0 && len(own) == 0:
		return []simulate.Variant{{Name: "as configured"}}, nil
	case len(c.Compare) == 0:
		return own, nil
	}
	var out []simulate.Variant
	for _, name := range c.Compare {
		v := simulate.Variant{Name: name}
		policy, isPolicy := route.ParsePolicy(name)
		switch i := slices.IndexFunc(own, func(v simulate.Variant) bool { return v.Name == name }); {
		case i >= 0:
			v = own[i]
		case isPolicy:
			v.Policy = &policy
		case strings.Contains(name, "."): // as every identifier has a dot
			v.Identifier = name
		default:
			return nil, fmt.Errorf("--compare: %q is no policy (%s), no name from the scenario and no identifier", name, strings.Join(route.PolicyNames(), ", "))
		}
		if slices.ContainsFunc(out, func(o simulate.Variant) bool { return o.Name == v.Name }) {
			return nil, fmt.Errorf("--compare: %q stands twice", name)
		}
		out = append(out, v)
	}
	return out, nil
}

// loadCalls reads or makes the calls, in the shape the world wants.
func loadCalls(w *simulate.World) (*trace.Trace, error) {
	if w.Calls.File == "" {
		return w.Calls.Generate.Make().Reshape(w.Calls.Shape()), nil
	}
	f, err := os.Open(w.Calls.File)
	if err != nil {
		return nil, fmt.Errorf("cannot read the trace: %w", err)
	}
	defer f.Close()
	t, err := trace.Read(filepath.Base(w.Calls.File), f)
	if err != nil {
		return nil, err
	}
	return t.Reshape(w.Calls.Shape()), nil
}

// replay runs the variants, as many at a time as there are processors.
func replay(ctx context.Context, s *simulate.Setup, w *simulate.World, t *trace.Trace, variants []simulate.Variant, stderr io.Writer) ([]*simulate.Result, error) {
	bar := newProgress(stderr, len(variants)*len(t.Calls))
	defer bar.end()
	results, begun := make([]*simulate.Result, len(variants)), make([]atomic.Int64, len(variants))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, v := range variants {
		group.Go(func() (err error) {
			results[i], err = simulate.Run(ctx, s, w, t, v, func(calls int) {
				begun[i].Store(int64(calls))
				sum := 0
				for k := range begun {
					sum += int(begun[k].Load())
				}
				bar.show(sum)
			})
			return err
		})
	}
	return results, group.Wait()
}

// draw writes the reports.
func (c *simulateCommand) draw(r *simulate.Report) error {
	for _, name := range c.Report {
		write := r.WriteHTML
		switch filepath.Ext(name) {
		case ".svg":
			write = r.Figure().Draw().WriteSVG
		case ".png":
			write = r.Figure().Draw().WritePNG
		}
		f, err := os.Create(name)
		if err != nil {
			return fmt.Errorf("cannot write the report: %w", err)
		}
		if err := errors.Join(write(f), f.Close()); err != nil {
			return fmt.Errorf("cannot write the report %s: %w", name, err)
		}
	}
	return nil
}
