package converse_test

import (
	"fmt"
	"strings"
	"testing"

	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/dialect/converse"
	"github.com/outcrop/outcrop/internal/fault"
)

// user and assistant wrap blocks as one message.
func user(blocks ...string) string      { return message("user", blocks) }
func assistant(blocks ...string) string { return message("assistant", blocks) }

func message(role string, blocks []string) string {
	return `{"role":"` + role + `","content":[` + strings.Join(blocks, ",") + `]}`
}

func body(rest string, messages ...string) string {
	return `{"messages":[` + strings.Join(messages, ",") + `]` + rest + `}`
}

func use(id string) string {
	return `{"toolUse":{"toolUseId":"` + id + `","name":"look","input":{}}}`
}

func result(id string) string {
	return `{"toolResult":{"toolUseId":"` + id + `","content":[{"text":"x"}]}}`
}

func doc(name string) string {
	return `{"document":{"format":"txt","name":"` + name + `","source":{"text":"t"}}}`
}

const (
	hi       = `{"text":"Hi"}`
	image    = `{"image":{"format":"png","source":{"bytes":"AQID"}}}`
	withTool = `,"toolConfig":{"tools":[{"toolSpec":{"name":"look","inputSchema":{"json":{"type":"object"}}}}]}`
	nameRule = "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. " +
		"The name can't contain more than one consecutive whitespace character. Check that the file name conforms to these restrictions and retry your request."
	startRule = "A conversation must start with a user message. Try again with a conversation that starts with a user message."
)

func TestRequestRefuses(t *testing.T) {
	tools := func(specs string) string { return `,"toolConfig":{"tools":[` + specs + `]}` }
	spec := func(schema string) string {
		return `{"toolSpec":{"name":"look","inputSchema":{"json":` + schema + `}}}`
	}
	for name, c := range map[string]struct{ body, want string }{
		"no messages":    {`{}`, startRule},
		"empty messages": {body(""), startRule},
		"prompt variables": {body(`,"promptVariables":{"x":{"text":"y"}}`, user(hi)), "The field promptVariables isn't supported: it fills in stored prompts of Prompt management, and this model identifier isn't one. " +
			"Write the whole text in messages, remove promptVariables and try again."},
		"assistant first":     {body("", assistant(hi)), startRule},
		"empty content":       {body("", user(hi), user()), "The content field in the Message object at messages.1 is empty. Add a ContentBlock object to the content field and try again."},
		"empty text":          {body("", user(`{"text":""}`)), "The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again."},
		"blank text":          {body("", user(hi), assistant(hi, `{"text":" \n"}`)), "The text field in the ContentBlock object at messages.1.content.1 is blank. Add text to the text field, and try again."},
		"blank system":        {body(`,"system":[{"text":" "}]`, user(hi)), "The text field in the SystemContentBlock object at system.0 is blank. Add text to the text field, and try again."},
		"assistant image":     {body("", user(hi), assistant(image)), "The image block at messages.1.content.0 can be in a message with the role user only. Move or remove it and try again."},
		"assistant doc":       {body("", user(hi), assistant(doc("a"))), "The document block at messages.1.content.0 can be in a message with the role user only. Move or remove it and try again."},
		"user tool use":       {body(withTool, user(use("a"))), "The toolUse block at messages.0.content.0 can be in a message with the role assistant only. Move or remove it and try again."},
		"assistant result":    {body(withTool, user(hi), assistant(result("a"))), "The toolResult block at messages.1.content.0 can be in a message with the role user only. Move or remove it and try again."},
		"21 images":           {body("", user(strings.Split(strings.Repeat(image+"|", 20)+image, "|")...)), "You can't include more than 20 images in a message. Remove some and retry your request."},
		"6 documents":         {body("", user(hi, doc("a"), doc("b"), doc("c")), user(hi, doc("d"), doc("e"), doc("f"))), "You can't include more than 5 documents in a request. Remove some and retry your request."},
		"document alone":      {body("", user(doc("a"))), "A text block must be included when using documents. Add a text block and retry your request."},
		"document twice":      {body("", user(hi, doc("a")), user(hi, doc("a"))), "Messages can't contain duplicate document names. Rename the document and retry your request."},
		"document name":       {body("", user(hi, doc("report.pdf"))), nameRule},
		"document spaces":     {body("", user(hi, doc("a  b"))), nameRule},
		"document tab":        {body("", user(hi, doc(`a\tb`))), nameRule},
		"document letters":    {body("", user(hi, doc("résumé"))), nameRule},
		"document format":     {body("", user(hi, `{"document":{"name":"a","source":{"bytes":"AQID"}}}`)), "The format field in the DocumentBlock object at messages.0.content.1 is missing. Add the document's format and try again."},
		"no toolConfig":       {body("", user(hi), assistant(use("a")), user(result("a"))), "The toolConfig field must be defined when using toolUse and toolResult content blocks."},
		"unanswered":          {body(withTool, user(hi), assistant(use("a"), use("b"), use("c")), user(result("b"))), "Expected toolResult blocks at messages.2.content for the following Ids: a, c"},
		"unanswered at last":  {body(withTool, user(hi), assistant(use("a"))), "Expected toolResult blocks at messages.2.content for the following Ids: a"},
		"answered apart":      {body(withTool, user(hi), assistant(use("a"), use("b")), user(result("a")), user(result("b"))), "Expected toolResult blocks at messages.2.content for the following Ids: b"},
		"answered wrongly":    {body(withTool, user(hi), assistant(use("a")), user(result("z"))), "Expected toolResult blocks at messages.2.content for the following Ids: a"},
		"answered for naught": {body(withTool, user(result("a"))), "The number of toolResult blocks at messages.0.content exceeds the number of toolUse blocks of previous turn."},
		"answered too much":   {body(withTool, user(hi), assistant(use("a")), user(result("a"), result("b"))), "The number of toolResult blocks at messages.2.content exceeds the number of toolUse blocks of previous turn."},
		"same use twice":      {body(withTool, user(hi), assistant(use("a"), use("a")), user(result("a"))), "The toolUse blocks at messages.1.content contain duplicate Ids: a"},
		"same result twice":   {body(withTool, user(hi), assistant(use("a"), use("b")), user(result("a"), result("a"))), "The toolResult blocks at messages.2.content contain duplicate Ids: a"},
		"tool input":          {body(withTool, user(hi), assistant(`{"toolUse":{"toolUseId":"a","name":"look","input":"{}"}}`)), "The format of the value at messages.1.content.0.toolUse.input is invalid. Provide a json object for the field and try again."},
		"server tool":         {body(withTool, user(hi), assistant(`{"toolUse":{"toolUseId":"a","name":"look","input":{},"type":"server_tool_use"}}`)), "The toolUse block at messages.1.content.0 has the type server_tool_use, which isn't supported. Remove the block and try again."},
		"result json":         {body(withTool, user(hi), assistant(use("a")), user(`{"toolResult":{"toolUseId":"a","content":[{"json":[1]}]}}`)), "The format of the value at messages.2.content.0.toolResult.content.0.json is invalid. Provide a json object for the field and try again."},
		"empty error":         {body(withTool, user(hi), assistant(use("a")), user(`{"toolResult":{"toolUseId":"a","status":"error","content":[]}}`)), "The content field at messages.2.content.0.toolResult cannot be empty when status value is error."},
		"tool twice":          {body(tools(spec(`{"type":"object"}`)+","+spec(`{"type":"object"}`)), user(hi)), "The tool names in toolConfig.tools must be unique. Rename or remove the second tool with the name look and try again."},
		"schema type":         {body(tools(spec(`{"type":"string"}`)), user(hi)), "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object."},
		"schema empty":        {body(tools(spec(`{}`)), user(hi)), "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object."},
		"schema list":         {body(tools(spec(`[]`)), user(hi)), "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object."},
		"system tool":         {body(tools(`{"systemTool":{"name":"nova_grounding"}}`), user(hi)), "The system tool nova_grounding at toolConfig.tools.0 isn't supported. Provide a toolSpec instead and try again."},
		"unknown choice": {
			body(`,"toolConfig":{"tools":[`+spec(`{"type":"object"}`)+`],"toolChoice":{"tool":{"name":"hear"}}}`, user(hi)),
			"The tool hear at toolConfig.toolChoice.tool.name isn't defined in toolConfig.tools. Choose a tool that is and try again.",
		},
		"extra list":      {body(`,"additionalModelRequestFields":[1]`, user(hi)), "The format of the additionalModelRequestFields field is invalid. Provide a json object for the field and try again."},
		"pointer":         {body(`,"additionalModelResponseFieldPaths":["/a","b"]`, user(hi)), "The value at additionalModelResponseFieldPaths.1 isn't a valid JSON Pointer. Provide a path that begins with a slash, such as /stop_sequence, and try again."},
		"pointer escape":  {body(`,"additionalModelResponseFieldPaths":["/a~2"]`, user(hi)), "The value at additionalModelResponseFieldPaths.0 isn't a valid JSON Pointer. Provide a path that begins with a slash, such as /stop_sequence, and try again."},
		"schema not JSON": {body(`,"outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{"}}}}`, user(hi)), "The value at outputConfig.textFormat.structure.jsonSchema.schema isn't valid. Provide a string that holds a JSON schema object and try again."},
	} {
		t.Run(name, func(t *testing.T) {
			for _, operation := range []string{"converse", "converse-stream"} {
				if got := new(server).post(operation, c.body); got != c.want {
					t.Errorf("%s:\ngot  %s\nwant %s", operation, got, c.want)
				}
			}
		})
	}
}

// What the generated checks refuse never comes to this package, but must be a client's error all the same.
func TestShapesRefuse(t *testing.T) {
	for name, body := range map[string]string{
		"not JSON":    `{"messages":`,
		"two members": body("", user(`{"text":"a","image":{"format":"png","source":{"bytes":"AQID"}}}`)),
		"no member":   body("", user(`{}`)),
		"role":        body("", message("system", []string{hi})),
		"temperature": body(`,"inferenceConfig":{"temperature":2}`, user(hi)),
		"metadata":    body(`,"requestMetadata":{"a":"`+strings.Repeat("x", 257)+`"}`, user(hi)),
		"null block":  body("", user(`null`)),
		"null source": body("", user(`{"image":{"format":"png","source":null}}`)),
	} {
		t.Run(name, func(t *testing.T) {
			s := new(server)
			if got := s.post("converse", body); got == "" || strings.HasPrefix(got, "5") || s.request != nil {
				t.Errorf("got %q, %v", got, s.request)
			}
		})
	}
}

// A request cannot make the checks slow, nor their sentences long.
func TestManyTools(t *testing.T) {
	const many = 50_000
	in := &brt.ConverseRequest{ToolConfig: &brt.ToolConfiguration{}, Messages: []brt.Message{
		{Role: brt.ConversationRoleUser, Content: []brt.ContentBlock{{Text: new("Hi")}}}, {Role: brt.ConversationRoleAssistant},
	}}
	for i := range many {
		name := fmt.Sprintf("tool-%d", i)
		in.ToolConfig.Tools = append(in.ToolConfig.Tools, brt.Tool{ToolSpec: &brt.ToolSpecification{
			Name: name, InputSchema: &brt.ToolInputSchema{JSON: []byte(`{"type":"object"}`)},
		}})
		in.Messages[1].Content = append(in.Messages[1].Content, brt.ContentBlock{
			ToolUse: &brt.ToolUseBlock{ToolUseID: name, Name: name, Input: []byte(`{}`)},
		})
	}
	_, err := converse.Request(in)
	if !fault.Is(err, fault.Validation) || len(fault.Public(err).Message) > 1000 {
		t.Errorf("got %v", err)
	}
}

// At the limits a request is taken.
func TestRequestAtLimits(t *testing.T) {
	for name, body := range map[string]string{
		"images":    body("", user(strings.Split(strings.Repeat(image+"|", 19)+image, "|")...), user(image)),
		"documents": body("", user(hi, doc("a"), doc("b"), doc("c"), doc("d"), doc("e"))),
		"prefill":   body("", user(hi), assistant(hi)),
		"repeated":  body("", user(hi), user(hi), assistant(hi), assistant(hi), user(hi)),
		"two turns": body(withTool, user(hi), assistant(use("a"), use("b")), user(result("b"), result("a"), hi), assistant(use("a")), user(result("a"))),
	} {
		t.Run(name, func(t *testing.T) {
			if got := new(server).post("converse", body); got != "" {
				t.Error(got)
			}
		})
	}
}

// Sizes count decoded bytes, in tool results too.
func TestSizes(t *testing.T) {
	const mostImage, mostDocument = 3_932_160, 4_718_592
	image := func(n int) *brt.ImageBlock {
		return &brt.ImageBlock{Format: brt.ImageFormatPng, Source: &brt.ImageSource{Bytes: make([]byte, n)}}
	}
	document := func(n int) *brt.DocumentBlock {
		return &brt.DocumentBlock{Name: "a", Format: new(brt.DocumentFormatPdf), Source: &brt.DocumentSource{Bytes: make([]byte, n)}}
	}
	ask := brt.ContentBlock{Text: new("What is it?")}
	message := func(role brt.ConversationRole, blocks ...brt.ContentBlock) brt.Message {
		return brt.Message{Role: role, Content: blocks}
	}
	inResult := []brt.Message{
		message(brt.ConversationRoleUser, ask),
		message(brt.ConversationRoleAssistant, brt.ContentBlock{ToolUse: &brt.ToolUseBlock{ToolUseID: "t", Name: "look", Input: []byte(`{}`)}}),
		message(brt.ConversationRoleUser, brt.ContentBlock{ToolResult: &brt.ToolResultBlock{
			ToolUseID: "t", Content: []brt.ToolResultContentBlock{{Image: image(mostImage + 1)}},
		}}),
	}
	for name, c := range map[string]struct {
		messages []brt.Message
		want     string
	}{
		"image":    {[]brt.Message{message(brt.ConversationRoleUser, brt.ContentBlock{Image: image(mostImage)})}, ""},
		"document": {[]brt.Message{message(brt.ConversationRoleUser, ask, brt.ContentBlock{Document: document(mostDocument)})}, ""},
		"large image": {
			[]brt.Message{message(brt.ConversationRoleUser, ask, brt.ContentBlock{Image: image(mostImage + 1)})},
			"The image at messages.0.content.1 has 3932161 bytes. An image can have 3932160 bytes at most. Make it smaller and retry your request.",
		},
		"large document": {
			[]brt.Message{message(brt.ConversationRoleUser, ask, brt.ContentBlock{Document: document(mostDocument + 1)})},
			"The document at messages.0.content.1 has 4718593 bytes. A document can have 4718592 bytes at most. Make it smaller and retry your request.",
		},
		"large image in a result": {
			inResult,
			"The image at messages.2.content.0.toolResult.content.0 has 3932161 bytes. An image can have 3932160 bytes at most. Make it smaller and retry your request.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := converse.Request(&brt.ConverseRequest{Messages: c.messages, ToolConfig: &brt.ToolConfiguration{}})
			if c.want == "" && err == nil {
				return
			}
			if !fault.Is(err, fault.Validation) || fault.Public(err).Message != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}
