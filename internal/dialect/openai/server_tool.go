package openai

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

type askedTool struct {
	Type     string         `json:"type"`
	Function *askedFunction `json:"function"`
}

type askedFunction struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Parameters  jsontext.Value `json:"parameters"`
	Strict      *bool          `json:"strict"`
}

// tools reads tools, tool_choice and parallel_tool_calls.
func (w *asked) tools(r *chat.Request) error {
	if len(w.Tools) == 0 {
		if given(w.ToolChoice) && string(w.ToolChoice) != `"none"` && string(w.ToolChoice) != `"auto"` {
			return malformed.At("tool_choice", "may only be specified while providing tools")
		}
		return nil
	}
	c := &chat.ToolConfig{Tools: make([]chat.Tool, len(w.Tools))}
	names := make(map[string]bool, len(w.Tools))
	for i := range w.Tools {
		var err error
		if c.Tools[i], err = w.Tools[i].chat(); err != nil {
			return malformed.Under(err, "tools", i)
		}
		if names[c.Tools[i].Name] {
			return unsupported("tools: Tool names must be unique, %s stands there twice.", c.Tools[i].Name)
		}
		names[c.Tools[i].Name] = true
	}
	var err error
	if c.Choice, err = toolChoice(w.ToolChoice, names); err != nil {
		return malformed.Under(err, "tool_choice")
	}
	c.Choice.Serial = w.Parallel != nil && !*w.Parallel
	r.Tools = c
	return nil
}

func (t *askedTool) chat() (chat.Tool, error) {
	switch {
	case t.Type != "function" && t.Type != "":
		return chat.Tool{}, malformed.At("type", "%s is not a valid enum value", t.Type)
	case t.Function == nil:
		return chat.Tool{}, malformed.Missing("function")
	case t.Function.Name == "":
		return chat.Tool{}, malformed.Under(malformed.Missing("name"), "function")
	}
	f := t.Function
	out := chat.Tool{Name: f.Name, Description: f.Description, Strict: f.Strict}
	if given(f.Parameters) {
		if f.Parameters.Kind() != '{' {
			return chat.Tool{}, malformed.Under(malformed.At("parameters", "expected type: JSONObject, found: %s", malformed.Found(f.Parameters.Kind())), "function")
		}
		out.Schema = f.Parameters
	}
	return out, nil
}

// toolChoice reads "auto", "none", "required" (Mistral: "any"), or one function by name.
func toolChoice(raw jsontext.Value, names map[string]bool) (chat.ToolChoice, error) {
	if !given(raw) {
		return chat.ToolChoice{}, nil
	}
	if raw.Kind() == '"' {
		switch word := plain(raw); word {
		case "auto":
			return chat.ToolChoice{}, nil
		case "none":
			return chat.ToolChoice{Mode: chat.ChoiceNone}, nil
		case "required", "any":
			return chat.ToolChoice{Mode: chat.ChoiceAny}, nil
		default:
			return chat.ToolChoice{}, malformed.New("%s is not a valid enum value", word)
		}
	}
	var t struct {
		Type     string `json:"type"`
		Function struct {
			Name string `json:"name"`
		} `json:"function"`
	}
	if err := json.Unmarshal(raw, &t); err != nil {
		return chat.ToolChoice{}, malformed.Seen(err)
	}
	switch {
	case t.Type != "function":
		return chat.ToolChoice{}, malformed.At("type", "%s is not a valid enum value", t.Type)
	case !names[t.Function.Name]:
		return chat.ToolChoice{}, unsupported("tool_choice: the tool '%s' is not among the tools of the request.", clip(t.Function.Name))
	}
	return chat.ToolChoice{Mode: chat.ChoiceTool, Name: t.Function.Name}, nil
}
