// Package openai writes chats as OpenAI chat-completions requests and reads what such servers answer.
//
// It serves every server that speaks this dialect: OpenAI's own, vLLM, llama.cpp, Ollama and their like. They differ
// in what they leave out, so the decoders are lenient where nothing is lost by it.
package openai

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// Target is what a request says beside the chat itself.
type Target struct {
	Model  string // as the server calls it
	Stream bool
	// CompletionTokens sends the bound of output tokens as max_completion_tokens, which OpenAI's reasoning models
	// demand, instead of max_tokens, which every other server knows.
	CompletionTokens bool
}

// AppendRequest adds the body of POST /chat/completions. The fields of r.Extra are added to it and replace those of
// the same name, but for those that only Claude's own dialect knows. What the dialect cannot say is a *fault.Error with
// the code Validation. Reasoning, cache points and requestMetadata are left out: the dialect has no place for them, and
// an answer does not depend on them.
func AppendRequest(b []byte, r *chat.Request, t Target) ([]byte, error) {
	if err := sayable(r); err != nil {
		return b, err
	}
	extra, err := parseExtra(r.Extra)
	if err != nil {
		return b, err
	}
	e := encoder{b: append(b, `{"model":`...), extra: extra}
	e.text(t.Model)
	if t.Stream {
		e.raw(`,"stream":true,"stream_options":{"include_usage":true}`)
	}
	e.inference(&r.Inference, t)
	e.thinking(r.Thinking)
	if (r.Tier == "flex" || r.Tier == "priority") && e.member("service_tier") {
		e.text(r.Tier)
	}
	if err := e.output(r.Output); err != nil {
		return b, err
	}
	e.tools(r.Tools)
	if err := e.messages(r); err != nil {
		return b, err
	}
	for _, m := range extra {
		e.raw(",")
		e.b = append(append(append(e.b, m.name...), ':'), m.value...)
	}
	return append(e.b, '}'), nil
}

// encoder appends to b. It never reads what it has written.
type encoder struct {
	b     []byte
	extra []extraMember
}

func (e *encoder) raw(s string) { e.b = append(e.b, s...) }

// text adds a JSON string; bytes that are not UTF-8 become replacement characters, which is all the error would say.
func (e *encoder) text(s string) { e.b, _ = jsontext.AppendQuote(e.b, s) }

// member begins a member of the body, unless the caller's own field of that name replaces it.
func (e *encoder) member(name string) bool {
	for _, m := range e.extra {
		if string(m.name[1:len(m.name)-1]) == name {
			return false
		}
	}
	e.raw(`,"`)
	e.raw(name)
	e.raw(`":`)
	return true
}

func (e *encoder) inference(p *chat.Inference, t Target) {
	limit := "max_tokens"
	if t.CompletionTokens {
		limit = "max_completion_tokens"
	}
	if p.MaxTokens != nil && e.member(limit) {
		e.b = strconv.AppendInt(e.b, int64(*p.MaxTokens), 10)
	}
	e.number("temperature", p.Temperature)
	e.number("top_p", p.TopP)
	if p.TopK != nil && e.member("top_k") { // not OpenAI's, but everyone else's
		e.b = strconv.AppendInt(e.b, int64(*p.TopK), 10)
	}
	if len(p.Stop) > 0 && e.member("stop") {
		for i, s := range p.Stop {
			e.open(i)
			e.text(s)
		}
		e.raw("]")
	}
}

func (e *encoder) number(name string, v *float64) {
	if v != nil && e.member(name) {
		e.b = strconv.AppendFloat(e.b, *v, 'g', -1, 64)
	}
}

// The budgets in tokens from which on an effort is asked for, where a caller gives a budget and the dialect knows
// efforts only.
const (
	mediumBudget = 4_096
	highBudget   = 16_384
)

func (e *encoder) thinking(t *chat.Thinking) {
	if t == nil {
		return
	}
	effort := t.Effort
	switch {
	case effort != "" || t.Budget == 0:
	case t.Budget >= highBudget:
		effort = "high"
	case t.Budget >= mediumBudget:
		effort = "medium"
	default:
		effort = "low"
	}
	if effort != "" && e.member("reasoning_effort") {
		e.text(effort)
	}
}

func (e *encoder) output(o *chat.OutputSchema) error {
	if o == nil {
		return nil
	}
	if !jsontext.Value(o.Schema).IsValid() {
		return fault.New(fault.Validation, "The schema of outputConfig.textFormat is not valid JSON.")
	}
	if !e.member("response_format") {
		return nil
	}
	name := o.Name
	if name == "" {
		name = "output"
	}
	e.raw(`{"type":"json_schema","json_schema":{"name":`)
	e.text(name)
	if o.Description != "" {
		e.raw(`,"description":`)
		e.text(o.Description)
	}
	e.raw(`,"strict":true,"schema":`)
	e.raw(o.Schema)
	e.raw("}}")
	return nil
}

func (e *encoder) tools(c *chat.ToolConfig) {
	if c == nil {
		return
	}
	n := 0
	for i := range c.Tools {
		tool := &c.Tools[i]
		if tool.CachePoint != nil {
			continue
		}
		if n == 0 && !e.member("tools") {
			break
		}
		e.open(n)
		e.tool(tool)
		n++
	}
	if n == 0 {
		return
	}
	e.raw("]")
	e.choice(c.Choice)
}

func (e *encoder) tool(t *chat.Tool) {
	e.raw(`{"type":"function","function":{"name":`)
	e.text(t.Name)
	if t.Description != "" {
		e.raw(`,"description":`)
		e.text(t.Description)
	}
	if len(t.Schema) > 0 {
		e.raw(`,"parameters":`)
		e.b = append(e.b, t.Schema...)
	}
	if t.Strict != nil {
		e.raw(`,"strict":`)
		e.b = strconv.AppendBool(e.b, *t.Strict)
	}
	e.raw("}}")
}

func (e *encoder) choice(c chat.ToolChoice) {
	switch {
	case c.Mode == chat.ChoiceAny && e.member("tool_choice"):
		e.raw(`"required"`)
	case c.Mode == chat.ChoiceNone && e.member("tool_choice"):
		e.raw(`"none"`)
	case c.Mode == chat.ChoiceTool && e.member("tool_choice"):
		e.raw(`{"type":"function","function":{"name":`)
		e.text(c.Name)
		e.raw("}}")
	}
	if c.Serial && e.member("parallel_tool_calls") {
		e.raw("false")
	}
}

// open begins a list before its first element, and parts the others.
func (e *encoder) open(i int) {
	if i == 0 {
		e.raw("[")
	} else {
		e.raw(",")
	}
}
