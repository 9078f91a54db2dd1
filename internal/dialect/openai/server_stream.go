package openai

import (
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
)

// Stream writes an answer as chat completion chunks: their JSON, without the frame of server-sent events around it. Not
// safe for concurrent use.
type Stream struct {
	dialect.Chunks
	shape  Shape
	env    dialect.Envelope
	head   string // what every chunk begins with, up to the delta
	calls  int64  // tool calls begun so far
	tagged bool   // the opening tag is out, the closing one is not
	stop   chat.StopReason
}

var _ dialect.StreamEncoder = (*Stream)(nil)

// NewStream begins a streamed answer.
func NewStream(env dialect.Envelope, shape Shape) *Stream { return &Stream{shape: shape, env: env} }

// Encode returns the chunks of one event.
func (s *Stream) Encode(ev *chat.Event, t dialect.Timing) [][]byte {
	s.Reset()
	if s.head == "" {
		s.head = s.opening(ev.ID)
	}
	switch ev.Kind {
	case chat.MessageStart:
		s.Raw(s.head)
		s.finish(`{"role":"assistant","content":""}`)
	case chat.BlockStart:
		s.toolStart(ev)
	case chat.BlockDelta:
		s.delta(ev)
	case chat.BlockStop:
		if s.tagged {
			s.tagged = false
			s.piece(`{"content":`, closeTag, `}`)
		}
	case chat.MessageStop:
		s.stop = ev.Stop
		if !s.shape.NoUsage || !s.shape.Metrics {
			s.last()
			s.End(`}`)
		}
	case chat.Metadata:
		s.metadata(ev.Usage, t)
	}
	return s.Cut()
}

// opening is what every chunk begins with. It is the same throughout, so it is written once.
func (s *Stream) opening(id string) string {
	e := encoder{b: []byte(`{`)}
	if !s.shape.Mistral {
		e.head(id, s.env, `chat.completion.chunk`)
		e.raw(`,`)
	}
	e.raw(`"choices":[{"index":0,"delta":`)
	return string(e.b)
}

// finish closes a chunk that is not the last.
func (s *Stream) finish(delta string) {
	s.Raw(delta)
	s.Raw(`,"`)
	s.Raw(s.shape.finishName())
	s.End(`":null}]}`)
}

// piece is a chunk whose delta has one text in it.
func (s *Stream) piece(before, text, after string) {
	s.Raw(s.head)
	s.Raw(before)
	s.Text(text)
	s.finish(after)
}

func (s *Stream) toolStart(ev *chat.Event) {
	s.Raw(s.head)
	s.Member(`{"tool_calls":[{"index":`, s.calls)
	s.calls++
	s.Raw(`,"id":`)
	s.Text(ev.ID)
	s.Raw(`,"type":"function","function":{"name":`)
	s.Text(ev.Name)
	s.finish(`,"arguments":""}}]}`)
}

// delta leaves out what the dialect has no place for: signatures and redacted reasoning.
func (s *Stream) delta(ev *chat.Event) {
	switch {
	case ev.Block == chat.ToolUseBlock:
		s.Raw(s.head)
		s.Member(`{"tool_calls":[{"index":`, max(s.calls-1, 0))
		s.Raw(`,"function":{"arguments":`)
		s.Text(ev.Text)
		s.finish(`}}]}`)
	case ev.Block != chat.ReasoningBlock:
		s.piece(`{"content":`, ev.Text, `}`)
	case ev.Text == "":
	case !s.shape.Tagged:
		s.piece(`{"reasoning_content":`, ev.Text, `}`)
	case s.tagged:
		s.piece(`{"content":`, ev.Text, `}`)
	default:
		s.tagged = true
		s.piece(`{"content":`, openTag+ev.Text, `}`)
	}
}

// last begins the chunk with the finish reason; the caller ends it.
func (s *Stream) last() {
	s.Raw(s.head)
	s.Raw(`{},"`)
	s.Raw(s.shape.finishName())
	s.Raw(`":"`)
	s.Raw(finishReason(s.stop))
	s.Raw(`"}]`)
}

func (s *Stream) metadata(u chat.Usage, t dialect.Timing) {
	switch {
	case !s.shape.NoUsage:
		s.Raw(s.head[:len(s.head)-len(`[{"index":0,"delta":`)])
		s.Raw(`[],`)
		var e encoder
		e.usage(u)
		s.Raw(string(e.b))
	case s.shape.Metrics:
		s.last()
	default:
		return
	}
	if s.shape.Metrics {
		s.Metrics(u, s.stop, s.env.Caching, t)
	}
	s.End(`}`)
}
