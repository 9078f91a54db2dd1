package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/loadprobe"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/server"
	operatorapi "github.com/outcrop/outcrop/internal/service/operator"
	"github.com/outcrop/outcrop/internal/service/registry"
	"github.com/outcrop/outcrop/internal/store"
)

// routing is where calls resolve and run: by the configuration, and by what operators have made at run time.
type routing struct {
	cfg      *config.Config
	book     *catalog.Book
	profiles *registry.Registry
	backends map[string]provider.Provider
	calls    *gateway.Gateway
	unprobe  context.CancelFunc // ends the probes of cfg

	// mu is held while the catalog or the fleet are replaced, so that neither is replaced by an older one. It guards what
	// is above, and what operators have made.
	mu     sync.Mutex
	made   []catalog.OverlayProfile
	orders []route.Order
}

// newRouting is the routing of a configuration, which calls have still to be given to.
func newRouting(cfg *config.Config, facts *catalog.Catalog, profiles *registry.Registry, backends map[string]provider.Provider) (*routing, error) {
	book, err := catalog.NewBook(facts, cfg.Prices.Options())
	if err != nil {
		return nil, fmt.Errorf("cannot make the price book: %w", err)
	}
	return &routing{cfg: cfg, book: book, profiles: profiles, backends: backends}, nil
}

// fleet is where calls run, with the orders of the configuration behind those given. What the deployments of before, which
// may be nil, have learned is kept.
func (r *routing) fleet(facts *catalog.Catalog, orders []route.Order, before *route.Fleet) *route.Fleet {
	all := route.NewOrders(slices.Concat(orders, r.cfg.Routing.All()))
	return route.NewFleet(r.cfg.Table(facts), all, r.cfg.Routing.Tuning(), config.Places(facts, r.book, time.Now()), before)
}

// apply is an operatorapi.Apply. The profiles come before those of the configuration, so that faults count them from 0.
func (r *routing) apply(ctx context.Context, made []catalog.OverlayProfile, orders []route.Order) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.publish(ctx, made, orders); err != nil {
		return err
	}
	r.made, r.orders = made, orders
	return nil
}

// publish lets calls that begin from now on resolve and run by the configuration and what operators have made.
func (r *routing) publish(ctx context.Context, made []catalog.OverlayProfile, orders []route.Order) error {
	overlay := r.cfg.Catalog.Overlay
	overlay.Profiles = slices.Concat(made, overlay.Profiles)
	facts, err := catalog.Load(overlay)
	if err != nil {
		return err
	}
	if err := r.profiles.Rebuild(ctx, facts, r.cfg.Catalog.Resolution(time.Now())); err != nil {
		return err
	}
	return r.calls.Replace(r.fleet(facts, orders, r.calls.Fleet()), r.backends)
}

// change goes over to another configuration, with what operators have made. After an error all is as it was.
func (r *routing) change(ctx context.Context, cfg *config.Config, book *catalog.Book, backends map[string]provider.Provider) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	wasCfg, wasBook, wasBackends := r.cfg, r.book, r.backends
	r.cfg, r.book, r.backends = cfg, book, backends
	err := r.publish(ctx, r.made, r.orders)
	if err == nil {
		return nil
	}
	r.cfg, r.book, r.backends = wasCfg, wasBook, wasBackends
	return errors.Join(err, r.publish(ctx, r.made, r.orders))
}

// judge judges every model by its age as of a day.
func (r *routing) judge(ctx context.Context, today time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.profiles.Rebuild(ctx, r.profiles.Snapshot().Catalog(), r.cfg.Catalog.Resolution(today))
}

// probe asks upstreams how busy they are, until ctx ends or it is called again.
func (r *routing) probe(ctx context.Context, log *slog.Logger) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unprobe != nil {
		r.unprobe()
	}
	ctx, r.unprobe = context.WithCancel(ctx)
	for i := range r.cfg.Providers {
		p := &r.cfg.Providers[i]
		if p.Metrics == nil {
			continue
		}
		go (&loadprobe.Probe{
			Provider: p.Name, URL: p.Metrics.URL, APIKey: p.APIKey, Every: p.Metrics.Every,
			Fleet: r.calls.Fleet, Log: log, Client: http.DefaultClient,
		}).Run(ctx)
	}
}

// operatorAPI is Outcrop's own API, over what was made at run time before.
func (r *routing) operatorAPI(ctx context.Context, st store.Store, history *gateway.History, g awswire.Guard, log *slog.Logger) (server.API, error) {
	o, err := operatorapi.Open(ctx, operatorapi.Options{
		Store: st, Apply: r.apply, Gateway: r.calls, History: history, Snapshots: r.profiles, Management: firstAccount, Log: log,
	})
	if err != nil {
		return server.API{}, err
	}
	return guarded("bedrock", operatorapi.NewService(o), g), nil
}
