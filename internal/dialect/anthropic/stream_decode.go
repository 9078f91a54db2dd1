package anthropic

import (
	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// StreamDecoder reads the chunks of an upstream's Messages stream. The zero value is ready; one decoder
// reads one answer. Not safe for concurrent use.
type StreamDecoder struct {
	usage  chat.Usage
	kinds  []chat.BlockKind // of the blocks begun, by index
	events []chat.Event
}

// chunk is the union of all chunks; Type tells which fields count.
type chunk struct {
	Type    string    `json:"type"`
	Index   int       `json:"index"`
	Message *response `json:"message"`
	Block   *block    `json:"content_block"`
	Delta   struct {
		Type         string  `json:"type"`
		Text         string  `json:"text"`
		Thinking     string  `json:"thinking"`
		Signature    string  `json:"signature"`
		JSON         string  `json:"partial_json"`
		StopReason   *string `json:"stop_reason"`
		StopSequence *string `json:"stop_sequence"`
	} `json:"delta"`
	Usage     *usage `json:"usage"`
	Guardrail string `json:"amazon-bedrock-guardrailAction"`
	Error     struct {
		Type    string `json:"type"`
		Message string `json:"message"`
	} `json:"error"`
}

// mostBlocks bounds the index of a content block, so that a mad upstream cannot make the decoder grow.
const mostBlocks = 10_000

// Decode returns the events, none or several, that a chunk stands for; they are valid until the next call.
// The last chunk of an answer gives the Metadata event. An error that the upstream reports in the stream
// comes back as a *fault.Error, and so does a chunk that cannot be read.
func (d *StreamDecoder) Decode(data []byte) ([]chat.Event, error) {
	var c chunk
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fault.Wrap(fault.ModelStreamError, err, "The model's stream could not be read.")
	}
	d.events = d.events[:0]
	switch c.Type {
	case "message_start":
		d.messageStart(&c)
	case "content_block_start":
		if err := d.blockStart(&c); err != nil {
			return nil, err
		}
	case "content_block_delta":
		d.blockDelta(&c)
	case "content_block_stop":
		d.add(chat.Event{Kind: chat.BlockStop, Index: c.Index, Block: d.kind(c.Index)})
	case "message_delta":
		d.messageDelta(&c)
	case "message_stop":
		d.add(chat.Event{Kind: chat.Metadata, Usage: d.usage})
	case "error":
		return nil, upstreamError(c.Error.Type, c.Error.Message)
	}
	return d.events, nil
}

func (d *StreamDecoder) add(ev chat.Event) { d.events = append(d.events, ev) }

func (d *StreamDecoder) messageStart(c *chunk) {
	ev := chat.Event{Kind: chat.MessageStart}
	if c.Message != nil {
		d.usage = c.Message.Usage.chat()
		ev.ID, ev.Usage = c.Message.ID, d.usage
	}
	d.add(ev)
}

func (d *StreamDecoder) blockStart(c *chunk) error {
	if c.Index < 0 || c.Index >= mostBlocks || c.Block == nil {
		return fault.New(fault.ModelStreamError, "The model's stream began a content block with the index %d, which cannot be read.", c.Index)
	}
	for len(d.kinds) <= c.Index {
		d.kinds = append(d.kinds, chat.TextBlock)
	}
	b := c.Block
	ev := chat.Event{Kind: chat.BlockDelta, Index: c.Index}
	switch b.Type {
	case "tool_use":
		d.kinds[c.Index] = chat.ToolUseBlock
		d.add(chat.Event{Kind: chat.BlockStart, Index: c.Index, Block: chat.ToolUseBlock, ID: either(b.ID), Name: either(b.Name)})
		if b.Input.Kind() == '{' && len(b.Input) > len("{}") {
			ev.Text = string(b.Input)
		}
	case "thinking":
		d.kinds[c.Index] = chat.ReasoningBlock
		ev.Text = either(b.Thinking)
	case "redacted_thinking":
		d.kinds[c.Index] = chat.ReasoningBlock
		ev.Redacted = []byte(either(b.Data))
	default:
		d.kinds[c.Index] = chat.TextBlock
		ev.Text = either(b.Text)
	}
	if ev.Block = d.kinds[c.Index]; ev.Text != "" || ev.Redacted != nil {
		d.add(ev)
	}
	return nil
}

// blockDelta leaves out the empty piece that Claude opens a tool's input with, and deltas of kinds
// that chat's events do not know.
func (d *StreamDecoder) blockDelta(c *chunk) {
	ev := chat.Event{Kind: chat.BlockDelta, Index: c.Index, Block: d.kind(c.Index)}
	switch c.Delta.Type {
	case "text_delta":
		ev.Text = c.Delta.Text
	case "thinking_delta":
		ev.Text = c.Delta.Thinking
	case "signature_delta":
		ev.Signature = c.Delta.Signature
	case "input_json_delta":
		ev.Text = c.Delta.JSON
	}
	if ev.Text != "" || ev.Signature != "" {
		d.add(ev)
	}
}

// messageDelta takes over those counts that the upstream repeats; they are running totals.
func (d *StreamDecoder) messageDelta(c *chunk) {
	if u := c.Usage; u != nil {
		d.usage.Output = u.Output
		if u.Input != nil {
			d.usage.Input = *u.Input
		}
		if u.CacheRead != nil {
			d.usage.CacheRead = *u.CacheRead
		}
		if u.Creation != nil {
			d.usage.CacheWrite5m, d.usage.CacheWrite1h = u.Creation.FiveMinutes, u.Creation.OneHour
		} else if u.CacheWrite != nil && *u.CacheWrite != d.usage.CacheWrite() {
			d.usage.CacheWrite5m, d.usage.CacheWrite1h = *u.CacheWrite, 0
		}
	}
	d.add(chat.Event{Kind: chat.MessageStop, Stop: stopReason(either(c.Delta.StopReason)), StopSequence: either(c.Delta.StopSequence)})
}

func (d *StreamDecoder) kind(index int) chat.BlockKind {
	if index < 0 || index >= len(d.kinds) {
		return chat.TextBlock
	}
	return d.kinds[index]
}

// upstreamError classifies an error that Anthropic reports by type.
func upstreamError(kind, message string) error {
	code := fault.ModelStreamError
	switch kind {
	case "invalid_request_error", "request_too_large":
		return fault.New(fault.Validation, "The model returned the following errors: %s", message)
	case "rate_limit_error":
		code = fault.Throttling
	case "overloaded_error":
		code = fault.ServiceUnavailable
	case "timeout_error":
		code = fault.ModelTimeout
	}
	e := fault.New(code, "The model returned the following errors: %s", message)
	e.OriginalMessage = message
	return e
}
