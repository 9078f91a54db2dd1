package anthropic_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/fault"
)

var env = anthropic.Envelope{Model: "anthropic.claude-3-5-haiku-20241022-v1:0", Request: "6f2e-11"}

func TestEncodeResponse(t *testing.T) {
	for name, c := range map[string]struct {
		in   *chat.Response
		env  anthropic.Envelope
		want string
	}{
		"text": {
			&chat.Response{Content: []chat.Block{chat.Text("Hi")}, Stop: chat.EndTurn, Usage: chat.Usage{Input: 4, Output: 50}}, env,
			`{"id":"msg_bdrk_6f2e11","type":"message","role":"assistant","model":"claude-3-5-haiku-20241022","content":[{"type":"text","text":"Hi"}],` +
				`"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":4,"output_tokens":50}}`,
		},
		"tool use with caching": {
			&chat.Response{ID: "msg_1", Stop: chat.StopToolUse, Usage: chat.Usage{Input: 4, Output: 50, CacheWrite5m: 18131}, Content: []chat.Block{
				{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: "Hm", Signature: "s"}},
				{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "toolu_bdrk_1", Name: "look", Input: []byte(`{}`)}},
			}}, env,
			`{"id":"msg_1","type":"message","role":"assistant","model":"claude-3-5-haiku-20241022","content":[{"type":"thinking","thinking":"Hm","signature":"s"},` +
				`{"type":"tool_use","id":"toolu_bdrk_1","name":"look","input":{}}],"stop_reason":"tool_use","stop_sequence":null,` +
				`"usage":{"input_tokens":4,"cache_creation_input_tokens":18131,"cache_read_input_tokens":0,` +
				`"cache_creation":{"ephemeral_5m_input_tokens":18131,"ephemeral_1h_input_tokens":0},"output_tokens":50}}`,
		},
		"nothing, stopped": {
			&chat.Response{Stop: chat.StopSequence, StopSequence: "END"},
			anthropic.Envelope{Model: "x", Request: "r", Caching: true},
			`{"id":"msg_bdrk_r","type":"message","role":"assistant","model":"x","content":[],"stop_reason":"stop_sequence","stop_sequence":"END",` +
				`"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,` +
				`"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":0}}`,
		},
		"guarded": {
			&chat.Response{Content: []chat.Block{chat.Text("No.")}, Stop: chat.GuardrailIntervened}, env,
			`{"id":"msg_bdrk_6f2e11","type":"message","role":"assistant","model":"claude-3-5-haiku-20241022","content":[{"type":"text","text":"No."}],` +
				`"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0},"amazon-bedrock-guardrailAction":"INTERVENED"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := anthropic.EncodeResponse(c.in, c.env)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func drawUsage(t *rapid.T) chat.Usage {
	n := rapid.Int64Range(0, 1<<40)
	u := chat.Usage{Input: n.Draw(t, "input"), Output: n.Draw(t, "output")}
	if rapid.Bool().Draw(t, "caching") {
		u.CacheRead, u.CacheWrite5m, u.CacheWrite1h = n.Draw(t, "read"), n.Draw(t, "write5m"), n.Draw(t, "write1h")
	}
	return u
}

var stops = rapid.SampledFrom([]chat.StopReason{
	chat.EndTurn, chat.StopToolUse, chat.MaxTokens, chat.StopSequence, chat.GuardrailIntervened, chat.ContentFiltered, chat.ContextExceeded,
})

func TestResponseIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := &chat.Response{
			ID:      name.Draw(t, "id"),
			Content: rapid.SliceOfN(kinds(text, toolUse, reasoning, cited), 1, 4).Draw(t, "content"),
			Stop:    stops.Draw(t, "stop"),
			Usage:   drawUsage(t),
		}
		if want.Stop == chat.StopSequence {
			want.StopSequence = words.Draw(t, "sequence")
		}
		body, err := anthropic.EncodeResponse(want, env)
		if err != nil {
			t.Fatal(err)
		}
		got, err := anthropic.DecodeResponse(body)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, sameJSON); diff != "" {
			t.Fatalf("%s\n%s", diff, body)
		}
	})
}

func TestEncodeResponseRefuses(t *testing.T) {
	for name, b := range map[string]chat.Block{
		"no JSON as input": {Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{Input: []byte(`{`)}},
		"a video":          {Kind: chat.VideoBlock, Media: &chat.Media{}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := anthropic.EncodeResponse(&chat.Response{Content: []chat.Block{b}}, env); !fault.Is(err, fault.ModelError) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestDecodeResponseRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"not JSON":      `<html>`,
		"an error":      `{"type":"error","error":{"type":"overloaded_error","message":"x"}}`,
		"unknown block": `{"type":"message","content":[{"type":"hologram"}]}`,
		"misfit":        `{"type":"message","usage":{"input_tokens":"x"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := anthropic.DecodeResponse([]byte(body)); !fault.Is(err, fault.ModelError) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// An upstream may say more than this code knows, and less of the cache.
func TestDecodeResponseIsTolerant(t *testing.T) {
	got, err := anthropic.DecodeResponse([]byte(`{"id":"m","type":"message","role":"assistant","container":null,
		"content":[{"type":"text","text":"","citations":null}],"stop_reason":"pause_turn","stop_details":{},
		"usage":{"input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":7,"service_tier":"standard"}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &chat.Response{ID: "m", Content: []chat.Block{chat.Text("")}, Stop: chat.EndTurn, Usage: chat.Usage{Input: 1, Output: 2, CacheWrite5m: 7}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestShortName(t *testing.T) {
	for id, want := range map[string]string{
		"anthropic.claude-3-5-haiku-20241022-v1:0":     "claude-3-5-haiku-20241022",
		"anthropic.claude-3-sonnet-20240229-v1:0:200k": "claude-3-sonnet-20240229",
		"us.anthropic.claude-sonnet-4-5-20250929-v1:0": "claude-sonnet-4-5-20250929",
		"anthropic.claude-opus-4-6-v1":                 "claude-opus-4-6",
		"anthropic.claude-sonnet-5":                    "claude-sonnet-5",
		"anthropic.claude-v2:1":                        "claude-2.1",
		"anthropic.claude-v2":                          "claude-2.0",
		"anthropic.claude-instant-v1":                  "claude-instant-1.2",
		"my-own-model":                                 "my-own-model",
		"":                                             "",
	} {
		if got := anthropic.ShortName(id); got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
}
