package openai

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

func pointer[T any](v T) *T { return &v }

// ask is a request with one user message.
func ask(blocks ...chat.Block) *chat.Request {
	return &chat.Request{Messages: []chat.Message{{Role: chat.User, Content: blocks}}}
}

func media(kind chat.BlockKind, m chat.Media) chat.Block { return chat.Block{Kind: kind, Media: &m} }

func with(r *chat.Request, change func(*chat.Request)) *chat.Request {
	change(r)
	return r
}

func weatherTool() *chat.ToolConfig {
	return &chat.ToolConfig{Tools: []chat.Tool{
		{Name: "weather", Description: "of a town", Schema: jsontext.Value(`{"type":"object"}`), Strict: pointer(true)},
		{CachePoint: &chat.CachePoint{}},
		{Name: "time"},
	}}
}

func TestAppendRequest(t *testing.T) {
	const hi = `"messages":[{"role":"user","content":"hi"}]`
	const tools = `"tools":[{"type":"function","function":{"name":"weather","description":"of a town","parameters":{"type":"object"},"strict":true}},
		{"type":"function","function":{"name":"time"}}]`
	choose := func(c chat.ToolChoice) *chat.Request {
		return with(ask(chat.Text("hi")), func(r *chat.Request) { r.Tools = weatherTool(); r.Tools.Choice = c })
	}
	for _, test := range []struct {
		name   string
		r      *chat.Request
		target Target
		want   string // without the outer braces and the model
	}{
		{"plain", ask(chat.Text("hi")), Target{}, hi},
		{"streamed", ask(chat.Text("hi")), Target{Stream: true}, `"stream":true,"stream_options":{"include_usage":true},` + hi},
		{"inference", with(ask(chat.Text("hi")), func(r *chat.Request) {
			r.Inference = chat.Inference{MaxTokens: pointer(7), Temperature: pointer(0.5), TopP: pointer(1.0), TopK: pointer(40), Stop: []string{"\n", "\"x\""}}
		}), Target{}, `"max_tokens":7,"temperature":0.5,"top_p":1,"top_k":40,"stop":["\n","\"x\""],` + hi},
		{"completion tokens", with(ask(chat.Text("hi")), func(r *chat.Request) { r.Inference.MaxTokens = pointer(7) }), Target{CompletionTokens: true}, `"max_completion_tokens":7,` + hi},
		{"extra adds and replaces", with(ask(chat.Text("hi")), func(r *chat.Request) {
			r.Inference = chat.Inference{MaxTokens: pointer(7), Temperature: pointer(0.5)}
			r.Extra = jsontext.Value(`{"tempera\u0074ure":2, "min_p" : 0.1, "deep":{"a":[1]}}`)
		}), Target{}, `"max_tokens":7,` + hi + `,"temperature":2,"min_p":0.1,"deep":{"a":[1]}`},
		{"extra null", with(ask(chat.Text("hi")), func(r *chat.Request) { r.Extra = jsontext.Value(`null`) }), Target{}, hi},
		{"Claude's own fields", with(ask(chat.Text("hi")), func(r *chat.Request) {
			r.Thinking = &chat.Thinking{Budget: 20_000}
			r.Extra = jsontext.Value(`{"anthropic_beta":["x"],"thinking":{"type":"enabled","budget_tokens":20000},"metadata":{"user_id":"u"},
				"tools":[{"name":"f","input_schema":{}}],"service_tier":"standard_only","seed":1}`)
		}), Target{}, `"reasoning_effort":"high",` + hi + `,"seed":1`},
		{"tools of its own", with(ask(chat.Text("hi")), func(r *chat.Request) {
			r.Tools = weatherTool()
			r.Extra = jsontext.Value(`{"tools":[{"type":"function","function":{"name":"f"}}]}`)
		}), Target{}, hi + `,"tools":[{"type":"function","function":{"name":"f"}}]`},
		{"effort", with(ask(chat.Text("hi")), func(r *chat.Request) { r.Thinking = &chat.Thinking{Budget: 1, Effort: "high"} }), Target{}, `"reasoning_effort":"high",` + hi},
		{"budget", with(ask(chat.Text("hi")), func(r *chat.Request) { r.Thinking = &chat.Thinking{Budget: 5000} }), Target{}, `"reasoning_effort":"medium",` + hi},
		{"tier", with(ask(chat.Text("hi")), func(r *chat.Request) { r.Tier = "flex" }), Target{}, `"service_tier":"flex",` + hi},
		{"default tier", with(ask(chat.Text("hi")), func(r *chat.Request) { r.Tier = "default" }), Target{}, hi},
		{"output schema", with(ask(chat.Text("hi")), func(r *chat.Request) {
			r.Output = &chat.OutputSchema{Description: "d", Schema: `{"type":"object"}`}
		}), Target{}, `"response_format":{"type":"json_schema","json_schema":{"name":"output","description":"d","strict":true,"schema":{"type":"object"}}},` + hi},
		{"tools, auto", choose(chat.ToolChoice{}), Target{}, tools + "," + hi},
		{"tools, any, one at a time", choose(chat.ToolChoice{Mode: chat.ChoiceAny, Serial: true}), Target{}, tools + `,"tool_choice":"required","parallel_tool_calls":false,` + hi},
		{"tools, none", choose(chat.ToolChoice{Mode: chat.ChoiceNone}), Target{}, tools + `,"tool_choice":"none",` + hi},
		{"tools, by name", choose(chat.ToolChoice{Mode: chat.ChoiceTool, Name: "time"}), Target{}, tools + `,"tool_choice":{"type":"function","function":{"name":"time"}},` + hi},
		{"only a cache point among the tools", with(ask(chat.Text("hi")), func(r *chat.Request) {
			r.Tools = &chat.ToolConfig{Tools: []chat.Tool{{CachePoint: &chat.CachePoint{}}}, Choice: chat.ToolChoice{Mode: chat.ChoiceAny}}
		}), Target{}, hi},
		{"system", with(ask(chat.Text("hi")), func(r *chat.Request) {
			r.System = []chat.Block{chat.Text("a"), {Kind: chat.CachePointBlock}, {Kind: chat.GuardBlock, Text: "b"}}
		}), Target{}, `"messages":[{"role":"system","content":"a\n\nb"},{"role":"user","content":"hi"}]`},
		{
			"parts", ask(chat.Text("a"), media(chat.ImageBlock, chat.Media{Format: "png", Bytes: []byte("png")}), chat.Block{Kind: chat.CachePointBlock},
				media(chat.AudioBlock, chat.Media{Format: "wav", Bytes: []byte("wav")})),
			Target{},
			`"messages":[{"role":"user","content":[{"type":"text","text":"a"},
			{"type":"image_url","image_url":{"url":"data:image/png;base64,cG5n"}},{"type":"input_audio","input_audio":{"format":"wav","data":"d2F2"}}]}]`,
		},
		{
			"documents", ask(media(chat.DocumentBlock, chat.Media{Format: "md", Name: "n", Bytes: []byte("# t"), Context: "c"}),
				media(chat.DocumentBlock, chat.Media{Format: "pdf", Name: "p", Text: "already text"}), media(chat.DocumentBlock, chat.Media{Name: "q", Chunks: []string{"x", "y"}})),
			Target{},
			`"messages":[{"role":"user","content":[{"type":"text","text":"<document name=\"n\">\nc\n\n# t\n</document>"},
			{"type":"text","text":"<document name=\"p\">\nalready text\n</document>"},{"type":"text","text":"<document name=\"q\">\nx\ny\n</document>"}]}]`,
		},
		{
			"search result", ask(chat.Text("a"), chat.Block{Kind: chat.SearchResultBlock, Raw: jsontext.Value(`{"source":"s","title":"t","content":[{"text":"x"}]}`)}),
			Target{},
			`"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"t\ns\nx"}]}]`,
		},
		{"tool round", &chat.Request{Messages: []chat.Message{
			{Role: chat.Assistant, Content: []chat.Block{
				{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: "hm"}},
				{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "1", Name: "weather", Input: jsontext.Value(`{"town":"Köln"}`)}},
				{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "2", Name: "time"}},
			}},
			{Role: chat.User, Content: []chat.Block{
				chat.Text("and?"),
				{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{ID: "1", Content: []chat.Block{chat.Text("rain"), {Kind: chat.TextBlock, Raw: jsontext.Value(`{"mm":3}`)}}}},
				{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{ID: "2", Error: true, Content: []chat.Block{chat.Text("no clock"), media(chat.ImageBlock, chat.Media{Format: "gif", Bytes: []byte("g")})}}},
			}},
		}}, Target{}, `"messages":[
			{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"weather","arguments":"{\"town\":\"Köln\"}"}},
				{"id":"2","type":"function","function":{"name":"time","arguments":"{}"}}]},
			{"role":"tool","tool_call_id":"1","content":"rain\n{\"mm\":3}"},{"role":"tool","tool_call_id":"2","content":"Error: no clock"},
			{"role":"user","content":[{"type":"text","text":"and?"},{"type":"image_url","image_url":{"url":"data:image/gif;base64,Zw=="}}]}]`},
		{
			"tool results alone", ask(chat.Block{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{ID: "1"}}),
			Target{},
			`"messages":[{"role":"tool","tool_call_id":"1","content":""}]`,
		},
		{"assistant with text and citations", &chat.Request{Messages: []chat.Message{{Role: chat.Assistant, Content: []chat.Block{
			chat.Text("a"), {Kind: chat.CitationsBlock, Raw: jsontext.Value(`{"content":[{"text":"b"}],"citations":[]}`)},
		}}}}, Target{}, `"messages":[{"role":"assistant","content":"ab"}]`},
		{"nothing at all", &chat.Request{}, Target{}, `"messages":[]`},
		{"only a cache point", ask(chat.Block{Kind: chat.CachePointBlock}), Target{}, `"messages":[]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.target.Model = `m"1`
			got, err := AppendRequest([]byte("> "), test.r, test.target)
			if err != nil {
				t.Fatal(err)
			}
			body, ok := strings.CutPrefix(string(got), "> ")
			if !ok {
				t.Fatalf("what was there is gone: %s", got)
			}
			if diff := cmp.Diff(tree(t, `{"model":"m\"1",`+test.want+`}`), tree(t, body)); diff != "" {
				t.Errorf("%s\n%s", body, diff)
			}
		})
	}
}

// tree reads JSON strictly: no duplicate names.
func tree(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

func TestAppendRequestRefuses(t *testing.T) {
	extra := func(s string) *chat.Request {
		return with(ask(chat.Text("hi")), func(r *chat.Request) { r.Extra = jsontext.Value(s) })
	}
	for name, test := range map[string]struct {
		r    *chat.Request
		says string
	}{
		"pdf": {
			ask(media(chat.DocumentBlock, chat.Media{Format: "pdf", Name: "report", Bytes: []byte("%PDF")})),
			"This model's provider takes documents as text only: csv, html, md and txt. The document 'report' is 'pdf'.",
		},
		"document in no encoding": {ask(media(chat.DocumentBlock, chat.Media{Format: "txt", Name: "n", Bytes: []byte{0xff}})), "not text in UTF-8"},
		"pdf in a tool's result": {ask(chat.Block{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{
			Content: []chat.Block{media(chat.DocumentBlock, chat.Media{Format: "pdf"})},
		}}), "documents as text only"},
		"video":                {ask(media(chat.VideoBlock, chat.Media{Format: "mp4"})), "does not take videos"},
		"image, odd":           {ask(media(chat.ImageBlock, chat.Media{Format: "bmp"})), "not as 'bmp'"},
		"sound, odd":           {ask(media(chat.AudioBlock, chat.Media{Format: "ogg"})), "not as 'ogg'"},
		"image elsewhere":      {ask(media(chat.ImageBlock, chat.Media{Format: "png", S3: &chat.S3Location{URI: "s3://b/k"}})), "cannot read S3 locations such as 's3://b/k'"},
		"tool use by the user": {ask(chat.Text("a"), chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{}}), "A user message may hold"},
		"guard image":          {ask(chat.Text("a"), chat.Block{Kind: chat.GuardBlock, Raw: jsontext.Value(`{}`)}), "guard content only as text"},
		"broken search result": {ask(chat.Text("a"), chat.Block{Kind: chat.SearchResultBlock, Raw: jsontext.Value(`{"content":1}`)}), "could not be read"},
		"guardrail":            {with(ask(chat.Text("hi")), func(r *chat.Request) { r.Guardrail = &chat.Guardrail{} }), "Guardrails are not available"},
		"optimized latency":    {with(ask(chat.Text("hi")), func(r *chat.Request) { r.Latency = "optimized" }), "Latency performance configuration is not supported"},
		"a reserved tier":      {with(ask(chat.Text("hi")), func(r *chat.Request) { r.Tier = "reserved" }), "tier reserved is not supported"},
		"citations":            {ask(chat.Block{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "txt", Text: "x", Citations: true}}), "Citations are not available"},
		"schema":               {with(ask(chat.Text("hi")), func(r *chat.Request) { r.Output = &chat.OutputSchema{Schema: "{"} }), "not valid JSON"},
		"extra, no object":     {extra(`[1]`), "must be a JSON object"},
		"extra, broken":        {extra(`{"a":`), "not valid JSON"},
		"extra, twice":         {extra(`{"a":1,"a":2}`), "not valid JSON"},
		"extra, other model":   {extra(`{"mod\u0065l":"gpt-9"}`), "cannot set 'model'"},
		"extra, stream":        {extra(`{"stream":true}`), "cannot set 'stream'"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := AppendRequest(nil, test.r, Target{Model: "m"})
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != fault.Validation || !strings.Contains(e.Message, test.says) {
				t.Errorf("got %v, want a validation error about %q", err, test.says)
			}
		})
	}
}

func TestAppendEmbedRequest(t *testing.T) {
	got, err := AppendEmbedRequest(nil, &chat.EmbedRequest{Inputs: chat.TextInputs("a\nb"), Dimensions: 256}, "e")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tree(t, `{"model":"e","input":"a\nb","dimensions":256,"encoding_format":"float"}`), tree(t, string(got))); diff != "" {
		t.Error(diff)
	}
	if got, err = AppendEmbedRequest(nil, &chat.EmbedRequest{Inputs: chat.TextInputs("a", "b")}, "e"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tree(t, `{"model":"e","input":["a","b"],"encoding_format":"float"}`), tree(t, string(got))); diff != "" {
		t.Error(diff)
	}
	image := chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Format: "png", Bytes: []byte("x")}}
	if _, err := AppendEmbedRequest(nil, &chat.EmbedRequest{Inputs: [][]chat.Block{{image}}}, "e"); !fault.Is(err, fault.Validation) {
		t.Errorf("an image: got %v, want a validation error", err)
	}
}

func BenchmarkAppendRequest(b *testing.B) {
	r := with(ask(chat.Text(strings.Repeat("the quick brown fox ", 50))), func(r *chat.Request) {
		r.System = []chat.Block{chat.Text("Be brief.")}
		r.Inference = chat.Inference{MaxTokens: pointer(100), Temperature: pointer(0.2)}
		r.Tools = weatherTool()
	})
	var buf []byte
	var err error
	b.ReportAllocs()
	for b.Loop() {
		if buf, err = AppendRequest(buf[:0], r, Target{Model: "m", Stream: true}); err != nil {
			b.Fatal(err)
		}
	}
}
