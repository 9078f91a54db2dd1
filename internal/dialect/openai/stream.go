package openai

import (
	"bytes"
	"io"
	"strings"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/tokens"
)

// StreamDecoder turns the bytes of an event stream into events. It reads nothing itself: its user fills Room, says
// Filled, and asks Next until that has nothing more. One decoder reads one answer. Not safe for concurrent use.
type StreamDecoder struct {
	lines  lines
	chunks chunkReader
	newID  NewID

	events []chat.Event // decoded and not yet given out
	next   int

	tools   toolCalls
	open    chat.BlockKind // kind of the open text or reasoning block
	isOpen  bool
	index   int // of the open block, or of the next one
	size    int // bytes of output so far
	usage   *usage
	counted usage // what usage points to
	started bool
	content bool // the caller has seen part of the answer
	stopped bool // MessageStop has been given
	done    bool // Metadata has been given
}

// NewStreamDecoder makes a decoder; newID makes ids for tool uses without one.
func NewStreamDecoder(newID NewID) *StreamDecoder {
	return &StreamDecoder{newID: newID}
}

// Room is where the next bytes of the stream belong. It fails when an event has grown beyond all bounds.
func (d *StreamDecoder) Room() ([]byte, error) { return d.lines.room() }

// Filled says how many bytes have been put into Room.
func (d *StreamDecoder) Filled(n int) { d.lines.filled(n) }

// Next returns the next event, valid until the next call, or nil when it needs more bytes first. io.EOF follows the
// Metadata event. An error that the server reports is what it would have been as a status while no content has been
// given out, and a ModelStreamError after that. When the server reported no usage, the one in Metadata says that it is
// estimated, and has no input tokens.
func (d *StreamDecoder) Next() (*chat.Event, error) {
	for {
		if d.next < len(d.events) {
			e := &d.events[d.next]
			d.next++
			d.content = d.content || e.IsContent()
			return e, nil
		}
		if d.done {
			return nil, io.EOF
		}
		line, ok := d.lines.take()
		if !ok {
			return nil, nil
		}
		if err := d.line(line); err != nil {
			return nil, err
		}
	}
}

// End says that the stream has ended. What Next returns afterwards is the rest of the answer. It fails when the
// answer was not complete.
func (d *StreamDecoder) End() error {
	if d.done {
		return nil
	}
	d.rewind()
	if rest := d.lines.rest(); len(rest) > 0 && !d.stopped {
		if err := d.line(rest); err != nil {
			return err
		}
	}
	if d.done {
		return nil
	}
	if !d.stopped {
		return d.broken(io.ErrUnexpectedEOF)
	}
	d.finish()
	return nil
}

// rewind forgets events that have been given out.
func (d *StreamDecoder) rewind() {
	if d.next == len(d.events) {
		d.events, d.next = d.events[:0], 0
	}
}

// line decodes one line. An event is one data line: no server of this dialect breaks its JSON over several.
func (d *StreamDecoder) line(line []byte) error {
	d.rewind()
	data, ok := bytes.CutPrefix(line, []byte("data:"))
	data = bytes.TrimSpace(data)
	if !ok || len(data) == 0 { // a comment, another field, or the empty line behind an event
		return nil
	}
	if string(data) == "[DONE]" {
		if !d.started {
			return d.broken(io.ErrUnexpectedEOF)
		}
		d.stop("", "")
		d.finish()
		return nil
	}
	if err := d.chunks.read(data); err != nil {
		return d.broken(err)
	}
	return d.chunk(&d.chunks.chunk)
}

// broken is a stream that cannot be read. While the caller has seen nothing another server may be tried.
func (d *StreamDecoder) broken(cause error) error { return broken(d.content, cause) }

func broken(content bool, cause error) error {
	if !content {
		return unreadable(cause)
	}
	return fault.Wrap(fault.ModelStreamError, cause, "The model stream broke before its answer was complete. Try your request again.")
}

func (d *StreamDecoder) chunk(c *chunk) error {
	if c.err.present {
		return c.err.raised(d.content)
	}
	if c.hasUsage {
		d.counted = c.usage
		d.usage = &d.counted
	}
	if !d.started {
		d.started, d.chunks.skipID = true, true
		d.add(chat.Event{Kind: chat.MessageStart, ID: c.id})
	}
	if d.stopped {
		return nil // only usage follows
	}
	if c.reasoning != "" {
		d.text(chat.ReasoningBlock, c.reasoning)
	}
	if c.content != "" {
		d.text(chat.TextBlock, c.content)
	}
	if c.refusal != "" {
		d.text(chat.TextBlock, c.refusal)
	}
	for i := range c.calls {
		if err := d.fragment(&c.calls[i]); err != nil {
			return err
		}
	}
	if c.finish != "" {
		d.stop(c.finish, c.met)
	}
	return nil
}

func (d *StreamDecoder) add(e chat.Event) { d.events = append(d.events, e) }

// text adds to the open block of its kind, or opens one.
func (d *StreamDecoder) text(kind chat.BlockKind, s string) {
	if d.isOpen && d.open != kind {
		d.closeText()
	}
	if !d.isOpen {
		d.closeTools()
		d.isOpen, d.open = true, kind
	}
	d.size += len(s)
	d.add(chat.Event{Kind: chat.BlockDelta, Index: d.index, Block: kind, Text: s})
}

func (d *StreamDecoder) closeText() {
	if d.isOpen {
		d.add(chat.Event{Kind: chat.BlockStop, Index: d.index, Block: d.open})
		d.isOpen = false
		d.index++
	}
}

// fragment adds a piece of a tool call: at once when the call is live, else when its turn comes.
func (d *StreamDecoder) fragment(f *fragment) error {
	d.closeText()
	at, err := d.tools.add(f)
	if err != nil {
		return err
	}
	d.size += len(f.input) + len(f.name)
	c := &d.tools.calls[at]
	switch {
	case c.ended:
		if strings.TrimSpace(f.input) != "" {
			return d.broken(chunkError("a tool's input goes on behind its end"))
		}
		return nil
	case at != d.tools.live || c.name == "":
		if err := d.tools.hold(at, f.input); err != nil {
			return err
		}
	default:
		d.give(c, f.input)
	}
	for d.tools.live+1 < len(d.tools.calls) && d.tools.calls[d.tools.live].whole.done {
		d.endCall()
	}
	return nil
}

// give adds input to the live call, whose block it starts if need be.
func (d *StreamDecoder) give(c *call, input string) {
	if !c.begun {
		c.begun = true
		d.add(chat.Event{Kind: chat.BlockStart, Index: d.index, Block: chat.ToolUseBlock, ID: usableID(c.id, d.newID), Name: c.name})
	}
	if len(c.waiting) > 0 {
		input = string(c.waiting) + input
		d.tools.held -= len(c.waiting)
		c.waiting = nil
	}
	if input != "" {
		c.whole.add(input)
		d.add(chat.Event{Kind: chat.BlockDelta, Index: d.index, Block: chat.ToolUseBlock, Text: input})
	}
}

// endCall stops the live call's block and makes the next call live. A call that never got a name is none.
func (d *StreamDecoder) endCall() {
	c := &d.tools.calls[d.tools.live]
	if c.name != "" {
		d.give(c, "")
		d.add(chat.Event{Kind: chat.BlockStop, Index: d.index, Block: chat.ToolUseBlock})
		d.index++
	}
	c.ended = true
	d.tools.live++
	if d.tools.live < len(d.tools.calls) && d.tools.calls[d.tools.live].name != "" {
		d.give(&d.tools.calls[d.tools.live], "")
	}
}

func (d *StreamDecoder) closeTools() {
	for d.tools.live < len(d.tools.calls) {
		d.endCall()
	}
}

// stop ends the message, once.
func (d *StreamDecoder) stop(reason, met string) {
	if d.stopped {
		return
	}
	d.stopped = true
	d.closeText()
	d.closeTools()
	e := chat.Event{Kind: chat.MessageStop}
	e.Stop, e.StopSequence = stop(reason, met, len(d.tools.calls) > 0)
	d.add(e)
}

// finish adds the last event of all.
func (d *StreamDecoder) finish() {
	u := d.usage.chat()
	if u.Estimated {
		u.Output = tokens.InBytes(int64(d.size))
	}
	d.done = true
	d.add(chat.Event{Kind: chat.Metadata, Usage: u})
}
