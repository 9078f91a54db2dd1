package openai

import (
	"bytes"
	"io"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/tokens"
)

// PassDecoder reads an event stream that is passed on: one event a chunk, with the chunk itself as Native. It is used
// like StreamDecoder. The chunk that carries nothing but the usage is kept from a caller who did not ask for it: its
// event, the Metadata event, has no Native then. One decoder reads one answer. Not safe for concurrent use.
type PassDecoder struct {
	lines  lines
	chunks chunkReader
	usage  usage
	event  chat.Event

	wanted  bool // the caller asked for the usage
	counted bool // usage has been read
	size    int  // bytes of output so far
	content bool // the caller has seen part of the answer
	stopped bool // the answer has been given a reason for its end
	done    bool // Metadata has been given
}

// NewPassDecoder makes a decoder; usage says whether the caller asked for the usage.
func NewPassDecoder(usage bool) *PassDecoder { return &PassDecoder{wanted: usage} }

// Room is where the next bytes of the stream belong. It fails when an event has grown beyond all bounds.
func (d *PassDecoder) Room() ([]byte, error) { return d.lines.room() }

// Filled says how many bytes have been put into Room.
func (d *PassDecoder) Filled(n int) { d.lines.filled(n) }

// Next is StreamDecoder's.
func (d *PassDecoder) Next() (*chat.Event, error) {
	for !d.done {
		line, ok := d.lines.take()
		if !ok {
			return nil, nil
		}
		if e, err := d.line(line); e != nil || err != nil {
			return e, err
		}
	}
	return nil, io.EOF
}

// End is StreamDecoder's, but that nothing waits in front of the end: what Next returns afterwards is the Metadata event
// that is still owed, or the end.
func (d *PassDecoder) End() error {
	if d.done {
		return nil
	}
	if !d.stopped {
		return d.broken(io.ErrUnexpectedEOF)
	}
	// The last line is put back as the one that servers of the dialect end with.
	d.lines = lines{buf: []byte("data: [DONE]\n"), end: len("data: [DONE]\n")}
	return nil
}

// line decodes one line; no event stands for a comment, another field, or the empty line behind an event.
func (d *PassDecoder) line(line []byte) (*chat.Event, error) {
	data, ok := bytes.CutPrefix(line, []byte("data:"))
	data = bytes.TrimSpace(data)
	switch {
	case !ok || len(data) == 0:
		return nil, nil
	case string(data) == "[DONE]":
		if !d.stopped && !d.content {
			return nil, d.broken(io.ErrUnexpectedEOF)
		}
		return d.metadata(nil), nil
	}
	if err := d.chunks.read(data); err != nil {
		return nil, d.broken(err)
	}
	c := &d.chunks.chunk
	if c.err.present {
		return nil, c.err.raised(d.content)
	}
	return d.chunk(c, data), nil
}

func (d *PassDecoder) broken(cause error) error { return broken(d.content, cause) }

// chunk is the event of one chunk. One with neither content nor an end says nothing: it comes first, as the start of the
// message, or keeps the connection alive.
func (d *PassDecoder) chunk(c *chunk, data []byte) *chat.Event {
	if c.hasUsage {
		d.usage, d.counted = c.usage, true
	}
	d.chunks.skipID = true
	size := len(c.content) + len(c.refusal) + len(c.reasoning)
	for i := range c.calls {
		size += len(c.calls[i].input) + len(c.calls[i].name)
	}
	d.size += size
	d.event = chat.Event{Native: data, Size: size}
	switch {
	case size > 0 || d.content && c.finish == "" && !d.stopped:
		d.event.Kind, d.content = chat.BlockDelta, true
	case c.finish != "":
		d.event.Kind, d.stopped = chat.MessageStop, true
		d.event.Stop, d.event.StopSequence = stop(c.finish, c.met, false)
	case d.stopped && c.hasUsage:
		return d.metadata(data)
	default:
		d.event.Kind, d.event.ID = chat.MessageStart, c.id
	}
	d.stopped = d.stopped || c.finish != ""
	return &d.event
}

// metadata is the last event of all.
func (d *PassDecoder) metadata(data []byte) *chat.Event {
	d.done = true
	if !d.wanted {
		data = nil
	}
	counted := &d.usage
	if !d.counted {
		counted = nil
	}
	d.event = chat.Event{Kind: chat.Metadata, Usage: counted.chat(), Native: data}
	if d.event.Usage.Estimated {
		d.event.Usage.Output = tokens.InBytes(int64(d.size))
	}
	return &d.event
}
