package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/outcrop/outcrop/bench/internal/compare"
	"github.com/outcrop/outcrop/bench/internal/process"
)

type runCommand struct {
	Root    string        `default:".." type:"existingdir" help:"Folder of the Outcrop module."`
	Outcrop string        `help:"A built Outcrop to measure; without it, one is built."`
	Rounds  int           `default:"3" help:"Rounds; the medians of all are shown."`
	Budget  time.Duration `default:"60s" help:"For all measurements together; building comes before."`
	Page    string        `default:"docs/benchmarks.md" help:"Page below the root to write the table into; empty writes none."`
}

// The core each program runs on, when there are two: generator and upstream share the first.
const (
	generatorCore = 0
	testedCore    = 1
)

// Run measures and prints the table.
func (c *runCommand) Run(ctx context.Context) (err error) {
	if c.Rounds < 1 {
		return fmt.Errorf("cannot measure %d rounds: at least 1 is needed", c.Rounds)
	}
	busy := others()
	dir, err := os.MkdirTemp("", "outcrop-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if c.Outcrop == "" {
		fmt.Fprintln(os.Stderr, "building outcrop …")
		c.Outcrop = filepath.Join(dir, "outcrop")
		if err := build(ctx, c.Root, c.Outcrop); err != nil {
			return err
		}
	}
	f := &field{bench: os.Args[0], dir: dir}
	defer func() { err = errors.Join(err, f.stop()) }()
	if err := f.start(ctx, c.Outcrop); err != nil {
		return err
	}
	rows, err := c.measure(ctx, f)
	if err != nil {
		return err
	}
	table := compare.Table(rows)
	setting := fmt.Sprintf("Go %s, %d cores, programs pinned: %v; %d rounds, medians; %s.%s",
		runtime.Version()[2:], runtime.NumCPU(), process.CanPin(), c.Rounds, time.Now().Format(time.DateOnly), busy)
	fmt.Printf("\n%s\n\n%s\n", table.Text(), setting)
	if c.Page == "" {
		return nil
	}
	return compare.Rewrite(filepath.Join(c.Root, c.Page), table.Markdown()+"\n"+setting+"\n")
}

// others says when the machine was busy before the run began: then compare the lines, and believe none.
func others() string {
	const idle = 0.5
	load, ok := process.LoadAverage()
	if !ok || load < idle {
		return ""
	}
	text := fmt.Sprintf(" The machine was busy with other programs (load average %.1f before the run): every figure is too high.", load)
	fmt.Fprintln(os.Stderr, "bench:"+text)
	return text
}

func build(ctx context.Context, root, into string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", into, "./cmd/outcrop")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot build outcrop: %w\n%s", err, out)
	}
	return nil
}
