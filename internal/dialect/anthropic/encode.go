package anthropic

import (
	"cmp"
	"encoding/base64"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// Upstream says which Messages API a request is written for.
type Upstream struct {
	// Model and Stream are set for Anthropic's own API, which takes both in the body. An empty Model
	// means Bedrock, where the path says both and the body names the version instead.
	Model  string
	Stream bool
	// MaxTokens is what is asked for when the request does not say; the format cannot do without.
	// 0 means DefaultMaxTokens.
	MaxTokens int
}

// DefaultMaxTokens is a length of answer that every Claude model can give.
const DefaultMaxTokens = 4096

// EncodeRequest writes a request as a Messages body. Words of chat that the format cannot say are an
// error with the code Validation.
func EncodeRequest(r *chat.Request, up Upstream) ([]byte, error) {
	w := &request{
		MaxTokens: r.Inference.MaxTokens, Temperature: r.Inference.Temperature,
		TopP: r.Inference.TopP, TopK: r.Inference.TopK, StopSequences: r.Inference.Stop,
	}
	if w.MaxTokens == nil {
		w.MaxTokens = new(cmp.Or(up.MaxTokens, DefaultMaxTokens))
	}
	if err := w.fill(r); err != nil {
		return nil, err
	}
	if len(r.Extra) > 0 {
		if err := json.Unmarshal(r.Extra, w); err != nil {
			return nil, fault.Wrap(fault.Validation, err, "The additional model request fields do not fit this model.")
		}
	}
	if w.Reasoning != nil {
		w.Thinking, w.Reasoning = w.Reasoning, nil
	}
	w.address(up)
	return marshal(w, fault.Validation, "The request cannot be written for this model.")
}

// marshal writes a body. Raw JSON goes out as it came, odd as it may be; what is no JSON at all is an error
// with the given code.
func marshal(w any, code fault.Code, sentence string) ([]byte, error) {
	body, err := json.Marshal(w, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err != nil {
		return nil, fault.Wrap(code, err, "%s", sentence)
	}
	return body, nil
}

// fill writes the parts that have a form of their own.
func (w *request) fill(r *chat.Request) error {
	var err error
	if w.System, err = blocksOf(r.System); err != nil {
		return err
	}
	w.Messages = make([]message, len(r.Messages))
	for i, m := range r.Messages {
		w.Messages[i].Role = string(m.Role)
		if w.Messages[i].Content, err = blocksOf(m.Content); err != nil {
			return err
		}
	}
	if r.Tools != nil {
		if w.Tools, err = toolsOf(r.Tools.Tools); err != nil {
			return err
		}
		w.ToolChoice = choiceOf(r.Tools.Choice)
	}
	if err := encodeThinking(w, r); err != nil {
		return fault.Wrap(fault.Validation, err, "The form demanded of the answer isn't a JSON schema.")
	}
	return nil
}

// address writes what differs between Bedrock and Anthropic's own API.
func (w *request) address(up Upstream) {
	if up.Model == "" {
		if w.Version == nil {
			w.Version = new(string(Version))
		}
		return
	}
	w.Version = nil
	w.Model = quote(up.Model)
	if up.Stream {
		w.Stream = jsontext.Value("true")
	}
}

func toolsOf(tools []chat.Tool) ([]tool, error) {
	out := make([]tool, 0, len(tools))
	for _, t := range tools {
		if t.CachePoint != nil {
			if len(out) == 0 {
				return nil, errLoosePoint()
			}
			out[len(out)-1].CacheControl = controlOf(t.CachePoint)
			continue
		}
		out = append(out, tool{Name: t.Name, Description: t.Description, InputSchema: t.Schema, Strict: t.Strict})
	}
	return out, nil
}

func choiceOf(c chat.ToolChoice) *toolChoice {
	if c.Mode == chat.ChoiceAuto && !c.Serial {
		return nil
	}
	names := [...]string{chat.ChoiceAuto: "auto", chat.ChoiceAny: "any", chat.ChoiceTool: "tool", chat.ChoiceNone: "none"}
	return &toolChoice{Type: names[c.Mode], Name: c.Name, Serial: c.Serial}
}

func controlOf(p *chat.CachePoint) *cacheControl { return &cacheControl{Type: "ephemeral", TTL: p.TTL} }

// errLoosePoint refuses a cache point with nothing before it that could carry it.
func errLoosePoint() error {
	return fault.New(fault.Validation, "A cache point must follow the content that it caches: text, an image, a document, a tool use, a tool result or a tool.")
}

// blocksOf writes content; a cache point becomes the cache_control of the block before it.
func blocksOf(blocks []chat.Block) (content, error) {
	if len(blocks) == 0 {
		return nil, nil
	}
	out := make(content, 0, len(blocks))
	for i := range blocks {
		if blocks[i].Kind == chat.CachePointBlock {
			if len(out) == 0 || out[len(out)-1].Type == "thinking" || out[len(out)-1].Type == "redacted_thinking" {
				return nil, errLoosePoint()
			}
			out[len(out)-1].CacheControl = controlOf(blocks[i].CachePoint)
			continue
		}
		b, err := blockOf(&blocks[i])
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func blockOf(b *chat.Block) (block, error) {
	switch b.Kind {
	case chat.TextBlock:
		return textOf(b), nil
	case chat.GuardBlock:
		return guardOf(b)
	case chat.ImageBlock:
		return imageOf(b.Media)
	case chat.DocumentBlock:
		return documentOf(b.Media)
	case chat.ToolUseBlock:
		return useOf(b.ToolUse), nil
	case chat.ToolResultBlock:
		return resultOf(b.ToolResult)
	case chat.ReasoningBlock:
		return reasoningOf(b.Reasoning), nil
	case chat.CitationsBlock:
		return citedBlock(b.Raw)
	case chat.SearchResultBlock:
		return searchResultOf(b.Raw)
	default:
		return block{}, fault.New(fault.Validation, "This model doesn't support video or audio content. Remove it and try again.")
	}
}

// textOf writes text; JSON without text, as tool results may hold, is written as its text.
func textOf(b *chat.Block) block {
	text := b.Text
	if text == "" && len(b.Raw) > 0 {
		text = string(b.Raw)
	}
	return block{Type: "text", Text: &text}
}

// useOf writes a tool use; the format cannot do without an input.
func useOf(u *chat.ToolUse) block {
	b := block{Type: "tool_use", ID: &u.ID, Name: &u.Name, Input: u.Input}
	if len(b.Input) == 0 {
		b.Input = jsontext.Value("{}")
	}
	return b
}

// guardOf writes what a guardrail must look at as the plain text it is for the model.
func guardOf(b *chat.Block) (block, error) {
	if b.Text == "" {
		return block{}, fault.New(fault.Validation, "This model doesn't support guard content other than text. Remove it and try again.")
	}
	return block{Type: "text", Text: &b.Text}, nil
}

func resultOf(r *chat.ToolResult) (block, error) {
	inner, err := blocksOf(r.Content)
	b := block{Type: "tool_result", ToolUseID: &r.ID, Content: inner}
	if r.Error {
		b.IsError = &r.Error
	}
	return b, err
}

func reasoningOf(r *chat.Reasoning) block {
	if r.Redacted != nil {
		return block{Type: "redacted_thinking", Data: new(string(r.Redacted))}
	}
	return block{Type: "thinking", Thinking: &r.Text, Signature: &r.Signature}
}

func imageOf(m *chat.Media) (block, error) {
	if m.S3 != nil {
		return block{}, errElsewhere(m.S3)
	}
	data := base64.StdEncoding.EncodeToString(m.Bytes)
	return block{Type: "image", Source: &source{Type: "base64", MediaType: "image/" + m.Format, Data: &data}}, nil
}

func documentOf(m *chat.Media) (block, error) {
	b := block{Type: "document", Title: pointer(m.Name), Context: pointer(m.Context)}
	if m.Citations {
		b.Citations = jsontext.Value(`{"enabled":true}`)
	}
	switch {
	case m.S3 != nil:
		return block{}, errElsewhere(m.S3)
	case len(m.Chunks) > 0:
		b.Source = &source{Type: "content"}
		for i := range m.Chunks {
			b.Source.Content = append(b.Source.Content, block{Type: "text", Text: &m.Chunks[i]})
		}
	case m.Text != "":
		b.Source = &source{Type: "text", MediaType: "text/plain", Data: &m.Text}
	case m.Format == "pdf":
		data := base64.StdEncoding.EncodeToString(m.Bytes)
		b.Source = &source{Type: "base64", MediaType: "application/pdf", Data: &data}
	case m.Format == "txt" || m.Format == "md" || m.Format == "csv" || m.Format == "html":
		b.Source = &source{Type: "text", MediaType: "text/plain", Data: new(strings.ToValidUTF8(string(m.Bytes), "\uFFFD"))}
	default:
		return block{}, fault.New(fault.Validation, "This model doesn't support documents of the format %s. Convert it to pdf or txt and try again.", m.Format)
	}
	return b, nil
}

func errElsewhere(at *chat.S3Location) error {
	return fault.New(fault.Validation, "The source %s cannot be read for this model. Send the content as bytes.", at.URI)
}

func searchResultOf(raw jsontext.Value) (block, error) {
	var in searchResult
	if err := json.Unmarshal(raw, &in); err != nil {
		return block{}, fault.Wrap(fault.Validation, err, "A searchResult block cannot be written for this model.")
	}
	b := block{Type: "search_result", Source: &source{plain: &in.Source}, Title: &in.Title}
	for i := range in.Content {
		b.Content = append(b.Content, block{Type: "text", Text: &in.Content[i].Text})
	}
	if in.Citations == nil {
		return b, nil
	}
	var err error
	b.Citations, err = json.Marshal(in.Citations)
	return b, err
}
