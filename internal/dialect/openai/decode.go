package openai

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/tokens"
)

// lenient reads what servers write with less care than they should.
func lenient() json.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// unreadable is an answer that is not what the dialect says. Another server may do better.
func unreadable(cause error) error {
	return fault.Wrap(fault.ServiceUnavailable, cause, "The model's answer could not be read. Try your request again.")
}

// NewID makes the id of a tool use that has none, or one that Bedrock's API cannot carry. It must match
// [a-zA-Z0-9_.:-]{1,64} and be different each time.
type NewID func() string

// response is the body of an answer that is not streamed.
type response struct {
	ID      string   `json:"id"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage"`
	Error   apiError `json:"error"`
}

type choice struct {
	Message struct {
		Content          content `json:"content"`
		Refusal          content `json:"refusal"`
		ReasoningContent content `json:"reasoning_content"` // vLLM, llama.cpp
		Reasoning        content `json:"reasoning"`         // Ollama, newer vLLM
		ToolCalls        []struct {
			ID       string `json:"id"`
			Function struct {
				Name      string  `json:"name"`
				Arguments content `json:"arguments"`
			} `json:"function"`
		} `json:"tool_calls"`
	} `json:"message"`
	FinishReason string   `json:"finish_reason"`
	StopReason   sequence `json:"stop_reason"`
}

// DecodeResponse reads a whole answer. When the server reported no usage, the output is estimated from the text, the
// input is left to the caller, and the usage says that it is estimated. An error object in place of an answer, and an
// answer that cannot be read, are *fault.Error.
func DecodeResponse(data []byte, newID NewID) (*chat.Response, error) {
	var r response
	if err := json.Unmarshal(data, &r, lenient()); err != nil {
		return nil, unreadable(err)
	}
	if r.Error.present {
		return nil, r.Error.fault()
	}
	if len(r.Choices) == 0 {
		return nil, fault.New(fault.ModelError, "The model returned no answer.")
	}
	c := &r.Choices[0]
	answer := &chat.Response{ID: r.ID, Usage: r.Usage.chat()}
	size, err := c.blocks(answer, newID)
	if err != nil {
		return nil, err
	}
	if answer.Usage.Estimated {
		answer.Usage.Output = tokens.InBytes(int64(size))
	}
	answer.Stop, answer.StopSequence = stop(c.FinishReason, string(c.StopReason), len(c.Message.ToolCalls) > 0)
	return answer, nil
}

// blocks fills in the content and returns its size in bytes.
func (c *choice) blocks(answer *chat.Response, newID NewID) (size int, err error) {
	m := &c.Message
	if thought := string(m.ReasoningContent + m.Reasoning); thought != "" {
		if m.ReasoningContent != "" {
			thought = string(m.ReasoningContent) // some servers send both names for one text
		}
		size += len(thought)
		answer.Content = append(answer.Content, chat.Block{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: thought}})
	}
	if text := string(m.Content + m.Refusal); text != "" {
		size += len(text)
		answer.Content = append(answer.Content, chat.Text(text))
	}
	for _, t := range m.ToolCalls {
		input := jsontext.Value(t.Function.Arguments)
		if len(input) == 0 {
			input = jsontext.Value("{}")
		}
		if !input.IsValid() {
			return 0, fault.New(fault.ModelError, "The model called the tool '%s' with an input that is not JSON.", t.Function.Name)
		}
		size += len(input) + len(t.Function.Name)
		answer.Content = append(answer.Content, chat.Block{
			Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: usableID(t.ID, newID), Name: t.Function.Name, Input: input},
		})
	}
	return size, nil
}

// stop translates why a model stopped. Some servers say "stop" although they call tools; vLLM says which stop
// sequence it met.
func stop(reason, met string, calls bool) (chat.StopReason, string) {
	switch reason {
	case "length":
		return chat.MaxTokens, ""
	case "content_filter":
		return chat.ContentFiltered, ""
	case "tool_calls", "function_call":
		return chat.StopToolUse, ""
	}
	if calls {
		return chat.StopToolUse, ""
	}
	if met != "" {
		return chat.StopSequence, met
	}
	return chat.EndTurn, ""
}

// usableID keeps an id that Bedrock's API can carry, and replaces every other. Both sides of the conversation see the
// replacement, so it never has to be undone.
func usableID(id string, newID NewID) string {
	if id == "" || len(id) > 64 {
		return newID()
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '.', c == ':', c == '-':
		default:
			return newID()
		}
	}
	return id
}

// usage is what a server counted. Cached tokens are part of its prompt tokens.
type usage struct {
	Prompt     int64 `json:"prompt_tokens"`
	Completion int64 `json:"completion_tokens"`
	Details    struct {
		Cached int64 `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
}

// chat counts as Bedrock does: input without what was read from a cache. No usage at all is an estimate of nothing.
func (u *usage) chat() chat.Usage {
	if u == nil || u.Prompt == 0 && u.Completion == 0 {
		return chat.Usage{Estimated: true}
	}
	cached := min(max(u.Details.Cached, 0), max(u.Prompt, 0))
	return chat.Usage{Input: max(u.Prompt, 0) - cached, Output: max(u.Completion, 0), CacheRead: cached}
}

// content is a text that some servers write as null, as a list of parts, or, for a tool's arguments, as the JSON
// value itself.
type content string

// UnmarshalJSONFrom reads any of the forms.
func (c *content) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	raw, err := d.ReadValue()
	if err != nil {
		return err
	}
	switch raw.Kind() {
	case '"':
		text, err := jsontext.AppendUnquote(nil, raw)
		if err == nil || len(text) > 0 {
			*c = content(text)
		}
	case '[':
		var parts []struct {
			Text content `json:"text"`
		}
		if err := json.Unmarshal(raw, &parts, lenient()); err != nil {
			return err
		}
		for _, p := range parts {
			*c += p.Text
		}
	case 'n':
	default:
		*c = content(raw)
	}
	return nil
}

// sequence is vLLM's stop_reason when that is the stop sequence that was met; the number of a token is none.
type sequence string

// UnmarshalJSONFrom keeps strings alone.
func (s *sequence) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	raw, err := d.ReadValue()
	if err == nil && raw.Kind() == '"' {
		*s = sequence(plain(raw))
	}
	return err
}
