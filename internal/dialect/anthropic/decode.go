package anthropic

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/fault"
)

// DecodeRequest reads the body of an InvokeModel call. Every error is a *fault.Error with the code Validation.
func DecodeRequest(body []byte) (*chat.Request, error) {
	var w request
	if err := json.Unmarshal(body, &w, json.RejectUnknownMembers(true)); err != nil {
		return nil, malformed.Fault(err)
	}
	if err := w.check(); err != nil {
		return nil, malformed.Fault(err)
	}
	r, err := w.chat()
	if err != nil {
		return nil, malformed.Fault(err)
	}
	return r, nil
}

// check is the schema of the body's top: what must be there, what must not, and the ranges of numbers.
func (w *request) check() error {
	switch {
	case w.Model != nil:
		return malformed.Extraneous("model")
	case w.Stream != nil:
		return malformed.Extraneous("stream")
	case w.Reasoning != nil:
		return malformed.Extraneous("reasoning_config")
	case w.Version == nil:
		return malformed.Missing("anthropic_version")
	case w.MaxTokens == nil:
		return malformed.Missing("max_tokens")
	case *w.MaxTokens < 1:
		return malformed.At("max_tokens", "%d is not greater or equal to 1", *w.MaxTokens)
	case w.TopK != nil && *w.TopK < 0:
		return malformed.At("top_k", "%d is not greater or equal to 0", *w.TopK)
	case w.Messages == nil:
		return malformed.Missing("messages")
	case len(w.Messages) == 0:
		return fault.New(fault.Validation, "messages: at least one message is required")
	}
	return cmp.Or(dialect.Between("temperature", w.Temperature, 0, 1), dialect.Between("top_p", w.TopP, 0, 1))
}

// chat turns a checked body into chat's words.
func (w *request) chat() (*chat.Request, error) {
	r := &chat.Request{
		Inference: chat.Inference{
			MaxTokens: w.MaxTokens, Temperature: w.Temperature, TopP: w.TopP, TopK: w.TopK, Stop: w.StopSequences,
		},
		Extra: w.Rest,
	}
	var err error
	if *w.Version != Version {
		r.Extra = withMember(r.Extra, "anthropic_version", quote(*w.Version))
	}
	if r.System, err = w.System.system(); err != nil {
		return nil, malformed.Under(err, "system")
	}
	if r.Messages, err = turns(w.Messages); err != nil {
		return nil, malformed.Under(err, "messages")
	}
	if err := w.tools(r); err != nil {
		return nil, err
	}
	return r, w.thinking(r)
}

// turns reads the messages.
func turns(ms []message) ([]chat.Message, error) {
	out := make([]chat.Message, len(ms))
	for i, m := range ms {
		if m.Role != string(chat.User) && m.Role != string(chat.Assistant) {
			return nil, malformed.Under(malformed.At("role", "%s is not a valid enum value", m.Role), i)
		}
		if i == 0 && m.Role != string(chat.User) {
			return nil, fault.New(fault.Validation, `messages: first message must use the "user" role`)
		}
		if len(m.Content) == 0 && (m.Role == string(chat.User) || i < len(ms)-1) {
			return nil, fault.New(fault.Validation,
				"messages.%d: all messages must have non-empty content except for the optional final assistant message", i)
		}
		blocks, err := m.Content.blocks(chat.Role(m.Role))
		if err != nil {
			return nil, malformed.Under(err, i, "content")
		}
		out[i] = chat.Message{Role: chat.Role(m.Role), Content: blocks}
	}
	return out, nil
}

// toolName is the form of a tool's name.
var toolName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`)

// tools reads tools and tool_choice. The whole list stays in Extra when a tool has fields of newer models.
func (w *request) tools(r *chat.Request) error {
	if len(w.Tools) == 0 {
		if w.ToolChoice != nil {
			return fault.New(fault.Validation, "tool_choice: may only be specified while providing tools")
		}
		return nil
	}
	c := &chat.ToolConfig{Tools: make([]chat.Tool, 0, len(w.Tools))}
	names := make(map[string]bool, len(w.Tools))
	for i := range w.Tools {
		t := &w.Tools[i]
		if err := t.check(); err != nil {
			return malformed.Under(err, "tools", i)
		}
		if names[t.Name] {
			return fault.New(fault.Validation, "tools: Tool names must be unique.")
		}
		names[t.Name] = true
		c.Tools = append(c.Tools, chat.Tool{Name: t.Name, Description: t.Description, Schema: t.InputSchema, Strict: t.Strict})
		if t.CacheControl != nil {
			point, err := t.CacheControl.chat()
			if err != nil {
				return malformed.Under(err, "tools", i, "cache_control")
			}
			c.Tools = append(c.Tools, chat.Tool{CachePoint: point})
		}
	}
	var err error
	if c.Choice, err = w.ToolChoice.chat(names); err != nil {
		return malformed.Under(err, "tool_choice")
	}
	r.Tools = c
	if slices.ContainsFunc(w.Tools, func(t tool) bool { return t.Rest != nil }) {
		whole, err := json.Marshal(w.Tools)
		if err != nil {
			return err
		}
		r.Extra = withMember(r.Extra, "tools", whole)
	}
	return nil
}

func (t *tool) check() error {
	switch {
	case t.Type != "" && t.Type != "custom":
		return fault.New(fault.Validation,
			"The tool type %q runs on Anthropic's own servers and is not supported here. Only custom tools with an input_schema are.", t.Type)
	case t.Name == "":
		return malformed.Missing("name")
	case !toolName.MatchString(t.Name):
		return malformed.At("name", "string [%s] does not match pattern %s", t.Name, toolName)
	case t.InputSchema == nil:
		return malformed.Missing("input_schema")
	case t.InputSchema.Kind() != '{':
		return malformed.At("input_schema", "expected type: JSONObject, found: %s", malformed.Found(t.InputSchema.Kind()))
	}
	return nil
}

// chat reads the choice among tools of the given names.
func (c *toolChoice) chat(names map[string]bool) (chat.ToolChoice, error) {
	if c == nil {
		return chat.ToolChoice{}, nil
	}
	out := chat.ToolChoice{Serial: c.Serial}
	if c.Type != "tool" && c.Name != "" {
		return out, malformed.Extraneous("name")
	}
	switch c.Type {
	case "auto":
		out.Mode = chat.ChoiceAuto
	case "any":
		out.Mode = chat.ChoiceAny
	case "none":
		out.Mode = chat.ChoiceNone
	case "tool":
		if c.Name == "" {
			return out, malformed.Missing("name")
		}
		if !names[c.Name] {
			return out, fault.New(fault.Validation, "tool_choice: Tool '%s' not found in provided tools", c.Name)
		}
		out.Mode, out.Name = chat.ChoiceTool, c.Name
	case "":
		return out, malformed.Missing("type")
	default:
		return out, malformed.At("type", "%s is not a valid enum value", c.Type)
	}
	return out, nil
}

func (c *cacheControl) chat() (*chat.CachePoint, error) {
	switch {
	case c.Type == "":
		return nil, malformed.Missing("type")
	case c.Type != "ephemeral":
		return nil, malformed.At("type", "%s is not a valid enum value", c.Type)
	case c.TTL != "" && c.TTL != "5m" && c.TTL != "1h":
		return nil, malformed.At("ttl", "%s is not a valid enum value", c.TTL)
	}
	return &chat.CachePoint{TTL: c.TTL}, nil
}

// withMember adds a member to a JSON object that lacks it; nil is the empty object.
func withMember(object jsontext.Value, name string, value []byte) jsontext.Value {
	out := jsontext.Value("{")
	if body, ok := strings.CutSuffix(strings.TrimSpace(string(object)), "}"); ok && len(strings.TrimSpace(body)) > 1 {
		out = append(jsontext.Value(body), ',')
	}
	out = append(append(out, quote(name)...), ':')
	return append(append(out, value...), '}')
}

// quote is s as a JSON string. Text that is no UTF-8 has its bad bytes replaced.
func quote(s string) []byte {
	b, _ := jsontext.AppendQuote(nil, s)
	return b
}
