package gateway

import (
	"fmt"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/route"
)

// place is a deployment as the gateway sees it: who serves it.
type place struct {
	provider provider.Provider
	speaker  provider.Speaker // the same provider, when it passes bodies on
}

func (p *place) speaks(d chat.Dialect, model string) bool {
	return p.speaker != nil && p.speaker.Speaks(d, model)
}

// places are all deployments with their providers, as one configuration has them. A call stays with those it began with.
type places struct {
	fleet *route.Fleet
	all   []place // one a deployment, by its Index
}

// open checks that every deployment has its provider.
func open(f *route.Fleet, providers map[string]provider.Provider) (*places, error) {
	out := &places{fleet: f, all: make([]place, len(f.Table().All()))}
	for i, d := range f.Table().All() {
		p, ok := providers[d.Provider]
		if !ok {
			return nil, fmt.Errorf("cannot serve %s in %s: no provider is named %q", d.Model, d.Region, d.Provider)
		}
		out.all[i].provider = p
		out.all[i].speaker, _ = p.(provider.Speaker)
	}
	return out, nil
}

// at is where a deployment is served.
func (p *places) at(d *route.Deployment) *place { return &p.all[d.Index] }

// pass reports whether a call to t can be served, and whoever serves it speaks the dialect.
func (p *places) pass(t *profile.Target, d chat.Dialect) bool {
	some := false
	for _, at := range p.fleet.Table().Order(t.Model.ID, t.Destinations) {
		if at == nil {
			continue
		}
		if !p.at(at).speaks(d, at.Model) {
			return false
		}
		some = true
	}
	return some
}

// Fleet is where calls are routed now.
func (g *Gateway) Fleet() *route.Fleet { return g.live.Load().fleet }

// Replace routes calls that begin from now on by another fleet, whose deployments the providers serve. Calls that run
// stay where they are.
func (g *Gateway) Replace(f *route.Fleet, providers map[string]provider.Provider) error {
	next, err := open(f, providers)
	if err != nil {
		return err
	}
	g.live.Store(next)
	return nil
}
