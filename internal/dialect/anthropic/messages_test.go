package anthropic

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

func TestDecodeMessages(t *testing.T) {
	user := func(texts ...string) chat.Message {
		m := chat.Message{Role: chat.User}
		for _, s := range texts {
			m.Content = append(m.Content, chat.Text(s))
		}
		return m
	}
	model := chat.Message{Role: chat.Assistant, Content: []chat.Block{chat.Text("Yes?")}}
	for name, c := range map[string]struct {
		messages string
		system   []chat.Block
		want     []chat.Message
	}{
		"turns":               {`{"role":"user","content":"a"},{"role":"assistant","content":"Yes?"},{"role":"user","content":"b"}`, nil, []chat.Message{user("a"), model, user("b")}},
		"turns of one role":   {`{"role":"user","content":"a"},{"role":"user","content":"b"}`, nil, []chat.Message{user("a"), user("b")}},
		"system in front":     {`{"role":"system","content":"s"},{"role":"user","content":"a"}`, []chat.Block{chat.Text("s")}, []chat.Message{user("a")}},
		"system behind":       {`{"role":"user","content":"a"},{"role":"system","content":[{"type":"text","text":"s"},{"type":"text","text":"t"}]}`, []chat.Block{chat.Text("s"), chat.Text("t")}, []chat.Message{user("a")}},
		"system within":       {`{"role":"user","content":"a"},{"role":"assistant","content":"Yes?"},{"role":"system","content":"s"},{"role":"user","content":"b"}`, []chat.Block{chat.Text("s")}, []chat.Message{user("a"), model, user("b")}},
		"system parts a turn": {`{"role":"user","content":"a"},{"role":"system","content":"s"},{"role":"user","content":"b"},{"role":"user","content":"c"}`, []chat.Block{chat.Text("s")}, []chat.Message{user("a", "b"), user("c")}},
	} {
		t.Run(name, func(t *testing.T) {
			body := `{"model":"m","stream":true,"max_tokens":5,"anthropic_version":"any","messages":[` + c.messages + `]}`
			got, err := DecodeMessages([]byte(body), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&chat.Request{System: c.system, Messages: c.want, Inference: chat.Inference{MaxTokens: new(5)}}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeMessagesRefuses(t *testing.T) {
	for body, sentence := range map[string]string{
		`{"model":"m","max_tokens":5}`: "required key [messages]",
		`{"model":"m","max_tokens":5,"messages":[{"role":"system","content":"s"}]}`:                                                "at least one message is required",
		`{"model":"m","messages":[{"role":"user","content":"a"}]}`:                                                                 "required key [max_tokens]",
		`{"model":"m","max_tokens":5,"messages":[{"role":"developer","content":"a"}]}`:                                             "#/messages/0/role",
		`{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a"},{"role":"system","content":[{"type":"image"}]}]}`:   "#/system/0/type",
		`{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a"}],"tools":[{"type":"bash_20250124","name":"bash"}]}`: "bash_20250124",
	} {
		if _, err := DecodeMessages([]byte(body), nil); !fault.Is(err, fault.Validation) || !strings.Contains(err.Error(), sentence) {
			t.Errorf("%s: %v, want %q", body, err, sentence)
		}
	}
}

func TestDecodeCount(t *testing.T) {
	got, err := DecodeCount([]byte(`{"model":"m","messages":[{"role":"user","content":"a"}]}`), []string{"b"})
	want := &chat.Request{Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{chat.Text("a")}}}, Extra: []byte(`{"anthropic_beta":["b"]}`)}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestBetas(t *testing.T) {
	got := Betas([]string{"a, b ,", "", "c"})
	if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzDecodeMessages(f *testing.F) {
	f.Add(`{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a"},{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"b","cache_control":{"type":"ephemeral"}}]}]}`)
	f.Add(`{"messages":[],"anthropic_beta":null}`)
	f.Fuzz(func(t *testing.T, body string) {
		r, err := DecodeMessages([]byte(body), []string{"beta"})
		if err != nil {
			if !fault.Is(err, fault.Validation) {
				t.Fatalf("%v is no ValidationException", err)
			}
			return
		}
		if _, err := EncodeRequest(r, Upstream{Model: "m"}); err != nil && !fault.Is(err, fault.Validation) {
			t.Fatalf("%s cannot be written again: %v", body, err)
		}
	})
}
