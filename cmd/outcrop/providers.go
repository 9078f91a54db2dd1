package main

import (
	"context"
	"fmt"

	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/anthropic"
	"github.com/outcrop/outcrop/internal/provider/bedrock"
	"github.com/outcrop/outcrop/internal/provider/openai"
	"github.com/outcrop/outcrop/internal/provider/simulator"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

// providers makes the simulator and every provider of the file, by name.
func providers(ctx context.Context, cfg *config.Config) (map[string]provider.Provider, error) {
	sim, err := simulator.New(cfg.Simulator.Settings())
	if err != nil {
		return nil, fmt.Errorf("cannot make the simulator: %w", err)
	}
	all := map[string]provider.Provider{config.SimulatorName: sim}
	for i := range cfg.Providers {
		p := &cfg.Providers[i]
		if all[p.Name], err = newProvider(ctx, p); err != nil {
			return nil, fmt.Errorf("cannot make the provider %s: %w", p.Name, err)
		}
	}
	return all, nil
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
