package gateway

import (
	"sync"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/route"
)

// Explanation is why a call ran where it did: everything that was considered, and everything that was tried.
type Explanation struct {
	RequestID  string
	Account    arn.Account
	Principal  string // its ARN
	Operation  string
	Identifier string
	Source     arn.Region
	Model      string // empty when the identifier did not resolve
	Profile    string // id of the cross-region profile, empty without
	Policy     route.Policy
	Arrived    time.Time

	// Plan is the last decision, and Plans how many there were: one, and one more for each time that a place found room in
	// it had been taken meanwhile, or that it was the call's turn in the queue.
	Plan     route.Plan
	Plans    int
	Attempts []Attempt

	Region       arn.Region // where it was served; empty when nowhere
	Route        string     // the trail, as the caller is told it
	Outcome      string     // "ok", or the code of the error
	Message      string     // what the caller was told
	Queued       time.Duration
	Upstream     time.Duration // waiting for providers, before the first content
	FirstContent time.Duration // of a stream, since the arrival
	Latency      time.Duration
	Usage        chat.Usage
	Cost         money.Amount
}

// Attempt is one try at one deployment. Times are since the call's arrival.
type Attempt struct {
	Region   arn.Region
	Provider string
	Upstream string
	Began    time.Duration
	Ended    time.Duration // when it failed, or was answered: of a stream, its first content
	Hedge    bool          // it was begun because another one took long
	Outcome  string        // "served", "lost" to the other one of a hedge, or the code of the error
	Reason   string        // the operator's view of the error
}

// History keeps the explanations of the last calls, as many as it was made for. It is safe for concurrent use.
type History struct {
	pool sync.Pool // of *Explanation, so that keeping one costs no memory but its own

	// mu guards the ring. Held only to copy.
	mu   sync.Mutex
	ring []*Explanation
	next int
}

// NewHistory keeps so many calls; with 0 none.
func NewHistory(size int) *History {
	h := &History{ring: make([]*Explanation, size)}
	h.pool.New = func() any { return new(Explanation) }
	return h
}

// begin is an empty explanation.
func (h *History) begin() *Explanation { return h.pool.Get().(*Explanation) }

// keep takes an explanation over.
func (h *History) keep(e *Explanation) {
	old := e
	if len(h.ring) > 0 {
		h.mu.Lock()
		old, h.ring[h.next] = h.ring[h.next], e
		h.next = (h.next + 1) % len(h.ring)
		h.mu.Unlock()
	}
	if old != nil {
		*old = Explanation{
			Plan:     route.Plan{Candidates: old.Plan.Candidates[:0], Order: old.Plan.Order[:0]},
			Attempts: old.Attempts[:0],
		}
		h.pool.Put(old)
	}
}

// Find is the explanation of a call that has ended, by its request id.
func (h *History) Find(requestID string) (Explanation, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.ring {
		if e != nil && e.RequestID == requestID {
			return e.clone(), true
		}
	}
	return Explanation{}, false
}

// Last are the explanations of the newest calls, the newest first, at most so many.
func (h *History) Last(most int) []Explanation {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []Explanation
	for i := range h.ring {
		e := h.ring[(h.next-1-i+2*len(h.ring))%len(h.ring)]
		if e == nil || len(out) == most {
			break
		}
		out = append(out, e.clone())
	}
	return out
}

// clone shares no memory that is used again.
func (e *Explanation) clone() Explanation {
	out := *e
	out.Plan = e.Plan.Clone()
	out.Attempts = append([]Attempt(nil), e.Attempts...)
	return out
}

// Size is how many calls are kept at most.
func (h *History) Size() int { return len(h.ring) }

// explain fills in what a settled call came to, and hands the explanation over.
func (a *Answer) explain(r *Record) {
	e := a.told
	if e == nil {
		e = a.history.begin()
	}
	a.told = nil
	e.RequestID, e.Account, e.Principal = r.RequestID, r.Principal.Account, r.Principal.ARN
	e.Operation, e.Identifier, e.Source, e.Arrived = r.Operation, r.Identifier, r.Source, r.Arrived
	if t := r.Target; t != nil {
		e.Model = t.Model.ID
		if t.System != nil {
			e.Profile = t.System.ID
		}
	}
	e.Region, e.Route, e.Outcome = r.Region, r.Route, "ok"
	if r.Failure != nil {
		e.Outcome, e.Message = r.Failure.Code.String(), r.Failure.Message
	}
	e.Upstream, e.FirstContent, e.Latency = a.upstream, r.FirstContent, r.Latency
	e.Usage, e.Cost = r.Usage, r.Cost
	a.history.keep(e)
}
