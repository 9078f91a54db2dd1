package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/registry"
)

// judgeDaily judges every model by its age again when a day begins, until ctx ends. Dates of the
// catalog are days in UTC. It is needed only where the catalog's lifecycle is enforced.
func judgeDaily(ctx context.Context, profiles *registry.Registry, facts *catalog.Catalog, options func(today time.Time) profile.Options, log *slog.Logger) {
	for {
		timer := time.NewTimer(untilTomorrow(time.Now()))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case now := <-timer.C:
			if err := profiles.Rebuild(ctx, facts, options(now)); err != nil {
				log.Error("cannot judge the age of models; yesterday's judgement stays", "err", err)
			}
		}
	}
}

// untilTomorrow is the time to the next midnight in UTC, and never nothing.
func untilTomorrow(now time.Time) time.Duration {
	const day = 24 * time.Hour
	return now.UTC().Truncate(day).Add(day).Sub(now)
}
