package anthropic_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/fault"
)

// sameJSON compares raw JSON by meaning. It sees plain bytes too, which are compared as they are.
var sameJSON = cmp.Comparer(func(a, b jsontext.Value) bool {
	if string(a) == string(b) {
		return (a == nil) == (b == nil)
	}
	a, b = a.Clone(), b.Clone()
	return a.Canonicalize() == nil && b.Canonicalize() == nil && string(a) == string(b)
})

// The generators below say everything that the Messages format can say.
var (
	words   = rapid.StringN(1, 20, -1)
	object  = rapid.Map(words, func(s string) jsontext.Value { return jsontext.Value(`{"k":` + quoted(s) + `}`) })
	name    = rapid.StringMatching(`[a-zA-Z0-9_-]{1,12}`)
	bytes   = rapid.SliceOfN(rapid.Byte(), 1, 20)
	imaging = rapid.SampledFrom([]string{"png", "jpeg", "gif", "webp"})
)

func quoted(s string) string {
	b, _ := jsontext.AppendQuote(nil, s)
	return string(b)
}

func kinds(of ...*rapid.Generator[chat.Block]) *rapid.Generator[chat.Block] {
	return rapid.OneOf(of...)
}

var (
	text  = rapid.Map(words, chat.Text)
	image = rapid.Custom(func(t *rapid.T) chat.Block {
		return chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Format: imaging.Draw(t, "format"), Bytes: bytes.Draw(t, "bytes")}}
	})
	document = rapid.Custom(func(t *rapid.T) chat.Block {
		m := &chat.Media{Format: "txt", Name: rapid.String().Draw(t, "title"), Context: rapid.String().Draw(t, "context"), Citations: rapid.Bool().Draw(t, "cite")}
		switch rapid.IntRange(0, 2).Draw(t, "source") {
		case 0:
			m.Format, m.Bytes = "pdf", bytes.Draw(t, "bytes")
		case 1:
			m.Text = words.Draw(t, "text")
		default:
			m.Chunks = rapid.SliceOfN(words, 1, 3).Draw(t, "chunks")
		}
		return chat.Block{Kind: chat.DocumentBlock, Media: m}
	})
	toolUse = rapid.Custom(func(t *rapid.T) chat.Block {
		return chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: name.Draw(t, "id"), Name: name.Draw(t, "name"), Input: object.Draw(t, "input")}}
	})
	toolResult = rapid.Custom(func(t *rapid.T) chat.Block {
		r := &chat.ToolResult{ID: name.Draw(t, "id"), Error: rapid.Bool().Draw(t, "error")}
		r.Content = blocks(kinds(text, image, document)).Draw(t, "content")
		return chat.Block{Kind: chat.ToolResultBlock, ToolResult: r}
	})
	reasoning = rapid.Custom(func(t *rapid.T) chat.Block {
		r := &chat.Reasoning{Text: rapid.String().Draw(t, "text"), Signature: rapid.String().Draw(t, "signature")}
		if rapid.Bool().Draw(t, "redacted") {
			r = &chat.Reasoning{Redacted: []byte(words.Draw(t, "data"))}
		}
		return chat.Block{Kind: chat.ReasoningBlock, Reasoning: r}
	})
	cited = rapid.Custom(func(t *rapid.T) chat.Block {
		place := rapid.SampledFrom([]string{"documentChar", "documentPage", "documentChunk"}).Draw(t, "place")
		return chat.Block{Kind: chat.CitationsBlock, Raw: jsontext.Value(`{"content":[{"text":` + quoted(words.Draw(t, "text")) +
			`}],"citations":[{"title":` + quoted(words.Draw(t, "title")) + `,"sourceContent":[{"text":"s"}],"location":{"` + place + `":{"documentIndex":0,"start":1,"end":2}}}]}`)}
	})
)

// blocks draws content, some of it followed by a cache point.
func blocks(of *rapid.Generator[chat.Block]) *rapid.Generator[[]chat.Block] {
	return rapid.Custom(func(t *rapid.T) []chat.Block {
		var out []chat.Block
		for _, b := range rapid.SliceOfN(of, 1, 4).Draw(t, "blocks") {
			out = append(out, b)
			if b.Kind != chat.ReasoningBlock && rapid.IntRange(0, 3).Draw(t, "cached") == 0 {
				out = append(out, point(rapid.SampledFrom([]string{"", "5m", "1h"}).Draw(t, "ttl")))
			}
		}
		return out
	})
}

func drawRequest(t *rapid.T) *chat.Request {
	r := &chat.Request{Inference: chat.Inference{MaxTokens: new(rapid.IntRange(1, 1<<40).Draw(t, "max"))}}
	if rapid.Bool().Draw(t, "sampled") {
		r.Inference.Temperature = new(rapid.Float64Range(0, 1).Draw(t, "temperature"))
		r.Inference.TopP = new(rapid.Float64Range(0, 1).Draw(t, "topP"))
		r.Inference.TopK = new(rapid.IntRange(0, 500).Draw(t, "topK"))
		r.Inference.Stop = rapid.SliceOfN(words, 1, 3).Draw(t, "stop")
	}
	if rapid.Bool().Draw(t, "instructed") {
		r.System = blocks(text).Draw(t, "system")
	}
	r.Messages = []chat.Message{{Role: chat.User, Content: blocks(kinds(text, image, document, toolResult)).Draw(t, "first")}}
	for range rapid.IntRange(0, 2).Draw(t, "turns") {
		r.Messages = append(r.Messages,
			chat.Message{Role: chat.Assistant, Content: blocks(kinds(text, toolUse, reasoning, cited)).Draw(t, "answer")},
			chat.Message{Role: chat.User, Content: blocks(kinds(text, image, document, toolResult)).Draw(t, "turn")})
	}
	r.Tools = drawTools(t)
	if rapid.Bool().Draw(t, "thinks") {
		r.Thinking = &chat.Thinking{Budget: rapid.SampledFrom([]int{0, 1024, 9999}).Draw(t, "budget"), Effort: rapid.SampledFrom([]string{"", "low", "high"}).Draw(t, "effort")}
	}
	if rapid.Bool().Draw(t, "formed") {
		r.Output = &chat.OutputSchema{Schema: string(object.Draw(t, "schema"))}
	}
	if rapid.Bool().Draw(t, "more") {
		r.Extra = jsontext.Value(`{"metadata":{"user_id":"u"},"anthropic_beta":["b"]}`)
	}
	return r
}

func drawTools(t *rapid.T) *chat.ToolConfig {
	names := rapid.SliceOfNDistinct(name, 0, 3, rapid.ID[string]).Draw(t, "tools")
	if len(names) == 0 {
		return nil
	}
	c := &chat.ToolConfig{Choice: chat.ToolChoice{Mode: rapid.SampledFrom([]chat.ChoiceMode{
		chat.ChoiceAuto, chat.ChoiceAny, chat.ChoiceTool, chat.ChoiceNone,
	}).Draw(t, "mode"), Serial: rapid.Bool().Draw(t, "serial")}}
	if c.Choice.Mode == chat.ChoiceTool {
		c.Choice.Name = names[0]
	}
	for _, n := range names {
		tool := chat.Tool{Name: n, Description: rapid.String().Draw(t, "description"), Schema: object.Draw(t, "schema")}
		if rapid.Bool().Draw(t, "strict") {
			tool.Strict = new(rapid.Bool().Draw(t, "strictly"))
		}
		c.Tools = append(c.Tools, tool)
		if rapid.Bool().Draw(t, "cached") {
			c.Tools = append(c.Tools, chat.Tool{CachePoint: &chat.CachePoint{TTL: "1h"}})
		}
	}
	return c
}

func TestRequestIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawRequest(t)
		body, err := anthropic.EncodeRequest(want, anthropic.Upstream{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := anthropic.DecodeRequest(body)
		if err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		if diff := cmp.Diff(want, got, sameJSON); diff != "" {
			t.Fatalf("%s\n%s", diff, body)
		}
	})
}

func TestEncodeForAnthropic(t *testing.T) {
	r := &chat.Request{
		Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{chat.Text("Hi")}}},
		Extra:    jsontext.Value(`{"anthropic_version":"bedrock-2024-01-01","thinking":{"type":"disabled"},"top_k":3}`),
		Thinking: &chat.Thinking{Budget: 2000},
	}
	body, err := anthropic.EncodeRequest(r, anthropic.Upstream{Model: "claude-x", Stream: true, MaxTokens: 77})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"model":"claude-x","stream":true,"max_tokens":77,"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],"top_k":3,"thinking":{"type":"disabled"}}`
	if string(body) != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
}

// Converse callers may name thinking as Bedrock's older documentation does.
func TestEncodeReasoningConfig(t *testing.T) {
	body, err := anthropic.EncodeRequest(&chat.Request{
		Extra:    jsontext.Value(`{"reasoning_config":{"type":"enabled","budget_tokens":2000}}`),
		Thinking: &chat.Thinking{Budget: 2000},
	}, anthropic.Upstream{MaxTokens: 1})
	const want = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[],"thinking":{"type":"enabled","budget_tokens":2000}}`
	if err != nil || string(body) != want {
		t.Errorf("got  %s, %v\nwant %s", body, err, want)
	}
}

func TestEncodeRefuses(t *testing.T) {
	block := func(b chat.Block) *chat.Request {
		return &chat.Request{Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{b}}}}
	}
	for name, r := range map[string]*chat.Request{
		"video":             block(chat.Block{Kind: chat.VideoBlock, Media: &chat.Media{Format: "mp4"}}),
		"image in S3":       block(chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Format: "png", S3: &chat.S3Location{URI: "s3://b/k"}}}),
		"document in S3":    block(chat.Block{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "pdf", S3: &chat.S3Location{URI: "s3://b/k"}}}),
		"spreadsheet":       block(chat.Block{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "xlsx", Bytes: []byte("x")}}),
		"guarded image":     block(chat.Block{Kind: chat.GuardBlock, Raw: jsontext.Value(`{"image":{}}`)}),
		"loose cache point": block(point("")),
		"cached thinking": {Messages: []chat.Message{{Role: chat.Assistant, Content: []chat.Block{
			{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{}}, point(""),
		}}}},
		"no JSON as input": {Messages: []chat.Message{{Role: chat.Assistant, Content: []chat.Block{
			{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{Input: jsontext.Value(`{"a":`)}},
		}}}},
		"no JSON as schema":     {Output: &chat.OutputSchema{Schema: `{`}},
		"no JSON as citations":  block(chat.Block{Kind: chat.CitationsBlock, Raw: jsontext.Value(`{`)}),
		"misfit search results": block(chat.Block{Kind: chat.SearchResultBlock, Raw: jsontext.Value(`5`)}),
		"misfit extra":          {Extra: jsontext.Value(`{"top_k":"many"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := anthropic.EncodeRequest(r, anthropic.Upstream{}); !fault.Is(err, fault.Validation) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// What came from another front door need not be as this format would have it.
func TestEncodeTolerates(t *testing.T) {
	for name, c := range map[string]struct {
		in   chat.Block
		want string
	}{
		"duplicate names": {
			chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "a", Name: "b", Input: jsontext.Value(`{"x":1,"x":2}`)}},
			`{"type":"tool_use","id":"a","name":"b","input":{"x":1,"x":2}}`,
		},
		"no input": {
			chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "a", Name: "b"}},
			`{"type":"tool_use","id":"a","name":"b","input":{}}`,
		},
		"Latin-1": {
			chat.Block{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "csv", Bytes: []byte("gr\xfcn")}},
			`{"type":"document","source":{"type":"text","media_type":"text/plain","data":"gr\uFFFDn"}}`,
		},
		"bytes as text": {
			chat.Block{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Redacted: []byte("\xff")}},
			`{"type":"redacted_thinking","data":"\uFFFD"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			body, err := anthropic.EncodeRequest(&chat.Request{Messages: []chat.Message{{Role: chat.Assistant, Content: []chat.Block{c.in}}}}, anthropic.Upstream{MaxTokens: 1})
			want := `{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[{"role":"assistant","content":[` + c.want + `]}]}`
			want = strings.ReplaceAll(want, `\uFFFD`, "\uFFFD")
			if err != nil || string(body) != want {
				t.Errorf("got  %s, %v\nwant %s", body, err, want)
			}
		})
	}
}

// JSON of a tool result has no form of its own; it is written as text.
func TestEncodeToolResultJSON(t *testing.T) {
	r := &chat.Request{Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{
		ID: "a", Content: []chat.Block{{Raw: jsontext.Value(`{"n":1}`)}},
	}}}}}}
	body, err := anthropic.EncodeRequest(r, anthropic.Upstream{MaxTokens: 1})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[{"role":"user","content":[` +
		`{"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"{\"n\":1}"}]}]}]}`
	if string(body) != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
}

func BenchmarkEncodeRequestImage(b *testing.B) {
	raw := make([]byte, 1<<20)
	r := &chat.Request{Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{
		{Kind: chat.ImageBlock, Media: &chat.Media{Format: "png", Bytes: raw}},
	}}}}
	b.SetBytes(int64(base64.StdEncoding.EncodedLen(len(raw))))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := anthropic.EncodeRequest(r, anthropic.Upstream{}); err != nil {
			b.Fatal(err)
		}
	}
}
