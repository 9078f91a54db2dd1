package gateway

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/tokens"
)

// Stream is a streamed answer whose first content has been seen. It is not safe for concurrent use
// and must be closed.
type Stream struct {
	ctx    context.Context // the call's: it ends when the client leaves
	in     provider.Stream
	stop   func() error // when in has been closed
	answer *Answer

	// head is what was read before the stream was handed out; Next gives it again first.
	head []chat.Event
	room [4]chat.Event
	next int

	usage     chat.Usage
	produced  int64 // bytes of content relayed, for a stream that never reports its usage
	ended     error
	sawUsage  bool
	completed bool

	// What the last checkpoint said, and when it did.
	marked   int64
	markedAt time.Time
}

// What a stream may say before its first content, so that one which only talks around it cannot fill memory.
const (
	maxHead      = 1000
	maxHeadBytes = 1 << 20
)

// hold reads up to the first event that carries content. An answer without any content is held up
// to its MessageStop.
func (s *Stream) hold() error {
	s.head = s.room[:0]
	for held := 0; ; {
		e, err := s.in.Next()
		if errors.Is(err, io.EOF) {
			return fault.New(fault.ModelStreamError, "The model ended its stream before it answered.")
		}
		if err != nil {
			return err
		}
		s.head = append(s.head, *e)
		kept := &s.head[len(s.head)-1] // the provider may use its event's memory again
		kept.Redacted, kept.Native = slices.Clone(e.Redacted), slices.Clone(e.Native)
		if e.IsContent() || e.Kind == chat.MessageStop {
			return nil
		}
		if held += len(e.Native) + len(e.Redacted); len(s.head) == maxHead || held > maxHeadBytes {
			return fault.New(fault.ModelStreamError, "The model sent %d events with %d bytes before it answered.", len(s.head), held)
		}
	}
}

// Next returns the next event, valid until the next call, io.EOF after the last event of a complete
// answer, or a *fault.Error that ends the stream.
func (s *Stream) Next() (*chat.Event, error) {
	if s.ended != nil {
		return nil, s.ended
	}
	e, err := s.read()
	if err == nil {
		err = s.progress(e)
		s.answer.cut = err != nil
	}
	if err == nil {
		s.note(e)
		return e, nil
	}
	s.ended = s.failure(err)
	s.finish()
	return nil, s.ended
}

// read is the next event of the head, and then of the upstream.
func (s *Stream) read() (*chat.Event, error) {
	if s.next == len(s.head) {
		return s.in.Next()
	}
	s.next++
	return &s.head[s.next-1], nil
}

// progress asks whoever reserved whether the stream may go on with its next event.
func (s *Stream) progress(e *chat.Event) error {
	for _, held := range s.answer.reservations() {
		if err := held.Progress(s.produced + int64(len(e.Text)+e.Size)); err != nil {
			return err
		}
	}
	return nil
}

// note keeps what settlement needs of an event.
func (s *Stream) note(e *chat.Event) {
	switch e.Kind {
	case chat.BlockDelta:
		s.produced += int64(len(e.Text) + e.Size)
		s.checkpoint()
	case chat.Metadata:
		s.usage, s.sawUsage, s.completed = e.Usage, true, true
		s.answer.settle(nil) // before anyone sees the answer's end
	case chat.MessageStart:
		s.usage = e.Usage
	}
}

// failure is what the caller is told when a stream breaks after its first content. One that broke because
// the caller had left is no failure of the model's, and what it produced is charged.
func (s *Stream) failure(err error) error {
	switch {
	case errors.Is(err, io.EOF) && s.sawUsage:
		return io.EOF
	case s.ctx.Err() != nil:
		return gone(s.ctx)
	case errors.Is(err, io.EOF):
		return fault.New(fault.ModelStreamError, "The model ended its stream before its answer was complete.")
	}
	var f *fault.Error
	if errors.As(err, &f) && f.Code != fault.Internal {
		return f
	}
	return fault.Wrap(fault.ModelStreamError, err, "The model stream broke before its answer was complete. Try your request again.")
}

// Close releases the upstream and settles the call. A stream closed before its end is settled with
// what had been relayed.
func (s *Stream) Close() error {
	err := s.release()
	s.finish()
	return err
}

func (s *Stream) finish() {
	switch {
	case s.completed:
		s.answer.settle(nil)
	case s.ended != nil:
		s.answer.settle(fault.Public(s.ended))
	default:
		s.answer.settle(fault.New(fault.ClientGone, "The client closed the stream before its end."))
	}
}

// measured is what the stream used: what the upstream reported, or what was relayed when it never
// came to that. That is counted by its bytes: reading the relayed text for real would cost every
// stream what only a broken one needs.
func (s *Stream) measured() chat.Usage {
	if s.sawUsage {
		return s.usage
	}
	u := s.usage
	if u.Total() == u.Output { // the upstream has not even said what it read
		u.Input = s.answer.input()
	}
	u.Output, u.Estimated = tokens.InBytes(s.produced), true
	return u
}
