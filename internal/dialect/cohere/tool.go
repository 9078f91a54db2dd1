package cohere

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/fault"
)

type chatTool struct {
	Name        string               `json:"name"`
	Description string               `json:"description"`
	Parameters  map[string]parameter `json:"parameter_definitions,omitzero"`
}

// parameter is one parameter of a tool; its type is Python's.
type parameter struct {
	Description string `json:"description,omitzero"`
	Type        string `json:"type"`
	Required    bool   `json:"required,omitzero"`
}

// schema is what of a JSON schema a tool of this family can say. Comment keeps a type that JSON schema has no name for.
type schema struct {
	Type       string            `json:"type,omitzero"`
	Properties map[string]schema `json:"properties,omitzero"`
	Required   []string          `json:"required,omitzero"`
	Items      *schema           `json:"items,omitzero"`

	Description string         `json:"description,omitzero"`
	Comment     string         `json:"$comment,omitzero"`
	Rest        jsontext.Value `json:",embed"`
}

// types are Python's names of JSON's types.
var types = [...]struct{ python, json string }{
	{"str", "string"}, {"int", "integer"}, {"float", "number"}, {"bool", "boolean"}, {"dict", "object"}, {"list", "array"},
}

func toolsOf(tools []chatTool) (*chat.ToolConfig, error) {
	if len(tools) == 0 {
		return nil, nil
	}
	out := &chat.ToolConfig{Tools: make([]chat.Tool, len(tools))}
	for i := range tools {
		t := &tools[i]
		if t.Name == "" {
			return nil, malformed.Under(malformed.Missing("name"), i)
		}
		s := schema{Type: "object", Properties: map[string]schema{}}
		for name, p := range t.Parameters {
			if p.Type == "" {
				return nil, malformed.Under(malformed.Missing("type"), i, "parameter_definitions", name)
			}
			one := schemaOf(p.Type)
			one.Description = p.Description
			s.Properties[name] = one
			if p.Required {
				s.Required = append(s.Required, name)
			}
		}
		slices.Sort(s.Required)
		raw, err := json.Marshal(s, json.Deterministic(true))
		if err != nil {
			return nil, err
		}
		out.Tools[i] = chat.Tool{Name: t.Name, Description: t.Description, Schema: raw}
	}
	return out, nil
}

func schemaOf(python string) schema {
	for _, t := range types {
		if t.python == python {
			return schema{Type: t.json}
		}
	}
	if inner, ok := strings.CutPrefix(python, "List["); ok && strings.HasSuffix(inner, "]") {
		return schema{Type: "array", Items: new(schemaOf(strings.TrimSuffix(inner, "]")))}
	}
	return schema{Comment: python}
}

// written is the reverse of toolsOf. Schemas that say more than the family can are refused.
func written(c *chat.ToolConfig) ([]chatTool, error) {
	if c == nil {
		return nil, nil
	}
	if c.Choice.Mode == chat.ChoiceNone {
		return nil, nil // no tools are as good as forbidden ones
	}
	if c.Choice.Mode != chat.ChoiceAuto {
		return nil, fault.New(fault.Validation, "This model doesn't support the toolConfig.toolChoice.any and toolConfig.toolChoice.tool fields. Remove toolChoice and try again.")
	}
	var out []chatTool
	for i := range c.Tools {
		t := &c.Tools[i]
		if t.CachePoint != nil {
			continue
		}
		params, err := parameters(t)
		if err != nil {
			return nil, err
		}
		out = append(out, chatTool{Name: t.Name, Description: t.Description, Parameters: params})
	}
	return out, nil
}

func parameters(t *chat.Tool) (map[string]parameter, error) {
	var s schema
	if len(t.Schema) > 0 {
		if err := json.Unmarshal(t.Schema, &s); err != nil {
			return nil, fault.Wrap(fault.Validation, err, "The input schema of the tool %s has a form that this model's tools cannot have.", t.Name)
		}
	}
	if s.Type != "" && s.Type != "object" || s.Rest != nil || s.Items != nil {
		return nil, beyond(t.Name, "the schema", s.Rest)
	}
	if len(s.Properties) == 0 {
		return nil, nil
	}
	out := make(map[string]parameter, len(s.Properties))
	for name, p := range s.Properties {
		python, ok := p.python()
		if !ok {
			return nil, beyond(t.Name, "the property "+name, p.Rest)
		}
		out[name] = parameter{Description: p.Description, Type: python, Required: slices.Contains(s.Required, name)}
	}
	return out, nil
}

// beyond refuses a schema for what its format cannot say.
func beyond(tool, place string, rest jsontext.Value) error {
	return fault.New(fault.Validation, "This model's tools have parameters with a type, a description and whether they are required, and nothing else: in the tool %s, %s says more: %.200s", tool, place, rest)
}

func (s *schema) python() (string, bool) {
	if s.Rest != nil || s.Properties != nil || s.Required != nil {
		return "", false
	}
	switch {
	case s.Comment != "":
		return s.Comment, s.Type == ""
	case s.Type == "array" && s.Items != nil:
		inner, ok := s.Items.python()
		return "List[" + inner + "]", ok
	}
	for _, t := range types {
		if t.json == s.Type {
			return t.python, true
		}
	}
	return "", false
}
