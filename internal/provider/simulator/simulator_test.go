package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/tokens"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const sonnet = "anthropic.claude-3-5-sonnet-20241022-v2:0"

func newProvider(t testing.TB, s Settings) *Provider {
	t.Helper()
	p, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask is a request for an answer to some text in us-east-2.
func ask(text string) *provider.Request {
	return &provider.Request{Region: "us-east-2", Model: sonnet, Upstream: sonnet, Chat: &chat.Request{
		Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{chat.Text(text)}}},
	}}
}

func answerTo(t testing.TB, p *Provider, r *provider.Request) *chat.Response {
	t.Helper()
	got, err := p.Chat(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// textOf joins the texts of an answer.
func textOf(r *chat.Response) string {
	var b strings.Builder
	for i := range r.Content {
		b.WriteString(r.Content[i].Text)
	}
	return b.String()
}

func TestAnswerSaysWhatServedIt(t *testing.T) {
	p := newProvider(t, Settings{})
	r := ask("What is the weather?")
	r.Chat.System = []chat.Block{chat.Text("Be brief.")}
	r.Chat.Guardrail = &chat.Guardrail{ID: "g", Version: "1"}
	r.Chat.Messages[0].Content = append(r.Chat.Messages[0].Content,
		chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Format: "png", Bytes: make([]byte, 10)}},
		chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Format: "png", Bytes: make([]byte, 20)}},
		chat.Block{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "txt", Name: "report", Bytes: []byte("hello")}},
		chat.Block{Kind: chat.VideoBlock, Media: &chat.Media{Format: "mp4", S3: &chat.S3Location{URI: "s3://b/k"}}},
	)
	got := answerTo(t, p, r)
	want := sonnet + ", simulated in us-east-2. I read 1 message, a system prompt of 9 characters, 2 images (30 bytes), " +
		`the document "report" (5 bytes), 1 recording, a guardrail that guards nothing here. You wrote: "What is the weather?".` + "\n\n"
	if text := textOf(got); !strings.HasPrefix(text, want) {
		t.Errorf("got %q, want it to begin with %q", text, want)
	}
	if got.Stop != chat.EndTurn {
		t.Errorf("stop %q", got.Stop)
	}
	if n := got.Usage.Output; n < shortest || n > longest+60 {
		t.Errorf("%d tokens is no natural length", n)
	}
	usage := chat.Usage{Input: tokens.For(sonnet).Request(r.Chat), Output: tokens.For(sonnet).Text(textOf(got))}
	if diff := cmp.Diff(usage, got.Usage); diff != "" {
		t.Errorf("usage (-want +got):\n%s", diff)
	}
}

func TestSameRequestSameAnswer(t *testing.T) {
	one, other := newProvider(t, Settings{}), newProvider(t, Settings{})
	a := answerTo(t, one, ask("hello"))
	if diff := cmp.Diff(a, answerTo(t, other, ask("hello"))); diff != "" {
		t.Errorf("two providers differ (-one +other):\n%s", diff)
	}
	if diff := cmp.Diff(a, answerTo(t, one, ask("hello"))); diff != "" {
		t.Errorf("the second answer differs (-first +second):\n%s", diff)
	}
	west := ask("hello")
	west.Region = "us-west-2"
	if diff := cmp.Diff(strings.ReplaceAll(textOf(a), "us-east-2", "us-west-2"), textOf(answerTo(t, one, west))); diff != "" {
		t.Errorf("regions differ in more than their name (-east +west):\n%s", diff)
	}
	_, prose, _ := strings.Cut(textOf(a), "\n\n")
	if strings.Contains(textOf(answerTo(t, one, ask("hallo"))), prose) {
		t.Error("another question got the same prose")
	}
	if strings.Contains(textOf(answerTo(t, newProvider(t, Settings{Seed: 1}), ask("hello"))), prose) {
		t.Error("another seed got the same prose")
	}
}

func TestAskedLength(t *testing.T) {
	for _, test := range []struct {
		prompt string
		want   int64
	}{
		{"Tell me a story.", 0},
		{"Tell me a story in 300 words.", 400},
		{"Tell me a story (1000 tokens)", 1000},
		{"Use -5 words, or 0 words", 0},
		{"99999999999999999999 words", 0},
		{"2000000000 words", mostAsked},
	} {
		if got := askedLength(test.prompt); got != test.want {
			t.Errorf("askedLength(%q) = %d, want %d", test.prompt, got, test.want)
		}
	}
	got := answerTo(t, newProvider(t, Settings{}), ask("Write 900 tokens about the sea"))
	if n := got.Usage.Output; n < 900 || n > 960 {
		t.Errorf("asked for 900 tokens, got %d", n)
	}
}

func TestMaxTokens(t *testing.T) {
	p := newProvider(t, Settings{})
	whole := answerTo(t, p, ask("hello"))
	for n := 1; n <= int(whole.Usage.Output)+1; n++ {
		r := ask("hello")
		r.Chat.Inference.MaxTokens = &n
		got := answerTo(t, p, r)
		want, stop := int64(n), chat.MaxTokens
		if int64(n) >= whole.Usage.Output {
			want, stop = whole.Usage.Output, chat.EndTurn
		}
		if got.Usage.Output != want || tokens.For(sonnet).Text(textOf(got)) != want || got.Stop != stop {
			t.Fatalf("maxTokens %d: %d tokens, text of %d, stop %q; want %d, %q", n, got.Usage.Output, tokens.For(sonnet).Text(textOf(got)), got.Stop, want, stop)
		}
		if !strings.HasPrefix(textOf(whole), textOf(got)) {
			t.Fatalf("maxTokens %d: %q does not begin the whole answer", n, textOf(got))
		}
	}
	r := ask("Write 900 tokens")
	r.MaxOutput = 50
	if got := answerTo(t, p, r); got.Usage.Output != 50 || got.Stop != chat.MaxTokens {
		t.Errorf("the model's own limit of 50 gave %d tokens, stop %q", got.Usage.Output, got.Stop)
	}
}

func TestStopSequences(t *testing.T) {
	for _, test := range []struct {
		name        string
		text        string
		stops       []string
		before, hit string
	}{
		{"none", "one two", nil, "one two", ""},
		{"not met", "one two", []string{"three"}, "one two", ""},
		{"met", "one two three", []string{"three", "two"}, "one ", "two"},
		{"the longer of two", "one two", []string{"t", "two"}, "one ", "two"},
		{"at the beginning", "one two", []string{"one"}, "", "one"},
		{"empty ones are ignored", "one", []string{""}, "one", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, hit := cutAt(test.text, test.stops)
			if before != test.before || hit != test.hit {
				t.Errorf("got %q, %q, want %q, %q", before, hit, test.before, test.hit)
			}
		})
	}
}

// TestCuts asks for every kind of cut at once: the usage is exact, the text stops where it must, and
// the stream says the same as the whole answer.
func TestCuts(t *testing.T) {
	p := newProvider(t, Settings{})
	rapid.Check(t, func(t *rapid.T) {
		r := ask(rapid.String().Draw(t, "text"))
		whole, err := p.Chat(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "limited") {
			n := rapid.IntRange(1, int(whole.Usage.Output)+5).Draw(t, "maxTokens")
			r.Chat.Inference.MaxTokens = &n
		}
		if rapid.Bool().Draw(t, "thinking") {
			r.Chat.Thinking = &chat.Thinking{Budget: rapid.IntRange(0, 60).Draw(t, "budget")}
		}
		text := textOf(whole)
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		r.Chat.Inference.Stop = []string{text[at:min(len(text), at+rapid.IntRange(1, 9).Draw(t, "length"))]}
		got, err := p.Chat(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for i := range got.Content {
			sum += tokens.For(sonnet).Block(&got.Content[i])
		}
		if sum != got.Usage.Output {
			t.Fatalf("usage says %d tokens, the content has %d", got.Usage.Output, sum)
		}
		switch limit := r.Chat.Inference.MaxTokens; got.Stop {
		case chat.MaxTokens:
			if limit == nil || got.Usage.Output != int64(*limit) {
				t.Fatalf("%d tokens under a limit of %v", got.Usage.Output, limit)
			}
		case chat.StopSequence:
			if got.StopSequence != r.Chat.Inference.Stop[0] || strings.Contains(textOf(got), got.StopSequence) || !strings.HasPrefix(text, textOf(got)+got.StopSequence) {
				t.Fatalf("stopped at %q after %q", got.StopSequence, textOf(got))
			}
		default:
			t.Fatalf("neither limit nor stop sequence: %q", got.Stop)
		}
		if diff := cmp.Diff(got, gather(t, p, r)); diff != "" {
			t.Fatalf("stream differs (-whole +stream):\n%s", diff)
		}
	})
}

// gather reads a stream into an answer and checks the order of its events.
func gather(t rapid.TB, p *Provider, r *provider.Request) *chat.Response {
	t.Helper()
	s, err := p.Stream(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := &chat.Response{Content: []chat.Block{}}
	open, next := false, chat.MessageStart
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) {
			if next != ended {
				t.Fatalf("the stream ended before %v", next)
			}
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		if (e.Kind == chat.BlockStart || e.Kind == chat.BlockDelta || e.Kind == chat.BlockStop) && e.Index != len(got.Content)-map[bool]int{true: 1}[open] {
			t.Fatalf("event of block %d among %d", e.Index, len(got.Content))
		}
		switch {
		case e.Kind == chat.MessageStart && next == chat.MessageStart:
			next = chat.MessageStop
		case e.Kind == chat.BlockStart && next == chat.MessageStop && !open && e.Block == chat.ToolUseBlock:
			got.Content = append(got.Content, chat.Block{Kind: e.Block, ToolUse: &chat.ToolUse{ID: e.ID, Name: e.Name}})
			open = true
		case e.Kind == chat.BlockDelta && next == chat.MessageStop:
			if !open {
				got.Content, open = append(got.Content, newBlock(t, e.Block)), true
			}
			extend(&got.Content[len(got.Content)-1], e)
		case e.Kind == chat.BlockStop && open:
			open = false
		case e.Kind == chat.MessageStop && next == chat.MessageStop && !open:
			got.Stop, got.StopSequence, next = e.Stop, e.StopSequence, chat.Metadata
		case e.Kind == chat.Metadata && next == chat.Metadata:
			got.Usage, next = e.Usage, ended
		default:
			t.Fatalf("event %+v out of order", e)
		}
	}
}

const ended = chat.Metadata + 1

func newBlock(t rapid.TB, kind chat.BlockKind) chat.Block {
	switch kind {
	case chat.ReasoningBlock:
		return chat.Block{Kind: kind, Reasoning: &chat.Reasoning{}}
	case chat.TextBlock:
		return chat.Block{Kind: kind}
	}
	t.Fatalf("a block of kind %v must begin with a start event", kind)
	return chat.Block{}
}

func extend(b *chat.Block, e *chat.Event) {
	switch b.Kind {
	case chat.ToolUseBlock:
		b.ToolUse.Input = append(b.ToolUse.Input, e.Text...)
	case chat.ReasoningBlock:
		b.Reasoning.Text += e.Text
		b.Reasoning.Signature += e.Signature
	default:
		b.Text += e.Text
	}
}

func TestThinking(t *testing.T) {
	p := newProvider(t, Settings{})
	r := ask("hello")
	r.Chat.Thinking = &chat.Thinking{Budget: 25}
	got := answerTo(t, p, r)
	if len(got.Content) != 2 || got.Content[0].Kind != chat.ReasoningBlock || got.Content[1].Kind != chat.TextBlock {
		t.Fatalf("want reasoning, then text, got %+v", got.Content)
	}
	thought := got.Content[0].Reasoning
	if n := tokens.For(sonnet).Text(thought.Text); n == 0 || n > 25 || len(thought.Signature) != signatureLength {
		t.Errorf("a thought of %d tokens, signed with %d characters", n, len(thought.Signature))
	}
	few := 5
	r.Chat.Inference.MaxTokens = &few
	got = answerTo(t, p, r)
	if len(got.Content) != 1 || got.Content[0].Reasoning.Signature != "" || got.Stop != chat.MaxTokens || got.Usage.Output != 5 {
		t.Errorf("a thought cut short must have no signature: %+v", got)
	}
}

func TestJSONAnswer(t *testing.T) {
	schema := `{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":1}},"required":["city","days"]}`
	r := ask("Where to?")
	r.Chat.Output = &chat.OutputSchema{Name: "trip", Schema: schema}
	got := answerTo(t, newProvider(t, Settings{}), r)
	if err := validate(schema, jsontext.Value(textOf(got))); err != nil {
		t.Error(err)
	}
	r.Chat.Output.Schema = `{"type":"objekt"}`
	if _, err := newProvider(t, Settings{}).Chat(context.Background(), r); !fault.Is(err, fault.Validation) {
		t.Errorf("a bad schema gave %v, want a validation error", err)
	}
}

func TestCountTokensIsWhatIsMetered(t *testing.T) {
	p := newProvider(t, Settings{})
	r := ask("How many tokens are these?")
	n, exact, err := p.CountTokens(context.Background(), r)
	if err != nil || !exact || n != answerTo(t, p, r).Usage.Input {
		t.Errorf("CountTokens = %d, %v, %v", n, exact, err)
	}
}

func TestEmptyConversation(t *testing.T) {
	for i, r := range []*chat.Request{
		{},
		{Messages: []chat.Message{{Role: chat.Assistant}}},
		{Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{{}, {Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{}}, {Kind: chat.CachePointBlock}}}}},
		{Tools: &chat.ToolConfig{}},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			got := answerTo(t, newProvider(t, Settings{}), &provider.Request{Region: "eu-west-1", Model: "m", Chat: r})
			if !strings.HasPrefix(textOf(got), "m, simulated in eu-west-1.") {
				t.Errorf("got %q", textOf(got))
			}
		})
	}
}
