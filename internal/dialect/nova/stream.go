package nova

import (
	"encoding/base64"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/fault"
)

// NewStream begins to write a streamed answer. Blocks end where chat's do; the models themselves end one after each
// delta.
func (Codec) NewStream(dialect.Envelope) dialect.StreamEncoder { return new(stream) }

type stream struct {
	dialect.Chunks
	stop chat.StopReason
}

// Encode returns the chunks of one event.
func (s *stream) Encode(ev *chat.Event, t dialect.Timing) [][]byte {
	s.Reset()
	switch ev.Kind {
	case chat.MessageStart:
		s.End(`{"messageStart":{"role":"assistant"}}`)
	case chat.BlockStart:
		s.Raw(`{"contentBlockStart":{"start":{"toolUse":{"toolUseId":`)
		s.Text(ev.ID)
		s.Raw(`,"name":`)
		s.Text(ev.Name)
		s.at(`}}`, ev.Index)
	case chat.BlockDelta:
		s.delta(ev)
	case chat.BlockStop:
		s.Member(`{"contentBlockStop":{"contentBlockIndex":`, int64(ev.Index))
		s.End(`}}`)
	case chat.MessageStop:
		s.stop = ev.Stop
		s.Raw(`{"messageStop":{"stopReason":`)
		s.Text(string(ev.Stop))
		s.End(`}}`)
	case chat.Metadata:
		s.metadata(ev.Usage, t)
	}
	return s.Cut()
}

// at closes a chunk that is about a block.
func (s *stream) at(tail string, index int) {
	s.Raw(tail)
	s.Member(`,"contentBlockIndex":`, int64(index))
	s.End(`}}`)
}

func (s *stream) delta(ev *chat.Event) {
	s.Raw(`{"contentBlockDelta":{"delta":{`)
	tail := `}`
	switch {
	case ev.Redacted != nil:
		s.Raw(`"reasoningContent":{"redactedContent":`)
		s.Text(base64.StdEncoding.EncodeToString(ev.Redacted))
		tail = `}}`
	case ev.Signature != "":
		s.Raw(`"reasoningContent":{"signature":`)
		s.Text(ev.Signature)
		tail = `}}`
	case ev.Block == chat.ReasoningBlock:
		s.Raw(`"reasoningContent":{"text":`)
		s.Text(ev.Text)
		tail = `}}`
	case ev.Block == chat.ToolUseBlock:
		s.Raw(`"toolUse":{"input":`)
		s.Text(ev.Text)
		tail = `}}`
	default:
		s.Raw(`"text":`)
		s.Text(ev.Text)
	}
	s.at(tail, ev.Index)
}

func (s *stream) metadata(u chat.Usage, t dialect.Timing) {
	s.Member(`{"metadata":{"usage":{"inputTokens":`, u.Input)
	s.Member(`,"outputTokens":`, u.Output)
	s.Member(`,"cacheReadInputTokenCount":`, u.CacheRead)
	s.Member(`,"cacheWriteInputTokenCount":`, u.CacheWrite())
	s.Raw(`},"metrics":{},"trace":{}}`)
	s.Metrics(u, s.stop, true, t)
	s.End(`}`)
}

// NewDecoder begins to read a streamed answer.
func (Codec) NewDecoder() dialect.StreamDecoder { return &decoder{open: -1} }

// decoder joins blocks of text that the models tear apart: they end one after each delta, with the index going up.
type decoder struct {
	events []chat.Event
	open   int // chat's index of the block that is open, -1 when none is
	next   int // chat's index for the next block
	kind   chat.BlockKind
}

type chunk struct {
	MessageStart *struct{}   `json:"messageStart"`
	BlockStart   *blockStart `json:"contentBlockStart"`
	Delta        *blockDelta `json:"contentBlockDelta"`
	BlockStop    *struct{}   `json:"contentBlockStop"`
	MessageStop  *struct {
		Stop string `json:"stopReason"`
	} `json:"messageStop"`
	Metadata *struct {
		Usage usage `json:"usage"`
	} `json:"metadata"`
}

type blockStart struct {
	Start struct {
		ToolUse *toolUse `json:"toolUse"`
	} `json:"start"`
}

type blockDelta struct {
	Delta struct {
		Text    string `json:"text"`
		ToolUse *struct {
			Input string `json:"input"`
		} `json:"toolUse"`
		Reasoning *struct {
			Text      string `json:"text"`
			Signature string `json:"signature"`
			Redacted  []byte `json:"redactedContent"`
		} `json:"reasoningContent"`
	} `json:"delta"`
}

// Decode returns the events of one chunk.
func (d *decoder) Decode(data []byte) ([]chat.Event, error) {
	var c chunk
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fault.Wrap(fault.ModelStreamError, err, "The model's stream could not be read.")
	}
	d.events = d.events[:0]
	switch {
	case c.MessageStart != nil:
		d.add(chat.Event{Kind: chat.MessageStart})
	case c.BlockStart != nil && c.BlockStart.Start.ToolUse != nil:
		d.begin(chat.ToolUseBlock, true)
		d.add(chat.Event{
			Kind: chat.BlockStart, Index: d.open, Block: chat.ToolUseBlock,
			ID: c.BlockStart.Start.ToolUse.ID, Name: c.BlockStart.Start.ToolUse.Name,
		})
	case c.Delta != nil:
		d.delta(c.Delta)
	case c.BlockStop != nil: // it holds only when another kind of block follows, or nothing
	case c.MessageStop != nil:
		d.close()
		d.add(chat.Event{Kind: chat.MessageStop, Stop: chat.StopReason(c.MessageStop.Stop)})
	case c.Metadata != nil:
		d.add(chat.Event{Kind: chat.Metadata, Usage: c.Metadata.Usage.chat()})
	}
	return d.events, nil
}

func (d *decoder) add(e chat.Event) { d.events = append(d.events, e) }

func (d *decoder) delta(c *blockDelta) {
	switch v := &c.Delta; {
	case v.ToolUse != nil:
		d.begin(chat.ToolUseBlock, false)
		d.add(chat.Event{Kind: chat.BlockDelta, Index: d.open, Block: d.kind, Text: v.ToolUse.Input})
	case v.Reasoning != nil:
		d.begin(chat.ReasoningBlock, false)
		d.add(chat.Event{
			Kind: chat.BlockDelta, Index: d.open, Block: d.kind,
			Text: v.Reasoning.Text, Signature: v.Reasoning.Signature, Redacted: v.Reasoning.Redacted,
		})
	default:
		d.begin(chat.TextBlock, false)
		d.add(chat.Event{Kind: chat.BlockDelta, Index: d.open, Block: d.kind, Text: v.Text})
	}
}

// begin opens a block unless one of the kind goes on; fresh says that none does.
func (d *decoder) begin(kind chat.BlockKind, fresh bool) {
	if d.open >= 0 && d.kind == kind && !fresh {
		return
	}
	d.close()
	d.open, d.kind = d.next, kind
	d.next++
}

func (d *decoder) close() {
	if d.open >= 0 {
		d.add(chat.Event{Kind: chat.BlockStop, Index: d.open, Block: d.kind})
	}
	d.open = -1
}
