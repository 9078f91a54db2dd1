package operator

import (
	"math"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/route"
)

// CallSummary is one call in a list. Times are in milliseconds.
type CallSummary struct {
	RequestID string      `json:"requestId"`
	Arrived   time.Time   `json:"arrived"`
	Account   arn.Account `json:"account"`
	Principal string      `json:"principal"`
	Operation string      `json:"operation"`
	Called    string      `json:"identifier"`
	Source    arn.Region  `json:"source"`
	Region    arn.Region  `json:"region,omitzero"`
	Route     string      `json:"route"`
	Outcome   string      `json:"outcome"`
	LatencyMs float64     `json:"latencyMs"`
}

// CallExplanation is why a call ran where it did.
type CallExplanation struct {
	CallSummary
	Message string `json:"message,omitzero"` // what the caller was told of a failure
	Model   string `json:"model,omitzero"`
	Profile string `json:"profile,omitzero"`
	Policy  string `json:"policy"`
	Reason  string `json:"reason"` // why the first candidate was the first
	Plans   int    `json:"plans"`

	QueuedMs       float64 `json:"queuedMs"`
	FirstContentMs float64 `json:"firstContentMs,omitzero"`
	UpstreamMs     float64 `json:"upstreamMs"`
	InputTokens    int64   `json:"inputTokens"`
	OutputTokens   int64   `json:"outputTokens"`
	CostUSD        string  `json:"costUsd"`

	Weights    *route.Weights  `json:"weights,omitzero"` // of the score's parts
	Candidates []CallCandidate `json:"candidates"`
	Attempts   []CallAttempt   `json:"attempts"`
}

// CallCandidate is one place as the decision saw it.
type CallCandidate struct {
	Rank     int        `json:"rank"` // from 1, in the order of asking; 0: not to be asked
	Region   arn.Region `json:"region"`
	Provider string     `json:"provider,omitzero"`
	Upstream string     `json:"upstream,omitzero"`
	Room     string     `json:"room"`
	Breaker  string     `json:"breaker,omitzero"`
	Running  int        `json:"running"`
	Waiting  int        `json:"waiting"`
	Strained bool       `json:"strained,omitzero"`
	// DistanceKm is left out where it is not known.
	DistanceKm *float64 `json:"distanceKm,omitzero"`
	PriceUSD   float64  `json:"priceUsd,omitzero"` // of a million tokens
	Score      *Score   `json:"score,omitzero"`
}

// Score is how good a place was, by its parts from 0 to 1.
type Score struct {
	Total    float64 `json:"total"`
	Headroom float64 `json:"headroom"`
	Health   float64 `json:"health"`
	Nearness float64 `json:"nearness"`
	Price    float64 `json:"price"`
	Affinity float64 `json:"affinity"`
	Order    float64 `json:"order"`
	Spread   float64 `json:"spread"`
}

// CallAttempt is one try. Times are since the call's arrival.
type CallAttempt struct {
	Region   arn.Region `json:"region"`
	Provider string     `json:"provider"`
	Upstream string     `json:"upstream"`
	BeganMs  float64    `json:"beganMs"`
	EndedMs  float64    `json:"endedMs"`
	Hedge    bool       `json:"hedge,omitzero"`
	Outcome  string     `json:"outcome"`
	Reason   string     `json:"reason,omitzero"`
}

func millis(d time.Duration) float64 { return math.Round(float64(d)/1000) / 1000 }

func summary(e *gateway.Explanation) CallSummary {
	return CallSummary{
		RequestID: e.RequestID, Arrived: e.Arrived.UTC(), Account: e.Account, Principal: e.Principal, Operation: e.Operation,
		Called: e.Identifier, Source: e.Source, Region: e.Region, Route: e.Route, Outcome: e.Outcome, LatencyMs: millis(e.Latency),
	}
}

func explained(e *gateway.Explanation) CallExplanation {
	out := CallExplanation{
		CallSummary: summary(e), Message: e.Message, Model: e.Model, Profile: e.Profile,
		Policy: e.Policy.String(), Reason: string(e.Plan.Why), Plans: e.Plans,
		QueuedMs: millis(e.Queued), FirstContentMs: millis(e.FirstContent), UpstreamMs: millis(e.Upstream),
		InputTokens: e.Usage.Input, OutputTokens: e.Usage.Output, CostUSD: e.Cost.String(),
		Candidates: make([]CallCandidate, len(e.Plan.Candidates)), Attempts: make([]CallAttempt, len(e.Attempts)),
	}
	if e.Plans > 0 {
		w := e.Policy.Weights()
		out.Weights = &w
	}
	for i := range e.Plan.Candidates {
		out.Candidates[i] = candidate(&e.Plan.Candidates[i])
	}
	for rank, i := range e.Plan.Order {
		out.Candidates[i].Rank = rank + 1
	}
	for i, a := range e.Attempts {
		out.Attempts[i] = CallAttempt{
			Region: a.Region, Provider: a.Provider, Upstream: a.Upstream, BeganMs: millis(a.Began), EndedMs: millis(a.Ended),
			Hedge: a.Hedge, Outcome: a.Outcome, Reason: a.Reason,
		}
	}
	return out
}

func candidate(c *route.Candidate) CallCandidate {
	out := CallCandidate{Region: c.Region, Room: c.Room.String(), Running: c.Running, Waiting: c.Waiting, Strained: c.Strained}
	if !math.IsInf(c.Distance, 0) {
		km := math.Round(c.Distance)
		out.DistanceKm = &km
	}
	if c.Deployment == nil {
		return out
	}
	out.Provider, out.Upstream, out.Breaker, out.PriceUSD = c.Deployment.Provider, c.Deployment.Upstream, c.Breaker.String(), c.Price
	out.Score = &Score{
		Total: rounded(c.Score.Total), Headroom: rounded(c.Score.Headroom), Health: rounded(c.Score.Health),
		Nearness: rounded(c.Score.Nearness), Price: rounded(c.Score.Price), Affinity: rounded(c.Score.Affinity),
		Order: rounded(c.Score.Order), Spread: rounded(c.Score.Spread),
	}
	return out
}

func rounded(f float64) float64 { return math.Round(f*1000) / 1000 }
