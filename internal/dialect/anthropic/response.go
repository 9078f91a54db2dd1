package anthropic

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/fault"
)

// Envelope is what an answer says of the call beside the model's own words.
type Envelope = dialect.Envelope

// response is the body of an answer.
type response struct {
	ID           string         `json:"id"`
	Type         string         `json:"type"`
	Role         string         `json:"role"`
	Model        string         `json:"model"`
	Content      content        `json:"content"`
	StopReason   *string        `json:"stop_reason"`
	StopSequence *string        `json:"stop_sequence"`
	Usage        usage          `json:"usage"`
	Guardrail    string         `json:"amazon-bedrock-guardrailAction,omitzero"`
	Rest         jsontext.Value `json:",embed"`
}

type usage struct {
	Input      *int64      `json:"input_tokens,omitzero"`
	CacheWrite *int64      `json:"cache_creation_input_tokens,omitzero"`
	CacheRead  *int64      `json:"cache_read_input_tokens,omitzero"`
	Creation   *cacheSplit `json:"cache_creation,omitzero"`
	Output     int64       `json:"output_tokens"`
}

type cacheSplit struct {
	FiveMinutes int64 `json:"ephemeral_5m_input_tokens"`
	OneHour     int64 `json:"ephemeral_1h_input_tokens"`
}

// EncodeResponse writes a whole answer.
func EncodeResponse(r *chat.Response, env Envelope) ([]byte, error) {
	blocks, err := blocksOf(r.Content)
	if err != nil {
		return nil, fault.Wrap(fault.ModelError, err, "The model's answer has content that its own format cannot carry.")
	}
	w := response{
		ID: messageID(r.ID, env.Request), Type: "message", Role: string(chat.Assistant), Model: ShortName(env.Model),
		Content: blocks, StopReason: new(stopName(r.Stop)), StopSequence: pointer(r.StopSequence), Usage: usageOf(r.Usage, env.Caching),
	}
	if r.Stop == chat.GuardrailIntervened {
		w.Guardrail = "INTERVENED"
	}
	return marshal(&w, fault.ModelError, "The model's answer could not be written.")
}

// DecodeResponse reads an upstream's whole answer. Errors have the code ModelError.
func DecodeResponse(body []byte) (*chat.Response, error) {
	var w response
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, fault.Wrap(fault.ModelError, err, "The model's answer could not be read.")
	}
	if w.Type != "message" {
		return nil, fault.New(fault.ModelError, "The model's answer is not a message.")
	}
	r := &chat.Response{ID: w.ID, StopSequence: either(w.StopSequence), Usage: w.Usage.chat()}
	r.Stop = stopReason(either(w.StopReason))
	if w.Guardrail == "INTERVENED" {
		r.Stop = chat.GuardrailIntervened
	}
	for i := range w.Content {
		b, err := w.Content[i].answer()
		if err != nil {
			return nil, fault.Wrap(fault.ModelError, err, "The model's answer could not be read.")
		}
		r.Content = append(r.Content, b)
	}
	return r, nil
}

// answer reads one block of an answer, which may hold an empty text.
func (b *block) answer() (chat.Block, error) {
	if b.Type == "text" && b.Text != nil && *b.Text == "" {
		return chat.Text(""), nil
	}
	return b.chat(chat.Assistant)
}

// usageOf counts as Anthropic does; the cache keys appear only where caching applied.
func usageOf(u chat.Usage, caching bool) usage {
	out := usage{Input: &u.Input, Output: u.Output}
	if caching || u.CacheRead > 0 || u.CacheWrite() > 0 {
		out.CacheRead, out.CacheWrite = &u.CacheRead, new(u.CacheWrite())
		out.Creation = &cacheSplit{FiveMinutes: u.CacheWrite5m, OneHour: u.CacheWrite1h}
	}
	return out
}

// chat counts what was written to the cache without a lifetime as written for five minutes, the default.
func (u *usage) chat() chat.Usage {
	out := chat.Usage{Input: count(u.Input), Output: u.Output, CacheRead: count(u.CacheRead), CacheWrite5m: count(u.CacheWrite)}
	if u.Creation != nil {
		out.CacheWrite5m, out.CacheWrite1h = u.Creation.FiveMinutes, u.Creation.OneHour
	}
	return out
}

func count(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// stopName is the stop_reason for a reason of chat's.
func stopName(s chat.StopReason) string {
	switch s {
	case chat.StopToolUse, chat.MaxTokens, chat.StopSequence, chat.ContextExceeded:
		return string(s)
	case chat.ContentFiltered:
		return "refusal"
	default:
		return "end_turn"
	}
}

// stopReason is the reverse of stopName. A turn that paused for Anthropic's own tools counts as ended.
func stopReason(name string) chat.StopReason {
	switch name {
	case "tool_use", "max_tokens", "stop_sequence", "model_context_window_exceeded":
		return chat.StopReason(name)
	case "refusal":
		return chat.ContentFiltered
	default:
		return chat.EndTurn
	}
}

// messageID is the model's id of an answer, or one made from the request's id.
func messageID(own, request string) string {
	if own != "" {
		return own
	}
	return "msg_bdrk_" + strings.ReplaceAll(request, "-", "")
}

// ShortName is Anthropic's own name of a model, made from Bedrock's id: without the provider and the version.
func ShortName(model string) string {
	_, name, found := strings.Cut(model, "anthropic.")
	if !found {
		name = model
	}
	switch name {
	case "claude-v2":
		return "claude-2.0"
	case "claude-v2:1":
		return "claude-2.1"
	case "claude-instant-v1":
		return "claude-instant-1.2"
	}
	name, _, _ = strings.Cut(name, ":")
	if i := strings.LastIndex(name, "-v"); i > 0 && isDigits(name[i+2:]) {
		name = name[:i]
	}
	return name
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
