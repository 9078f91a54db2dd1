package dialecttest

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
)

// Words is what a family's bodies can say: the generators use these and nothing else.
type Words struct {
	Prompt      bool // a request is one prompt and nothing around it
	Turns       bool // more than one message
	System      bool
	Tools       bool
	NoChoice    bool // tools cannot be demanded or forbidden
	NamedChoice bool // one tool can be demanded by its name
	Serial      bool // more than one tool use in an answer can be forbidden
	Strict      bool // tools can be strict
	Parallel    bool // an answer can hold several tool uses
	TextAndTool bool // text can stand beside tool uses
	Images      bool
	Reasoning   bool // an answer can hold reasoning
	Temperature bool
	TopP, TopK  bool
	Stop        bool
	Cache       bool // cache points and their counts
	MaxTokens   bool
	// NeedsMaxTokens is a family that cannot do without a bound.
	NeedsMaxTokens bool
	Counts         bool // the body of a whole answer tells the tokens
	NoIDs          bool // tool uses have no ids
	NamesStop      bool // an answer tells which stop sequence it met
}

// word is a text that survives every form: not empty, no space at the ends.
func word(t *rapid.T, label string) string {
	return rapid.StringMatching(`[a-zA-Z"\\é漢\x01<>]([ a-zA-Z"\\\né漢🙂{}:]{0,24}[a-z])?`).Draw(t, label)
}

func name(t *rapid.T, label string) string {
	return rapid.StringMatching(`[a-z][a-z_]{0,10}`).Draw(t, label)
}

func drawn[T any](t *rapid.T, allowed bool, g *rapid.Generator[T], label string) *T {
	if !allowed || !rapid.Bool().Draw(t, label+"?") {
		return nil
	}
	v := g.Draw(t, label)
	return &v
}

// inference draws parameters within the narrowest range of all families.
func (w Words) inference(t *rapid.T) chat.Inference {
	tenths := rapid.Map(rapid.IntRange(0, 10), func(n int) float64 { return float64(n) / 10 })
	some := rapid.Map(rapid.IntRange(1, 10), func(n int) float64 { return float64(n) / 10 })
	in := chat.Inference{
		MaxTokens: drawn(t, w.MaxTokens, rapid.IntRange(1, 512), "max"), Temperature: drawn(t, w.Temperature, tenths, "temperature"),
		TopP: drawn(t, w.TopP, some, "top p"), TopK: drawn(t, w.TopK, rapid.IntRange(1, 100), "top k"),
	}
	if w.NeedsMaxTokens {
		in.MaxTokens = new(rapid.IntRange(1, 512).Draw(t, "max"))
	}
	if w.Stop {
		for i := range rapid.IntRange(0, 2).Draw(t, "stops") {
			in.Stop = append(in.Stop, fmt.Sprint("STOP", i))
		}
	}
	return in
}

// Request draws a request that the family can say.
func (w Words) Request(t *rapid.T) *chat.Request {
	r := &chat.Request{Inference: w.inference(t)}
	if w.Prompt {
		r.Prompt = true
		r.Messages = []chat.Message{{Role: chat.User, Content: []chat.Block{chat.Text(word(t, "prompt"))}}}
		return r
	}
	if w.System && rapid.Bool().Draw(t, "system?") {
		r.System = []chat.Block{chat.Text(word(t, "system"))}
	}
	if w.Tools && rapid.Bool().Draw(t, "tools?") {
		r.Tools = w.tools(t)
	}
	turns := 1
	if w.Turns {
		turns = 1 + 2*rapid.IntRange(0, 2).Draw(t, "turns")
	}
	for i := range turns {
		if i%2 == 0 {
			r.Messages = append(r.Messages, w.userTurn(t, r))
		} else {
			r.Messages = append(r.Messages, chat.Message{Role: chat.Assistant, Content: w.said(t, r.Tools != nil, false)})
		}
	}
	return r
}

func (w Words) tools(t *rapid.T) *chat.ToolConfig {
	c := &chat.ToolConfig{}
	for i := range rapid.IntRange(1, 3).Draw(t, "tool count") {
		tool := chat.Tool{
			Name: fmt.Sprint(name(t, "tool"), i), Description: word(t, "description"),
			Schema: jsontext.Value(`{"type":"object","properties":{"x":{"description":"an x","type":"string"}},"required":["x"]}`),
		}
		tool.Strict = drawn(t, w.Strict, rapid.Bool(), "strict")
		c.Tools = append(c.Tools, tool)
	}
	modes := []chat.ChoiceMode{chat.ChoiceAuto}
	if !w.NoChoice {
		modes = append(modes, chat.ChoiceAny)
	}
	if w.NamedChoice {
		modes = append(modes, chat.ChoiceTool)
	}
	c.Choice.Mode = rapid.SampledFrom(modes).Draw(t, "mode")
	if c.Choice.Mode == chat.ChoiceTool {
		c.Choice.Name = c.Tools[0].Name
	}
	c.Choice.Serial = w.Serial && rapid.Bool().Draw(t, "serial")
	return c
}

// png is the smallest head that tells an image's format.
const png = "\x89PNG\r\n\x1a\n"

// userTurn answers the tool uses of the turn before it, if there are any.
func (w Words) userTurn(t *rapid.T, r *chat.Request) chat.Message {
	m := chat.Message{Role: chat.User}
	if n := len(r.Messages); n > 0 {
		for _, b := range r.Messages[n-1].Content {
			if b.Kind == chat.ToolUseBlock {
				m.Content = append(m.Content, chat.Block{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{
					ID: b.ToolUse.ID, Content: []chat.Block{chat.Text(word(t, "result"))},
				}})
			}
		}
		if m.Content != nil {
			return m
		}
	}
	if w.Images && rapid.Bool().Draw(t, "image?") {
		m.Content = append(m.Content, chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{
			Format: "png", Bytes: append([]byte(png), rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "image")...),
		}})
	}
	m.Content = append(m.Content, chat.Text(word(t, "text")))
	return m
}

// said draws what a model says: reasoning, text, tool uses, in this order.
func (w Words) said(t *rapid.T, tools, answer bool) []chat.Block {
	var out []chat.Block
	if answer && w.Reasoning && rapid.Bool().Draw(t, "reasoning?") {
		out = append(out, chat.Block{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: word(t, "reasoning")}})
	}
	uses := 0
	if tools {
		uses = rapid.IntRange(0, 2).Draw(t, "uses")
		if !w.Parallel {
			uses = min(uses, 1)
		}
	}
	if uses == 0 || w.TextAndTool && rapid.Bool().Draw(t, "text?") {
		out = append(out, chat.Text(word(t, "said")))
	}
	for i := range uses {
		u := &chat.ToolUse{Name: fmt.Sprint("use", i), Input: jsontext.Value(fmt.Sprintf(`{"x":%q}`, name(t, "input")))}
		u.ID = fmt.Sprint("call-", i, "-", name(t, "id"))
		out = append(out, chat.Block{Kind: chat.ToolUseBlock, ToolUse: u})
	}
	return out
}

// Response draws an answer that the family can give.
func (w Words) Response(t *rapid.T) *chat.Response {
	count := rapid.Int64Range(1, 1000)
	r := &chat.Response{Content: w.said(t, w.Tools, true), Usage: chat.Usage{Input: count.Draw(t, "input"), Output: count.Draw(t, "output")}}
	if w.Cache {
		r.Usage.CacheRead, r.Usage.CacheWrite5m = count.Draw(t, "read"), count.Draw(t, "write")
	}
	r.Stop = rapid.SampledFrom([]chat.StopReason{chat.EndTurn, chat.MaxTokens}).Draw(t, "stop")
	if w.NamesStop && rapid.Bool().Draw(t, "met?") {
		r.Stop, r.StopSequence = chat.StopSequence, "STOP"
	}
	if r.Content[len(r.Content)-1].Kind == chat.ToolUseBlock {
		r.Stop, r.StopSequence = chat.StopToolUse, ""
	}
	return r
}

// Events draws a stream that comes to the answer: its text in pieces of any size.
func (w Words) Events(t *rapid.T, r *chat.Response) []chat.Event {
	early := r.Usage
	early.Output = 0
	out := []chat.Event{{Kind: chat.MessageStart, ID: r.ID, Usage: early}}
	for i := range r.Content {
		b := &r.Content[i]
		text := b.Text
		switch b.Kind {
		case chat.ToolUseBlock:
			out = append(out, chat.Event{Kind: chat.BlockStart, Index: i, Block: b.Kind, ID: b.ToolUse.ID, Name: b.ToolUse.Name})
			text = string(b.ToolUse.Input)
		case chat.ReasoningBlock:
			text = b.Reasoning.Text
		}
		for text != "" {
			end := min(len(text), rapid.IntRange(1, 12).Draw(t, "piece"))
			for end < len(text) && text[end]&0xC0 == 0x80 {
				end++
			}
			out = append(out, chat.Event{Kind: chat.BlockDelta, Index: i, Block: b.Kind, Text: text[:end]})
			text = text[end:]
		}
		out = append(out, chat.Event{Kind: chat.BlockStop, Index: i, Block: b.Kind})
	}
	return append(out,
		chat.Event{Kind: chat.MessageStop, Stop: r.Stop, StopSequence: r.StopSequence},
		chat.Event{Kind: chat.Metadata, Usage: r.Usage})
}

// Collect puts the events of a stream together to an answer, and fails on an order that readers of
// Converse streams could not follow.
func Collect(events []chat.Event) (*chat.Response, error) {
	r := &chat.Response{}
	open, done := -1, false
	for i := range events {
		e := &events[i]
		switch e.Kind {
		case chat.MessageStart:
			if i != 0 {
				return nil, fmt.Errorf("event %d: a second start of the message", i)
			}
			r.ID = e.ID
		case chat.BlockStart, chat.BlockDelta:
			if open < 0 {
				if e.Index != len(r.Content) {
					return nil, fmt.Errorf("event %d: block %d begins where %d should", i, e.Index, len(r.Content))
				}
				open = e.Index
				r.Content = append(r.Content, opened(e))
			}
			if e.Index != open || e.Block != r.Content[open].Kind {
				return nil, fmt.Errorf("event %d: for block %d of kind %d while %d of kind %d is open", i, e.Index, e.Block, open, r.Content[open].Kind)
			}
			grow(&r.Content[open], e)
		case chat.BlockStop:
			if e.Index != open {
				return nil, fmt.Errorf("event %d: block %d ends while %d is open", i, e.Index, open)
			}
			open = -1
		case chat.MessageStop:
			r.Stop, r.StopSequence = e.Stop, e.StopSequence
		case chat.Metadata:
			r.Usage, done = e.Usage, true
		}
	}
	if open >= 0 || !done || r.Stop == "" {
		return nil, fmt.Errorf("the stream is not whole: open block %d, stop reason %q, metadata %v", open, r.Stop, done)
	}
	return r, nil
}

func opened(e *chat.Event) chat.Block {
	b := chat.Block{Kind: e.Block}
	switch e.Block {
	case chat.ToolUseBlock:
		b.ToolUse = &chat.ToolUse{ID: e.ID, Name: e.Name}
	case chat.ReasoningBlock:
		b.Reasoning = &chat.Reasoning{}
	}
	return b
}

func grow(b *chat.Block, e *chat.Event) {
	switch b.Kind {
	case chat.ToolUseBlock:
		b.ToolUse.Input = append(b.ToolUse.Input, e.Text...)
	case chat.ReasoningBlock:
		b.Reasoning.Text += e.Text
		b.Reasoning.Signature += e.Signature
	default:
		b.Text += e.Text
	}
}

// forgetIDs takes the ids of tool uses away, for families that have none.
func forgetIDs(blocks []chat.Block) []chat.Block {
	out := make([]chat.Block, len(blocks))
	copy(out, blocks)
	for i := range out {
		if u := out[i].ToolUse; u != nil {
			bare := *u
			bare.ID = ""
			out[i].ToolUse = &bare
		}
		if u := out[i].ToolResult; u != nil {
			bare := *u
			bare.ID = ""
			out[i].ToolResult = &bare
		}
	}
	return out
}

// canonical is JSON without the space between its parts and the order of members.
func canonical(v jsontext.Value) string {
	c := v.Clone()
	if c.Canonicalize() != nil {
		return string(v)
	}
	return string(c)
}
