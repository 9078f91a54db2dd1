package main

import (
	"context"
	"log/slog"
	"slices"
	"time"

	bedrockapi "github.com/outcrop/outcrop/internal/awsapi/bedrock"
	runtimeapi "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	iamapi "github.com/outcrop/outcrop/internal/awsapi/iam"
	organizationsapi "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/limiter"
	"github.com/outcrop/outcrop/internal/metering"
	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/server"
	rights "github.com/outcrop/outcrop/internal/service/access"
	anthropicdoor "github.com/outcrop/outcrop/internal/service/anthropic"
	"github.com/outcrop/outcrop/internal/service/bedrock"
	"github.com/outcrop/outcrop/internal/service/bedrockruntime"
	"github.com/outcrop/outcrop/internal/service/credentials"
	"github.com/outcrop/outcrop/internal/service/iam"
	openaidoor "github.com/outcrop/outcrop/internal/service/openai"
	"github.com/outcrop/outcrop/internal/service/organizations"
	"github.com/outcrop/outcrop/internal/service/registrar"
	"github.com/outcrop/outcrop/internal/service/registry"
	"github.com/outcrop/outcrop/internal/store"
)

// assemble builds everything that serves, on facts and state, up to the listener, which is bound when it
// returns. The parts are those that a change of the configuration reaches.
func assemble(ctx context.Context, cfg *config.Config, facts *catalog.Catalog, st store.Store, ring *seal.Ring, people *registrar.Registrar, m *metering.Meter, told *messengers, heard *listeners, log *slog.Logger) (*server.Server, *parts, error) {
	profiles, err := registry.Open(ctx, st, facts, registry.Options{
		Profile:     cfg.Catalog.Resolution(time.Now()),
		MaxProfiles: cfg.Limits.ProfilesPerAccount,
	})
	if err != nil {
		return nil, nil, err
	}
	keys := credentials.New(people, ring, regions(facts))
	made, err := providers(ctx, cfg, nil)
	if err != nil {
		return nil, nil, err
	}
	places, err := newRouting(cfg, facts, profiles, traced(heard.spans, made.all, cfg))
	if err != nil {
		return nil, nil, err
	}
	history := gateway.NewHistory(cfg.Routing.Explain)
	limits := limiter.New(quota.NewRules(facts, cfg.Quotas))
	if err := limits.Recall(ctx, st, profiles.Snapshot()); err != nil {
		log.Warn("quotas of a day begin anew", "err", err)
	}
	metrics := server.NewMetrics(version(), cfg.Metrics.Options(), slices.Concat(m.Collectors(), heard.logs.Collectors(), limits.Collectors(), told.collectors())...)
	guard := rights.New(rights.Options{Directory: people, Profiles: profiles, OneGrant: cfg.Authorization.OneGrant})
	calls, err := gateway.New(gateway.Options{
		Snapshots: profiles, Guard: guard, Fleet: places.fleet(facts, nil, nil), Providers: places.backends, Meter: m,
		Reservers: []gateway.Reserver{limits, told.budgets},
		History:   history,
		Watcher:   server.Watch(metrics, log, heard.settled()...),
	})
	if err != nil {
		return nil, nil, err
	}
	places.calls = calls
	operators, err := places.operatorAPI(ctx, st, history, guard.Operators(), log)
	if err != nil {
		return nil, nil, err
	}
	places.probe(ctx, log)
	reloads := newReloads()
	metrics.Add(calls, reloads.at, reloads.good, reloads.count)
	if cfg.Catalog.Lifecycle == config.LifecycleEnforce {
		go judgeDaily(ctx, places.judge, log)
	}
	s, err := server.New(server.Options{
		Listen: cfg.Listen,
		APIs: append([]server.API{
			{SigningName: "bedrock", Service: runtimeapi.NewService(bedrockruntime.New(calls))}, // the gateway asks the guard
			guarded("bedrock", bedrockapi.NewService(bedrock.New(profiles, heard.logs)), guard.Bedrock()),
			guarded("bedrock", openaidoor.NewService(calls, profiles), guard.Doors()),
			guarded("bedrock", anthropicdoor.NewService(calls, profiles), guard.Doors()),
			operators,
			costExplorer(cfg.CostExplorer, st, people, guard.CostExplorer()),
			quotaService(limits, people, guard.Quotas()),
			securityTokens(cfg, people, ring),
			guarded("iam", iamapi.NewService(iam.New(people, heard.uses)), guard.IAM()),
			guarded("organizations", organizationsapi.NewService(organizations.New(people)), guard.Organizations()),
			budgetStates(told.budgets, st, people, guard.BudgetState()),
		}, told.apis(guard)...),
		Region:         cfg.Region,
		Authenticators: authenticators(keys, cfg.Region, regions(facts)),
		Metrics:        metrics,
		Observers:      heard.observers(),
		Ready:          m.Ready,
		Limits:         serverLimits(cfg),
		Log:            log,
	})
	return s, &parts{
		routing: places, profiles: profiles, quotas: limits, meter: m, server: s, made: made, spans: heard.spans, reloads: reloads,
	}, err
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
