package anthropic_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/fault"
)

// small is a body as the SDKs' first examples send it.
const small = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":512,"temperature":0.5,
"messages":[{"role":"user","content":[{"type":"text","text":"Describe the purpose of a 'hello world' program in one line."}]}]}`

// full uses every part of the format.
const full = `{
 "anthropic_version": "bedrock-2023-05-31", "anthropic_beta": ["context-1m-2025-08-07"], "max_tokens": 4096,
 "metadata": {"user_id": "u-1"}, "top_k": 40, "top_p": 0.9, "temperature": 1, "stop_sequences": ["END"],
 "system": [{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}}],
 "tools": [{"name":"look","description":"Looks.","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}},
           {"type":"custom","name":"hear","input_schema":{"type":"object"},"strict":true}],
 "tool_choice": {"type":"tool","name":"look","disable_parallel_tool_use":true},
 "thinking": {"type":"enabled","budget_tokens":2048},
 "output_config": {"effort":"low"},
 "messages": [
  {"role":"user","content":"Hello"},
  {"role":"assistant","content":[
    {"type":"thinking","thinking":"Hm.","signature":"c2ln"},
    {"type":"redacted_thinking","data":"b3BhcXVl"},
    {"type":"text","text":"I look.","citations":null},
    {"type":"tool_use","id":"toolu_1","name":"look","input":{"at":"sky"},"caller":{"type":"direct"}}]},
  {"role":"user","content":[
    {"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":[
       {"type":"text","text":"blue"},
       {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AQID"}}]},
    {"type":"document","title":"Notes","context":"old","citations":{"enabled":true},
       "source":{"type":"text","media_type":"text/plain","data":"text"}},
    {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERg=="}},
    {"type":"document","source":{"type":"content","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]}},
    {"type":"search_result","source":"https://example.org","title":"T","content":[{"type":"text","text":"found"}],"citations":{"enabled":true}},
    {"type":"text","text":"And?","cache_control":{"type":"ephemeral"}}]},
  {"role":"assistant","content":[
    {"type":"text","text":"It is","citations":[{"type":"char_location","cited_text":"text","document_index":0,"document_title":"Notes","start_char_index":0,"end_char_index":4}]}]}
 ]}`

func TestDecodeRequest(t *testing.T) {
	r, err := anthropic.DecodeRequest([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	want := &chat.Request{
		System: []chat.Block{chat.Text("Be brief."), point("1h")},
		Inference: chat.Inference{
			MaxTokens: new(4096), Temperature: new(1.0), TopP: new(0.9), TopK: new(40), Stop: []string{"END"},
		},
		Tools: &chat.ToolConfig{
			Tools: []chat.Tool{
				{Name: "look", Description: "Looks.", Schema: []byte(`{"type":"object"}`)},
				{CachePoint: &chat.CachePoint{}},
				{Name: "hear", Schema: []byte(`{"type":"object"}`), Strict: new(true)},
			},
			Choice: chat.ToolChoice{Mode: chat.ChoiceTool, Name: "look", Serial: true},
		},
		Thinking: &chat.Thinking{Budget: 2048, Effort: "low"},
		Extra:    []byte(`{"anthropic_beta":["context-1m-2025-08-07"],"metadata":{"user_id":"u-1"}}`),
		Messages: []chat.Message{
			{Role: chat.User, Content: []chat.Block{chat.Text("Hello")}},
			{Role: chat.Assistant, Content: []chat.Block{
				{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: "Hm.", Signature: "c2ln"}},
				{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Redacted: []byte("b3BhcXVl")}},
				chat.Text("I look."),
				{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "toolu_1", Name: "look", Input: []byte(`{"at":"sky"}`)}},
			}},
			{Role: chat.User, Content: []chat.Block{
				{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{ID: "toolu_1", Error: true, Content: []chat.Block{
					chat.Text("blue"), {Kind: chat.ImageBlock, Media: &chat.Media{Format: "png", Bytes: []byte{1, 2, 3}}},
				}}},
				{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "txt", Name: "Notes", Context: "old", Citations: true, Text: "text"}},
				{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "pdf", Bytes: []byte("%PDF")}},
				{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "txt", Chunks: []string{"one", "two"}}},
				{Kind: chat.SearchResultBlock, Raw: []byte(`{"source":"https://example.org","title":"T","content":[{"text":"found"}],"citations":{"enabled":true}}`)},
				chat.Text("And?"), point(""),
			}},
			{Role: chat.Assistant, Content: []chat.Block{{Kind: chat.CitationsBlock, Raw: []byte(`{"content":[{"text":"It is"}],"citations":[` +
				`{"title":"Notes","sourceContent":[{"text":"text"}],"location":{"documentChar":{"documentIndex":0,"start":0,"end":4}}}]}`)}}},
		},
	}
	if diff := cmp.Diff(want, r, sameJSON); diff != "" {
		t.Error(diff)
	}
}

func point(ttl string) chat.Block {
	return chat.Block{Kind: chat.CachePointBlock, CachePoint: &chat.CachePoint{TTL: ttl}}
}

// What chat cannot say is kept under its own name.
func TestDecodeKeepsTheRest(t *testing.T) {
	for name, c := range map[string]struct{ fields, extra string }{
		"unknown":             {`"new_thing":{"a":[1]}`, `{"new_thing":{"a":[1]}}`},
		"other version":       {`"anthropic_version":"bedrock-2031-01-01"`, `{"anthropic_version":"bedrock-2031-01-01"}`},
		"a date for version":  {`"anthropic_version":"2026-10-21"`, `{"anthropic_version":"2026-10-21"}`},
		"thinking off":        {`"thinking":{"type":"disabled"}`, `{"thinking":{"type":"disabled"}}`},
		"thinking shown":      {`"thinking":{"type":"adaptive","display":"omitted"}`, `{"thinking":{"type":"adaptive","display":"omitted"}}`},
		"effort alone":        {`"output_config":{"effort":"high"}`, `{"output_config":{"effort":"high"}}`},
		"newer tool":          {`"tools":[{"name":"a","input_schema":{},"defer_loading":true}]`, `{"tools":[{"name":"a","input_schema":{},"defer_loading":true}]}`},
		"thinking that fits":  {`"thinking":{"type":"adaptive"},"output_config":{"effort":"max"}`, ``},
		"nothing to keep":     {`"top_k":3`, ``},
		"two, in their order": {`"x":1,"thinking":{"type":"disabled"}`, `{"x":1,"thinking":{"type":"disabled"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			body := `{"max_tokens":9,"messages":[{"role":"user","content":"x"}],` + c.fields
			if !strings.Contains(c.fields, "anthropic_version") {
				body += `,"anthropic_version":"bedrock-2023-05-31"`
			}
			r, err := anthropic.DecodeRequest([]byte(body + "}"))
			if err != nil {
				t.Fatal(err)
			}
			if string(r.Extra) != c.extra {
				t.Errorf("got %s, want %s", r.Extra, c.extra)
			}
		})
	}
}

func TestDecodeRequestRefuses(t *testing.T) {
	const head = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,`
	const hello = `"messages":[{"role":"user","content":"x"}]`
	turn := func(role, content string) string {
		return head + `"messages":[{"role":"user","content":"x"},{"role":"` + role + `","content":` + content + `}]}`
	}
	for name, c := range map[string]struct{ body, want string }{
		"empty body":            {``, ""},
		"not JSON":              {`{"a"`, ""},
		"an array":              {`[1]`, "#: expected type: JSONObject, found: JSONArray"},
		"null":                  {`null`, "#: required key [anthropic_version] not found"},
		"no version":            {`{"max_tokens":1,` + hello + `}`, "#: required key [anthropic_version] not found"},
		"version is no text":    {`{"anthropic_version":1,"max_tokens":1,` + hello + `}`, "#/anthropic_version: expected type: String, found: Number"},
		"no max_tokens":         {`{"anthropic_version":"bedrock-2023-05-31",` + hello + `}`, "#: required key [max_tokens] not found"},
		"max_tokens 0":          {`{"anthropic_version":"bedrock-2023-05-31","max_tokens":0,` + hello + `}`, "#/max_tokens: 0 is not greater or equal to 1"},
		"max_tokens text":       {`{"anthropic_version":"bedrock-2023-05-31","max_tokens":"1",` + hello + `}`, "#/max_tokens: expected type: Integer, found: String"},
		"max_tokens huge":       {`{"anthropic_version":"bedrock-2023-05-31","max_tokens":1e40,` + hello + `}`, "#/max_tokens: expected type: Integer, found: Number"},
		"model":                 {head + hello + `,"model":"x"}`, "#: extraneous key [model] is not permitted"},
		"stream":                {head + hello + `,"stream":true}`, "#: extraneous key [stream] is not permitted"},
		"reasoning_config":      {head + hello + `,"reasoning_config":{}}`, "#: extraneous key [reasoning_config] is not permitted"},
		"no messages":           {head + `"x":1}`, "#: required key [messages] not found"},
		"empty messages":        {head + `"messages":[]}`, "messages: at least one message is required"},
		"messages text":         {head + `"messages":"hi"}`, "#/messages: expected type: JSONArray, found: String"},
		"content number":        {turn("user", `5`), "#/messages/1/content: expected type: JSONArray, found: Number"},
		"content object":        {turn("user", `{"type":"text"}`), "#/messages/1/content: expected type: JSONArray, found: JSONObject"},
		"role":                  {turn("system", `"x"`), "#/messages/1/role: system is not a valid enum value"},
		"unknown message key":   {head + `"messages":[{"role":"user","content":"x","name":"n"}]}`, "#/messages/0: extraneous key [name] is not permitted"},
		"assistant first":       {head + `"messages":[{"role":"assistant","content":"x"}]}`, `messages: first message must use the "user" role`},
		"empty content":         {turn("user", `""`), "messages.1: all messages must have non-empty content except for the optional final assistant message"},
		"empty text":            {turn("user", `[{"type":"text","text":""}]`), "messages: text content blocks must be non-empty"},
		"no text":               {turn("user", `[{"type":"text"}]`), "#/messages/1/content/0: required key [text] not found"},
		"no type":               {turn("user", `[{"text":"x"}]`), "#/messages/1/content/0: required key [type] not found"},
		"block number":          {turn("user", `[1]`), "#/messages/1/content/0: expected type: JSONObject, found: Number"},
		"unknown type":          {turn("user", `[{"type":"video"}]`), "#/messages/1/content/0/type: video is not a valid enum value"},
		"unknown key":           {turn("user", `[{"type":"text","text":"x","color":1}]`), "#/messages/1/content/0: extraneous key [color] is not permitted"},
		"stray key":             {turn("user", `[{"type":"text","text":"x","input":{}}]`), "#/messages/1/content/0: extraneous key [input] is not permitted"},
		"image of assistant":    {turn("assistant", `[{"type":"image"}]`), "#/messages/1/content/0/type: `image` blocks are not permitted in `assistant` messages"},
		"tool_use of user":      {turn("user", `[{"type":"tool_use"}]`), "#/messages/1/content/0/type: `tool_use` blocks are not permitted in `user` messages"},
		"image source":          {turn("user", `[{"type":"image"}]`), "#/messages/1/content/0: required key [source] not found"},
		"image text":            {turn("user", `[{"type":"image","source":"x"}]`), "#/messages/1/content/0/source/media_type:  is not a valid enum value"},
		"image format":          {turn("user", `[{"type":"image","source":{"type":"base64","media_type":"image/tiff","data":"AA=="}}]`), "#/messages/1/content/0/source/media_type: image/tiff is not a valid enum value"},
		"image url":             {turn("user", `[{"type":"image","source":{"type":"url","media_type":"image/png","url":"http://x"}}]`), "#/messages/1/content/0/source/type: url is not a valid enum value"},
		"image base64":          {turn("user", `[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"§"}}]`), "#/messages/1/content/0/source/data: is not base64"},
		"image empty":           {turn("user", `[{"type":"image","source":{"type":"base64","media_type":"image/png","data":""}}]`), "#/messages/1/content/0/source/data: expected minLength: 1, actual: 0"},
		"document format":       {turn("user", `[{"type":"document","source":{"type":"base64","media_type":"text/html","data":"AA=="}}]`), "#/messages/1/content/0/source/media_type: text/html is not a valid enum value"},
		"document file":         {turn("user", `[{"type":"document","source":{"type":"file","file_id":"f"}}]`), "#/messages/1/content/0/source/type: file is not a valid enum value"},
		"document switch":       {turn("user", `[{"type":"document","citations":{"enabled":"y"},"source":{"type":"text","media_type":"text/plain","data":"x"}}]`), "#/messages/1/content/0/citations/enabled: expected type: Boolean, found: String"},
		"cache type":            {turn("user", `[{"type":"text","text":"x","cache_control":{"type":"forever"}}]`), "#/messages/1/content/0/cache_control/type: forever is not a valid enum value"},
		"cache ttl":             {turn("user", `[{"type":"text","text":"x","cache_control":{"type":"ephemeral","ttl":"2h"}}]`), "#/messages/1/content/0/cache_control/ttl: 2h is not a valid enum value"},
		"tool_result inner":     {turn("user", `[{"type":"tool_result","tool_use_id":"a","content":[{"type":"tool_use"}]}]`), "#/messages/1/content/0/content/0/type: tool_use is not a valid enum value"},
		"tool_result no id":     {turn("user", `[{"type":"tool_result","content":"x"}]`), "#/messages/1/content/0: required key [tool_use_id] not found"},
		"tool_use input":        {turn("assistant", `[{"type":"tool_use","id":"a","name":"b","input":"{}"}]`), "#/messages/1/content/0/input: expected type: JSONObject, found: String"},
		"tool_use no input":     {turn("assistant", `[{"type":"tool_use","id":"a","name":"b"}]`), "#/messages/1/content/0: required key [input] not found"},
		"system image":          {head + hello + `,"system":[{"type":"image"}]}`, "#/system/0/type: image is not a valid enum value"},
		"temperature":           {head + hello + `,"temperature":1.5}`, "#/temperature: 1.5 is not less or equal to 1"},
		"top_p":                 {head + hello + `,"top_p":-1}`, "#/top_p: -1 is not greater or equal to 0"},
		"top_k":                 {head + hello + `,"top_k":-1}`, "#/top_k: -1 is not greater or equal to 0"},
		"server tool":           {head + hello + `,"tools":[{"type":"web_search_20250305","name":"web_search"}]}`, `The tool type "web_search_20250305" runs on Anthropic's own servers and is not supported here. Only custom tools with an input_schema are.`},
		"tool name":             {head + hello + `,"tools":[{"name":"a b","input_schema":{}}]}`, "#/tools/0/name: string [a b] does not match pattern ^[a-zA-Z0-9_-]{1,128}$"},
		"tool schema":           {head + hello + `,"tools":[{"name":"a"}]}`, "#/tools/0: required key [input_schema] not found"},
		"tool schema kind":      {head + hello + `,"tools":[{"name":"a","input_schema":[]}]}`, "#/tools/0/input_schema: expected type: JSONObject, found: JSONArray"},
		"tool twice":            {head + hello + `,"tools":[{"name":"a","input_schema":{}},{"name":"a","input_schema":{}}]}`, "tools: Tool names must be unique."},
		"choice without tools":  {head + hello + `,"tool_choice":{"type":"auto"}}`, "tool_choice: may only be specified while providing tools"},
		"choice of nothing":     {head + hello + `,"tools":[{"name":"a","input_schema":{}}],"tool_choice":{"type":"tool","name":"b"}}`, "tool_choice: Tool 'b' not found in provided tools"},
		"choice kind":           {head + hello + `,"tools":[{"name":"a","input_schema":{}}],"tool_choice":{"type":"some"}}`, "#/tool_choice/type: some is not a valid enum value"},
		"thinking kind":         {head + hello + `,"thinking":{"type":"deep"}}`, "#/thinking/type: deep is not a valid enum value"},
		"thinking text":         {head + hello + `,"thinking":"on"}`, "#/thinking: expected type: JSONObject, found: String"},
		"thinking budget":       {head + hello + `,"thinking":{"type":"enabled","budget_tokens":10}}`, "#/thinking/budget_tokens: 10 is not greater or equal to 1024"},
		"no thinking budget":    {head + hello + `,"thinking":{"type":"enabled"}}`, "#/thinking: required key [budget_tokens] not found"},
		"output form":           {head + hello + `,"output_config":{"format":{"type":"xml"}}}`, "#/output_config/format/type: xml is not a valid enum value"},
		"citation of no kind":   {turn("assistant", `[{"type":"text","text":"x","citations":[{"type":"?"}]}]`), "#/messages/1/content/0/citations/0/type: ? is not a valid enum value"},
		"search without source": {turn("user", `[{"type":"search_result","title":"x"}]`), "#/messages/1/content/0/source: expected type: String"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := anthropic.DecodeRequest([]byte(c.body))
			want := c.want
			switch {
			case want == "":
				want = "Malformed input request, please reformat your input and try again."
			case strings.HasPrefix(want, "#"):
				want = "Malformed input request: " + want + ", please reformat your input and try again."
			}
			if !fault.Is(err, fault.Validation) || fault.Public(err).Message != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func FuzzDecodeRequest(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(full))
	f.Add([]byte(`{"messages":[{"content":[{"source":"x"}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := anthropic.DecodeRequest(body)
		if err != nil {
			if !fault.Is(err, fault.Validation) {
				t.Fatalf("%v is no validation error", err)
			}
			return
		}
		again, err := anthropic.EncodeRequest(r, anthropic.Upstream{})
		if err != nil {
			t.Fatalf("cannot write what was read: %v", err)
		}
		back, err := anthropic.DecodeRequest(again)
		if err != nil {
			t.Fatalf("cannot read what was written: %v\n%s", err, again)
		}
		if diff := cmp.Diff(r, back, sameJSON); diff != "" {
			t.Fatal(diff)
		}
	})
}

func BenchmarkDecodeRequest(b *testing.B) {
	body := []byte(small)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := anthropic.DecodeRequest(body); err != nil {
			b.Fatal(err)
		}
	}
}
