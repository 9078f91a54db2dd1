package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/journal"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/metering"
	"github.com/outcrop/outcrop/internal/store"
)

// flushTimeout is how long the end of a process waits for the ledger. What it does not take in time
// waits in the journal for the next start.
const flushTimeout = 10 * time.Second

// openMetering opens the journal in the data directory, and begins to move what it holds to the store.
func openMetering(cfg *config.Config, data dataDir, facts *catalog.Catalog, st store.Store, log *slog.Logger) (*metering.Meter, error) {
	book, err := catalog.NewBook(facts, cfg.Prices.Options())
	if err != nil {
		return nil, fmt.Errorf("cannot make the price book: %w", err)
	}
	dir := filepath.Join(data.path, "journal")
	fs, err := journal.Dir(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot make the directory of the journal: %w", err)
	}
	o := cfg.Metering.Options()
	o.Journal.FS, o.Ledger, o.Book, o.Names, o.Log = fs, st, book, meter.NewNames(facts), log
	m, err := metering.Open(o)
	if err != nil {
		return nil, fmt.Errorf("%w (the journal is in %s)", err, dir)
	}
	return m, nil
}

// closeMetering gives the ledger a last chance to take everything.
func closeMetering(m *metering.Meter) error {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	return m.Close(ctx)
}
