package main

import (
	"context"
	"fmt"
	"reflect"

	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/anthropic"
	"github.com/outcrop/outcrop/internal/provider/bedrock"
	"github.com/outcrop/outcrop/internal/provider/openai"
	"github.com/outcrop/outcrop/internal/provider/simulator"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

// backends are the simulator and every provider of a configuration, by name.
type backends struct {
	cfg *config.Config
	sim *simulator.Provider
	all map[string]provider.Provider
}

// providers makes the backends of a configuration. Those of before, which may be nil, are taken over where nothing of them
// has changed: their connections, and what a simulated model remembers.
func providers(ctx context.Context, cfg *config.Config, before *backends) (*backends, error) {
	b := &backends{cfg: cfg, all: map[string]provider.Provider{}}
	if before != nil && before.sameSimulator(cfg) {
		b.sim = before.sim
	} else {
		var err error
		if b.sim, err = simulator.New(cfg.Simulator.Settings()); err != nil {
			return nil, fmt.Errorf("cannot make the simulator: %w", err)
		}
	}
	b.all[config.SimulatorName] = b.sim
	for i := range cfg.Providers {
		p := &cfg.Providers[i]
		if b.all[p.Name] = before.same(p); b.all[p.Name] != nil {
			continue
		}
		var err error
		if b.all[p.Name], err = newProvider(ctx, p); err != nil {
			return nil, fmt.Errorf("cannot make the provider %s: %w", p.Name, err)
		}
	}
	return b, nil
}

// sameSimulator reports whether the simulator needs no more than other rules.
func (b *backends) sameSimulator(cfg *config.Config) bool {
	was, is := b.cfg.Simulator, cfg.Simulator
	was.Rules, was.RulesFile, was.Enabled = is.Rules, is.RulesFile, is.Enabled
	return reflect.DeepEqual(was, is)
}

// same is the provider of before that is made as p would be, or nil.
func (b *backends) same(p *config.Provider) provider.Provider {
	if b == nil {
		return nil
	}
	for i := range b.cfg.Providers {
		if reflect.DeepEqual(b.cfg.Providers[i], *p) {
			return b.all[p.Name]
		}
	}
	return nil
}

// newProvider makes one provider, whose type the configuration has checked.
func newProvider(ctx context.Context, p *config.Provider) (provider.Provider, error) {
	limits := upstream.Options{Timeout: p.Timeout}
	switch p.Type {
	case config.TypeBedrock:
		return bedrock.New(ctx, bedrock.Options{URL: p.URL, Region: p.Region, APIKey: p.APIKey, Credentials: p.Auth(), Upstream: limits})
	case config.TypeAnthropic:
		return anthropic.New(anthropic.Options{URL: p.URL, APIKey: p.APIKey, Version: p.Version, Betas: p.Betas, Upstream: limits})
	}
	return openai.New(openai.Options{URL: p.URL, APIKey: p.APIKey, CompletionTokens: p.CompletionTokens, Upstream: limits})
}
