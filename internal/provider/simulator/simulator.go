// Package simulator is a provider without a model: deterministic answers, exact usage, a model's pace, limits and failures as set.
//
// The same request to the same deployment is always answered with the same text, which names the
// model and the region that served it. Tools, JSON schemas, stop sequences, token limits, reasoning
// and prompt caching work as they do on a real model, so that an application can be tested whole.
package simulator

import (
	"context"
	"path"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/tokens"
)

// Provider simulates every deployment it is asked for. Safe for concurrent use.
type Provider struct {
	seed  uint64
	pace  Pace
	paces []PaceAt
	cache promptCache

	scripts []*script
	book    atomic.Pointer[ruleBook] // never nil

	// mu guards the two fields below. The deployments are as many as the caller has models and regions.
	mu          sync.RWMutex
	capacities  []CapacityAt
	deployments map[deploymentKey]*deployment
}

var _ provider.Provider = (*Provider)(nil)

// deploymentKey names one model in one region.
type deploymentKey struct {
	region arn.Region
	model  string
}

// deployment is what the settings come to for one model in one region. Only the gate changes.
type deployment struct {
	pace    Pace
	scripts []*script
	gate    gate
}

// New makes a provider, or reports every fault of the settings.
func New(s Settings) (*Provider, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	p := &Provider{
		seed: s.Seed, pace: s.Pace, paces: slices.Clone(s.Paces), capacities: slices.Clone(s.Capacities),
		deployments: make(map[deploymentKey]*deployment),
	}
	for i, f := range s.Failures {
		p.scripts = append(p.scripts, &script{Failure: f, number: i})
	}
	return p, p.SetRules(s.Rules)
}

// SetCapacity gives each deployment that matches at this capacity from its next call on, before any
// other capacity that matches it. Calls under way are not disturbed.
func (p *Provider) SetCapacity(at Place, c Capacity) error {
	s := Settings{Capacities: []CapacityAt{{at, c}}}
	if err := s.Check(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.capacities = slices.DeleteFunc(p.capacities, func(old CapacityAt) bool { return old.Place == at })
	p.capacities = slices.Insert(p.capacities, 0, s.Capacities[0])
	for key, d := range p.deployments {
		d.gate.set(p.capacityOf(key))
	}
	return nil
}

// capacityOf returns the first capacity that matches. The caller holds mu.
func (p *Provider) capacityOf(key deploymentKey) Capacity {
	for _, c := range p.capacities {
		if c.matches(key) {
			return c.Capacity
		}
	}
	return Capacity{}
}

// deployment returns the deployment of a key, new at the first call for it.
func (p *Provider) deployment(key deploymentKey) *deployment {
	p.mu.RLock()
	d := p.deployments[key]
	p.mu.RUnlock()
	if d != nil {
		return d
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.deployments[key]; d != nil {
		return d
	}
	d = &deployment{pace: p.pace, gate: gate{limit: p.capacityOf(key)}}
	if i := slices.IndexFunc(p.paces, func(at PaceAt) bool { return at.matches(key) }); i >= 0 {
		d.pace = p.paces[i].Pace
	}
	for _, s := range p.scripts {
		if s.matches(key) {
			d.scripts = append(d.scripts, s)
		}
	}
	p.deployments[key] = d
	return d
}

// matches reports whether the place covers a deployment. Patterns have passed Check.
func (p Place) matches(d deploymentKey) bool {
	return glob(p.Region, string(d.region)) && glob(p.Model, d.model)
}

func glob(pattern, name string) bool {
	if pattern == "" || pattern == "*" {
		return true
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// Chat returns the whole answer after the time its stream would take.
func (p *Provider) Chat(ctx context.Context, r *provider.Request) (*chat.Response, error) {
	c, err := p.begin(ctx, r, false)
	if err != nil {
		return nil, err
	}
	defer c.end()
	if err := c.whole(); err != nil {
		return nil, err
	}
	return &chat.Response{
		Content: c.answer.blocks, Stop: c.answer.stop, StopSequence: c.answer.stopSequence, Usage: c.usage(),
	}, nil
}

// Stream returns as soon as the deployment has admitted the call; the waiting is in its Next.
func (p *Provider) Stream(ctx context.Context, r *provider.Request) (provider.Stream, error) {
	c, err := p.begin(ctx, r, true)
	if err != nil {
		return nil, err
	}
	return &stream{call: c}, nil
}

// CountTokens returns what the request's input is metered as: an estimate by the model's family, by which
// the simulator meters too. So it is exact here, and never refused.
func (p *Provider) CountTokens(_ context.Context, r *provider.Request) (int64, bool, error) {
	return tokens.For(r.Model).Request(r.Chat), true, nil
}

// Embed returns the unit vector of every input after the time to a first token.
func (p *Provider) Embed(ctx context.Context, r *provider.EmbedRequest) (*chat.EmbedResponse, error) {
	dimensions := r.Embed.Dimensions
	if dimensions == 0 {
		dimensions = defaultDimensions(r.Model)
	}
	if dimensions < 1 || dimensions > maxDimensions {
		return nil, fault.New(fault.Validation, "The model returned the following errors: dimensions must be between 1 and %d, not %d.", maxDimensions, dimensions)
	}
	usage := chat.Usage{Input: tokens.For(r.Model).Embed(r.Embed)}
	c, err := p.arrive(ctx, deploymentKey{r.Region, r.Model})
	if err != nil {
		return nil, err
	}
	if err := c.admit(usage.Input, 0); err != nil {
		return nil, err
	}
	defer c.end()
	if err := c.clock.until(c.pace.due(0)); err != nil {
		return nil, err
	}
	out := &chat.EmbedResponse{Vectors: make([][]float32, len(r.Embed.Inputs)), Usage: usage}
	for i, input := range r.Embed.Inputs {
		out.Vectors[i] = embedInput(input, dimensions)
	}
	return out, nil
}
