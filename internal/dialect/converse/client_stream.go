package converse

import (
	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// StreamDecoder reads the events of a ConverseStream that another server answers with. The zero value is
// ready; one decoder reads one answer. Not safe for concurrent use.
type StreamDecoder struct {
	reader awswire.Reader
	kinds  []chat.BlockKind // of the blocks so far, by index
	event  chat.Event
}

// mostBlocks bounds the index of a content block, so that a mad server cannot make the decoder grow.
const mostBlocks = 10_000

// Decode reads one event by its name and payload. The event is valid until the next call; nil stands for
// one that chat has no words for. Errors have the code ModelStreamError.
func (d *StreamDecoder) Decode(name string, payload []byte) (*chat.Event, error) {
	d.event = chat.Event{}
	told := true
	var err error
	switch name {
	case "messageStart":
		d.event.Kind = chat.MessageStart
	case "contentBlockStart":
		told, err = d.blockStart(payload)
	case "contentBlockDelta":
		told, err = d.blockDelta(payload)
	case "contentBlockStop":
		err = d.blockStop(payload)
	case "messageStop":
		err = d.messageStop(payload)
	case "metadata":
		var w brt.ConverseStreamMetadataEvent
		err = w.ReadJSON(&d.reader, payload)
		d.event.Kind, d.event.Usage = chat.Metadata, usageOf(w.Usage)
	default:
		told = false
	}
	switch {
	case err != nil:
		return nil, fault.Wrap(fault.ModelStreamError, err, "The model's stream could not be read.")
	case !told:
		return nil, nil
	}
	return &d.event, nil
}

func (d *StreamDecoder) blockStart(payload []byte) (told bool, err error) {
	var w brt.ContentBlockStartEvent
	if err := w.ReadJSON(&d.reader, payload); err != nil {
		return false, err
	}
	if w.Start == nil || w.Start.ToolUse == nil {
		return false, nil
	}
	u := w.Start.ToolUse
	d.event = chat.Event{Kind: chat.BlockStart, Index: w.ContentBlockIndex, Block: chat.ToolUseBlock, ID: u.ToolUseID, Name: u.Name}
	return true, d.know(w.ContentBlockIndex, chat.ToolUseBlock)
}

// blockDelta reads a delta. Of citations chat has no event.
func (d *StreamDecoder) blockDelta(payload []byte) (told bool, err error) {
	var w brt.ContentBlockDeltaEvent
	if err := w.ReadJSON(&d.reader, payload); err != nil {
		return false, err
	}
	e := &d.event
	e.Kind, e.Index = chat.BlockDelta, w.ContentBlockIndex
	switch t := w.Delta; {
	case t == nil:
		return false, nil
	case t.Text != nil:
		e.Block, e.Text = chat.TextBlock, *t.Text
	case t.ToolUse != nil:
		e.Block, e.Text = chat.ToolUseBlock, t.ToolUse.Input
	case t.ReasoningContent != nil:
		e.Block = chat.ReasoningBlock
		e.Text, e.Signature = text(t.ReasoningContent.Text), text(t.ReasoningContent.Signature)
		e.Redacted = t.ReasoningContent.RedactedContent
	default:
		return false, nil
	}
	return true, d.know(e.Index, e.Block)
}

func (d *StreamDecoder) blockStop(payload []byte) error {
	var w brt.ContentBlockStopEvent
	if err := w.ReadJSON(&d.reader, payload); err != nil {
		return err
	}
	d.event = chat.Event{Kind: chat.BlockStop, Index: w.ContentBlockIndex}
	if i := w.ContentBlockIndex; i >= 0 && i < len(d.kinds) {
		d.event.Block = d.kinds[i]
	}
	return nil
}

func (d *StreamDecoder) messageStop(payload []byte) error {
	var w brt.MessageStopEvent
	if err := w.ReadJSON(&d.reader, payload); err != nil {
		return err
	}
	d.event = chat.Event{
		Kind: chat.MessageStop, Stop: chat.StopReason(w.StopReason), StopSequence: stopSequenceIn(w.AdditionalModelResponseFields),
	}
	return nil
}

// know keeps the kind of a block for its end, which does not tell it.
func (d *StreamDecoder) know(index int, k chat.BlockKind) error {
	if index < 0 || index >= mostBlocks {
		return fault.New(fault.ModelStreamError, "The model's stream has a content block with the index %d, which cannot be.", index)
	}
	for len(d.kinds) <= index {
		d.kinds = append(d.kinds, chat.TextBlock)
	}
	d.kinds[index] = k
	return nil
}
