// Package dialecttest is the definition of a correct dialect.Codec: properties that hold for every family.
package dialecttest

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/fault"
)

// Family is a codec and what can be expected of it.
type Family struct {
	Codec dialect.Codec
	Model string
	Words Words
}

// same compares JSON by its value, and nil with empty lists.
var same = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.FilterValues(func(a, b jsontext.Value) bool { return len(a) > 0 || len(b) > 0 },
		cmp.Comparer(func(a, b jsontext.Value) bool { return canonical(a) == canonical(b) })),
}

// Run holds a family against every property.
func Run(t *testing.T, f Family) {
	t.Run("requests come back", func(t *testing.T) { rapid.Check(t, f.request) })
	t.Run("answers come back", func(t *testing.T) { rapid.Check(t, f.response) })
	t.Run("streams come back", func(t *testing.T) { rapid.Check(t, f.stream) })
	t.Run("the last chunk alone has metrics", func(t *testing.T) { rapid.Check(t, f.metrics) })
	t.Run("odd bodies are refused", f.hostile)
}

func (f Family) request(t *rapid.T) {
	want := f.Words.Request(t)
	body, err := f.Codec.EncodeRequest(f.Model, want)
	if err != nil {
		t.Fatalf("cannot write %+v: %v", want, err)
	}
	if !jsontext.Value(body).IsValid() {
		t.Fatalf("not JSON: %s", body)
	}
	got, err := f.Codec.DecodeRequest(f.Model, body)
	if err != nil {
		t.Fatalf("cannot read %s: %v", body, err)
	}
	again, err := f.Codec.EncodeRequest(f.Model, got)
	if err != nil || string(again) != string(body) {
		t.Fatalf("the second time it is\n%s, %v\nthe first time\n%s", again, err, body)
	}
	if f.Words.NoIDs {
		forget(want)
		forget(got)
	}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Fatalf("%s\n(-want +got):\n%s", body, diff)
	}
}

func forget(r *chat.Request) {
	for i := range r.Messages {
		r.Messages[i].Content = forgetIDs(r.Messages[i].Content)
	}
}

func (f Family) envelope() dialect.Envelope {
	return dialect.Envelope{
		Model: f.Model, Request: "0aa86f9a-6bd0-4a8f-8f0e-6d4b0f7a1c11", Created: 1_770_000_000,
		Caching: f.Words.Cache, Asked: &chat.Request{
			Prompt: f.Words.Prompt, Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{chat.Text("a question")}}},
		},
	}
}

func (f Family) response(t *rapid.T) {
	want := f.Words.Response(t)
	body, err := f.Codec.EncodeResponse(want, f.envelope())
	if err != nil {
		t.Fatalf("cannot write %+v: %v", want, err)
	}
	if !jsontext.Value(body).IsValid() {
		t.Fatalf("not JSON: %s", body)
	}
	got, err := f.Codec.DecodeResponse(body)
	if err != nil {
		t.Fatalf("cannot read %s: %v", body, err)
	}
	if !f.Words.Counts {
		want.Usage, got.Usage = chat.Usage{}, chat.Usage{}
	}
	f.compare(t, want, got, string(body))
}

func (f Family) compare(t *rapid.T, want, got *chat.Response, body string) {
	t.Helper()
	got.ID, want.ID = "", ""
	if f.Words.NoIDs {
		want.Content, got.Content = forgetIDs(want.Content), forgetIDs(got.Content)
	}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Fatalf("%s\n(-want +got):\n%s", body, diff)
	}
}

func (f Family) stream(t *rapid.T) {
	want := f.Words.Response(t)
	enc, dec := f.Codec.NewStream(f.envelope()), f.Codec.NewDecoder()
	var events []chat.Event
	var all strings.Builder
	for _, e := range f.Words.Events(t, want) {
		for _, chunk := range enc.Encode(&e, dialect.Timing{Invocation: 20, FirstByte: 10}) {
			all.Write(chunk)
			all.WriteByte('\n')
			if !jsontext.Value(chunk).IsValid() {
				t.Fatalf("not JSON: %s", chunk)
			}
			read, err := dec.Decode(chunk)
			if err != nil {
				t.Fatalf("cannot read %s: %v", chunk, err)
			}
			events = append(events, read...)
		}
	}
	got, err := Collect(events)
	if err != nil {
		t.Fatalf("%v\n%s", err, all.String())
	}
	f.compare(t, want, got, all.String())
}

func (f Family) metrics(t *rapid.T) {
	enc := f.Codec.NewStream(f.envelope())
	var chunks []string
	for _, e := range f.Words.Events(t, f.Words.Response(t)) {
		for _, chunk := range enc.Encode(&e, dialect.Timing{Invocation: 20, FirstByte: 10}) {
			chunks = append(chunks, string(chunk))
		}
	}
	for i, c := range chunks {
		if has := strings.Contains(c, `"amazon-bedrock-invocationMetrics"`); has != (i == len(chunks)-1) {
			t.Fatalf("chunk %d of %d: %s", i+1, len(chunks), c)
		}
	}
}

// Hostile are bodies that no family takes.
var hostile = []string{
	``, `{`, `null`, `[]`, `"x"`, `1`, `{}`, `{"a":1,"a":2}`, "{\"x\":\"\xff\"}", `{"messages":{}}`, `{"messages":[]}`, `{"messages":[{}]}`,
	`{"messages":[{"role":"nobody","content":"x"}]}`, `{"prompt":1}`, `{"prompt":""}`, `{"inputText":""}`, `{"message":3}`, `{"unknown_only":true}`,
	strings.Repeat(`[`, 20_000), strings.Repeat(`{"a":`, 20_000),
}

func (f Family) hostile(t *testing.T) {
	for _, body := range hostile {
		if r, err := f.Codec.DecodeRequest(f.Model, []byte(body)); !fault.Is(err, fault.Validation) {
			t.Errorf("%.80s: %+v, %v, want a validation error", body, r, err)
		}
		if _, err := f.Codec.DecodeResponse([]byte(body)); err == nil && body != `{}` && !strings.HasPrefix(body, `{"`) {
			t.Errorf("the answer %.80s was read", body)
		}
	}
}

// Fuzz is the body of a fuzz target: whatever comes in, no decoder panics, what a request decoder
// refuses is a validation error, and what it takes can be written again or is refused in words.
func Fuzz(f *testing.F, family Family, seeds ...string) {
	for _, s := range append(seeds, hostile[:10]...) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = family.Codec.DecodeResponse(body)
		_, _ = family.Codec.NewDecoder().Decode(body)
		r, err := family.Codec.DecodeRequest(family.Model, body)
		if err != nil {
			if !fault.Is(err, fault.Validation) {
				t.Fatalf("%v is not a validation error", err)
			}
			return
		}
		again, err := family.Codec.EncodeRequest(family.Model, r)
		if err != nil {
			if !fault.Is(err, fault.Validation) {
				t.Fatalf("%v is not a validation error", err)
			}
			return
		}
		if _, err := family.Codec.DecodeRequest(family.Model, again); err != nil {
			t.Fatalf("%s\nwas written as\n%s\nand then not read: %v", body, again, err)
		}
	})
}

// Bench measures one decoded request and one streamed event.
func Bench(b *testing.B, f Family, body string) {
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.Codec.DecodeRequest(f.Model, []byte(body)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("event", func(b *testing.B) {
		enc := f.Codec.NewStream(f.envelope())
		enc.Encode(&chat.Event{Kind: chat.MessageStart}, dialect.Timing{})
		e := &chat.Event{Kind: chat.BlockDelta, Block: chat.TextBlock, Text: "a few words of text"}
		b.ReportAllocs()
		for b.Loop() {
			if len(enc.Encode(e, dialect.Timing{})) == 0 {
				b.Fatal("no chunk")
			}
		}
	})
}

// Chunks are the chunks of an answer whose text comes in the given pieces: 5 tokens in, 10 out, in 7 ms with the first
// after 3.
func Chunks(c dialect.Codec, env dialect.Envelope, pieces ...string) []string {
	events := []chat.Event{{Kind: chat.MessageStart, Usage: chat.Usage{Input: 5}}}
	for _, p := range pieces {
		events = append(events, chat.Event{Kind: chat.BlockDelta, Block: chat.TextBlock, Text: p})
	}
	events = append(events, chat.Event{Kind: chat.BlockStop, Block: chat.TextBlock}, chat.Event{Kind: chat.MessageStop, Stop: chat.EndTurn},
		chat.Event{Kind: chat.Metadata, Usage: chat.Usage{Input: 5, Output: 10}})
	enc := c.NewStream(env)
	var out []string
	for i := range events {
		for _, chunk := range enc.Encode(&events[i], dialect.Timing{Invocation: 7, FirstByte: 3}) {
			out = append(out, string(chunk))
		}
	}
	return out
}
