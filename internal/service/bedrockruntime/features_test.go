package bedrockruntime_test

import (
	"strings"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
)

// feature is one thing a caller may ask for, and how an answer shows that it was done.
type feature struct {
	name   string
	ask    func(*chat.Request)
	shown  func(*chat.Response) bool
	can    func(dialect.Can) bool // nil: every model can
	inside bool                   // in a prompt, the caller says it as text: there is nothing to show
}

const question = "Please write 40 words about tides."

func features() []feature {
	tool := &chat.ToolConfig{Tools: []chat.Tool{{
		Name: "get_weather", Description: "The weather of a city.",
		Schema: []byte(`{"type":"object","properties":{"city":{"type":"string","description":"a city"}},"required":["city"]}`),
	}}}
	says := func(part string) func(*chat.Response) bool {
		return func(r *chat.Response) bool { return strings.Contains(textOf(r), part) }
	}
	with := func(blocks ...chat.Block) func(*chat.Request) {
		return func(r *chat.Request) { r.Messages[0].Content = append(blocks, chat.Text(question)) }
	}
	return []feature{
		{name: "text", ask: func(*chat.Request) {}, shown: says("simulated in")},
		{name: "turns", ask: func(r *chat.Request) {
			r.Messages = append(r.Messages, said(chat.Assistant, "Of course."), said(chat.User, question))
		}, shown: says("I read 3 messages"), inside: true},
		{
			name: "system", ask: func(r *chat.Request) { r.System = []chat.Block{chat.Text("Be kind.")} },
			shown: says("a system prompt of 8 characters"), can: func(c dialect.Can) bool { return c.System }, inside: true,
		},
		{
			name: "max tokens", ask: func(r *chat.Request) { r.Inference.MaxTokens = new(5) },
			shown: func(r *chat.Response) bool { return r.Stop == chat.MaxTokens && r.Usage.Output <= 5 },
		},
		{
			name: "stop sequence", ask: func(r *chat.Request) { r.Inference.Stop = []string{" simulated"} },
			shown: func(r *chat.Response) bool {
				return r.Stop != chat.MaxTokens && !strings.Contains(textOf(r), "simulated") && textOf(r) != ""
			},
		},
		{
			name: "tool use", ask: func(r *chat.Request) {
				r.Tools, r.Messages = tool, []chat.Message{said(chat.User, "Call get_weather.")}
			},
			shown: func(r *chat.Response) bool {
				return r.Stop == chat.StopToolUse && len(uses(r)) == 1 && uses(r)[0].Name == "get_weather"
			},
			can: func(c dialect.Can) bool { return c.Tools },
		},
		{
			name: "tool result", ask: func(r *chat.Request) { r.Tools, r.Messages = tool, toolTurns() },
			shown: says("answered: It is sunny."), can: func(c dialect.Can) bool { return c.Tools },
		},
		{
			name: "image", ask: with(chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Format: "png", Bytes: []byte("\x89PNG\r\n\x1a\n....")}}),
			shown: says("1 image"), can: func(c dialect.Can) bool { return c.Images },
		},
		{
			name: "document", ask: with(chat.Block{Kind: chat.DocumentBlock, Media: &chat.Media{Format: "txt", Name: "notes", Bytes: []byte("high tide at noon")}}),
			shown: func(r *chat.Response) bool {
				return strings.Contains(textOf(r), `document "notes"`) || strings.Contains(textOf(r), "2 messages")
			}, can: func(c dialect.Can) bool { return c.Documents },
		},
		{
			name: "reasoning", ask: func(r *chat.Request) { r.Thinking = &chat.Thinking{Budget: 1024}; r.Inference.MaxTokens = new(4000) },
			shown: func(r *chat.Response) bool {
				return r.Content[0].Kind == chat.ReasoningBlock || strings.Contains(textOf(r), "</think>")
			},
			can: func(c dialect.Can) bool { return c.Reasoning },
		},
	}
}

func said(role chat.Role, text string) chat.Message {
	return chat.Message{Role: role, Content: []chat.Block{chat.Text(text)}}
}

func toolTurns() []chat.Message {
	return []chat.Message{
		said(chat.User, "How is the weather?"),
		{Role: chat.Assistant, Content: []chat.Block{{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "tooluse_1", Name: "get_weather", Input: []byte(`{"city":"Lima"}`)}}}},
		{Role: chat.User, Content: []chat.Block{{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{
			ID: "tooluse_1", Content: []chat.Block{chat.Text("It is sunny.")},
		}}}},
	}
}

func textOf(r *chat.Response) (text string) {
	for i := range r.Content {
		text += r.Content[i].Text
	}
	return text
}

func uses(r *chat.Response) (out []*chat.ToolUse) {
	for i := range r.Content {
		if u := r.Content[i].ToolUse; u != nil {
			out = append(out, u)
		}
	}
	return out
}
