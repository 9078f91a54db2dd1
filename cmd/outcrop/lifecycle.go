package main

import (
	"context"
	"log/slog"
	"time"
)

// judgeDaily judges every model by its age again when a day begins, until ctx ends. Dates of the
// catalog are days in UTC. It is needed only where the catalog's lifecycle is enforced.
func judgeDaily(ctx context.Context, judge func(ctx context.Context, today time.Time) error, log *slog.Logger) {
	for {
		timer := time.NewTimer(untilTomorrow(time.Now()))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case now := <-timer.C:
			if err := judge(ctx, now); err != nil {
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
