package anthropic_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/anthropic"
)

func TestCodec(t *testing.T) {
	c := anthropic.Codec{}
	ask, err := c.DecodeRequest(env.Model, []byte(full))
	if err != nil {
		t.Fatal(err)
	}
	ask.Inference.MaxTokens = nil
	body, err := c.EncodeRequest(env.Model, ask)
	if err != nil || !strings.Contains(string(body), `"max_tokens":4096`) {
		t.Fatalf("%s, %v", body, err)
	}
	answered, err := c.EncodeResponse(&chat.Response{ID: "m", Content: []chat.Block{chat.Text("Hi")}, Stop: chat.EndTurn}, env)
	if err != nil {
		t.Fatal(err)
	}
	back, err := c.DecodeResponse(answered)
	if err != nil || back.ID != "m" || back.Content[0].Text != "Hi" {
		t.Errorf("got %v, %v", back, err)
	}
}

func TestCodecStream(t *testing.T) {
	s := anthropic.Codec{}.NewStream(env)
	var got strings.Builder
	for i := range answer {
		for _, chunk := range s.Encode(&answer[i], dialect.Timing{Invocation: 197, FirstByte: 72}) {
			got.Write(chunk)
			got.WriteByte('\n')
		}
	}
	if diff := cmp.Diff(answerChunks, got.String()); diff != "" {
		t.Error(diff)
	}
}
