package converse_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/converse"
	"github.com/outcrop/outcrop/internal/fault"
)

// recorder writes events as lines of name and JSON into a buffer that it keeps.
type recorder struct {
	out []byte
	err error
}

func (r *recorder) add(name string, appendJSON func([]byte) []byte) error {
	r.out = append(r.out, name...)
	r.out = append(r.out, ' ')
	r.out = append(appendJSON(r.out), '\n')
	return r.err
}

func (r *recorder) MessageStart(e *brt.MessageStartEvent) error {
	return r.add("messageStart", e.AppendJSON)
}

func (r *recorder) ContentBlockStart(e *brt.ContentBlockStartEvent) error {
	return r.add("contentBlockStart", e.AppendJSON)
}

func (r *recorder) ContentBlockDelta(e *brt.ContentBlockDeltaEvent) error {
	return r.add("contentBlockDelta", e.AppendJSON)
}

func (r *recorder) ContentBlockStop(e *brt.ContentBlockStopEvent) error {
	return r.add("contentBlockStop", e.AppendJSON)
}

func (r *recorder) MessageStop(e *brt.MessageStopEvent) error {
	return r.add("messageStop", e.AppendJSON)
}

func (r *recorder) Metadata(e *brt.ConverseStreamMetadataEvent) error {
	return r.add("metadata", e.AppendJSON)
}

func TestStream(t *testing.T) {
	r := &recorder{}
	s := converse.NewStream(r, converse.Envelope{FieldPaths: []string{"/stop_sequence", "/none"}, Tier: "default"})
	for _, ev := range []chat.Event{
		{Kind: chat.MessageStart},
		{Kind: chat.BlockDelta, Block: chat.ReasoningBlock, Text: "Hm"},
		{Kind: chat.BlockDelta, Block: chat.ReasoningBlock, Signature: "sig"},
		{Kind: chat.BlockDelta, Block: chat.ReasoningBlock, Redacted: []byte{1, 2, 3}},
		{Kind: chat.BlockStop},
		{Kind: chat.BlockDelta, Index: 1, Text: "\"Hi\""},
		{Kind: chat.BlockStop, Index: 1},
		{Kind: chat.BlockStart, Index: 2, Block: chat.ToolUseBlock, ID: "t1", Name: "look"},
		{Kind: chat.BlockDelta, Index: 2, Block: chat.ToolUseBlock, Text: `{"a":`},
		{Kind: chat.BlockDelta, Index: 2, Block: chat.ToolUseBlock, Text: `1}`},
		{Kind: chat.BlockStop, Index: 2},
		{Kind: chat.MessageStop, Stop: chat.StopSequence, StopSequence: "END"},
		{Kind: chat.Metadata, Usage: chat.Usage{Input: 8, Output: 10, CacheRead: 2}},
	} {
		s.Envelope.LatencyMs++
		if err := s.Send(&ev); err != nil {
			t.Fatal(err)
		}
	}
	const want = `messageStart {"role":"assistant"}
contentBlockDelta {"delta":{"reasoningContent":{"text":"Hm"}},"contentBlockIndex":0}
contentBlockDelta {"delta":{"reasoningContent":{"signature":"sig"}},"contentBlockIndex":0}
contentBlockDelta {"delta":{"reasoningContent":{"redactedContent":"AQID"}},"contentBlockIndex":0}
contentBlockStop {"contentBlockIndex":0}
contentBlockDelta {"delta":{"text":"\"Hi\""},"contentBlockIndex":1}
contentBlockStop {"contentBlockIndex":1}
contentBlockStart {"start":{"toolUse":{"toolUseId":"t1","name":"look"}},"contentBlockIndex":2}
contentBlockDelta {"delta":{"toolUse":{"input":"{\"a\":"}},"contentBlockIndex":2}
contentBlockDelta {"delta":{"toolUse":{"input":"1}"}},"contentBlockIndex":2}
contentBlockStop {"contentBlockIndex":2}
messageStop {"stopReason":"stop_sequence","additionalModelResponseFields":{"stop_sequence":"END"}}
metadata {"usage":{"inputTokens":8,"outputTokens":10,"totalTokens":20,"cacheReadInputTokens":2,"cacheWriteInputTokens":0},"metrics":{"latencyMs":13},"serviceTier":{"type":"default"}}
`
	if diff := cmp.Diff(want, string(r.out)); diff != "" {
		t.Error(diff)
	}
}

// What one delta leaves behind never shows in the next.
func TestStreamDeltasAreApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		together := &recorder{}
		kept := converse.NewStream(together, converse.Envelope{})
		var apart []byte
		for range rapid.IntRange(1, 6).Draw(t, "deltas") {
			ev := chat.Event{Kind: chat.BlockDelta, Index: rapid.IntRange(0, 9).Draw(t, "index")}
			ev.Block = rapid.SampledFrom([]chat.BlockKind{chat.TextBlock, chat.ReasoningBlock, chat.ToolUseBlock}).Draw(t, "block")
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				ev.Text = rapid.String().Draw(t, "text")
			case 1:
				ev.Signature = rapid.String().Draw(t, "signature")
			default:
				ev.Redacted = rapid.SliceOf(rapid.Byte()).Draw(t, "redacted")
			}
			alone := &recorder{}
			if err := errors.Join(kept.Send(&ev), converse.NewStream(alone, converse.Envelope{}).Send(&ev)); err != nil {
				t.Fatal(err)
			}
			apart = append(apart, alone.out...)
		}
		if diff := cmp.Diff(string(apart), string(together.out)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestStreamErrors(t *testing.T) {
	broken := errors.New("the client left")
	s := converse.NewStream(&recorder{err: broken}, converse.Envelope{})
	for kind := chat.MessageStart; kind <= chat.Metadata; kind++ {
		if err := s.Send(&chat.Event{Kind: kind}); !errors.Is(err, broken) {
			t.Errorf("%d: got %v", kind, err)
		}
	}
	if err := s.Send(&chat.Event{Kind: 99}); !fault.Is(err, fault.Internal) {
		t.Errorf("got %v", err)
	}
}

func TestStreamAllocates(t *testing.T) {
	r := &recorder{}
	s := converse.NewStream(r, converse.Envelope{})
	for name, ev := range map[string]*chat.Event{
		"text":      {Kind: chat.BlockDelta, Text: "Grüße \"quoted\""},
		"tool":      {Kind: chat.BlockDelta, Block: chat.ToolUseBlock, Text: `{"a":1}`},
		"reasoning": {Kind: chat.BlockDelta, Block: chat.ReasoningBlock, Text: "Hm"},
		"stop":      {Kind: chat.BlockStop},
	} {
		n := testing.AllocsPerRun(100, func() {
			r.out = r.out[:0]
			if err := s.Send(ev); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: an event allocates %v times", name, n)
		}
	}
}

// framer writes deltas as frames, as the real writer does.
type framer struct {
	recorder
}

func (f *framer) ContentBlockDelta(e *brt.ContentBlockDeltaEvent) error {
	f.out = brt.AppendContentBlockDeltaFrame(f.out[:0], e, 20)
	return nil
}

func BenchmarkStreamText(b *testing.B) {
	s := converse.NewStream(&framer{}, converse.Envelope{})
	ev := &chat.Event{Kind: chat.BlockDelta, Text: " the quick brown"}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Send(ev); err != nil {
			b.Fatal(err)
		}
	}
}
