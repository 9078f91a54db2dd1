package main

import (
	"context"
	"log/slog"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/metering"
	"github.com/outcrop/outcrop/internal/store"
)

// openBudgets brings the budgets into force, with what was spent of them: from the ledger, once it has everything that an
// earlier process has left in the journal.
func openBudgets(ctx context.Context, st store.Store, m *metering.Meter, management arn.Account, log *slog.Logger) (*budgeting.Keeper, error) {
	return budgeting.Open(ctx, budgeting.Options{
		Store: st, Ledger: st, Meter: m, Book: m.Book(), Names: m.Names(), Management: management, Log: log,
	})
}
