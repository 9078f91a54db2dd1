package converse

import (
	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// StreamWriter takes the events of a ConverseStream answer. What it is given is valid during the call only.
type StreamWriter interface {
	MessageStart(*brt.MessageStartEvent) error
	ContentBlockStart(*brt.ContentBlockStartEvent) error
	ContentBlockDelta(*brt.ContentBlockDeltaEvent) error
	ContentBlockStop(*brt.ContentBlockStopEvent) error
	MessageStop(*brt.MessageStopEvent) error
	Metadata(*brt.ConverseStreamMetadataEvent) error
}

var _ StreamWriter = (*brt.ConverseStreamWriter)(nil)

// Stream writes the events of one answer. It keeps the structures it fills, so that a delta costs no
// allocation. Not safe for concurrent use.
type Stream struct {
	// Envelope goes out with the last events. Its LatencyMs may be set as late as the Metadata event.
	Envelope Envelope

	to        StreamWriter
	event     brt.ContentBlockDeltaEvent
	delta     brt.ContentBlockDelta
	tool      brt.ToolUseBlockDelta
	reasoning brt.ReasoningContentBlockDelta
	text      string
	stop      brt.ContentBlockStopEvent
}

// NewStream makes a stream that writes to w.
func NewStream(w StreamWriter, env Envelope) *Stream {
	s := &Stream{Envelope: env, to: w}
	s.event.Delta = &s.delta
	return s
}

// Send writes one event.
func (s *Stream) Send(ev *chat.Event) error {
	switch ev.Kind {
	case chat.MessageStart:
		return s.to.MessageStart(&brt.MessageStartEvent{Role: brt.ConversationRoleAssistant})
	case chat.BlockStart:
		return s.to.ContentBlockStart(&brt.ContentBlockStartEvent{
			ContentBlockIndex: ev.Index,
			Start:             &brt.ContentBlockStart{ToolUse: &brt.ToolUseBlockStart{ToolUseID: ev.ID, Name: ev.Name}},
		})
	case chat.BlockDelta:
		return s.sendDelta(ev)
	case chat.BlockStop:
		s.stop.ContentBlockIndex = ev.Index
		return s.to.ContentBlockStop(&s.stop)
	case chat.MessageStop:
		fields, err := selectFields(nil, ev.StopSequence, s.Envelope.FieldPaths)
		if err != nil {
			return err
		}
		return s.to.MessageStop(&brt.MessageStopEvent{StopReason: stopReason(ev.Stop), AdditionalModelResponseFields: fields})
	case chat.Metadata:
		return s.to.Metadata(&brt.ConverseStreamMetadataEvent{
			Usage:             usage(ev.Usage, s.Envelope.Caching),
			Metrics:           &brt.ConverseStreamMetrics{LatencyMs: s.Envelope.LatencyMs},
			PerformanceConfig: performance(s.Envelope.Performance),
			ServiceTier:       tier(s.Envelope.Tier),
		})
	}
	return fault.New(fault.Internal, "BUG: a stream has an event of the kind %d", ev.Kind)
}

func (s *Stream) sendDelta(ev *chat.Event) error {
	s.event.ContentBlockIndex = ev.Index
	s.delta = brt.ContentBlockDelta{}
	s.text = ev.Text
	switch ev.Block {
	case chat.ToolUseBlock:
		s.tool.Input = ev.Text
		s.delta.ToolUse = &s.tool
	case chat.ReasoningBlock:
		s.reasoning = s.reasoningDelta(ev)
		s.delta.ReasoningContent = &s.reasoning
	default:
		s.delta.Text = &s.text
	}
	return s.to.ContentBlockDelta(&s.event)
}

// reasoningDelta is one of the three members of the union.
func (s *Stream) reasoningDelta(ev *chat.Event) brt.ReasoningContentBlockDelta {
	switch {
	case ev.Redacted != nil:
		return brt.ReasoningContentBlockDelta{RedactedContent: ev.Redacted}
	case ev.Signature != "":
		s.text = ev.Signature
		return brt.ReasoningContentBlockDelta{Signature: &s.text}
	}
	return brt.ReasoningContentBlockDelta{Text: &s.text}
}
