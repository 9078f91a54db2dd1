package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
)

// Watch makes the listener that turns what happens to calls into metrics and log lines. Lines that
// can repeat with every call are shown once in ten seconds for each place, with the count of those
// that were not. More listeners are told of settled calls too, after it.
func Watch(m *Metrics, log *slog.Logger, settled ...func(*gateway.Record)) gateway.Watcher {
	failed := failures(log)
	return gateway.Watcher{
		Settled: func(r *gateway.Record) {
			m.settled(r)
			if log.Enabled(context.Background(), slog.LevelDebug) {
				log.LogAttrs(context.Background(), slog.LevelDebug, "call", attrs(r)...)
			}
			for _, f := range settled {
				f(r)
			}
		},
		Failed: func(f gateway.Failure) {
			m.failed(f)
			failed(f)
		},
	}
}

// failures logs attempts that failed by the fault of their place. A bad request is its caller's affair, and must not
// take the line of a place that is down.
func failures(log *slog.Logger) func(gateway.Failure) {
	shown := &throttle{every: 10 * time.Second}
	return func(f gateway.Failure) {
		if fault.Is(f.Err, fault.Validation) {
			return
		}
		key := f.Provider + "\x00" + string(f.Region) + "\x00" + f.Model
		if dropped, ok := shown.allow(key, time.Now()); ok {
			log.Warn("attempt failed", "provider", f.Provider, "region", f.Region, "model", f.Model,
				"err", f.Err, "unshown", dropped)
		}
	}
}

func attrs(r *gateway.Record) []slog.Attr {
	a := []slog.Attr{
		slog.String("request_id", r.RequestID), slog.String("operation", r.Operation),
		slog.String("identifier", r.Identifier), slog.String("source", string(r.Source)),
		slog.String("region", string(r.Region)), slog.String("route", r.Route),
		slog.Int64("input_tokens", r.Usage.Input), slog.Int64("output_tokens", r.Usage.Output),
		slog.Duration("latency", r.Latency),
	}
	if r.Failure != nil {
		a = append(a, slog.Any("err", r.Failure))
	}
	return a
}
