package main

import (
	"context"
	"slices"
	"time"

	bedrockapi "github.com/outcrop/outcrop/internal/awsapi/bedrock"
	runtimeapi "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	iamapi "github.com/outcrop/outcrop/internal/awsapi/iam"
	organizationsapi "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/limiter"
	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/server"
	rights "github.com/outcrop/outcrop/internal/service/access"
	anthropicdoor "github.com/outcrop/outcrop/internal/service/anthropic"
	"github.com/outcrop/outcrop/internal/service/bedrock"
	"github.com/outcrop/outcrop/internal/service/bedrockruntime"
	"github.com/outcrop/outcrop/internal/service/credentials"
	"github.com/outcrop/outcrop/internal/service/iam"
	openaidoor "github.com/outcrop/outcrop/internal/service/openai"
	"github.com/outcrop/outcrop/internal/service/organizations"
	"github.com/outcrop/outcrop/internal/service/registry"
)

// assemble builds everything that serves, on what the server holds, up to the listener, which is bound when it
// returns. The parts are those that a change of the configuration reaches.
func assemble(ctx context.Context, cfg *config.Config, h *holdings) (*server.Server, *parts, error) {
	profiles, err := registry.Open(ctx, h.store, h.facts, registry.Options{
		Profile:     cfg.Catalog.Resolution(time.Now()),
		MaxProfiles: cfg.Limits.ProfilesPerAccount,
	})
	if err != nil {
		return nil, nil, err
	}
	made, err := providers(ctx, cfg, nil)
	if err != nil {
		return nil, nil, err
	}
	places, err := newRouting(cfg, h.facts, profiles, traced(h.heard.spans, made.all, cfg))
	if err != nil {
		return nil, nil, err
	}
	limits := limiter.New(quota.NewRules(h.facts, cfg.Quotas))
	if err := limits.Recall(ctx, h.store, profiles.Snapshot()); err != nil {
		h.log.Warn("quotas of a day begin anew", "err", err)
	}
	metrics := server.NewMetrics(version(), cfg.Metrics.Options(),
		slices.Concat(h.meter.Collectors(), h.heard.logs.Collectors(), limits.Collectors(), h.told.collectors())...)
	guard := rights.New(rights.Options{Directory: h.people, Profiles: profiles, OneGrant: cfg.Authorization.OneGrant})
	history := gateway.NewHistory(cfg.Routing.Explain)
	places.calls, err = gateway.New(gateway.Options{
		Snapshots: profiles, Guard: guard, Fleet: places.fleet(h.facts, nil, nil), Providers: places.backends, Meter: h.meter,
		Reservers: []gateway.Reserver{limits, h.told.budgets},
		History:   history,
		Watcher:   server.Watch(metrics, h.log, h.heard.settled()...),
	})
	if err != nil {
		return nil, nil, err
	}
	operators, err := places.operatorAPI(ctx, h.store, history, guard.Operators(), h.log)
	if err != nil {
		return nil, nil, err
	}
	places.probe(ctx, h.log)
	reloads := newReloads()
	metrics.Add(places.calls, reloads.at, reloads.good, reloads.count)
	if cfg.Catalog.Lifecycle == config.LifecycleEnforce {
		go judgeDaily(ctx, places.judge, h.log)
	}
	s, err := listen(cfg, h, append(apis(cfg, h, guard, profiles, places.calls, limits), operators), metrics)
	return s, &parts{
		routing: places, profiles: profiles, quotas: limits, meter: h.meter, server: s, made: made, spans: h.heard.spans, reloads: reloads,
		level: h.level, ring: h.ring, data: h.data,
	}, err
}

// apis are all services but the operators', each with its guard.
func apis(cfg *config.Config, h *holdings, guard *rights.Control, profiles *registry.Registry, calls *gateway.Gateway, limits *limiter.Limiter) []server.API {
	return append([]server.API{
		{SigningName: "bedrock", Service: runtimeapi.NewService(bedrockruntime.New(calls))}, // the gateway asks the guard
		guarded("bedrock", bedrockapi.NewService(bedrock.New(profiles, h.heard.logs)), guard.Bedrock()),
		guarded("bedrock", openaidoor.NewService(calls, profiles), guard.Doors()),
		guarded("bedrock", anthropicdoor.NewService(calls, profiles), guard.Doors()),
		costExplorer(cfg.CostExplorer, h.store, h.people, guard.CostExplorer()),
		quotaService(limits, h.people, guard.Quotas()),
		securityTokens(cfg, h.people, h.ring),
		guarded("iam", iamapi.NewService(iam.New(h.people, h.heard.uses)), guard.IAM()),
		guarded("organizations", organizationsapi.NewService(organizations.New(h.people)), guard.Organizations()),
		budgetStates(h.told.budgets, h.store, h.people, guard.BudgetState()),
	}, h.told.apis(guard)...)
}

// listen binds the address.
func listen(cfg *config.Config, h *holdings, apis []server.API, metrics *server.Metrics) (*server.Server, error) {
	return server.New(server.Options{
		Listen:         cfg.Listen,
		APIs:           apis,
		Region:         cfg.Region,
		Authenticators: authenticators(credentials.New(h.people, h.ring, regions(h.facts)), cfg.Region, regions(h.facts)),
		Metrics:        metrics,
		Observers:      h.heard.observers(),
		Ready:          h.meter.Ready,
		Limits:         serverLimits(cfg),
		Log:            h.log,
	})
}

func serverLimits(cfg *config.Config) server.Limits {
	return server.Limits{
		Body: int64(cfg.Limits.Body), HeaderTimeout: cfg.Limits.HeaderTimeout, BodyTimeout: cfg.Limits.BodyTimeout,
		WriteTimeout: cfg.Limits.WriteTimeout, DrainTimeout: cfg.Limits.DrainTimeout,
	}
}

// guarded is an API whose every operation is asked about before it is done.
func guarded(signingName string, s *awswire.Service, g awswire.Guard) server.API {
	s.Guard = g
	return server.API{SigningName: signingName, Service: s}
}
