package simulator

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

func scripted(t testing.TB, rules ...Rule) *Provider {
	t.Helper()
	return newProvider(t, Settings{Rules: rules})
}

func ptr[T any](v T) *T { return &v }

func TestScriptedAnswer(t *testing.T) {
	p := scripted(t, Rule{When: Match{TextContains: "weather"}, Answer: &Answer{
		Reasoning: "{{last}}?",
		Text:      "{{model}} in {{region}}, answer {{n}}.",
		Tools:     []ScriptedTool{{Name: "find", Input: `{"q":"{{last}}","n":{{n}}}`}, {Name: "now", ID: "fixed"}},
		Usage:     &ScriptedUsage{Input: ptr[int64](1000), CacheRead: ptr[int64](7), CacheWrite: ptr[int64](8)},
	}})
	r := ask(`"weather"`)
	for n := 1; n <= 2; n++ {
		got := answerTo(t, p, r)
		num := string(rune('0' + n))
		if len(got.Content) != 4 || got.Stop != chat.StopToolUse {
			t.Fatalf("got %d blocks, stop %q", len(got.Content), got.Stop)
		}
		if thought := got.Content[0].Reasoning; thought.Text != `"weather"?` || len(thought.Signature) != signatureLength {
			t.Errorf("thought %+v", thought)
		}
		if text := got.Content[1].Text; text != sonnet+" in us-east-2, answer "+num+"." {
			t.Errorf("text %q", text)
		}
		find, now := got.Content[2].ToolUse, got.Content[3].ToolUse
		if string(find.Input) != `{"q":"\"weather\"","n":`+num+`}` || !strings.HasPrefix(find.ID, "tooluse_") || now.ID != "fixed" || string(now.Input) != "{}" {
			t.Errorf("tools %+v, %+v", find, now)
		}
		want := chat.Usage{Input: 1000, CacheRead: 7, CacheWrite5m: 8, Output: got.Usage.Output}
		if diff := cmp.Diff(want, got.Usage); diff != "" || got.Usage.Output == 0 {
			t.Errorf("usage (-want +got):\n%s", diff)
		}
	}
	if text := textOf(answerTo(t, p, ask("hello"))); !strings.HasPrefix(text, sonnet+", simulated in") {
		t.Errorf("a call without a rule got %q", text)
	}
}

func TestScriptedStreamSaysTheSame(t *testing.T) {
	rule := Rule{Answer: &Answer{
		Reasoning: "Let me think about the harbour.", Text: "Die Antwort für alle: 42 — 你好。",
		Tools: []ScriptedTool{{Name: "find", ID: "one", Input: `{"q": "the harbour", "deep": [1, 2, {"a": null}]}`}},
	}}
	for _, chunk := range []int{0, 1, 3, 1000} {
		rule.Answer.Chunk = chunk
		p := scripted(t, rule)
		whole := answerTo(t, p, ask("hello"))
		if diff := cmp.Diff(whole, gather(t, p, ask("hello"))); diff != "" {
			t.Errorf("chunk %d: stream differs (-whole +stream):\n%s", chunk, diff)
		}
	}
}

func TestScriptedAnswerIsCutLikeAnyOther(t *testing.T) {
	p := scripted(t, Rule{Answer: &Answer{Text: "one two three four five six seven"}})
	r := ask("hello")
	r.Chat.Inference.MaxTokens = ptr(3)
	if got := answerTo(t, p, r); textOf(got) != "one two three" || got.Stop != chat.MaxTokens || got.Usage.Output != 3 {
		t.Errorf("maxTokens 3 gave %q, stop %q, %d tokens", textOf(got), got.Stop, got.Usage.Output)
	}
	r.Chat.Inference = chat.Inference{Stop: []string{" four"}}
	if got := answerTo(t, p, r); textOf(got) != "one two three" || got.Stop != chat.StopSequence {
		t.Errorf("a stop sequence gave %q, stop %q", textOf(got), got.Stop)
	}
	p = scripted(t, Rule{Answer: &Answer{Text: "I cannot say that.", Stop: chat.GuardrailIntervened}})
	if got := answerTo(t, p, r); got.Stop != chat.GuardrailIntervened {
		t.Errorf("stop %q", got.Stop)
	}
}

func TestMalformedToolInput(t *testing.T) {
	p := scripted(t, Rule{Answer: &Answer{Tools: []ScriptedTool{{Name: "find", Input: `{"q": "Lisb`, Malformed: true}}}})
	_, err := p.Chat(context.Background(), ask("hello"))
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.ModelError || f.Message != malformedTool || f.Resource != sonnet {
		t.Errorf("a whole answer gave %v", err)
	}
	got := gather(t, p, ask("hello"))
	if input := string(got.Content[0].ToolUse.Input); input != `{"q": "Lisb` || got.Stop != chat.StopToolUse {
		t.Errorf("the stream gave %q, stop %q", input, got.Stop)
	}
}

func TestScriptedErrors(t *testing.T) {
	for kind, code := range map[FailureKind]fault.Code{
		Throttling: fault.Throttling, Unavailable: fault.ServiceUnavailable, Timeout: fault.ModelTimeout, NotReady: fault.ModelNotReady,
		ModelError: fault.ModelError, Internal: fault.Internal, Cut: fault.ServiceUnavailable, Invalid: fault.Validation, AccessDenied: fault.AccessDenied,
	} {
		t.Run(string(kind), func(t *testing.T) {
			p := scripted(t, Rule{Times: 2, Answer: &Answer{Error: &Fault{Kind: kind, Message: "as written"}}})
			if _, err := p.Chat(context.Background(), ask("hello")); !fault.Is(err, code) || !strings.HasPrefix(err.Error(), "as written") {
				t.Errorf("chat: %v", err)
			}
			if _, err := p.Stream(context.Background(), ask("hello")); !fault.Is(err, code) {
				t.Errorf("stream: %v", err)
			}
			answerTo(t, p, ask("hello"))
		})
	}
	p := scripted(t, Rule{Answers: []Answer{{Error: &Fault{Kind: Throttling, RetryAfter: 3 * time.Second}}, {Error: &Fault{Kind: ModelError, Status: 424}}}, Then: Fail})
	var f *fault.Error
	if _, err := p.Chat(context.Background(), ask("hello")); !errors.As(err, &f) || f.RetryAfter != 3*time.Second {
		t.Errorf("throttled: %+v", err)
	}
	if _, err := p.Chat(context.Background(), ask("hello")); !errors.As(err, &f) || f.OriginalStatus != 424 || f.Resource != sonnet {
		t.Errorf("model error: %+v", err)
	}
	if _, err := p.Chat(context.Background(), ask("hello")); !fault.Is(err, fault.Validation) || !strings.Contains(err.Error(), "rules[0] has given all of its 2 answers") {
		t.Errorf("after the last answer: %v", err)
	}
}

func TestScriptedErrorInsideTheAnswer(t *testing.T) {
	p := scripted(t, Rule{Answer: &Answer{Text: "one two three", Chunk: 4, Error: &Fault{Kind: ModelError, Event: 3, Status: 503}}})
	s, err := p.Stream(context.Background(), ask("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var text string
	for err == nil {
		var e *chat.Event
		if e, err = s.Next(); err == nil {
			text += e.Text
		}
	}
	var f *fault.Error
	if text != "one two " || !errors.As(err, &f) || f.Code != fault.ModelStreamError || f.OriginalStatus != 503 {
		t.Errorf("%q, then %v", text, err)
	}
	if _, err := p.Chat(context.Background(), ask("hello")); !fault.Is(err, fault.ModelError) {
		t.Errorf("the whole answer gave %v", err)
	}
}

func TestScriptedPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, Settings{
			Pace: Pace{FirstToken: time.Second, TokensPerSecond: 1},
			Rules: []Rule{
				{When: Match{TextContains: "both"}, Answer: &Answer{Text: "12345", Chunk: 1, FirstToken: ptr(2 * time.Second), PerEvent: ptr(300 * time.Millisecond)}},
				{When: Match{TextContains: "each"}, Answer: &Answer{Text: "12345", Chunk: 1, PerEvent: ptr(time.Duration(0))}},
				{When: Match{TextContains: "late error"}, Answer: &Answer{FirstToken: ptr(5 * time.Second), Error: &Fault{Kind: Timeout}}},
				{When: Match{TextContains: "prose"}, Answer: &Answer{FirstToken: ptr(time.Duration(0)), PerEvent: ptr(time.Duration(0))}},
			},
		})
		for text, want := range map[string]time.Duration{"both": 3200 * time.Millisecond, "each": time.Second, "prose": 0} {
			begun := time.Now()
			answerTo(t, p, ask(text))
			if took := time.Since(begun); took != want {
				t.Errorf("%s: the whole answer took %s, want %s", text, took, want)
			}
			begun = time.Now()
			if got := gather(t, p, ask(text)); text == "prose" && !strings.HasPrefix(textOf(got), sonnet+", simulated") {
				t.Errorf("a pace alone changed the answer: %q", textOf(got))
			}
			if took := time.Since(begun); took != want {
				t.Errorf("%s: the stream took %s, want %s", text, took, want)
			}
		}
		begun := time.Now()
		if _, err := p.Stream(t.Context(), ask("late error")); !fault.Is(err, fault.ModelTimeout) || time.Since(begun) != 5*time.Second {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
	})
}

// However finely a rule cuts an answer, its stream takes as long as the whole.
func TestChunksKeepThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, chunk := range []int{0, 1, 2, 7, 100} {
			p := newProvider(t, Settings{
				Pace:  Pace{FirstToken: time.Second, TokensPerSecond: 10},
				Rules: []Rule{{Answer: &Answer{Reasoning: "Let me think about it.", Text: "One word after the other, 一二三.", Tools: []ScriptedTool{{Name: "find"}}, Chunk: chunk}}},
			})
			begun := time.Now()
			tokens := answerTo(t, p, ask("hello")).Usage.Output
			whole := time.Since(begun)
			begun = time.Now()
			gather(t, p, ask("hello"))
			if streamed := time.Since(begun); streamed != whole || whole != time.Second+time.Duration(tokens-1)*100*time.Millisecond {
				t.Errorf("chunk %d: %d tokens took %s whole and %s streamed", chunk, tokens, whole, streamed)
			}
		}
	})
}

func TestSetRules(t *testing.T) {
	p := scripted(t, Rule{Answers: says("a", "b", "c"), Then: Fail})
	answerTo(t, p, ask("hello"))
	s, err := p.Stream(context.Background(), ask("hello")) // "b" is decided now
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := p.SetRules([]Rule{{Answer: &Answer{}}, {When: Match{TextMatches: "("}}}); err == nil || strings.Count(err.Error(), "rules[") != 3 {
		t.Errorf("bad rules gave %v, want all three faults", err)
	}
	if got := textOf(answerTo(t, p, ask("hello"))); got != "c" {
		t.Errorf("bad rules changed the answer to %q", got)
	}
	if err := p.SetRules([]Rule{{Answers: says("x", "y")}}); err != nil {
		t.Fatal(err)
	}
	if got := textOf(answerTo(t, p, ask("hello"))); got != "x" {
		t.Errorf("the new rules begin with %q", got)
	}
	var text string
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text += e.Text
	}
	if text != "b" {
		t.Errorf("the call under way ended as %q", text)
	}
	if err := p.SetRules(nil); err != nil {
		t.Fatal(err)
	}
	answerTo(t, p, ask("hello"))
}

// TestManyScriptedCallers is for the race detector, and counts: each answer of a list is given once.
func TestManyScriptedCallers(t *testing.T) {
	const callers, calls = 8, 25
	p := scripted(t, Rule{Times: 100, Answer: &Answer{Text: "{{n}}"}})
	var mu sync.Mutex
	seen := map[string]int{}
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range calls {
				got, err := p.Chat(context.Background(), ask("hello"))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				seen[textOf(got)]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(seen) != 101 { // 1 to 100, and the built-in answer
		t.Errorf("%d different answers, want 101", len(seen))
	}
}

// TestSameSeedSameHistorySameAnswers plays random conversations to two providers with the same script.
func TestSameSeedSameHistorySameAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rapid.Custom(anyRule), 1, 4).Draw(t, "rules")
		for i := range rules {
			rules[i].When.TextContains = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "contains")
		}
		settings := Settings{Seed: rapid.Uint64().Draw(t, "seed"), Rules: rules}
		one, err := New(settings)
		if err != nil {
			t.Fatal(err)
		}
		other, err := New(settings)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 20).Draw(t, "calls") {
			r := ask(rapid.SampledFrom([]string{"a", "b", "ab", "c"}).Draw(t, "text"))
			a, errA := one.Chat(context.Background(), r)
			b, errB := other.Chat(context.Background(), r)
			if diff := cmp.Diff(a, b); diff != "" || (errA == nil) != (errB == nil) {
				t.Fatalf("errors %v and %v, answers differ:\n%s", errA, errB, diff)
			}
		}
	})
}

func BenchmarkRules(b *testing.B) {
	rules := make([]Rule, 100)
	for i := range rules {
		rules[i] = Rule{When: Match{Model: "amazon.*", TextMatches: "^never"}, Answer: &Answer{Text: "a"}}
	}
	rules = append(rules, Rule{When: Match{Model: "anthropic.*", TextContains: "weather"}, Answer: &Answer{Text: "a"}})
	p := scripted(b, rules...)
	r := ask("What is the weather in Lisbon?")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Chat(context.Background(), r); err != nil {
			b.Fatal(err)
		}
	}
}
