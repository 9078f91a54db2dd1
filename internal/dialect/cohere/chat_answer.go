package cohere

import (
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/fault"
)

type chatAnswer struct {
	ResponseID   string     `json:"response_id"`
	Text         string     `json:"text"`
	GenerationID string     `json:"generation_id"`
	History      []turn     `json:"chat_history"`
	Finish       string     `json:"finish_reason"`
	Calls        []toolCall `json:"tool_calls,omitzero"`
	Meta         *meta      `json:"meta,omitzero"`
}

// meta is read where it is; Bedrock's own answers come without it.
type meta struct {
	Billed struct {
		Input  int64 `json:"input_tokens"`
		Output int64 `json:"output_tokens"`
	} `json:"billed_units"`
}

// DecodeResponse reads a whole answer.
func (Chat) DecodeResponse(data []byte) (*chat.Response, error) {
	var w chatAnswer
	if err := dialect.ReadAnswer(data, &w); err != nil {
		return nil, err
	}
	if w.Finish == "" {
		return nil, dialect.Unanswered()
	}
	r := &chat.Response{ID: w.ResponseID, Stop: stopOf(w.Finish)}
	if w.Meta != nil {
		r.Usage = chat.Usage{Input: w.Meta.Billed.Input, Output: w.Meta.Billed.Output}
	}
	if w.Text != "" || len(w.Calls) == 0 {
		r.Content = dialect.Said(w.Text)
	}
	var c conversation
	if err := c.call(w.Calls); err != nil {
		return nil, fault.Wrap(fault.ModelError, err, "The model's answer could not be read.")
	}
	if len(w.Calls) > 0 {
		r.Content, r.Stop = append(r.Content, c.messages[0].Content...), chat.StopToolUse
	}
	return r, nil
}

// EncodeResponse writes a whole answer, and the conversation with it.
func (Chat) EncodeResponse(r *chat.Response, env dialect.Envelope) ([]byte, error) {
	w := chatAnswer{ResponseID: idOf(r.ID, env), GenerationID: idOf(r.ID, env), Finish: finishOf(r.Stop), History: []turn{}}
	for i := range r.Content {
		switch b := &r.Content[i]; b.Kind {
		case chat.ReasoningBlock:
		case chat.TextBlock, chat.GuardBlock:
			w.Text += b.Text
		case chat.ToolUseBlock:
			w.Calls = append(w.Calls, toolCall{b.ToolUse.Name, orEmpty(b.ToolUse.Input)})
		default:
			return nil, fault.New(fault.ModelError, "The model's answer has content that its own format cannot carry.")
		}
	}
	if env.Asked != nil {
		for i := range env.Asked.Messages {
			w.History = append(w.History, said(env.Asked.Messages[i].Role, textOf(env.Asked.Messages[i].Content)))
		}
	}
	w.History = append(w.History, said(chat.Assistant, w.Text))
	return dialect.Marshal(&w)
}

func said(role chat.Role, text string) turn {
	if role == chat.Assistant {
		return turn{Role: "CHATBOT", Message: text}
	}
	return turn{Role: "USER", Message: text}
}

// NewStream begins to write a streamed answer.
func (Chat) NewStream(env dialect.Envelope) dialect.StreamEncoder { return &chatStream{env: env} }

// chatStream holds tool calls back until all are whole, as one event tells them all.
type chatStream struct {
	dialect.Chunks
	env   dialect.Envelope
	id    string
	text  strings.Builder // the whole text, which the last event repeats
	calls []toolCall
	stop  chat.StopReason
}

// Encode returns the chunks of one event.
func (s *chatStream) Encode(ev *chat.Event, t dialect.Timing) [][]byte {
	s.Reset()
	switch ev.Kind {
	case chat.MessageStart:
		s.id = idOf(ev.ID, s.env)
	case chat.BlockStart:
		s.calls = append(s.calls, toolCall{Name: ev.Name})
	case chat.BlockDelta:
		switch {
		case ev.Block == chat.ToolUseBlock && len(s.calls) > 0:
			c := &s.calls[len(s.calls)-1]
			c.Parameters = append(c.Parameters, ev.Text...)
		case ev.Block == chat.TextBlock:
			s.text.WriteString(ev.Text)
			s.Raw(`{"event_type":"text-generation","text":`)
			s.Text(ev.Text)
			s.End(`,"is_finished":false}`)
		}
	case chat.MessageStop:
		s.stop = ev.Stop
		if len(s.calls) > 0 {
			s.Raw(`{"event_type":"tool-calls-generation","tool_calls":`)
			s.list()
			s.End(`,"is_finished":false}`)
		}
	case chat.Metadata:
		s.end(ev.Usage, t)
	}
	return s.Cut()
}

// list writes the tool calls. Parameters that are no JSON, of an answer that was cut off, are left out.
func (s *chatStream) list() {
	for i, c := range s.calls {
		s.Raw([]string{"[", ","}[min(i, 1)] + `{"name":`)
		s.Text(c.Name)
		s.Raw(`,"parameters":`)
		if params := orEmpty(c.Parameters); params.IsValid() {
			s.Raw(string(params))
		} else {
			s.Raw(`{}`)
		}
		s.Raw(`}`)
	}
	s.Raw(`]`)
}

func (s *chatStream) end(u chat.Usage, t dialect.Timing) {
	finish := `"finish_reason":"` + finishOf(s.stop) + `"`
	s.Raw(`{"event_type":"stream-end","is_finished":true,` + finish + `,"response":{"response_id":`)
	s.Text(s.id)
	s.Raw(`,"text":`)
	s.Text(s.text.String())
	s.Raw(`,"generation_id":`)
	s.Text(s.id)
	s.Raw(`,` + finish)
	if len(s.calls) > 0 {
		s.Raw(`,"tool_calls":`)
		s.list()
	}
	s.Raw(`}`)
	s.Metrics(u, s.stop, s.env.Caching, t)
	s.End(`}`)
}

// NewDecoder begins to read a streamed answer.
func (Chat) NewDecoder() dialect.StreamDecoder { return new(chatDecoder) }

type chatDecoder struct {
	events []chat.Event
	begun  bool
	open   bool // the text block is
	index  int
	calls  conversation
}

type chatChunk struct {
	Type    string           `json:"event_type"`
	Text    string           `json:"text"`
	Calls   []toolCall       `json:"tool_calls"`
	Finish  string           `json:"finish_reason"`
	Last    bool             `json:"is_finished"`
	Metrics *dialect.Metrics `json:"amazon-bedrock-invocationMetrics"`
}

// Decode returns the events of one chunk.
func (d *chatDecoder) Decode(data []byte) ([]chat.Event, error) {
	var c chatChunk
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fault.Wrap(fault.ModelStreamError, err, "The model's stream could not be read.")
	}
	d.events = d.events[:0]
	if !d.begun {
		d.begun = true
		d.add(chat.Event{Kind: chat.MessageStart})
	}
	switch {
	case c.Last:
		d.end(&c)
	case c.Type == "tool-calls-generation":
		return d.events, d.tools(c.Calls)
	case c.Type == "text-generation" && c.Text != "":
		d.open = true
		d.add(chat.Event{Kind: chat.BlockDelta, Index: d.index, Block: chat.TextBlock, Text: c.Text})
	}
	return d.events, nil
}

func (d *chatDecoder) add(e chat.Event) { d.events = append(d.events, e) }

func (d *chatDecoder) closeText() {
	if d.open {
		d.add(chat.Event{Kind: chat.BlockStop, Index: d.index, Block: chat.TextBlock})
		d.open = false
		d.index++
	}
}

func (d *chatDecoder) tools(calls []toolCall) error {
	d.closeText()
	before := d.calls.calls
	if err := d.calls.call(calls); err != nil {
		return fault.Wrap(fault.ModelStreamError, err, "The model's stream could not be read.")
	}
	for i, id := range d.calls.open[:d.calls.calls-before] {
		d.add(chat.Event{Kind: chat.BlockStart, Index: d.index, Block: chat.ToolUseBlock, ID: id, Name: calls[i].Name})
		d.add(chat.Event{Kind: chat.BlockDelta, Index: d.index, Block: chat.ToolUseBlock, Text: string(orEmpty(calls[i].Parameters))})
		d.add(chat.Event{Kind: chat.BlockStop, Index: d.index, Block: chat.ToolUseBlock})
		d.index++
	}
	return nil
}

func (d *chatDecoder) end(c *chatChunk) {
	d.closeText()
	stop := stopOf(c.Finish)
	if d.calls.calls > 0 {
		stop = chat.StopToolUse
	}
	d.add(chat.Event{Kind: chat.MessageStop, Stop: stop})
	d.add(chat.Event{Kind: chat.Metadata, Usage: c.Metrics.Usage()})
}
