package anthropic_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/fault"
)

// answer is a stream with every kind of block.
var answer = []chat.Event{
	{Kind: chat.MessageStart, Usage: chat.Usage{Input: 14, Output: 1}},
	{Kind: chat.BlockDelta, Index: 0, Block: chat.ReasoningBlock, Text: "Hm"},
	{Kind: chat.BlockDelta, Index: 0, Block: chat.ReasoningBlock, Signature: "c2ln"},
	{Kind: chat.BlockStop, Index: 0, Block: chat.ReasoningBlock},
	{Kind: chat.BlockDelta, Index: 1, Block: chat.ReasoningBlock, Redacted: []byte("b3A=")},
	{Kind: chat.BlockStop, Index: 1, Block: chat.ReasoningBlock},
	{Kind: chat.BlockDelta, Index: 2, Block: chat.TextBlock, Text: "\"Hi\"\n"},
	{Kind: chat.BlockDelta, Index: 2, Block: chat.TextBlock, Text: "you"},
	{Kind: chat.BlockStop, Index: 2, Block: chat.TextBlock},
	{Kind: chat.BlockStart, Index: 3, Block: chat.ToolUseBlock, ID: "toolu_1", Name: "look"},
	{Kind: chat.BlockDelta, Index: 3, Block: chat.ToolUseBlock, Text: `{"at":`},
	{Kind: chat.BlockDelta, Index: 3, Block: chat.ToolUseBlock, Text: `1}`},
	{Kind: chat.BlockStop, Index: 3, Block: chat.ToolUseBlock},
	{Kind: chat.MessageStop, Stop: chat.StopToolUse},
	{Kind: chat.Metadata, Usage: chat.Usage{Input: 14, Output: 10}},
}

const answerChunks = `{"type":"message_start","message":{"id":"msg_bdrk_6f2e11","type":"message","role":"assistant","model":"claude-3-5-haiku-20241022","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":14,"output_tokens":1}}}
{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}
{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"b3A="}}
{"type":"content_block_stop","index":1}
{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}
{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"\"Hi\"\n"}}
{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"you"}}
{"type":"content_block_stop","index":2}
{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_1","name":"look","input":{}}}
{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}
{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"at\":"}}
{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"1}"}}
{"type":"content_block_stop","index":3}
{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":10}}
{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":14,"outputTokenCount":10,"invocationLatency":197,"firstByteLatency":72}}
`

// encode writes events, one chunk a line.
func encode(e *anthropic.StreamEncoder, events []chat.Event) string {
	var out strings.Builder
	for i := range events {
		for _, c := range e.Encode(&events[i]) {
			out.Write(c)
			out.WriteByte('\n')
		}
	}
	return out.String()
}

func TestStreamEncoder(t *testing.T) {
	e := anthropic.NewStreamEncoder(env)
	e.InvocationLatency, e.FirstByteLatency = 197, 72
	if diff := cmp.Diff(answerChunks, encode(e, answer)); diff != "" {
		t.Error(diff)
	}
}

// What is not known at the start is told at the end, and an empty block is still begun.
func TestStreamEncoderLateUsage(t *testing.T) {
	e := anthropic.NewStreamEncoder(anthropic.Envelope{Model: "m", Request: "r", Caching: true})
	got := encode(e, []chat.Event{
		{Kind: chat.MessageStart, ID: "msg_1"},
		{Kind: chat.BlockStop},
		{Kind: chat.MessageStop, Stop: chat.StopSequence, StopSequence: "\"E"},
		{Kind: chat.Metadata, Usage: chat.Usage{Input: 3, Output: 2, CacheRead: 5, CacheWrite1h: 7}},
	})
	const want = `{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":0}}}
{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
{"type":"content_block_stop","index":0}
{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"\"E"},"usage":{"input_tokens":3,"cache_creation_input_tokens":7,"cache_read_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":7},"output_tokens":2}}
{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":3,"outputTokenCount":2,"invocationLatency":0,"firstByteLatency":0,"cacheReadInputTokenCount":5,"cacheWriteInputTokenCount":7}}
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStreamIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawStream(t)
		e, d := anthropic.NewStreamEncoder(env), &anthropic.StreamDecoder{}
		var got []chat.Event
		for i := range want {
			for _, c := range e.Encode(&want[i]) {
				events, err := d.Decode(c)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, events...)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func drawStream(t *rapid.T) []chat.Event {
	u := drawUsage(t)
	started := u
	started.Output = 1
	out := []chat.Event{{Kind: chat.MessageStart, ID: name.Draw(t, "id"), Usage: started}}
	for i := range rapid.IntRange(0, 4).Draw(t, "blocks") {
		kind := rapid.SampledFrom([]chat.BlockKind{chat.TextBlock, chat.ReasoningBlock, chat.ToolUseBlock}).Draw(t, "kind")
		if kind == chat.ToolUseBlock {
			out = append(out, chat.Event{Kind: chat.BlockStart, Index: i, Block: kind, ID: name.Draw(t, "tool id"), Name: name.Draw(t, "tool")})
		}
		for range rapid.IntRange(1, 3).Draw(t, "deltas") {
			out = append(out, chat.Event{Kind: chat.BlockDelta, Index: i, Block: kind, Text: words.Draw(t, "text")})
		}
		if kind == chat.ReasoningBlock {
			out = append(out, chat.Event{Kind: chat.BlockDelta, Index: i, Block: kind, Signature: words.Draw(t, "signature")})
		}
		out = append(out, chat.Event{Kind: chat.BlockStop, Index: i, Block: kind})
	}
	stop := stops.Filter(func(s chat.StopReason) bool { return s != chat.GuardrailIntervened }).Draw(t, "stop")
	return append(out, chat.Event{Kind: chat.MessageStop, Stop: stop}, chat.Event{Kind: chat.Metadata, Usage: u})
}

func TestStreamDecoderErrors(t *testing.T) {
	for name, c := range map[string]struct {
		chunk string
		code  fault.Code
	}{
		"not JSON":   {`data: x`, fault.ModelStreamError},
		"mad index":  {`{"type":"content_block_start","index":2000000000,"content_block":{"type":"text"}}`, fault.ModelStreamError},
		"negative":   {`{"type":"content_block_start","index":-1,"content_block":{"type":"text"}}`, fault.ModelStreamError},
		"no block":   {`{"type":"content_block_start","index":0}`, fault.ModelStreamError},
		"overloaded": {`{"type":"error","error":{"type":"overloaded_error","message":"busy"}}`, fault.ServiceUnavailable},
		"rate":       {`{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}`, fault.Throttling},
		"timeout":    {`{"type":"error","error":{"type":"timeout_error","message":"late"}}`, fault.ModelTimeout},
		"invalid":    {`{"type":"error","error":{"type":"invalid_request_error","message":"bad"}}`, fault.Validation},
		"other":      {`{"type":"error","error":{"type":"api_error","message":"?"}}`, fault.ModelStreamError},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := new(anthropic.StreamDecoder).Decode([]byte(c.chunk)); !fault.Is(err, c.code) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestStreamDecoderIgnores(t *testing.T) {
	for _, chunk := range []string{
		`{"type":"ping"}`, `{}`, `{"type":"content_block_delta","index":7,"delta":{"type":"citations_delta","citation":{}}}`,
		`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
	} {
		if events, err := new(anthropic.StreamDecoder).Decode([]byte(chunk)); err != nil || len(events) > 0 {
			t.Errorf("%s: got %v, %v", chunk, events, err)
		}
	}
}

func FuzzStreamDecoder(f *testing.F) {
	f.Add(answerChunks)
	f.Add(`{"type":"message_delta","usage":{"cache_creation":{"ephemeral_1h_input_tokens":-1}}}`)
	f.Add(`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","input":{"a":1}}}`)
	f.Fuzz(func(t *testing.T, chunks string) {
		d := new(anthropic.StreamDecoder)
		for chunk := range strings.Lines(chunks) {
			events, err := d.Decode([]byte(chunk))
			if fault.Is(err, fault.Internal) || err != nil && !errors.As(err, new(*fault.Error)) {
				t.Fatalf("%v is nothing a caller may see", err)
			}
			for i := range events {
				if events[i].Index < 0 && events[i].Kind == chat.BlockStart {
					t.Fatalf("a block begins at %d", events[i].Index)
				}
			}
		}
	})
}

func BenchmarkStreamEncoderText(b *testing.B) {
	e := anthropic.NewStreamEncoder(env)
	ev := &chat.Event{Kind: chat.BlockDelta, Block: chat.TextBlock, Text: " the quick brown"}
	b.ReportAllocs()
	for b.Loop() {
		if len(e.Encode(ev)) == 0 {
			b.Fatal("no chunk")
		}
	}
}

func BenchmarkStreamDecoderText(b *testing.B) {
	d := new(anthropic.StreamDecoder)
	chunk := []byte(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" the quick brown"}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Decode(chunk); err != nil {
			b.Fatal(err)
		}
	}
}

// The steady state of a stream allocates nothing.
func TestStreamEncoderAllocates(t *testing.T) {
	e := anthropic.NewStreamEncoder(env)
	ev := &chat.Event{Kind: chat.BlockDelta, Block: chat.TextBlock, Text: "Grüße \"quoted\" \n"}
	e.Encode(ev)
	if n := testing.AllocsPerRun(100, func() { e.Encode(ev) }); n != 0 {
		t.Errorf("an event allocates %v times", n)
	}
}
