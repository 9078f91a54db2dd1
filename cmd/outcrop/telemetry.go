package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/outcrop/outcrop/internal/audit"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/invocationlog"
	"github.com/outcrop/outcrop/internal/server"
	"github.com/outcrop/outcrop/internal/service/lastuse"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/telemetry"
)

// listeners are told of calls, besides metrics and the log.
type listeners struct {
	logs  *invocationlog.Log
	spans *telemetry.Tracing // nil: nothing is traced
	trail *audit.Trail       // nil: nothing is audited
	uses  *lastuse.Log
	log   *slog.Logger
}

// openListeners opens the invocation logs, and begins to trace where the configuration says so.
func openListeners(ctx context.Context, cfg *config.Config, data dataDir, st store.Store, log *slog.Logger) (*listeners, error) {
	spans, err := openTracing(ctx, cfg.Tracing, log)
	if err != nil {
		return nil, err
	}
	l := &listeners{spans: spans, log: log}
	if l.logs, err = openInvocationLogs(ctx, cfg, data, st, log); err != nil {
		closeTracing(spans, log)
		return nil, err
	}
	if l.uses, err = lastuse.Open(ctx, st, log); err != nil {
		return nil, errors.Join(err, l.close())
	}
	if o, wanted := cfg.Audit.Options(data.path); wanted {
		o.Log = log
		if l.trail, err = audit.Open(o); err != nil {
			return nil, errors.Join(err, l.close())
		}
	}
	return l, nil
}

// close writes and sends what waits.
func (l *listeners) close() error {
	closeTracing(l.spans, l.log)
	err := closeInvocationLogs(l.logs)
	if l.uses != nil {
		err = errors.Join(err, l.uses.Close())
	}
	if l.trail != nil {
		err = errors.Join(err, l.trail.Close())
	}
	return err
}

// observers see requests begin and end. A span must begin first, so that everything else is within it.
func (l *listeners) observers() []server.Observer {
	var all []server.Observer
	if l.spans != nil {
		all = append(all, l.spans)
	}
	if l.trail != nil {
		all = append(all, l.trail)
	}
	return append(all, l.logs, l.uses)
}

// settled hear what a call came to.
func (l *listeners) settled() []func(*gateway.Record) {
	if l.spans == nil {
		return []func(*gateway.Record){l.logs.Settled}
	}
	return []func(*gateway.Record){l.logs.Settled, l.spans.Settled}
}
