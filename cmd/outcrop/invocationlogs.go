package main

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/invocationlog"
	"github.com/outcrop/outcrop/internal/store"
)

// openInvocationLogs opens the logs below the data directory.
func openInvocationLogs(ctx context.Context, cfg *config.Config, data dataDir, st store.Store, log *slog.Logger) (*invocationlog.Log, error) {
	o := cfg.InvocationLogs.Options()
	o.Store, o.Dir, o.Log = st, filepath.Join(data.path, "invocation-logs"), log
	return invocationlog.Open(ctx, o)
}

// closeInvocationLogs writes what waits.
func closeInvocationLogs(l *invocationlog.Log) error {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	return l.Close(ctx)
}
