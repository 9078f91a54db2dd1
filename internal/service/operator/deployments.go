package operator

import (
	"math"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/route"
)

// Deployments is what all deployments do, at one moment.
type Deployments struct {
	At          time.Time    `json:"at"`
	Waiting     int          `json:"waiting"` // calls in the queue
	Deployments []Deployment `json:"deployments"`
	Spills      []Spill      `json:"spills"`
}

// Spill is how many calls of a source region other regions have served since the server started.
type Spill struct {
	Source arn.Region `json:"source"`
	Region arn.Region `json:"region"`
	Calls  int64      `json:"calls"`
}

// Deployment is what one does.
type Deployment struct {
	Model    string     `json:"model"`
	Region   arn.Region `json:"region"`
	Provider string     `json:"provider"`
	Upstream string     `json:"upstream"`
	Capacity Capacity   `json:"capacity,omitzero"`

	Room     string    `json:"room"`
	Breaker  string    `json:"breaker"`
	Until    time.Time `json:"until,omitzero"` // when its room may be better
	Running  int       `json:"running"`
	Waiting  int       `json:"waiting"`
	Headroom float64   `json:"headroom"`
	Health   float64   `json:"health"`
	Warm     float64   `json:"warm"`
	Strained bool      `json:"strained,omitzero"`
	Drained  bool      `json:"drained,omitzero"` // for every call, at run time

	TokensPerSecond float64 `json:"tokensPerSecond"`
	CallsPerSecond  float64 `json:"callsPerSecond"`
	FirstContentMs  float64 `json:"firstContentMs,omitzero"`
	LearnedLimit    float64 `json:"learnedLimit,omitzero"` // calls at once that the upstream seems to take
	Load            *Load   `json:"load,omitzero"`

	Began      int64 `json:"began"`
	Served     int64 `json:"served"`
	Failed     int64 `json:"failed"`
	Throttled  int64 `json:"throttled"`
	SpilledIn  int64 `json:"spilledIn"`
	SpilledOut int64 `json:"spilledOut"`
}

// Capacity is what the configuration says of a deployment.
type Capacity struct {
	Concurrency       int   `json:"concurrency,omitzero"`
	RequestsPerMinute int64 `json:"requestsPerMinute,omitzero"`
	TokensPerMinute   int64 `json:"tokensPerMinute,omitzero"`
	TokensPerSecond   int64 `json:"tokensPerSecond,omitzero"`
}

// Load is what an upstream's own metrics said last.
type Load struct {
	At      time.Time `json:"at"`
	Running int       `json:"running"`
	Waiting int       `json:"waiting"`
	Slots   int       `json:"slots,omitzero"`
	Cache   float64   `json:"cache"`
}

// Deployments shows those of a model, or of all when model is empty: the ones that have been called, have news of their
// upstream or are drained, or with all every one.
func (o *Operator) Deployments(all bool, model string) Deployments {
	now, fleet, drained := o.opt.Now(), o.opt.Gateway.Fleet(), o.current().drains
	out := Deployments{At: now.UTC(), Waiting: o.opt.Gateway.Waiting(), Deployments: []Deployment{}, Spills: []Spill{}}
	for _, d := range fleet.Table().All() {
		if model != "" && !route.Matches(model, d.Model) {
			continue
		}
		f := fleet.State(d).Figures(now)
		_, closed := drained[drainKey{region: d.Region}]
		if all || f.Began > 0 || f.SpilledOut > 0 || !f.LoadAt.IsZero() || closed {
			shown := figures(d, &f)
			shown.Drained = closed
			out.Deployments = append(out.Deployments, shown)
		}
	}
	for _, s := range fleet.Spills() {
		out.Spills = append(out.Spills, Spill(s))
	}
	return out
}

func figures(d *route.Deployment, f *route.Figures) Deployment {
	out := Deployment{
		Model: d.Model, Region: d.Region, Provider: d.Provider, Upstream: d.Upstream,
		Capacity: Capacity{d.Concurrency, d.RequestsPerMinute, d.TokensPerMinute, d.Capacity.TokensPerSecond},
		Room:     f.Room.String(), Breaker: f.Breaker.String(), Running: f.Running, Waiting: f.Waiting,
		Headroom: rounded(f.Headroom), Health: rounded(f.Health), Warm: rounded(f.Warm), Strained: f.Strained,
		TokensPerSecond: math.Round(f.TokensPerSecond*10) / 10, CallsPerSecond: rounded(f.CallsPerSecond),
		FirstContentMs: millis(f.FirstContent), LearnedLimit: rounded(f.Limit),
		Began: f.Began, Served: f.Served, Failed: f.Failed, Throttled: f.Throttled,
		SpilledIn: f.SpilledIn, SpilledOut: f.SpilledOut,
	}
	if !f.Until.IsZero() {
		out.Until = f.Until.UTC()
	}
	if !f.LoadAt.IsZero() {
		out.Load = &Load{f.LoadAt.UTC(), f.Load.Running, f.Load.Waiting, f.Load.Slots, rounded(f.Load.Cache)}
	}
	return out
}
