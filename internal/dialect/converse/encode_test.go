package converse_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/converse"
	"github.com/outcrop/outcrop/internal/fault"
)

func TestResponse(t *testing.T) {
	for name, c := range map[string]struct {
		in   *chat.Response
		env  converse.Envelope
		want string
	}{
		"text": {
			&chat.Response{ID: "m", Content: []chat.Block{chat.Text("Hi")}, Stop: chat.EndTurn, Usage: chat.Usage{Input: 8, Output: 10}},
			converse.Envelope{LatencyMs: 605},
			`{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn",` +
				`"usage":{"inputTokens":8,"outputTokens":10,"totalTokens":18},"metrics":{"latencyMs":605}}`,
		},
		"every block": {
			&chat.Response{Stop: chat.StopToolUse, Content: []chat.Block{
				{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: "Hm", Signature: "s"}},
				{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: "Hm"}},
				{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Redacted: []byte{1, 2, 3}}},
				{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "t", Name: "look", Input: jsontext.Value(`{"a":1.50}`)}},
				{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "u", Name: "look"}},
				{Kind: chat.ImageBlock, Media: &chat.Media{Format: "png", Bytes: []byte{1, 2, 3}}},
				{Kind: chat.VideoBlock, Media: &chat.Media{Format: "mp4", S3: &chat.S3Location{URI: "s3://b/k", Owner: "111122223333"}}},
				{Kind: chat.CitationsBlock, Raw: jsontext.Value(`{"content":[{"text":"c"}],"citations":[{"title":"T","sourceContent":[{"text":"s"}],"location":{"documentChar":{"documentIndex":0,"start":1,"end":2}}}]}`)},
			}},
			converse.Envelope{Tier: "flex", Performance: "optimized"},
			`{"output":{"message":{"role":"assistant","content":[` +
				`{"reasoningContent":{"reasoningText":{"text":"Hm","signature":"s"}}},{"reasoningContent":{"reasoningText":{"text":"Hm"}}},` +
				`{"reasoningContent":{"redactedContent":"AQID"}},` +
				`{"toolUse":{"toolUseId":"t","name":"look","input":{"a":1.50}}},{"toolUse":{"toolUseId":"u","name":"look","input":{}}},` +
				`{"image":{"format":"png","source":{"bytes":"AQID"}}},{"video":{"format":"mp4","source":{"s3Location":{"uri":"s3://b/k","bucketOwner":"111122223333"}}}},` +
				`{"citationsContent":{"content":[{"text":"c"}],"citations":[{"title":"T","sourceContent":[{"text":"s"}],"location":{"documentChar":{"documentIndex":0,"start":1,"end":2}}}]}}` +
				`]}},"stopReason":"tool_use","usage":{"inputTokens":0,"outputTokens":0,"totalTokens":0},"metrics":{"latencyMs":0},` +
				`"performanceConfig":{"latency":"optimized"},"serviceTier":{"type":"flex"}}`,
		},
		"caching": {
			&chat.Response{Stop: chat.MaxTokens, Usage: chat.Usage{Input: 11, Output: 236, CacheRead: 28, CacheWrite5m: 400, CacheWrite1h: 600}},
			converse.Envelope{},
			`{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"max_tokens","usage":{"inputTokens":11,"outputTokens":236,"totalTokens":1275,` +
				`"cacheReadInputTokens":28,"cacheWriteInputTokens":1000,"cacheDetails":[{"ttl":"1h","inputTokens":600},{"ttl":"5m","inputTokens":400}]},"metrics":{"latencyMs":0}}`,
		},
		"caching without effect": {
			&chat.Response{},
			converse.Envelope{Caching: true},
			`{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"end_turn","usage":{"inputTokens":0,"outputTokens":0,"totalTokens":0,` +
				`"cacheReadInputTokens":0,"cacheWriteInputTokens":0},"metrics":{"latencyMs":0}}`,
		},
		"fields": {
			&chat.Response{Stop: chat.StopSequence, StopSequence: "END", Extra: jsontext.Value(`{"a":{"b":[10,{"c":12345678901234567890}]},"x":1}`)},
			converse.Envelope{FieldPaths: []string{"/stop_sequence", "/a/b/1/c", "/none", "/a/b/9"}},
			`{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"stop_sequence","usage":{"inputTokens":0,"outputTokens":0,"totalTokens":0},"metrics":{"latencyMs":0},` +
				`"additionalModelResponseFields":{"a":{"b":{"1":{"c":12345678901234567890}}},"stop_sequence":"END"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := converse.Response(c.in, c.env)
			if err != nil {
				t.Fatal(err)
			}
			if body := string(got.AppendJSON(nil)); body != c.want {
				t.Errorf("got  %s\nwant %s", body, c.want)
			}
		})
	}
}

func TestResponseFields(t *testing.T) {
	const all = `{"a":{"b":1,"c":2},"list":["x","y"],"~/":true,"null":null}`
	for name, c := range map[string]struct {
		paths []string
		want  string
	}{
		"one":                {[]string{"/a/b"}, `{"a":{"b":1}}`},
		"two in one":         {[]string{"/a/b", "/a/c"}, `{"a":{"b":1,"c":2}}`},
		"whole, then a part": {[]string{"/a", "/a/b"}, `{"a":{"b":1,"c":2}}`},
		"a part, then whole": {[]string{"/a/b", "/a"}, `{"a":{"b":1,"c":2}}`},
		"item":               {[]string{"/list/1"}, `{"list":{"1":"y"}}`},
		"escaped":            {[]string{"/~0~1"}, `{"~/":true}`},
		"null":               {[]string{"/null"}, `{"null":null}`},
		"nothing":            {[]string{"/zero", "/a/b/c", "/list/x", "/list/-1", "/list/2"}, ``},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := converse.Response(&chat.Response{Extra: jsontext.Value(all)}, converse.Envelope{FieldPaths: c.paths})
			if err != nil {
				t.Fatal(err)
			}
			if string(got.AdditionalModelResponseFields) != c.want {
				t.Errorf("got %s, want %s", got.AdditionalModelResponseFields, c.want)
			}
		})
	}
}

func TestResponseRefuses(t *testing.T) {
	for name, r := range map[string]*chat.Response{
		"tool result": {Content: []chat.Block{{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{}}}},
		"tool input":  {Content: []chat.Block{{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{Input: jsontext.Value(`{"a":`)}}}},
		"citations":   {Content: []chat.Block{{Kind: chat.CitationsBlock, Raw: jsontext.Value(`{"content":5}`)}}},
		"extra":       {Extra: jsontext.Value(`[]`)},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := converse.Response(r, converse.Envelope{FieldPaths: []string{"/a"}}); !fault.Is(err, fault.ModelError) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func BenchmarkResponse(b *testing.B) {
	r := &chat.Response{Content: []chat.Block{chat.Text("Hello, world.")}, Stop: chat.EndTurn, Usage: chat.Usage{Input: 8, Output: 10}}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		out, err := converse.Response(r, converse.Envelope{LatencyMs: 605})
		if err != nil {
			b.Fatal(err)
		}
		buf = out.AppendJSON(buf[:0])
	}
}
