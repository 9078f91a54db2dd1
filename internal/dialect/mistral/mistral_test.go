package mistral

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/dialecttest"
	"github.com/outcrop/outcrop/internal/fault"
)

const (
	goldenPrompt   = `{"prompt":"<s>[INST] hi [/INST]","max_tokens":512,"temperature":0.5,"top_p":0.9,"top_k":50,"stop":["x"]}`
	goldenMessages = `{"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],"tool_choice":"any","max_tokens":3}`
)

func text(c Codec) dialecttest.Family {
	return dialecttest.Family{Codec: c, Model: "mistral.mistral-large-2402-v1:0", Words: dialecttest.Words{
		Prompt: true, MaxTokens: true, Temperature: true, TopP: true, TopK: true, Stop: true,
	}}
}

func messages(c Codec) dialecttest.Family {
	return dialecttest.Family{Codec: c, Model: "mistral.mistral-large-2402-v1:0", Words: dialecttest.Words{
		Turns: true, System: true, Tools: true, NamedChoice: true, Serial: true, Strict: true, Parallel: true, TextAndTool: true,
		MaxTokens: true, Temperature: true, TopP: true, TopK: true, Stop: true,
	}}
}

func TestFamilies(t *testing.T) {
	for name, f := range map[string]dialecttest.Family{
		"prompts":            text(Codec{Prompt: true}),
		"prompts of either":  text(Codec{Prompt: true, Messages: true}),
		"messages":           messages(Codec{Messages: true}),
		"messages of either": messages(Codec{Prompt: true, Messages: true}),
	} {
		t.Run(name, func(t *testing.T) { dialecttest.Run(t, f) })
	}
}

func FuzzDecode(f *testing.F) {
	dialecttest.Fuzz(f, text(Codec{Prompt: true, Messages: true}), goldenPrompt, goldenMessages,
		`{"messages":[{"role":"user"}],"max_tokens":3}`)
}
func BenchmarkFamily(b *testing.B) { dialecttest.Bench(b, text(Codec{Prompt: true}), goldenPrompt) }

func TestPromptsAndMessagesAreToldApart(t *testing.T) {
	both := Codec{Prompt: true, Messages: true}
	for body, prompt := range map[string]bool{goldenPrompt: true, goldenMessages: false} {
		r, err := both.DecodeRequest("m", []byte(body))
		if err != nil || r.Prompt != prompt {
			t.Errorf("%s: %+v, %v", body, r, err)
		}
	}
	if _, err := (Codec{Prompt: true}).DecodeRequest("m", []byte(goldenMessages)); !fault.Is(err, fault.Validation) {
		t.Errorf("messages for a model that takes prompts: %v", err)
	}
	if _, err := (Codec{Messages: true}).DecodeRequest("m", []byte(goldenPrompt)); !fault.Is(err, fault.Validation) {
		t.Errorf("a prompt for a model that takes messages: %v", err)
	}
}

func TestTemplate(t *testing.T) {
	said := func(role chat.Role, s string) chat.Message { return chat.Message{Role: role, Content: dialect.Said(s)} }
	got, err := Codec{Prompt: true}.EncodeRequest("", &chat.Request{Messages: []chat.Message{
		said(chat.User, "hi"), said(chat.Assistant, "hello"), said(chat.User, "and?"),
	}})
	if want := `{"prompt":"<s>[INST] hi [/INST]hello</s>[INST] and? [/INST]"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}

// The recorded shapes.
func TestGoldenAnswers(t *testing.T) {
	r := &chat.Response{Content: dialect.Said("hi"), Stop: chat.EndTurn}
	prompted := dialect.Envelope{Asked: &chat.Request{Prompt: true}}
	got, err := Codec{Prompt: true, Messages: true}.EncodeResponse(r, prompted)
	if want := `{"outputs":[{"text":"hi","stop_reason":"stop"}]}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	got, err = Codec{Prompt: true, Messages: true}.EncodeResponse(r, dialect.Envelope{Asked: &chat.Request{}})
	if want := `{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"stop_reason":"stop"}]}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	want := []string{
		`{"outputs":[{"text":" a","stop_reason":null}]}`,
		`{"outputs":[{"text":"","stop_reason":"stop"}],"amazon-bedrock-invocationMetrics":{"inputTokenCount":5,"outputTokenCount":10,"invocationLatency":7,"firstByteLatency":3}}`,
	}
	if diff := cmp.Diff(want, dialecttest.Chunks(Codec{Prompt: true}, dialect.Envelope{}, " a")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
