package config

import (
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider/simulator"
	"github.com/outcrop/outcrop/internal/route"
)

// Severity is the least that is logged.
func (l Log) Severity() slog.Level {
	return map[string]slog.Level{"debug": slog.LevelDebug, "warn": slog.LevelWarn, "error": slog.LevelError}[l.Level] // info is 0
}

// Logger writes to w as the configuration says, and what the level says: Severity, or one that can be changed later.
func (l Log) Logger(w io.Writer, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// Resolution is how identifiers are judged on a day.
func (c *Catalog) Resolution(today time.Time) profile.Options {
	if c.Lifecycle == LifecycleEnforce {
		return profile.Options{Lifecycle: profile.Enforce, Today: today}
	}
	return profile.Options{Lifecycle: profile.Widest, Today: today}
}

// scripted is the capacity of the simulator where no deployment of the file says otherwise: its failures are scripts, to
// be played as they are written, and nobody learns from them.
func scripted() route.Capacity { return route.Capacity{Fixed: true} }

// Table is every deployment: those of the file, and the simulator's behind them where it is on.
func (c *Config) Table(facts *catalog.Catalog) *route.Table {
	offers := offers(facts)
	rules := make([]route.Rule, 0, len(c.Deployments)+1)
	for i := range c.Deployments {
		d := &c.Deployments[i]
		rules = append(rules, route.Rule{
			Model: d.Model, Regions: d.Regions, Provider: d.Provider, Upstream: d.UpstreamModel,
			Capacity: d.capacity(),
		})
	}
	switch {
	case c.Simulator.Enabled == Auto && len(c.Deployments) == 0:
		rules = append(rules, route.Rule{Model: "*", Provider: SimulatorName, Capacity: scripted()})
	case c.Simulator.Enabled == On:
		rules = append(rules, uncovered(route.NewTable(rules, offers), offers)...)
	}
	return route.NewTable(rules, offers)
}

// offers lists where each model can run, at its widest: every region that has ever listed it, and
// every destination of its cross-region profiles.
func offers(facts *catalog.Catalog) []route.Offer {
	regions := map[string]map[arn.Region]bool{}
	for _, m := range facts.Models() {
		regions[m.ID] = map[arn.Region]bool{}
		for r := range m.Regions {
			regions[m.ID][r] = true
		}
	}
	for _, p := range facts.Profiles() {
		for _, r := range p.Routes {
			for _, d := range r.Destinations {
				regions[p.Model.ID][d] = true
			}
		}
	}
	out := make([]route.Offer, 0, len(regions))
	for _, m := range facts.Models() {
		out = append(out, route.Offer{Model: m.ID, Regions: slices.Sorted(maps.Keys(regions[m.ID]))})
	}
	return out
}

// uncovered are the simulator's rules for what no deployment of the table serves. They come one a
// model, so that the simulator never stands behind a real deployment that fails.
func uncovered(t *route.Table, offers []route.Offer) []route.Rule {
	var rules []route.Rule
	for _, o := range offers {
		free := slices.DeleteFunc(slices.Clone(o.Regions), func(r arn.Region) bool { return len(t.At(o.Model, r)) > 0 })
		if len(free) > 0 {
			rules = append(rules, route.Rule{Model: o.Model, Regions: free, Provider: SimulatorName, Capacity: scripted()})
		}
	}
	return rules
}

// Settings are the simulator's own words for the same.
func (s *Simulator) Settings() simulator.Settings {
	out := simulator.Settings{
		Seed: s.Seed, Rules: s.Rules,
		Pace: simulator.Pace{FirstToken: s.FirstToken, TokensPerSecond: s.TokensPerSecond},
	}
	for _, p := range s.Pace {
		pace := out.Pace
		if p.FirstToken != nil {
			pace.FirstToken = *p.FirstToken
		}
		if p.TokensPerSecond != nil {
			pace.TokensPerSecond = *p.TokensPerSecond
		}
		out.Paces = append(out.Paces, simulator.PaceAt{Place: p.place(), Pace: pace})
	}
	for _, c := range s.Capacity {
		out.Capacities = append(out.Capacities, simulator.CapacityAt{Place: c.place(), Capacity: simulator.Capacity{
			Concurrency: c.Concurrency, RequestsPerMinute: int64(c.RequestsPerMinute), TokensPerMinute: int64(c.TokensPerMinute),
		}})
	}
	for _, f := range s.Failures {
		out.Failures = append(out.Failures, simulator.Failure{
			Place: f.place(), Kind: simulator.FailureKind(f.Kind),
			Calls: int64(f.Calls), Share: f.Share, Event: f.Event, Delay: f.Delay,
		})
	}
	return out
}

func (w Where) place() simulator.Place { return simulator.Place{Region: w.Region, Model: w.Model} }
