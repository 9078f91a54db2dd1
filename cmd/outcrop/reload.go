package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/config/strict"
	"github.com/outcrop/outcrop/internal/limiter"
	"github.com/outcrop/outcrop/internal/metering"
	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/server"
	"github.com/outcrop/outcrop/internal/service/registry"
	"github.com/outcrop/outcrop/internal/telemetry"
)

// parts are what a change of the configuration reaches in a server that runs. They belong to one goroutine.
type parts struct {
	routing  *routing
	profiles *registry.Registry
	quotas   *limiter.Limiter
	meter    *metering.Meter
	server   *server.Server
	made     *backends
	spans    *telemetry.Tracing
	level    *slog.LevelVar
	reloads  *reloads
	ring     *seal.Ring
	data     dataDir
}

// change brings a new configuration into force, all of it or, after an error, nothing. Everything that can fail is done
// first. Calls that run end as they began: on their providers, at their prices, with what they reserved.
func (p *parts) change(ctx context.Context, before, now *config.Config, log *slog.Logger) error {
	if fixed := config.Fixed(config.Changed(before, now)); len(fixed) > 0 {
		return fmt.Errorf("%s cannot change while the server runs; start it anew, or put back what it was", strings.Join(fixed, ", "))
	}
	facts, err := catalog.Load(now.Catalog.Overlay)
	if err != nil {
		return fmt.Errorf("cannot load the catalog: %w", err)
	}
	book, err := catalog.NewBook(facts, now.Prices.Options())
	if err != nil {
		return fmt.Errorf("cannot make the price book: %w", err)
	}
	keys, err := readSealingKeys(now.Sealing, p.data)
	if err != nil {
		return err
	}
	made, err := providers(ctx, now, p.made)
	if err != nil {
		return err
	}
	if err := p.routing.change(ctx, now, book, traced(p.spans, made.all, now)); err != nil {
		return err
	}
	// From here on nothing fails.
	if made.sim == p.made.sim && !reflect.DeepEqual(before.Simulator.Rules, now.Simulator.Rules) {
		if err := made.sim.SetRules(now.Simulator.Rules); err != nil {
			log.Error("BUG: rules that were checked have faults; the simulator keeps those before", "err", err)
		}
	}
	p.made = made
	replaceSealingKeys(p.ring, keys, log)
	p.quotas.SetRules(quota.NewRules(facts, now.Quotas))
	p.meter.SetBook(book)
	p.profiles.SetMaxProfiles(now.Limits.ProfilesPerAccount)
	p.server.SetLimits(serverLimits(now))
	p.level.Set(now.Log.Severity())
	if !reflect.DeepEqual(before.Providers, now.Providers) {
		p.routing.probe(ctx, log)
	}
	return nil
}

// reloads are the metrics of changes of the configuration.
type reloads struct {
	good, at prometheus.Gauge
	count    *prometheus.CounterVec
}

func newReloads() *reloads {
	r := &reloads{
		good: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "outcrop_config_last_reload_successful", Help: "Whether the configuration that was read last is in force.",
		}),
		at: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "outcrop_config_last_reload_success_timestamp_seconds", Help: "When the configuration in force was read.",
		}),
		count: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "outcrop_config_reloads_total", Help: "Configurations read again, by what became of them.",
		}, []string{"result"}),
	}
	r.good.Set(1)
	r.at.SetToCurrentTime()
	for _, result := range [...]string{reloadApplied, reloadUnchanged, reloadRefused} {
		r.count.WithLabelValues(result)
	}
	return r
}

// The results of reading a configuration again.
const (
	reloadApplied   = "applied"
	reloadUnchanged = "unchanged"
	reloadRefused   = "refused"
)

func (r *reloads) note(result string) {
	r.count.WithLabelValues(result).Inc()
	if result == reloadRefused {
		r.good.Set(0)
		return
	}
	r.good.Set(1)
	r.at.SetToCurrentTime()
}

// reload reads the configuration again and brings it into force. It returns what is in force then.
func (s *source) reload(ctx context.Context, before *config.Config, p *parts, why string, log *slog.Logger) *config.Config {
	began := time.Now()
	now, err := s.load()
	if err == nil {
		err = p.change(ctx, before, now, log)
	}
	if err != nil {
		p.reloads.note(reloadRefused)
		for _, fault := range faultsOf(err) {
			log.Error("the configuration was not changed; what was in force stays", "why", why, "err", fault)
		}
		return before
	}
	changed := config.Changed(before, now)
	if len(changed) == 0 {
		p.reloads.note(reloadUnchanged)
		log.Info("the configuration is as it was", "why", why)
		return before
	}
	p.reloads.note(reloadApplied)
	log.Info("the configuration was changed", "why", why, "keys", strings.Join(changed, " "), "took", time.Since(began).Round(time.Microsecond))
	return now
}

// faultsOf are all faults of a file, each in one line with its place.
func faultsOf(err error) []string {
	var faults *strict.Error
	if !errors.As(err, &faults) {
		return []string{err.Error()}
	}
	out := make([]string, len(faults.Faults))
	for i, f := range faults.Faults {
		out[i] = firstLine(f.String())
	}
	return out
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
