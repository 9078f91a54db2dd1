package main

import (
	"context"
	"log/slog"

	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/telemetry"
)

// openTracing begins to trace where the configuration says, or returns nil where it says nothing.
func openTracing(ctx context.Context, c config.Tracing, log *slog.Logger) (*telemetry.Tracing, error) {
	if c.Endpoint == "" {
		return nil, nil
	}
	return telemetry.Open(ctx, telemetry.Options{
		Endpoint: c.Endpoint, ServiceName: c.ServiceName, Version: version(), Sample: c.Sample, Log: log,
	})
}

// closeTracing sends what waits. A collector that is away must not make a good end a bad one.
func closeTracing(t *telemetry.Tracing, log *slog.Logger) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := t.Close(ctx); err != nil {
		log.Warn("the last spans were not sent", "err", err)
	}
}

// traced makes every attempt at a provider a span, unless nothing is traced.
func traced(t *telemetry.Tracing, all map[string]provider.Provider, cfg *config.Config) map[string]provider.Provider {
	if t == nil {
		return all
	}
	systems := map[string]string{config.SimulatorName: "outcrop.simulator"}
	for _, p := range cfg.Providers {
		systems[p.Name] = p.Type
		if p.Type == config.TypeBedrock {
			systems[p.Name] = telemetry.System
		}
	}
	out := make(map[string]provider.Provider, len(all))
	for name, p := range all {
		out[name] = t.Provider(name, systems[name], p)
	}
	return out
}
