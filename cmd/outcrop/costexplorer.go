package main

import (
	costapi "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/server"
	"github.com/outcrop/outcrop/internal/service/costexplorer"
	"github.com/outcrop/outcrop/internal/store"
)

// costExplorerName is the name that requests to Cost Explorer are signed for.
const costExplorerName = "ce"

// costExplorer makes Cost Explorer over what the store has of usage.
func costExplorer(c config.CostExplorer, st store.Store) server.API {
	return server.API{SigningName: costExplorerName, Service: costapi.NewService(costexplorer.New(costexplorer.Options{
		Ledger: st, Tags: st, Directory: st, Management: firstAccount,
		ActivateTags: c.ActivateTags, Months: c.HistoryMonths,
	}))}
}
