package deepseek

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/dialecttest"
	"github.com/outcrop/outcrop/internal/fault"
)

const golden = `{"prompt":"<｜begin▁of▁sentence｜><｜User｜>hi<｜Assistant｜><think>\n","temperature":0.5,"top_p":0.9,"max_tokens":512,"stop":["x"]}`

func family() dialecttest.Family {
	return dialecttest.Family{Codec: Codec{}, Model: "deepseek.r1-v1:0", Words: dialecttest.Words{
		Prompt: true, MaxTokens: true, Temperature: true, TopP: true, Stop: true,
	}}
}

func TestFamily(t *testing.T)      { dialecttest.Run(t, family()) }
func FuzzDecode(f *testing.F)      { dialecttest.Fuzz(f, family(), golden) }
func BenchmarkFamily(b *testing.B) { dialecttest.Bench(b, family(), golden) }

func TestTemplate(t *testing.T) {
	got, err := Codec{}.EncodeRequest("", &chat.Request{
		System: dialect.Said("Be brief."), Messages: []chat.Message{{Role: chat.User, Content: dialect.Said("hi")}},
	})
	if want := `{"prompt":"<｜begin▁of▁sentence｜>Be brief.<｜User｜>hi<｜Assistant｜><think>\n"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := (Codec{}).DecodeRequest("", []byte(`{"prompt":"x","stop":["","","","","","","","","","",""]}`)); !fault.Is(err, fault.Validation) {
		t.Errorf("eleven stop sequences: %v", err)
	}
}

func TestReasoningStandsInFront(t *testing.T) {
	content := []chat.Block{{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: "hm"}}, chat.Text("hi")}
	got, err := Codec{}.EncodeResponse(&chat.Response{Content: content, Stop: chat.EndTurn}, dialect.Envelope{})
	if want := `{"choices":[{"text":"hm\n</think>\n\nhi","stop_reason":"stop"}]}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	enc := Codec{}.NewStream(dialect.Envelope{})
	var chunks []string
	for _, e := range []chat.Event{
		{Kind: chat.BlockDelta, Block: chat.ReasoningBlock, Text: "hm"},
		{Kind: chat.BlockDelta, Block: chat.ReasoningBlock, Signature: "s"},
		{Kind: chat.BlockStop, Block: chat.ReasoningBlock},
		{Kind: chat.BlockDelta, Index: 1, Block: chat.TextBlock, Text: "hi"},
	} {
		for _, c := range enc.Encode(&e, dialect.Timing{}) {
			chunks = append(chunks, string(c))
		}
	}
	want := []string{
		`{"choices":[{"text":"hm","stop_reason":null}]}`, `{"choices":[{"text":"\n</think>\n\n","stop_reason":null}]}`,
		`{"choices":[{"text":"hi","stop_reason":null}]}`,
	}
	if diff := cmp.Diff(want, chunks); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
