package responses

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

type tool struct {
	Type        string         `json:"type"`
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Parameters  jsontext.Value `json:"parameters"`
	Strict      *bool          `json:"strict"`
}

// tools reads tools, tool_choice and parallel_tool_calls.
func (w *request) tools() (*chat.ToolConfig, error) {
	if len(w.Tools) == 0 {
		if word := string(w.ToolChoice); given(w.ToolChoice) && word != `"none"` && word != `"auto"` {
			return nil, malformed.At("tool_choice", "may only be specified while providing tools")
		}
		return nil, nil
	}
	c := &chat.ToolConfig{Tools: make([]chat.Tool, len(w.Tools))}
	names := make(map[string]bool, len(w.Tools))
	for i, raw := range w.Tools {
		var t tool
		if err := json.Unmarshal(raw, &t); err != nil {
			return nil, malformed.Under(malformed.Seen(err), "tools", i)
		}
		var err error
		if c.Tools[i], err = t.chat(); err != nil {
			return nil, malformed.Under(err, "tools", i)
		}
		if names[t.Name] {
			return nil, refuse("tools: Tool names must be unique, " + clip(t.Name) + " stands there twice.")
		}
		names[t.Name] = true
	}
	var err error
	if c.Choice, err = choice(w.ToolChoice, names); err != nil {
		return nil, malformed.Under(err, "tool_choice")
	}
	c.Choice.Serial = w.Parallel != nil && !*w.Parallel
	return c, nil
}

func (t *tool) chat() (chat.Tool, error) {
	switch {
	case t.Type == "":
		return chat.Tool{}, malformed.Missing("type")
	case t.Type != "function":
		return chat.Tool{}, refuse("The tool type " + clip(t.Type) + " runs on OpenAI's own servers and is not supported here. Only tools of the type function are.")
	case t.Name == "":
		return chat.Tool{}, malformed.Missing("name")
	}
	out := chat.Tool{Name: t.Name, Description: t.Description, Strict: t.Strict}
	if given(t.Parameters) {
		if t.Parameters.Kind() != '{' {
			return chat.Tool{}, malformed.At("parameters", "expected type: JSONObject, found: %s", malformed.Found(t.Parameters.Kind()))
		}
		out.Schema = t.Parameters
	}
	return out, nil
}

// choice reads "auto", "none", "required", or one function by name.
func choice(raw jsontext.Value, names map[string]bool) (chat.ToolChoice, error) {
	switch {
	case !given(raw):
		return chat.ToolChoice{}, nil
	case raw.Kind() == '"':
		switch word := string(raw); word {
		case `"auto"`:
			return chat.ToolChoice{}, nil
		case `"none"`:
			return chat.ToolChoice{Mode: chat.ChoiceNone}, nil
		case `"required"`:
			return chat.ToolChoice{Mode: chat.ChoiceAny}, nil
		default:
			return chat.ToolChoice{}, malformed.New("%s is not a valid enum value", word)
		}
	}
	var t struct {
		Type string `json:"type"`
		Name string `json:"name"`
	}
	if err := json.Unmarshal(raw, &t); err != nil {
		return chat.ToolChoice{}, malformed.Seen(err)
	}
	switch {
	case t.Type != "function":
		return chat.ToolChoice{}, malformed.At("type", "%s is not a valid enum value", t.Type)
	case !names[t.Name]:
		return chat.ToolChoice{}, refuse("tool_choice: the tool " + clip(t.Name) + " is not among the tools of the request.")
	}
	return chat.ToolChoice{Mode: chat.ChoiceTool, Name: t.Name}, nil
}
