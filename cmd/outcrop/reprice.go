package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/metering"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

// repriceCommand charges calls of the past anew.
type repriceCommand struct {
	settings
	From   catalog.Day `help:"First date or time whose calls are charged anew, in UTC." placeholder:"DATE"`
	To     catalog.Day `help:"First date or time that is left alone (default: now)." placeholder:"DATE"`
	DryRun bool        `help:"Show what would change, and change nothing."`
	Trail  bool        `help:"List what was repriced so far, and change nothing."`
}

// Help tells what counts, and when it works.
func (repriceCommand) Help() string {
	return "Each call is charged what the price book of --config says for the moment it arrived. Records, sums and an entry in " +
		"the trail change together. It works on the data directory of a server that is stopped. Calls whose records have been " +
		"removed (metering.retention-days) keep what they were charged."
}

// Run reprices.
func (c *repriceCommand) Run(ctx context.Context, p *process) (err error) {
	cfg, err := c.load(p.env)
	if err != nil {
		return err
	}
	to := c.To.Time
	if to.IsZero() {
		to = time.Now()
	}
	switch {
	case c.Trail && (c.DryRun || !c.From.IsZero() || !c.To.IsZero()):
		return misuse(errors.New("--trail goes alone"))
	case !c.Trail && c.From.IsZero():
		return misuse(errors.New("--from is needed: the first date whose calls are charged anew, such as 2026-11-01"))
	case !c.Trail && !c.From.Before(to):
		return misuse(fmt.Errorf("--from %s is not before --to %s", c.From.Format(time.RFC3339), to.Format(time.RFC3339)))
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, sqlite.FileName)); err != nil {
		return dataDir{cfg.Data}.unread(err)
	}
	data, release, err := openData(cfg.Data)
	if err != nil {
		return fmt.Errorf("cannot reprice: %w", err)
	}
	defer func() { err = errors.Join(err, release()) }()
	db, err := sqlite.Open(ctx, data.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if c.Trail {
		return showTrail(ctx, db, p.stdout)
	}
	return reprice(ctx, cfg, data, db, metering.Repricing{From: c.From.Time, To: to, By: operator(), At: time.Now(), DryRun: c.DryRun}, p)
}

// reprice works on a ledger that has everything the journal had.
func reprice(ctx context.Context, cfg *config.Config, data dataDir, db store.Store, how metering.Repricing, p *process) error {
	facts, err := catalog.Load(cfg.Catalog.Overlay)
	if err != nil {
		return fmt.Errorf("cannot load the catalog: %w", err)
	}
	m, err := openMetering(cfg, data, facts, db, cfg.Log.Logger(p.stderr, cfg.Log.Severity()))
	if err != nil {
		return err
	}
	if err := closeMetering(m); err != nil {
		return err
	}
	book, err := catalog.NewBook(facts, cfg.Prices.Options())
	if err != nil {
		return fmt.Errorf("cannot make the price book: %w", err)
	}
	done, err := metering.Reprice(ctx, db, book, meter.NewNames(facts), how)
	if err != nil {
		return fmt.Errorf("cannot reprice all of it (what was done is in the trail, and doing it again is harmless): %w", err)
	}
	verb := "Repriced"
	if how.DryRun {
		verb = "Would reprice"
	}
	_, err = fmt.Fprintf(p.stdout, "%s %d calls from %s to %s, %s USD in all.\n", verb, done.Records,
		how.From.UTC().Format(time.RFC3339), how.To.UTC().Format(time.RFC3339), signed(done))
	if err == nil && done.Records > 0 {
		_, err = fmt.Fprintf(p.stdout, "Price versions: %s before, %s now.\n", done.Before, done.After)
	}
	return err
}

// signed is the difference with its sign.
func signed(r store.Repricing) string {
	if r.Delta.Sign() > 0 {
		return "+" + r.Delta.String()
	}
	return r.Delta.String()
}

// operator is who runs the command, for the trail.
func operator() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return cmp.Or(filepath.Base(u.Username), "unknown")
}

func showTrail(ctx context.Context, db store.Ledger, out io.Writer) error {
	trail, err := db.Repricings(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "AT\tBY\tFROM\tTO\tCALLS\tUSD\tBEFORE\tAFTER")
	for _, r := range trail {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", r.At.Format(time.RFC3339), r.By,
			r.From.Format(time.RFC3339), r.To.Format(time.RFC3339), r.Records, signed(r), r.Before, r.After)
	}
	return w.Flush()
}
