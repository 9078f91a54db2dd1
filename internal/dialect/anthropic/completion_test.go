package anthropic_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/dialect/dialecttest"
	"github.com/outcrop/outcrop/internal/fault"
)

const (
	goldenPrompt   = `{"prompt":"\n\nHuman: hi\n\nAssistant:","max_tokens_to_sample":256,"temperature":0.5,"top_p":1,"top_k":250,"stop_sequences":["x"]}`
	goldenMessages = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}`
)

func messages() dialecttest.Family {
	return dialecttest.Family{Codec: anthropic.Completion{}, Model: "anthropic.claude-v2:1", Words: dialecttest.Words{
		Turns: true, System: true, Tools: true, NamedChoice: true, Serial: true, Strict: true, Parallel: true, TextAndTool: true,
		Images: true, Reasoning: true, Temperature: true, TopP: true, TopK: true, Stop: true, Cache: true, Counts: true, NamesStop: true,
		NeedsMaxTokens: true,
	}}
}

func TestMessagesFamily(t *testing.T) { dialecttest.Run(t, messages()) }

func FuzzCompletion(f *testing.F) { dialecttest.Fuzz(f, messages(), goldenPrompt, goldenMessages) }

func BenchmarkMessagesFamily(b *testing.B) { dialecttest.Bench(b, messages(), goldenMessages) }

func TestCompletionKeepsThePrompt(t *testing.T) {
	c := anthropic.Completion{}
	r, err := c.DecodeRequest("anthropic.claude-v2", []byte(goldenPrompt))
	if err != nil {
		t.Fatal(err)
	}
	body, err := c.EncodeRequest("anthropic.claude-v2", r)
	if err != nil || string(body) != goldenPrompt {
		t.Errorf("got %s, %v", body, err)
	}
	if !r.Prompt || r.Messages[0].Content[0].Text != "\n\nHuman: hi\n\nAssistant:" {
		t.Errorf("got %+v", r)
	}
}

func TestCompletionRefuses(t *testing.T) {
	for body, want := range map[string]string{
		`{"prompt":"hi","max_tokens_to_sample":1}`:                                         `prompt must start with "\n\nHuman:" turn after an optional system prompt`,
		`{"prompt":"\n\nHuman: hi","max_tokens_to_sample":1}`:                              `prompt must end with "\n\nAssistant:" turn`,
		`{"prompt":"\n\nHuman: hi\n\nAssistant:"}`:                                         `required key [max_tokens_to_sample] not found`,
		`{"prompt":"\n\nHuman: hi\n\nAssistant:","max_tokens_to_sample":1,"max_tokens":1}`: `extraneous key [max_tokens] is not permitted`,
	} {
		_, err := anthropic.Completion{}.DecodeRequest("anthropic.claude-v2", []byte(body))
		if !fault.Is(err, fault.Validation) || !strings.Contains(fault.Public(err).Message, want) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}

func TestCompletionAnswersInItsOwnForm(t *testing.T) {
	env := dialect.Envelope{Model: "anthropic.claude-v2", Asked: &chat.Request{Prompt: true}}
	for _, c := range []struct {
		r    chat.Response
		want string
	}{
		{chat.Response{Content: dialect.Said(" hi"), Stop: chat.EndTurn}, `{"type":"completion","completion":" hi","stop_reason":"stop_sequence","stop":"\n\nHuman:"}`},
		{chat.Response{Content: dialect.Said(" hi"), Stop: chat.MaxTokens}, `{"type":"completion","completion":" hi","stop_reason":"max_tokens","stop":null}`},
		{chat.Response{Content: dialect.Said(" hi"), Stop: chat.StopSequence, StopSequence: "x"}, `{"type":"completion","completion":" hi","stop_reason":"stop_sequence","stop":"x"}`},
	} {
		got, err := anthropic.Completion{}.EncodeResponse(&c.r, env)
		if err != nil || string(got) != c.want {
			t.Errorf("got %s, %v, want %s", got, err, c.want)
		}
		back, err := anthropic.Completion{}.DecodeResponse(got)
		if err != nil || cmp.Diff(&c.r, back) != "" {
			t.Errorf("%s came back as %+v, %v", got, back, err)
		}
	}
	want := []string{
		`{"type":"completion","completion":" a","stop_reason":null,"stop":null}`,
		`{"type":"completion","completion":"","stop_reason":"stop_sequence","stop":"\n\nHuman:","amazon-bedrock-invocationMetrics":` +
			`{"inputTokenCount":5,"outputTokenCount":10,"invocationLatency":7,"firstByteLatency":3}}`,
	}
	if diff := cmp.Diff(want, dialecttest.Chunks(anthropic.Completion{}, env, " a")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
