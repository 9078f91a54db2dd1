package responses

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

func user(blocks ...chat.Block) chat.Message { return chat.Message{Role: chat.User, Content: blocks} }

func model(blocks ...chat.Block) chat.Message {
	return chat.Message{Role: chat.Assistant, Content: blocks}
}

func use(id, name, input string) chat.Block {
	return chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: id, Name: name, Input: jsontext.Value(input)}}
}

func thought(r chat.Reasoning) chat.Block {
	return chat.Block{Kind: chat.ReasoningBlock, Reasoning: &r}
}

func TestDecodeRequest(t *testing.T) {
	hi := []chat.Message{user(chat.Text("Hi"))}
	for name, c := range map[string]struct {
		body string
		want chat.Request
	}{
		"a string":       {`{"model":"m","input":"Hi"}`, chat.Request{Messages: hi}},
		"an easy list":   {`{"input":[{"role":"user","content":"Hi"}]}`, chat.Request{Messages: hi}},
		"a full list":    {`{"input":[{"type":"message","id":"x","status":"completed","role":"user","content":[{"type":"input_text","text":"Hi"}]}]}`, chat.Request{Messages: hi}},
		"instructions":   {`{"instructions":"Be brief.","input":[{"role":"system","content":"a"},{"role":"developer","content":[{"type":"input_text","text":"b"}]},{"role":"user","content":"Hi"}]}`, chat.Request{System: []chat.Block{chat.Text("Be brief."), chat.Text("a"), chat.Text("b")}, Messages: hi}},
		"turns are one":  {`{"input":[{"role":"user","content":"Hi"},{"role":"user","content":"there"}]}`, chat.Request{Messages: []chat.Message{user(chat.Text("Hi"), chat.Text("there"))}}},
		"an answer back": {`{"input":[{"role":"user","content":"Hi"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Yes?","annotations":[]},{"type":"refusal","refusal":"No."}]},{"role":"user","content":"Hi"}]}`, chat.Request{Messages: []chat.Message{hi[0], model(chat.Text("Yes?"), chat.Text("No.")), hi[0]}}},
		"a tool's call and output": {
			`{"input":[{"role":"user","content":"Hi"},{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"a\":1}"},{"type":"function_call","call_id":"c2","name":"g","arguments":""},{"type":"function_call_output","call_id":"c1","output":"rain"},{"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"sun"}]}]}`,
			chat.Request{Messages: []chat.Message{
				hi[0], model(use("c1", "f", `{"a":1}`), use("c2", "g", `{}`)),
				user(chat.Block{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{ID: "c1", Content: []chat.Block{chat.Text("rain")}}},
					chat.Block{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{ID: "c2", Content: []chat.Block{chat.Text("sun")}}}),
			}},
		},
		"reasoning back": {
			`{"input":[{"role":"user","content":"Hi"},{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"hm"}],"encrypted_content":"outcrop.signed.abc"},{"type":"reasoning","summary":[],"encrypted_content":"outcrop.redacted.eHk="},{"type":"reasoning","summary":[{"type":"summary_text","text":"s"}],"encrypted_content":"gAAAA"},{"role":"assistant","content":"Yes?"}]}`,
			chat.Request{Messages: []chat.Message{hi[0], model(thought(chat.Reasoning{Text: "hm", Signature: "abc"}), thought(chat.Reasoning{Redacted: []byte("xy")}), chat.Text("Yes?"))}},
		},
		"media": {
			`{"input":[{"role":"user","content":[{"type":"input_image","detail":"auto","image_url":"data:image/jpg;base64,eHk="},{"type":"input_file","filename":"a.b.pdf","file_data":"data:application/pdf;base64,eHk="},{"type":"input_text","text":""}]}]}`,
			chat.Request{Messages: []chat.Message{user(
				chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Format: "jpeg", Bytes: []byte("xy")}},
				chat.Block{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "pdf", Name: "a.b", Bytes: []byte("xy")}},
			)}},
		},
		"numbers": {`{"input":"Hi","max_output_tokens":9,"temperature":0.5,"top_p":0,"service_tier":"flex","metadata":{"a":"b"}}`, chat.Request{Messages: hi, Inference: chat.Inference{MaxTokens: new(9), Temperature: new(0.5), TopP: new(0.0)}, Tier: "flex", Metadata: map[string]string{"a": "b"}}},
		"hints":   {`{"input":"Hi","store":false,"background":false,"previous_response_id":null,"conversation":null,"user":"u","include":["reasoning.encrypted_content"],"prompt_cache_key":"k","safety_identifier":"s","truncation":"disabled","service_tier":"auto","stream":true,"stream_options":{"include_obfuscation":false},"max_tool_calls":3,"top_logprobs":0}`, chat.Request{Messages: hi}},
		"its own": {`{"input":"Hi","seed":7}`, chat.Request{Messages: hi, Extra: jsontext.Value(`{"seed":7}`)}},
		"tools": {
			`{"input":"Hi","tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},{"type":"function","name":"g","parameters":null}],"tool_choice":{"type":"function","name":"g"},"parallel_tool_calls":false}`,
			chat.Request{Messages: hi, Tools: &chat.ToolConfig{Tools: []chat.Tool{{Name: "f", Description: "d", Schema: jsontext.Value(`{"type":"object"}`), Strict: new(true)}, {Name: "g"}}, Choice: chat.ToolChoice{Mode: chat.ChoiceTool, Name: "g", Serial: true}}},
		},
		"no tool":          {`{"input":"Hi","tools":[{"type":"function","name":"f"}],"tool_choice":"none"}`, chat.Request{Messages: hi, Tools: &chat.ToolConfig{Tools: []chat.Tool{{Name: "f"}}, Choice: chat.ToolChoice{Mode: chat.ChoiceNone}}}},
		"some tool":        {`{"input":"Hi","tools":[{"type":"function","name":"f"}],"tool_choice":"required"}`, chat.Request{Messages: hi, Tools: &chat.ToolConfig{Tools: []chat.Tool{{Name: "f"}}, Choice: chat.ToolChoice{Mode: chat.ChoiceAny}}}},
		"no tools at all":  {`{"input":"Hi","tools":[],"tool_choice":"auto"}`, chat.Request{Messages: hi}},
		"effort":           {`{"input":"Hi","reasoning":{"effort":"medium","summary":"auto"}}`, chat.Request{Messages: hi, Thinking: &chat.Thinking{Effort: "medium"}}},
		"most effort":      {`{"input":"Hi","reasoning":{"effort":"xhigh"}}`, chat.Request{Messages: hi, Thinking: &chat.Thinking{Effort: "high"}}},
		"no effort":        {`{"input":"Hi","reasoning":{"effort":"minimal"}}`, chat.Request{Messages: hi}},
		"a form":           {`{"input":"Hi","text":{"verbosity":"low","format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}}}`, chat.Request{Messages: hi, Output: &chat.OutputSchema{Name: "n", Schema: `{"type":"object"}`}}},
		"any object":       {`{"input":"Hi","text":{"format":{"type":"json_object"}}}`, chat.Request{Messages: hi, Output: &chat.OutputSchema{Schema: `{"type":"object"}`}}},
		"text, as always":  {`{"input":"Hi","text":{"format":{"type":"text"}}}`, chat.Request{Messages: hi}},
		"odd, but allowed": {`{"input":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}`, chat.Request{Messages: hi}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := DecodeRequest([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&c.want, got.Chat); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeRequestRefuses(t *testing.T) {
	item := func(s string) string { return `{"input":[{"role":"user","content":"Hi"},` + s + `]}` }
	for body, sentence := range map[string]string{
		`{`:              "Malformed input request",
		`{}`:             "required key [input] not found",
		`{"input":[]}`:   "#/input: expected minimum item count",
		`{"input":7}`:    "#/input",
		`{"input":null}`: "required key [input]",
		`{"input":[{"role":"system","content":"a"}]}`:                                                            "at least one message of a user",
		`{"input":"Hi","store":true}`:                                                                            "store: only false is supported. Responses are not stored here",
		`{"input":"Hi","previous_response_id":"resp_1"}`:                                                         "previous_response_id is not supported",
		`{"input":"Hi","background":true}`:                                                                       "background: only false",
		`{"input":"Hi","conversation":"conv_1"}`:                                                                 "conversation is not supported",
		`{"input":"Hi","prompt":{"id":"p"}}`:                                                                     "prompt is not supported",
		`{"input":"Hi","truncation":"auto"}`:                                                                     "truncation",
		`{"input":"Hi","top_logprobs":3}`:                                                                        "Log probabilities",
		`{"input":"Hi","include":["message.output_text.logprobs"]}`:                                              "Log probabilities",
		`{"input":"Hi","max_output_tokens":0}`:                                                                   "#/max_output_tokens: 0 is not greater",
		`{"input":"Hi","temperature":3}`:                                                                         "#/temperature: 3 is not less",
		`{"input":"Hi","top_p":-1}`:                                                                              "#/top_p: -1 is not greater",
		`{"input":"Hi","reasoning":{"effort":"much"}}`:                                                           "#/reasoning/effort",
		`{"input":"Hi","text":{"format":{"type":"xml"}}}`:                                                        "#/text/format/type",
		`{"input":"Hi","text":{"format":{"type":"json_schema","name":"n"}}}`:                                     "#/text/format: required key [schema]",
		`{"input":"Hi","tool_choice":"required"}`:                                                                "#/tool_choice: may only be specified",
		`{"input":"Hi","tools":[{"type":"web_search"}]}`:                                                         "The tool type web_search runs on OpenAI's own servers",
		`{"input":"Hi","tools":[{"name":"f"}]}`:                                                                  "#/tools/0: required key [type]",
		`{"input":"Hi","tools":[{"type":"function"}]}`:                                                           "#/tools/0: required key [name]",
		`{"input":"Hi","tools":["f"]}`:                                                                           "#/tools/0",
		`{"input":"Hi","tools":[{"type":"function","name":"f","parameters":[]}]}`:                                "#/tools/0/parameters",
		`{"input":"Hi","tools":[{"type":"function","name":"f"},{"type":"function","name":"f"}]}`:                 "must be unique",
		`{"input":"Hi","tools":[{"type":"function","name":"f"}],"tool_choice":"maybe"}`:                          "#/tool_choice",
		`{"input":"Hi","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"function","name":"g"}}`:   "not among the tools",
		`{"input":"Hi","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"allowed_tools"}}`:         "#/tool_choice/type",
		item(`{"type":"item_reference","id":"x"}`):                                                               "item_reference is not supported",
		item(`{"type":"computer_call"}`):                                                                         "Items of the type computer_call are not supported",
		item(`{"role":"tool","content":"x"}`):                                                                    "#/input/1/role",
		item(`{"content":"x"}`):                                                                                  "#/input/1: required key [role]",
		item(`{"role":"user","content":[{"type":"input_audio"}]}`):                                               "#/input/1/content/0/type",
		item(`{"role":"user","content":[{"type":"input_text"}]}`):                                                "#/input/1/content/0: required key [text]",
		item(`{"role":"user","content":[{"type":"input_image","image_url":"https://x"}]}`):                       "#/input/1/content/0/image_url: must be a data URL",
		item(`{"role":"user","content":[{"type":"input_image","image_url":"data:image/tiff;base64,eHk="}]}`):     "image/tiff is not",
		item(`{"role":"user","content":[{"type":"input_image","file_id":"x"}]}`):                                 "Files cannot be named by file_id",
		item(`{"role":"user","content":[{"type":"input_image"}]}`):                                               "required key [image_url]",
		item(`{"role":"user","content":[{"type":"input_file","file_url":"https://x"}]}`):                         "Files cannot be named",
		item(`{"role":"user","content":[{"type":"input_file","file_data":"data:image/png;base64,eHk="}]}`):       "image/png is not application/pdf",
		item(`{"role":"assistant","content":[{"type":"input_image","image_url":"data:image/png;base64,eHk="}]}`): "only text",
		item(`{"type":"function_call","name":"f","arguments":"{}"}`):                                             "required key [call_id]",
		item(`{"type":"function_call","call_id":"c","arguments":"{}"}`):                                          "required key [name]",
		item(`{"type":"function_call","call_id":"c","name":"f","arguments":"{"}`):                                "#/input/1/arguments: is not JSON",
		item(`{"type":"function_call_output","output":"x"}`):                                                     "required key [call_id]",
		item(`{"type":"reasoning","encrypted_content":"outcrop.redacted.%%"}`):                                   "encrypted_content: is damaged",
	} {
		got, err := DecodeRequest([]byte(body))
		if !fault.Is(err, fault.Validation) || !strings.Contains(err.Error(), sentence) {
			t.Errorf("%s: got %v and %v, want %q", body, got, err, sentence)
		}
	}
}

func FuzzDecodeRequest(f *testing.F) {
	f.Add(`{"model":"m","instructions":"a","input":"Hi","tools":[{"type":"function","name":"f","parameters":{}}],"metadata":{"a":"b"}}`)
	f.Add(`{"input":[{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,eHk="}]},{"type":"reasoning","encrypted_content":"outcrop.redacted.eHk="}]}`)
	f.Add(`{"input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"\ud800"}],"text":{"format":{"type":"json_schema","schema":{}}}}`)
	f.Fuzz(func(t *testing.T, body string) {
		ask, err := DecodeRequest([]byte(body))
		if err != nil {
			if !fault.Is(err, fault.Validation) {
				t.Fatalf("%v is no ValidationException", err)
			}
			return
		}
		if len(ask.Chat.Messages) == 0 {
			t.Fatal("a request without a message")
		}
		answer, err := AppendResponse(nil, &chat.Response{Content: []chat.Block{chat.Text("x")}}, envelope, ask.Echo)
		if err != nil || !jsontext.Value(answer).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
			t.Fatalf("the answer to %s is no JSON: %s (%v)", body, answer, err)
		}
	})
}
