package cohere

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/dialecttest"
	"github.com/outcrop/outcrop/internal/fault"
)

const goldenCommand = `{"prompt":"hi","max_tokens":20,"temperature":0.5,"p":0.9,"k":3,"stop_sequences":["x"],"num_generations":1,"return_likelihoods":"NONE","stream":false,"truncate":"END"}`

func commandFamily() dialecttest.Family {
	return dialecttest.Family{Codec: Command{}, Model: "cohere.command-text-v14", Words: dialecttest.Words{
		Prompt: true, MaxTokens: true, Temperature: true, TopP: true, TopK: true, Stop: true,
	}}
}

func TestCommandFamily(t *testing.T)      { dialecttest.Run(t, commandFamily()) }
func FuzzCommand(f *testing.F)            { dialecttest.Fuzz(f, commandFamily(), goldenCommand) }
func BenchmarkCommandFamily(b *testing.B) { dialecttest.Bench(b, commandFamily(), goldenCommand) }

func TestCommandKeepsWhatChatCannotSay(t *testing.T) {
	r, err := Command{}.DecodeRequest("", []byte(goldenCommand))
	if err != nil || string(r.Extra) != `{"truncate":"END"}` {
		t.Fatalf("got %s, %v", r.Extra, err)
	}
	got, err := Command{}.EncodeRequest("", r)
	if want := `{"prompt":"hi","max_tokens":20,"temperature":0.5,"p":0.9,"k":3,"stop_sequences":["x"],"truncate":"END"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	for _, body := range []string{`{"prompt":"x","num_generations":2}`, `{"prompt":"x","return_likelihoods":"ALL"}`, `{"prompt":"x","p":2}`} {
		if _, err := (Command{}).DecodeRequest("", []byte(body)); !fault.Is(err, fault.Validation) {
			t.Errorf("%s: %v, want a validation error", body, err)
		}
	}
}

// The recorded shapes.
func TestCommandGoldenAnswers(t *testing.T) {
	env := dialect.Envelope{Request: "r", Asked: dialect.Prompt("hi")}
	got, err := Command{}.EncodeResponse(&chat.Response{Content: dialect.Said(" ho"), Stop: chat.MaxTokens}, env)
	if want := `{"id":"r","generations":[{"id":"r","text":" ho","finish_reason":"MAX_TOKENS"}],"prompt":"hi"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	want := []string{
		`{"is_finished":false,"text":" In","index":0}`,
		`{"finish_reason":"COMPLETE","is_finished":true,"amazon-bedrock-invocationMetrics":{"inputTokenCount":5,"outputTokenCount":10,"invocationLatency":7,"firstByteLatency":3}}`,
	}
	if diff := cmp.Diff(want, dialecttest.Chunks(Command{}, env, " In")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
