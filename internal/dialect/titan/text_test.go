package titan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/dialecttest"
	"github.com/outcrop/outcrop/internal/dialect/titan"
	"github.com/outcrop/outcrop/internal/fault"
)

const goldenText = `{"inputText":"User: hi\nBot:","textGenerationConfig":{"temperature":0.7,"topP":0.9,"maxTokenCount":512,"stopSequences":["|"]}}`

func textFamily() dialecttest.Family {
	return dialecttest.Family{Codec: titan.TextCodec{}, Model: "amazon.titan-text-express-v1", Words: dialecttest.Words{
		Prompt: true, MaxTokens: true, Temperature: true, TopP: true, Stop: true, Counts: true,
	}}
}

func TestTextFamily(t *testing.T)      { dialecttest.Run(t, textFamily()) }
func FuzzDecodeText(f *testing.F)      { dialecttest.Fuzz(f, textFamily(), goldenText) }
func BenchmarkTextFamily(b *testing.B) { dialecttest.Bench(b, textFamily(), goldenText) }

func TestTextTemplate(t *testing.T) {
	said := func(role chat.Role, s string) chat.Message { return chat.Message{Role: role, Content: dialect.Said(s)} }
	got, err := titan.TextCodec{}.EncodeRequest("", &chat.Request{Messages: []chat.Message{
		said(chat.User, "hi"), said(chat.Assistant, " hello"), said(chat.User, "and?"),
	}})
	if want := `{"inputText":"User: hi\nBot: hello\nUser: and?\nBot:"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	for name, r := range map[string]*chat.Request{
		"system": {System: dialect.Said("x")}, "tools": {Tools: &chat.ToolConfig{}}, "schema": {Output: &chat.OutputSchema{}},
		"image": {Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{picture}}}},
	} {
		if _, err := (titan.TextCodec{}).EncodeRequest("", r); !fault.Is(err, fault.Validation) {
			t.Errorf("%s: %v, want a validation error", name, err)
		}
	}
}

// The recorded shapes.
func TestTextGoldenAnswers(t *testing.T) {
	got, err := titan.TextCodec{}.EncodeResponse(&chat.Response{
		Content: dialect.Said("hi"), Stop: chat.EndTurn, Usage: chat.Usage{Input: 5, Output: 10},
	}, dialect.Envelope{})
	if want := `{"inputTextTokenCount":5,"results":[{"tokenCount":10,"outputText":"hi","completionReason":"FINISH"}]}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	want := []string{
		`{"outputText":"a","index":0,"totalOutputTextTokenCount":null,"completionReason":null,"inputTextTokenCount":5}`,
		`{"outputText":"","index":0,"totalOutputTextTokenCount":10,"completionReason":"FINISH","inputTextTokenCount":null,"amazon-bedrock-invocationMetrics":` +
			`{"inputTokenCount":5,"outputTokenCount":10,"invocationLatency":7,"firstByteLatency":3}}`,
	}
	if diff := cmp.Diff(want, dialecttest.Chunks(titan.TextCodec{}, dialect.Envelope{}, "a")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTextStopReasons(t *testing.T) {
	for reason, want := range map[string]chat.StopReason{
		"FINISH": chat.EndTurn, "FINISHED": chat.EndTurn, "LENGTH": chat.MaxTokens, "STOP_CRITERIA_MET": chat.StopSequence,
		"CONTENT_FILTERED": chat.ContentFiltered, "RAG_QUERY_WHEN_RAG_DISABLED": chat.EndTurn,
	} {
		got, err := titan.TextCodec{}.DecodeResponse([]byte(`{"results":[{"outputText":"x","completionReason":"` + reason + `"}]}`))
		if err != nil || got.Stop != want {
			t.Errorf("%s: %v, %v", reason, got, err)
		}
	}
}
