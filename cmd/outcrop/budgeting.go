package main

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/metering"
	"github.com/outcrop/outcrop/internal/server"
	"github.com/outcrop/outcrop/internal/service/budgetstate"
	"github.com/outcrop/outcrop/internal/service/registrar"
	"github.com/outcrop/outcrop/internal/store"
)

// openBudgets brings the budgets into force, with what was spent of them: from the ledger, once it has everything that an
// earlier process has left in the journal.
func openBudgets(ctx context.Context, cfg *config.Config, st store.Store, m *metering.Meter, management arn.Account, log *slog.Logger) (*budgeting.Keeper, error) {
	return budgeting.Open(ctx, budgeting.Options{
		Store: st, Ledger: st, Meter: m, Names: m.Names(), Management: management, Log: log,
		UndoActions: cfg.Budgets.UndoActions,
	})
}

// budgetStates shows how budgets stand, beyond what AWS has calls for.
func budgetStates(k *budgeting.Keeper, l store.Ledger, people *registrar.Registrar, g awswire.Guard) server.API {
	return guarded("bedrock", budgetstate.NewService(budgetstate.Options{
		Budgets: k, Management: func() arn.Account { return people.Snapshot().Management() },
		Calls: func(ctx context.Context, of arn.Account, since time.Time) iter.Seq2[*meter.Record, error] {
			return metering.Records(ctx, l, store.RecordQuery{From: since, Account: of})
		},
	}), g)
}
