package anthropic

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
)

// StreamEncoder writes an answer as the chunks of a Messages stream. It keeps its buffers, so that an event
// costs no allocation once they have grown. Not safe for concurrent use.
type StreamEncoder struct {
	// InvocationLatency and FirstByteLatency, in milliseconds, go out with the last chunk. Set them
	// before the Metadata event is encoded.
	InvocationLatency, FirstByteLatency int64
	// Plain leaves out what Bedrock adds to the last chunk, as Anthropic's own API has it.
	Plain bool

	env    Envelope
	model  string // the model's short name, quoted
	stop   chat.StopReason
	met    string // the stop sequence that was met
	open   bool   // a block that chat's events did not announce has been started
	index  int    // the block that open is about
	early  bool   // message_start told the input side of the usage
	buf    []byte
	ends   []int // where each chunk of buf ends
	chunks [][]byte
}

// NewStreamEncoder makes an encoder for one answer.
func NewStreamEncoder(env Envelope) *StreamEncoder {
	return &StreamEncoder{env: env, model: string(quote(ShortName(env.Model)))}
}

// Encode returns the chunks, none or several, that say what the event says. They are valid until the next
// call. MessageStop and Metadata come out together, because Messages reports both in one chunk.
func (e *StreamEncoder) Encode(ev *chat.Event) [][]byte {
	e.buf, e.ends = e.buf[:0], e.ends[:0]
	switch ev.Kind {
	case chat.MessageStart:
		e.messageStart(ev)
	case chat.BlockStart:
		e.toolStart(ev)
	case chat.BlockDelta:
		e.announce(ev)
		e.delta(ev)
	case chat.BlockStop:
		e.announce(ev)
		e.open = false
		e.buf = append(e.buf, `{"type":"content_block_stop","index":`...)
		e.int(int64(ev.Index))
		e.end(`}`)
	case chat.MessageStop:
		e.stop, e.met = ev.Stop, ev.StopSequence
	case chat.Metadata:
		e.messageDelta(ev.Usage)
		e.messageStop(ev.Usage)
	}
	return e.cut()
}

func (e *StreamEncoder) messageStart(ev *chat.Event) {
	e.early = ev.Usage.Total() > 0
	e.buf = append(e.buf, `{"type":"message_start","message":{"id":`...)
	e.string(messageID(ev.ID, e.env.Request))
	e.buf = append(e.buf, `,"type":"message","role":"assistant","model":`...)
	e.buf = append(e.buf, e.model...)
	e.buf = append(e.buf, `,"content":[],"stop_reason":null,"stop_sequence":null,"usage":{`...)
	e.input(ev.Usage)
	e.buf = append(e.buf, `,"output_tokens":`...)
	e.int(ev.Usage.Output)
	e.end(`}}}`)
}

// toolStart is followed by an empty piece of input, as Claude does it.
func (e *StreamEncoder) toolStart(ev *chat.Event) {
	e.open, e.index = true, ev.Index
	e.start(ev.Index)
	e.buf = append(e.buf, `{"type":"tool_use","id":`...)
	e.string(ev.ID)
	e.buf = append(e.buf, `,"name":`...)
	e.string(ev.Name)
	e.end(`,"input":{}}}`)
	e.begin(ev.Index)
	e.end(`{"type":"input_json_delta","partial_json":""}}`)
}

// announce starts a block of text or thinking, which chat's events do not.
func (e *StreamEncoder) announce(ev *chat.Event) {
	if e.open && e.index == ev.Index {
		return
	}
	e.open, e.index = true, ev.Index
	e.start(ev.Index)
	switch {
	case ev.Block == chat.ReasoningBlock && ev.Redacted != nil:
		e.buf = append(e.buf, `{"type":"redacted_thinking","data":`...)
		e.string(string(ev.Redacted))
		e.end(`}}`)
	case ev.Block == chat.ReasoningBlock:
		e.end(`{"type":"thinking","thinking":"","signature":""}}`)
	default:
		e.end(`{"type":"text","text":""}}`)
	}
}

func (e *StreamEncoder) delta(ev *chat.Event) {
	switch {
	case ev.Redacted != nil: // told by the start of its block
	case ev.Signature != "":
		e.piece(ev.Index, `{"type":"signature_delta","signature":`, ev.Signature)
	case ev.Block == chat.ReasoningBlock:
		e.piece(ev.Index, `{"type":"thinking_delta","thinking":`, ev.Text)
	case ev.Block == chat.ToolUseBlock:
		e.piece(ev.Index, `{"type":"input_json_delta","partial_json":`, ev.Text)
	default:
		e.piece(ev.Index, `{"type":"text_delta","text":`, ev.Text)
	}
}

// piece is a delta of one text.
func (e *StreamEncoder) piece(index int, open, text string) {
	e.begin(index)
	e.buf = append(e.buf, open...)
	e.string(text)
	e.end(`}}`)
}

// messageDelta tells the input side too when message_start could not.
func (e *StreamEncoder) messageDelta(u chat.Usage) {
	e.buf = append(e.buf, `{"type":"message_delta","delta":{"stop_reason":"`...)
	e.buf = append(e.buf, stopName(e.stop)...)
	e.buf = append(e.buf, `","stop_sequence":`...)
	if e.met == "" {
		e.buf = append(e.buf, `null`...)
	} else {
		e.string(e.met)
	}
	e.buf = append(e.buf, `},"usage":{`...)
	if !e.early {
		e.input(u)
		e.buf = append(e.buf, ',')
	}
	e.buf = append(e.buf, `"output_tokens":`...)
	e.int(u.Output)
	e.end(`}}`)
}

func (e *StreamEncoder) messageStop(u chat.Usage) {
	if e.Plain {
		e.end(`{"type":"message_stop"}`)
		return
	}
	e.buf = append(e.buf, `{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":`...)
	e.int(u.Input)
	e.member(`,"outputTokenCount":`, u.Output)
	e.member(`,"invocationLatency":`, e.InvocationLatency)
	e.member(`,"firstByteLatency":`, e.FirstByteLatency)
	if e.cached(u) {
		e.member(`,"cacheReadInputTokenCount":`, u.CacheRead)
		e.member(`,"cacheWriteInputTokenCount":`, u.CacheWrite())
	}
	e.buf = append(e.buf, `}`...)
	if e.stop == chat.GuardrailIntervened {
		e.buf = append(e.buf, `,"amazon-bedrock-guardrailAction":"INTERVENED"`...)
	}
	e.end(`}`)
}

// input writes the input side of a usage object.
func (e *StreamEncoder) input(u chat.Usage) {
	e.buf = append(e.buf, `"input_tokens":`...)
	e.int(u.Input)
	if e.cached(u) {
		e.member(`,"cache_creation_input_tokens":`, u.CacheWrite())
		e.member(`,"cache_read_input_tokens":`, u.CacheRead)
		e.member(`,"cache_creation":{"ephemeral_5m_input_tokens":`, u.CacheWrite5m)
		e.member(`,"ephemeral_1h_input_tokens":`, u.CacheWrite1h)
		e.buf = append(e.buf, '}')
	}
}

func (e *StreamEncoder) cached(u chat.Usage) bool {
	return e.env.Caching || u.CacheRead > 0 || u.CacheWrite() > 0
}

// start begins a content_block_start, begin a content_block_delta.
func (e *StreamEncoder) start(index int) {
	e.buf = append(e.buf, `{"type":"content_block_start","index":`...)
	e.int(int64(index))
	e.buf = append(e.buf, `,"content_block":`...)
}

func (e *StreamEncoder) begin(index int) {
	e.buf = append(e.buf, `{"type":"content_block_delta","index":`...)
	e.int(int64(index))
	e.buf = append(e.buf, `,"delta":`...)
}

func (e *StreamEncoder) member(name string, n int64) {
	e.buf = append(e.buf, name...)
	e.int(n)
}

func (e *StreamEncoder) int(n int64) { e.buf = strconv.AppendInt(e.buf, n, 10) }

// string appends a JSON string; bytes that are no UTF-8 are replaced.
func (e *StreamEncoder) string(s string) { e.buf, _ = jsontext.AppendQuote(e.buf, s) }

// end closes a chunk.
func (e *StreamEncoder) end(tail string) {
	e.buf = append(e.buf, tail...)
	e.ends = append(e.ends, len(e.buf))
}

// cut divides the buffer, which has stopped moving, into its chunks.
func (e *StreamEncoder) cut() [][]byte {
	e.chunks = e.chunks[:0]
	from := 0
	for _, to := range e.ends {
		e.chunks = append(e.chunks, e.buf[from:to:to])
		from = to
	}
	return e.chunks
}
