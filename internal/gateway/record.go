package gateway

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/profile"
)

// Record is what one call came to: the event that metering, metrics and logs listen to.
type Record struct {
	RequestID  string
	Principal  identity.Principal
	Operation  string
	Identifier string
	Source     arn.Region
	Region     arn.Region      // where it ran; empty when nowhere
	Target     *profile.Target // nil when the identifier did not resolve
	Usage      chat.Usage
	Cost       money.Amount      // 0 when the call is not metered
	Tier       string            // the service tier asked for
	Metadata   map[string]string // requestMetadata
	Attempts   int
	Route      string
	Arrived    time.Time
	Latency    time.Duration
	// FirstContent is the time to the first content of a streamed answer, 0 for others.
	FirstContent time.Duration
	Failure      *fault.Error // nil when the whole answer was produced
	// Cut says that a reservation ended the stream, so that what was relayed is to be paid.
	Cut bool
}

// Payer is the account whose quota a call uses and whose bill it is on: the owner's of the application profile that was
// called, else the caller's.
func (r *Record) Payer() arn.Account {
	if r.Target != nil && r.Target.Application != nil {
		return r.Target.Application.Account
	}
	return r.Principal.Account
}

// Failure is one attempt that did not succeed. Err holds the provider's own words.
type Failure struct {
	Model    string
	Region   arn.Region
	Provider string
	Err      error
}

// Watcher is told what happened. Its functions are called on the call's own goroutine and must not
// block; a nil one is not called.
type Watcher struct {
	// Settled fires once a call, when its answer has ended or was refused.
	Settled func(*Record)
	// Failed fires for every attempt that failed, also when another destination then served the call.
	Failed func(Failure)
}

// filled gives every missing function a body, so that the way of a call need not ask.
func (w Watcher) filled() Watcher {
	if w.Settled == nil {
		w.Settled = func(*Record) {}
	}
	if w.Failed == nil {
		w.Failed = func(Failure) {}
	}
	return w
}

// record is the answer in figures.
func (a *Answer) record(failure *fault.Error) *Record {
	r := &Record{
		RequestID: a.call.RequestID, Principal: a.call.Principal, Operation: a.call.Operation,
		Identifier: a.call.Identifier, Source: a.call.Source, Region: a.Region, Target: a.Target,
		Attempts: a.Trail.Attempts(), Route: a.Trail.String(),
		Arrived: a.call.Arrived, Latency: a.latency, FirstContent: a.firstContent, Failure: failure, Cut: a.cut,
	}
	if r.Tier, r.Metadata = a.glimpse.Tier, a.glimpse.Metadata; a.ask.Chat != nil {
		r.Tier, r.Metadata = a.ask.Chat.Tier, a.ask.Chat.Metadata
	}
	switch {
	case a.Stream != nil:
		r.Usage = a.Stream.measured()
	case a.Response != nil:
		r.Usage = a.Response.Usage
	case a.Embedding != nil:
		r.Usage = a.Embedding.Usage
	case a.Ranking != nil:
		r.Usage = a.Ranking.Usage
	case a.abandoned:
		r.Usage = a.unanswered()
	}
	return r
}
