package main

import (
	costapi "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/server"
	"github.com/outcrop/outcrop/internal/service/costexplorer"
	"github.com/outcrop/outcrop/internal/service/registrar"
	"github.com/outcrop/outcrop/internal/store"
)

// costExplorerName is the name that requests to Cost Explorer are signed for.
const costExplorerName = "ce"

// costExplorer makes Cost Explorer over what the store has of usage.
func costExplorer(c config.CostExplorer, st store.Store, people *registrar.Registrar, g awswire.Guard) server.API {
	return guarded(costExplorerName, costapi.NewService(costexplorer.New(costexplorer.Options{
		Ledger: st, Tags: st, Directory: accounts{people}, Management: people.Snapshot().Management(),
		ActivateTags: c.ActivateTags, Months: c.HistoryMonths,
	})), g)
}

// accounts tells Cost Explorer what accounts are called.
type accounts struct{ people *registrar.Registrar }

// Accounts implements costexplorer.Directory.
func (a accounts) Accounts() []costexplorer.Account {
	var list []costexplorer.Account
	for _, account := range a.people.Snapshot().Accounts() {
		list = append(list, costexplorer.Account{ID: account.ID, Name: account.Name})
	}
	return list
}
