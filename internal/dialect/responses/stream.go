package responses

import (
	"strconv"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
)

// Stream writes an answer as the server-sent events of the Responses API, in OpenAI's order. Not safe for concurrent use.
type Stream struct {
	object
	sequence int64
	item     out // being written
	open     bool
	ended    bool   // item is complete, but whether the answer is cut off there is not yet known
	index    int    // chat's number of the block that item is
	items    []byte // those before it, as they stand in the response object
	stop     chat.StopReason
}

// NewStream begins a streamed answer.
func NewStream(env dialect.Envelope, e Echo) *Stream { return &Stream{object: object{env, e}} }

// Append adds the events, none or several, that say what ev says.
func (s *Stream) Append(b []byte, ev *chat.Event) []byte {
	if s.sequence == 0 {
		b = s.started(b)
	}
	if s.ended {
		b = s.done(b, ending(ev.Stop))
	}
	switch ev.Kind {
	case chat.BlockStart:
		b = s.begin(b, ev)
	case chat.BlockDelta:
		b = s.delta(s.announce(b, ev), ev)
	case chat.BlockStop:
		b = s.announce(b, ev)
		s.ended = true
	case chat.MessageStop:
		s.stop = ev.Stop
	case chat.Metadata:
		b = s.finished(b, ev.Usage)
	}
	return b
}

// AppendError adds the event that ends a stream which broke: the fields of the API's event, and the error as an object,
// which clients look for.
func (s *Stream) AppendError(b []byte, code, message string, object []byte) []byte {
	b = s.event(b, "error")
	b = quote(append(b, `,"code":`...), code)
	b = quote(append(b, `,"message":`...), message)
	b = append(append(b, `,"param":null,"error":`...), object...)
	return append(b, end...)
}

const end = "}\n\n"

// event begins an event, whose data the caller goes on with and ends.
func (s *Stream) event(b []byte, name string) []byte {
	b = append(append(b, "event: "...), name...)
	b = append(append(b, "\ndata: {\"type\":\""...), name...)
	b = append(b, `","sequence_number":`...)
	b = strconv.AppendInt(b, s.sequence, 10)
	s.sequence++
	return b
}

// about adds which item an event is about.
func (s *Stream) about(b []byte) []byte {
	b = s.place(append(b, `,"item_id":`...))
	return append(b, `,"content_index":0`...)
}

func (s *Stream) place(b []byte) []byte {
	b = s.item.appendID(b, s.env.Request)
	return s.number(b)
}

func (s *Stream) number(b []byte) []byte {
	return strconv.AppendInt(append(b, `,"output_index":`...), int64(s.item.number), 10)
}

func (s *Stream) started(b []byte) []byte {
	for _, name := range [...]string{"response.created", "response.in_progress"} {
		b = append(s.event(b, name), `,"response":`...)
		b = append(s.append(b, "in_progress", nil, "", nil), end...)
	}
	return b
}

// announce begins a block of text or reasoning, which chat's events do not.
func (s *Stream) announce(b []byte, ev *chat.Event) []byte {
	if s.open && s.index == ev.Index {
		return b
	}
	return s.begin(b, ev)
}

func (s *Stream) begin(b []byte, ev *chat.Event) []byte {
	kind := ev.Block
	if kind != chat.ToolUseBlock && kind != chat.ReasoningBlock {
		kind = chat.TextBlock
	}
	s.open, s.index = true, ev.Index
	s.item = out{kind: kind, number: s.item.number, status: "in_progress", callID: ev.ID, name: ev.Name, text: s.item.text[:0]}
	b = append(s.number(s.event(b, "response.output_item.added")), `,"item":`...)
	b = append(s.item.append(b, s.env.Request), end...)
	if kind == chat.ToolUseBlock {
		return b
	}
	b = append(s.about(s.event(b, "response.content_part.added")), `,"part":`...)
	return append(s.item.appendPart(b), end...)
}

func (s *Stream) delta(b []byte, ev *chat.Event) []byte {
	if ev.Signature != "" {
		s.item.signature = ev.Signature
	}
	if ev.Redacted != nil {
		s.item.hidden = string(ev.Redacted)
	}
	if ev.Text == "" {
		return b
	}
	s.item.text = append(s.item.text, ev.Text...)
	switch s.item.kind {
	case chat.ToolUseBlock:
		b = s.place(append(s.event(b, "response.function_call_arguments.delta"), `,"item_id":`...))
	case chat.ReasoningBlock:
		b = s.about(s.event(b, "response.reasoning_text.delta"))
	default:
		b = append(s.about(s.event(b, "response.output_text.delta")), `,"logprobs":[]`...)
	}
	return append(quote(append(b, `,"delta":`...), ev.Text), end...)
}

// done ends the item with a status, and keeps it for the object at the end.
func (s *Stream) done(b []byte, status string) []byte {
	switch s.item.kind {
	case chat.ToolUseBlock:
		if len(s.item.text) == 0 {
			s.item.text = append(s.item.text, `{}`...)
		}
		b = s.place(append(s.event(b, "response.function_call_arguments.done"), `,"item_id":`...))
		b = quote(append(b, `,"name":`...), s.item.name)
		b = append(quote(append(b, `,"arguments":`...), s.item.text), end...)
	case chat.ReasoningBlock:
		b = s.about(s.event(b, "response.reasoning_text.done"))
		b = append(quote(append(b, `,"text":`...), s.item.text), end...)
	default:
		b = append(s.about(s.event(b, "response.output_text.done")), `,"logprobs":[]`...)
		b = append(quote(append(b, `,"text":`...), s.item.text), end...)
	}
	if s.item.kind != chat.ToolUseBlock {
		b = append(s.about(s.event(b, "response.content_part.done")), `,"part":`...)
		b = append(s.item.appendPart(b), end...)
	}
	s.item.status = status
	if len(s.items) > 0 {
		s.items = append(s.items, ',')
	}
	from := len(s.items)
	s.items = s.item.append(s.items, s.env.Request)
	b = append(s.number(s.event(b, "response.output_item.done")), `,"item":`...)
	b = append(append(b, s.items[from:]...), end...)
	s.open, s.ended = false, false
	s.item.number++
	return b
}

func (s *Stream) finished(b []byte, u chat.Usage) []byte {
	status := ending(s.stop)
	b = append(s.event(b, "response."+status), `,"response":`...)
	return append(s.append(b, status, s.items, s.stop, &u), end...)
}
