package simulator

import (
	"sync/atomic"
	"time"
)

// Failure is one line of a script: which calls fail, how and when.
type Failure struct {
	Place
	Kind FailureKind
	// Calls is how many calls fail, counted from the first that Place matches; 0: all of them.
	Calls int64
	// Share is the part of those calls that fails, above 0 and at most 1; 0: every one. Which ones is
	// settled by Settings.Seed and the call's number.
	Share float64
	// Event is the content event, counted from 1, in whose stead the answer fails. 0: before the
	// answer begins. An answer with fewer events is complete.
	Event int
	// Delay goes before the failure, or before the first token when Kind is Slow or Event is set.
	Delay time.Duration
}

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
	return s.Share == 0 || chosen(seed, "share", s.number, call, s.Share)
}

// chosen settles by lot whether a call, by its number, is among a part of all calls.
func chosen(seed uint64, purpose string, script int, call int64, part float64) bool {
	return digest(seed).word(uint64(script)).word(uint64(call)).roll(purpose).unit() < part
}

// consult returns how the first script that is due for a call fails, or nil, and the delay that it and
// the slow scripts before it bring.
func consult(scripts []*script, seed uint64) (failure *Fault, delay time.Duration) {
	for _, s := range scripts {
		if !s.due(seed) {
			continue
		}
		delay += s.Delay
		if s.Kind != Slow {
			return &Fault{Kind: s.Kind, Event: s.Event}, delay
		}
	}
	return nil, delay
}
