package simulator

import (
	"io"
	"net/http"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

// FailureKind says how a scripted failure shows.
type FailureKind string

// The kinds of failure. Slow does not fail at all, it only brings a delay; only a Failure can have it.
const (
	Slow         FailureKind = "slow"
	Throttling   FailureKind = "throttling"
	Unavailable  FailureKind = "unavailable"
	Timeout      FailureKind = "timeout"
	NotReady     FailureKind = "not-ready"
	ModelError   FailureKind = "error"
	Internal     FailureKind = "internal"
	Cut          FailureKind = "cut" // the connection to the model is lost
	Invalid      FailureKind = "validation"
	AccessDenied FailureKind = "access-denied"
)

// FailureKinds lists every kind.
func FailureKinds() []FailureKind { return append([]FailureKind{Slow}, FaultKinds()...) }

// FaultKinds lists the kinds that really fail.
func FaultKinds() []FailureKind {
	return []FailureKind{Throttling, Unavailable, Timeout, NotReady, ModelError, Internal, Cut, Invalid, AccessDenied}
}

// Fault is how an answer fails.
type Fault struct {
	Kind FailureKind `yaml:"kind"`
	// Event is the content event, counted from 1, in whose stead the answer fails. 0: before the
	// answer begins. An answer with fewer events is complete.
	Event int `yaml:"event"`
	// RetryAfter is the wait that a Throttling tells; 0: one second.
	RetryAfter time.Duration `yaml:"retry-after"`
	// Status is what the model itself is said to have answered, for ModelError; 0: 500.
	Status int `yaml:"status"`
	// Message is what the caller reads; empty: the sentence of AWS.
	Message string `yaml:"message"`
}

// refusedFor is the wait a scripted throttling tells when nothing else is said.
const refusedFor = time.Second

// The sentences of AWS, by kind.
const (
	unableToProcess = "Bedrock is unable to process your request."
	modelTookLong   = "The model took too long to process the request. Try your request again."
	modelNotReady   = "The model is not ready to serve inference requests. The AWS SDK will automatically retry the operation."
	modelFailed     = "The model failed while it processed the request. Try your request again."
	noAccess        = "You don't have access to the model with the specified model ID."
	refusedByModel  = "The model returned the following errors: the simulator refuses this request as its settings say."
)

// err is the failure as the caller of the provider sees it.
func (f *Fault) err(model string, streaming bool) error {
	e := f.plain(model, streaming)
	if f.Message != "" {
		e.Message = f.Message
	}
	return e
}

func (f *Fault) plain(model string, streaming bool) *fault.Error {
	switch f.Kind {
	case Throttling:
		if f.RetryAfter > 0 {
			return throttled(tooManyRequests, f.RetryAfter)
		}
		return throttled(tooManyRequests, refusedFor)
	case Unavailable:
		return fault.New(fault.ServiceUnavailable, unableToProcess)
	case Timeout:
		return fault.New(fault.ModelTimeout, modelTookLong)
	case NotReady:
		return fault.New(fault.ModelNotReady, modelNotReady)
	case Internal:
		return fault.New(fault.Internal, "the simulator failed as its settings say")
	case Invalid:
		return fault.New(fault.Validation, refusedByModel)
	case AccessDenied:
		return fault.New(fault.AccessDenied, noAccess)
	case Cut:
		return cut(streaming)
	default:
		return f.modelError(model, streaming)
	}
}

// cut is a lost connection: inside a stream the stream breaks, otherwise the call fails.
func cut(streaming bool) *fault.Error {
	if streaming {
		return fault.Wrap(fault.ModelStreamError, io.ErrUnexpectedEOF, modelFailed)
	}
	return fault.Wrap(fault.ServiceUnavailable, io.ErrUnexpectedEOF, unableToProcess)
}

// modelError is a model that fails by itself; inside a stream the model's own words go along.
func (f *Fault) modelError(model string, streaming bool) *fault.Error {
	e := fault.New(fault.ModelError, modelFailed)
	e.Resource, e.OriginalStatus = model, f.Status
	if f.Status == 0 {
		e.OriginalStatus = http.StatusInternalServerError
	}
	if streaming {
		e.Code, e.OriginalMessage = fault.ModelStreamError, "simulated failure"
	}
	return e
}
