package cohere

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/fault"
)

var chatCan = dialect.Can{System: true, Tools: true, StreamingTools: true, Documents: true, TopK: true, Stop: true}

// EncodeRequest writes a body: the last turn as the message or the tool results, and all before it as history.
func (Chat) EncodeRequest(_ string, r *chat.Request) ([]byte, error) {
	if err := chatCan.Check(r, false); err != nil {
		return nil, err
	}
	w := chatBody{
		Message: new(string), Preamble: textOf(r.System), MaxTokens: r.Inference.MaxTokens, Temperature: r.Inference.Temperature,
		P: r.Inference.TopP, K: r.Inference.TopK, Stop: r.Inference.Stop,
	}
	var err error
	if w.Tools, err = written(r.Tools); err != nil {
		return nil, err
	}
	calls := map[string]toolCall{}
	for i := range r.Messages {
		if err := w.write(&r.Messages[i], i == len(r.Messages)-1, calls); err != nil {
			return nil, err
		}
	}
	if r.Prompt {
		w.Raw = new(true)
	}
	if err := dialect.Overlay(&w, r.Extra); err != nil {
		return nil, err
	}
	body, err := json.Marshal(&w, json.Deterministic(true), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err != nil {
		return nil, fault.Wrap(fault.Validation, err, "The request cannot be written for this model.")
	}
	return body, nil
}

// write adds one turn. calls remembers what each tool use asked, as results repeat it.
func (w *chatBody) write(m *chat.Message, last bool, calls map[string]toolCall) error {
	t := turn{Role: "USER", Message: textOf(m.Content)}
	if m.Role == chat.Assistant {
		if last {
			return fault.New(fault.Validation, "This model cannot go on with an answer that has been begun: the last message must be the user's.")
		}
		t.Role = "CHATBOT"
	}
	for i := range m.Content {
		switch b := &m.Content[i]; b.Kind {
		case chat.ToolUseBlock:
			call := toolCall{b.ToolUse.Name, orEmpty(b.ToolUse.Input)}
			calls[b.ToolUse.ID] = call
			t.Calls = append(t.Calls, call)
		case chat.ToolResultBlock:
			one, err := resultOf(b.ToolResult, calls)
			if err != nil {
				return err
			}
			t.Results = append(t.Results, one)
		case chat.DocumentBlock:
			d, err := documentOf(b.Media)
			if err != nil {
				return err
			}
			w.Documents = append(w.Documents, d)
		case chat.CitationsBlock, chat.SearchResultBlock:
			return fault.New(fault.Validation, "This model doesn't support citations and search results. Send documents instead.")
		}
	}
	if last {
		w.Message, w.Results = &t.Message, t.Results
		return nil
	}
	if t.Results != nil {
		w.History = append(w.History, turn{Role: "TOOL", Results: t.Results})
		if t.Results = nil; t.Message == "" {
			return nil
		}
	}
	w.History = append(w.History, t)
	return nil
}

func resultOf(r *chat.ToolResult, calls map[string]toolCall) (toolResult, error) {
	call, ok := calls[r.ID]
	if !ok {
		return toolResult{}, fault.New(fault.Validation, "The tool result %s answers no tool use of the conversation.", r.ID)
	}
	out := toolResult{Call: call, Outputs: []jsontext.Value{}}
	for i := range r.Content {
		b := &r.Content[i]
		switch {
		case b.Kind != chat.TextBlock:
			return out, fault.New(fault.Validation, "This model's tool results hold text and JSON only.")
		case b.Text == "" && b.Raw.Kind() == '{':
			out.Outputs = append(out.Outputs, b.Raw)
		case b.Text == "" && len(b.Raw) > 0:
			out.Outputs = append(out.Outputs, object("value", b.Raw))
		default:
			out.Outputs = append(out.Outputs, object("text", quoted(b.Text)))
		}
	}
	if r.Error {
		out.Outputs = append(out.Outputs, object("error", jsontext.Value("true")))
	}
	return out, nil
}

// object is a JSON object of one member.
func object(name string, value jsontext.Value) jsontext.Value {
	return append(append(append(jsontext.Value(`{`), quoted(name)...), ':'), append(value.Clone(), '}')...)
}

func quoted(s string) jsontext.Value {
	v, _ := jsontext.AppendQuote(nil, s)
	return v
}

// documentOf is the reverse of document. Only documents that are text can be said.
func documentOf(m *chat.Media) (jsontext.Value, error) {
	text := m.Text
	if text == "" && m.S3 == nil && (m.Format == "txt" || m.Format == "md" || m.Format == "csv" || m.Format == "html") {
		text = string(m.Bytes)
	}
	if text == "" {
		return nil, fault.New(fault.Validation, "This model takes documents as text only: csv, html, md and txt. The document '%s' is '%s'.", m.Name, m.Format)
	}
	if raw := jsontext.Value(text); m.Name == "" && raw.IsValid() && raw.Kind() == '{' {
		return raw, nil
	}
	d := append(jsontext.Value(`{"title":`), quoted(m.Name)...)
	return append(append(append(d, `,"snippet":`...), quoted(text)...), '}'), nil
}
