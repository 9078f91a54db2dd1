package gateway

import (
	"time"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/tokens"
)

// Meter keeps what calls use and cost. It is called on the calls' own goroutines, from many at once.
type Meter interface {
	// Admit records that a call is about to run. An error refuses it.
	Admit(*Record) (Entry, error)
}

// Entry is a call between its admission and its settlement. It belongs to the call's goroutine.
type Entry interface {
	// Checkpoint records what a stream has used so far, for the case that nobody can settle it.
	Checkpoint(*Record)
	// Settle records what the call came to, durably, and says what it costs.
	Settle(*Record) money.Amount
}

// unmetered is the Meter of a gateway that has none.
type unmetered struct{}

func (unmetered) Admit(*Record) (Entry, error)    { return unmetered{}, nil }
func (unmetered) Checkpoint(*Record)              {}
func (unmetered) Settle(*Record) (_ money.Amount) { return }

// A stream leaves a checkpoint after so much of its answer, or so much time. This bounds what a call
// that is interrupted may have used beyond what it is charged.
const (
	checkpointBytes = 256 * tokens.BytesPerToken
	checkpointEvery = time.Second
)

// checkpoint records how far the stream has come, when it has come far enough since the last one.
func (s *Stream) checkpoint() {
	at := now()
	if s.produced-s.marked < checkpointBytes && at.Sub(s.markedAt) < checkpointEvery {
		return
	}
	s.marked, s.markedAt = s.produced, at
	s.answer.latency = at.Sub(s.answer.call.Arrived)
	s.answer.lease.Progress(at, tokens.InBytes(s.produced))
	s.answer.entry.Checkpoint(s.answer.record(nil))
}

// unanswered is what a call used whose client left before an answer: the model had been given the input. What
// it had made of that by then nobody was told.
func (a *Answer) unanswered() chat.Usage {
	if a.ask.Rerank != nil {
		return chat.Usage{SearchUnits: tokens.Rerank(a.ask.Rerank), Estimated: true}
	}
	return chat.Usage{Input: a.input(), Estimated: true}
}

// input is what a call's input would be metered as, where the upstream does not say. It is counted once: a prompt may have
// a million characters.
func (a *Answer) input() int64 {
	if !a.counted {
		a.counted, a.inputTokens = true, a.countInput()
	}
	return a.inputTokens
}

func (a *Answer) countInput() int64 {
	switch {
	case a.ask.Chat != nil:
		return tokens.For(a.Target.Model.ID).Request(a.ask.Chat)
	case a.ask.Embed != nil:
		return tokens.For(a.Target.Model.ID).Embed(a.ask.Embed)
	case a.call.Native != nil:
		return tokens.InBytes(int64(len(a.call.Native.Body)))
	}
	return 0
}

// Cost is what the call costs, once it is settled; 0 when it is not metered.
func (a *Answer) Cost() money.Amount { return a.cost }
