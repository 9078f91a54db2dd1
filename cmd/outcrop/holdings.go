package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/metering"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/service/registrar"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

// holdings are what a server stands on: facts, what survives it, and who is told of what it does.
type holdings struct {
	data   dataDir
	log    *slog.Logger
	level  *slog.LevelVar // of log
	ring   *seal.Ring
	facts  *catalog.Catalog
	store  store.Store
	people *registrar.Registrar
	admin  identity.AccessKey // zero when the operator has taken it away
	meter  *metering.Meter
	told   *messengers
	heard  *listeners

	undo []func() error // what close does, the last first
}

// openHoldings takes hold of the data directory and opens everything in it. It logs to out.
func openHoldings(ctx context.Context, cfg *config.Config, out io.Writer) (*holdings, error) {
	h := &holdings{level: new(slog.LevelVar)}
	h.level.Set(cfg.Log.Severity())
	h.log = cfg.Log.Logger(out, h.level)
	for _, open := range [...]func(context.Context, *config.Config) error{h.openState, h.openMoney, h.openEars} {
		if err := open(ctx, cfg); err != nil {
			return nil, errors.Join(err, h.close())
		}
	}
	return h, nil
}

// openState opens the data directory, the store and the directory of principals in it, and loads the catalog.
func (h *holdings) openState(ctx context.Context, cfg *config.Config) error {
	data, release, err := openData(cfg.Data)
	if err != nil {
		return err
	}
	h.data = data
	h.onClose(release)
	if h.ring, err = openRing(cfg.Sealing, data); err != nil {
		return err
	}
	db, err := sqlite.Open(ctx, data.path)
	if err != nil {
		return err
	}
	h.store = db
	h.onClose(db.Close)
	if h.people, err = registrar.Open(ctx, db, h.ring); err != nil {
		return err
	}
	if h.admin, err = administrator(ctx, h.people, time.Now()); err != nil {
		return err
	}
	if h.facts, err = catalog.Load(cfg.Catalog.Overlay); err != nil {
		return fmt.Errorf("cannot load the catalog: %w", err)
	}
	return nil
}

// openMoney opens the meter, and the budgets over what it counts.
func (h *holdings) openMoney(ctx context.Context, cfg *config.Config) (err error) {
	if h.meter, err = openMetering(cfg, h.data, h.facts, h.store, h.log); err != nil {
		return err
	}
	h.onClose(func() error { return closeMetering(h.meter) })
	budgets, err := openBudgets(ctx, cfg, h.store, h.meter, h.people.Snapshot().Management(), h.log)
	if err != nil {
		return err
	}
	h.onClose(closed(budgets.Close))
	if h.told, err = openMessengers(ctx, cfg, h.store, h.ring, h.people, budgets, h.log); err != nil {
		return err
	}
	h.onClose(closed(h.told.close))
	return nil
}

// openEars opens what is told of calls.
func (h *holdings) openEars(ctx context.Context, cfg *config.Config) (err error) {
	if h.heard, err = openListeners(ctx, cfg, h.data, h.store, h.log); err != nil {
		return err
	}
	h.onClose(h.heard.close)
	h.heard.uses.Forget(credentialsOf(h.people.Snapshot()))
	return nil
}

func (h *holdings) onClose(f func() error) { h.undo = append(h.undo, f) }

func closed(f func()) func() error {
	return func() error {
		f()
		return nil
	}
}

// close lets go of everything, in the opposite order.
func (h *holdings) close() (err error) {
	for _, f := range slices.Backward(h.undo) {
		err = errors.Join(err, f())
	}
	return err
}
