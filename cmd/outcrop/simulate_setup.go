package main

import (
	"fmt"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/simulate"
)

// newSetup builds of a scenario's configuration what decides in a server.
func newSetup(s *config.Scenario) (*simulate.Setup, error) {
	facts, err := catalog.Load(s.Catalog.Overlay)
	if err != nil {
		return nil, fmt.Errorf("cannot load the catalog: %w", err)
	}
	book, err := catalog.NewBook(facts, s.Prices.Options())
	if err != nil {
		return nil, fmt.Errorf("cannot make the price book: %w", err)
	}
	table := s.Table(facts)
	for _, d := range table.All() {
		if d.Provider == config.SimulatorName {
			d.Fixed = false // the scenario's upstreams are like real ones: what they can do is to be learned
		}
	}
	return &simulate.Setup{
		Facts:    facts,
		Snapshot: profile.NewSnapshot(facts, s.Catalog.Resolution(s.Simulate.Start.Time)),
		Table:    table,
		Orders:   s.Routing.All(),
		Tuning:   s.Routing.Tuning(),
		Map:      config.Places(facts, book, s.Simulate.Start.Time),
		Quotas:   quota.NewRules(facts, s.Quotas),
		Prices:   book,
	}, nil
}
