package llama

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/dialecttest"
	"github.com/outcrop/outcrop/internal/fault"
)

const (
	model  = "meta.llama3-1-8b-instruct-v1:0"
	golden = `{"prompt":"<|begin_of_text|>hi","temperature":0.5,"top_p":0.9,"max_gen_len":512}`
)

func family() dialecttest.Family {
	return dialecttest.Family{Codec: Codec{}, Model: model, Words: dialecttest.Words{
		Prompt: true, MaxTokens: true, Temperature: true, TopP: true, Counts: true,
	}}
}

func TestFamily(t *testing.T)      { dialecttest.Run(t, family()) }
func FuzzDecode(f *testing.F)      { dialecttest.Fuzz(f, family(), golden) }
func BenchmarkFamily(b *testing.B) { dialecttest.Bench(b, family(), golden) }

func TestTemplates(t *testing.T) {
	picture := chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Bytes: []byte("x")}}
	for id, c := range map[string]struct {
		last []chat.Block
		want string
	}{
		"meta.llama3-2-11b-instruct-v1:0": {
			[]chat.Block{picture, chat.Text("And?")},
			"<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>" +
				"<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello<|eot_id|>" +
				"<|start_header_id|>user<|end_header_id|>\n\n<|image|>And?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
		},
		"meta.llama4-scout-17b-instruct-v1:0": {
			[]chat.Block{chat.Text("And?")},
			"<|begin_of_text|><|header_start|>system<|header_end|>\n\nBe brief.<|eot|>" +
				"<|header_start|>user<|header_end|>\n\nHi<|eot|><|header_start|>assistant<|header_end|>\n\nHello<|eot|>" +
				"<|header_start|>user<|header_end|>\n\nAnd?<|eot|><|header_start|>assistant<|header_end|>\n\n",
		},
		"meta.llama2-13b-chat-v1": {
			[]chat.Block{chat.Text("And?")},
			"<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Hello </s><s>[INST] And? [/INST] ",
		},
	} {
		r := &chat.Request{System: []chat.Block{chat.Text("Be brief.")}, Messages: []chat.Message{
			{Role: chat.User, Content: []chat.Block{chat.Text("Hi")}},
			{Role: chat.Assistant, Content: []chat.Block{chat.Text("Hello")}},
			{Role: chat.User, Content: c.last},
		}}
		body, err := Codec{}.EncodeRequest(id, r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Codec{}.DecodeRequest(id, body)
		if err != nil {
			t.Fatal(err)
		}
		content := got.Messages[0].Content
		if diff := cmp.Diff(c.want, content[0].Text); diff != "" || len(content) != len(c.last) {
			t.Errorf("%s: %d blocks (-want +got):\n%s", id, len(content), diff)
		}
	}
}

func TestRefuses(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:                             "Malformed input request: #: required key [prompt] not found, please reformat your input and try again.",
		`{"prompt":"x","temperature":2}`: "Malformed input request: #/temperature: 2 is not less or equal to 1, please reformat your input and try again.",
		`{"prompt":"x","max_tokens":2}`:  "Malformed input request: #: extraneous key [max_tokens] is not permitted, please reformat your input and try again.",
		`{"prompt":"x","max_gen_len":0}`: "Malformed input request: #/max_gen_len: 0 is not greater or equal to 1, please reformat your input and try again.",
		`{"prompt":"x","images":["?"]}`:  "Malformed input request: #/images/0: is not base64, please reformat your input and try again.",
	} {
		if _, err := (Codec{}).DecodeRequest(model, []byte(body)); !fault.Is(err, fault.Validation) || fault.Public(err).Message != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
	for name, r := range map[string]*chat.Request{
		"tools": {Tools: &chat.ToolConfig{}},
		"stop":  {Inference: chat.Inference{Stop: []string{"x"}}},
		"top k": {Inference: chat.Inference{TopK: new(3)}},
		"other": {Extra: []byte(`{"seed":3}`), Messages: dialect.Prompt("x").Messages},
	} {
		if _, err := (Codec{}).EncodeRequest(model, r); !fault.Is(err, fault.Validation) {
			t.Errorf("%s: %v, want a validation error", name, err)
		}
	}
}

// The recorded shapes.
func TestGoldenAnswers(t *testing.T) {
	got, err := Codec{}.EncodeResponse(&chat.Response{
		Content: dialect.Said("hi"), Stop: chat.MaxTokens, Usage: chat.Usage{Input: 5, Output: 10},
	}, dialect.Envelope{})
	if want := `{"generation":"hi","prompt_token_count":5,"generation_token_count":10,"stop_reason":"length"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	want := []string{
		`{"generation":"a","prompt_token_count":5,"generation_token_count":1,"stop_reason":null}`,
		`{"generation":" b","prompt_token_count":null,"generation_token_count":2,"stop_reason":null}`,
		`{"generation":"","prompt_token_count":null,"generation_token_count":10,"stop_reason":"stop","amazon-bedrock-invocationMetrics":` +
			`{"inputTokenCount":5,"outputTokenCount":10,"invocationLatency":7,"firstByteLatency":3}}`,
	}
	if diff := cmp.Diff(want, dialecttest.Chunks(Codec{}, dialect.Envelope{}, "a", " b")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
