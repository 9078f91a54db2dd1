package simulator

import (
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

// script is one Failure and how many calls it has seen.
type script struct {
	Failure
	number int // its place in Settings.Failures
	seen   atomic.Int64
}

// due counts a call that matches the script and reports whether it is one of those that fail.
func (s *script) due(seed uint64) bool {
	call := s.seen.Add(1)
	if s.Calls > 0 && call > s.Calls {
		return false
	}
	if s.Share == 0 {
		return true
	}
	return digest(seed).word(uint64(s.number)).word(uint64(call)).roll("share").unit() < s.Share
}

// consult returns the first script whose failure is due for a call, or nil, and the delay that it
// and the slow scripts before it bring.
func consult(scripts []*script, seed uint64) (failure *script, delay time.Duration) {
	for _, s := range scripts {
		if !s.due(seed) {
			continue
		}
		delay += s.Delay
		if s.Kind != Slow {
			return s, delay
		}
	}
	return nil, delay
}

// refusedFor is the wait a scripted throttling tells.
const refusedFor = time.Second

// err is the failure as the caller of the provider sees it. A model that breaks off inside a stream
// is a stream error; otherwise it is a failed call.
func (s *script) err(model string, streaming bool) error {
	switch s.Kind {
	case Throttling:
		return throttled(tooManyRequests, refusedFor)
	case Unavailable:
		return fault.New(fault.ServiceUnavailable, "Bedrock is unable to process your request.")
	case Timeout:
		return fault.New(fault.ModelTimeout, "The model took too long to process the request. Try your request again.")
	case Internal:
		return fault.New(fault.Internal, "the simulator failed as its settings say")
	}
	if s.Kind == Cut && !streaming {
		return fault.Wrap(fault.ServiceUnavailable, io.ErrUnexpectedEOF, "Bedrock is unable to process your request.")
	}
	const message = "The model failed while it processed the request. Try your request again."
	if s.Kind == Cut {
		return fault.Wrap(fault.ModelStreamError, io.ErrUnexpectedEOF, message)
	}
	e := fault.New(fault.ModelError, message)
	e.Resource = model
	if streaming {
		e.Code, e.OriginalMessage = fault.ModelStreamError, "simulated failure"
	}
	e.OriginalStatus = http.StatusInternalServerError
	return e
}
