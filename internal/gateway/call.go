package gateway

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/route"
)

// Call is one inference call as the edge hands it over: authenticated, its body not yet read.
type Call struct {
	RequestID  string
	Principal  identity.Principal
	Origin     identity.Origin
	Source     arn.Region // the region the caller signed for
	Operation  string     // the API's name: "Converse", "InvokeModelWithResponseStream", …
	Identifier string     // as the caller wrote it
	Arrived    time.Time

	Stream bool // the answer is wanted as a stream

	// Native is the body as it came, when a provider of the same dialect may get it untouched.
	Native *chat.Native
	// Glance finds in the body what policies ask of it, and what metering needs of one that is passed on unread. It may
	// be nil.
	Glance func() Glimpse
	// Parse reads the body. What dialect it is in may depend on the model, so it is called once the
	// identifier has a target. Its errors are the caller's. It is not called when every deployment
	// that may serve the call speaks the dialect of Native: then the body is read by its receiver.
	Parse func(*profile.Target) (Ask, error)
}

// Glimpse is what can be seen of a body at a glance.
type Glimpse struct {
	Tier      string // the service tier asked for
	Guardrail string // its identifier, an ARN or an id, with ":" and the version when there is one
	Metadata  map[string]string
}

// CountAction is the IAM action of counting tokens.
const CountAction = "bedrock:CountTokens"

// Action is the IAM action that guards the call: there are two for all inference operations, and one to count tokens.
func (c *Call) Action() string {
	if c.Operation == "CountTokens" || c.Operation == "CountMessageTokens" {
		return CountAction
	}
	if c.Stream {
		return "bedrock:InvokeModelWithResponseStream"
	}
	return "bedrock:InvokeModel"
}

// Ask is what a call asks of a model. One field is set, or none when the body is passed on unread.
type Ask struct {
	Chat   *chat.Request
	Embed  *chat.EmbedRequest
	Rerank *chat.RerankRequest
}

// Answer is what became of a Call.
type Answer struct {
	Target *profile.Target
	// Region is where the call was served; empty when it was not.
	Region arn.Region
	Trail  route.Trail

	Response  *chat.Response      // a whole answer
	Stream    *Stream             // a streamed one
	Embedding *chat.EmbedResponse // vectors
	Ranking   *chat.RerankResponse
	Tokens    int64 // CountTokens
	Exact     bool  // whether Tokens was counted by the provider's own measure

	// Latency is from the call's arrival to its whole answer; of a stream, to now.
	latency, firstContent time.Duration
	// upstream is the time spent waiting for providers before the first content.
	upstream time.Duration

	call    *Call
	ask     Ask
	glimpse Glimpse     // of a call that nobody read
	places  *places     // where the call may run
	lease   route.Lease // of the place that serves it, once leased
	leased  *route.Deployment
	history *History
	queue   *route.Queue
	told    *Explanation // while the call is being routed
	journey journey
	cut     bool // by one of the reservations
	settled bool
	// inputTokens is the input, once it is counted.
	inputTokens int64
	counted     bool
	// abandoned says that the client left while a model worked, before any of the answer was there.
	abandoned bool
	watch     Watcher
	entry     Entry                     // nil until the call is admitted
	held      [maxReservers]Reservation // the first holds of them
	holds     int
	cost      money.Amount
}

// Latency is the time from the call's arrival to the end of its answer; 0 until then.
func (a *Answer) Latency() time.Duration { return a.latency }

// FirstContent is the time from the call's arrival to the first content of a streamed answer.
func (a *Answer) FirstContent() time.Duration { return a.firstContent }

// Overhead is what the gateway itself added before the first content: everything but the waiting
// for providers.
func (a *Answer) Overhead() time.Duration {
	if a.firstContent > 0 {
		return a.firstContent - a.upstream
	}
	return a.latency - a.upstream
}

// Elapsed is the time since the call's arrival.
func (a *Answer) Elapsed() time.Duration { return now().Sub(a.call.Arrived) }

// Ask is what the call asked of the model, once it was parsed.
func (a *Answer) Ask() Ask { return a.ask }

// refuse settles a call that got no answer and returns what the caller is told.
func (a *Answer) refuse(err error) error {
	f := fault.Public(err)
	a.settle(f)
	return f
}

// settle ends the call: its deployment is free again, its usage is recorded, and whoever watches
// learns what was used. It is safe to call twice; the first call counts.
func (a *Answer) settle(failure *fault.Error) {
	if a.settled {
		return
	}
	a.settled = true
	a.latency = now().Sub(a.call.Arrived)
	r := a.record(failure)
	a.release(r)
	if a.entry != nil {
		a.cost = a.entry.Settle(r)
		r.Cost = a.cost
	}
	for _, held := range a.reservations() {
		held.Settle(r)
	}
	a.watch.Settled(r)
	a.explain(r)
}
