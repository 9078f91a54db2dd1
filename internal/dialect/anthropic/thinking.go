package anthropic

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

// leastBudget is the smallest budget of thinking tokens that Claude takes.
const leastBudget = 1024

type thinking struct {
	Type   string         `json:"type"`
	Budget *int           `json:"budget_tokens,omitzero"`
	Rest   jsontext.Value `json:",embed"`
}

type outputConfig struct {
	Effort *string        `json:"effort,omitzero"`
	Format *outputFormat  `json:"format,omitzero"`
	Rest   jsontext.Value `json:",embed"`
}

type outputFormat struct {
	Type   string         `json:"type"`
	Schema jsontext.Value `json:"schema,omitzero"`
	Rest   jsontext.Value `json:",embed"`
}

// thinking reads the two fields that steer reasoning and the form of the answer. What chat cannot say of
// them ("disabled", an effort without thinking, members of newer models) keeps the field in Extra.
func (w *request) thinking(r *chat.Request) error {
	whole, err := decodeThinking(w.Thinking, r)
	if err != nil {
		return malformed.Under(err, "thinking")
	}
	if !whole {
		r.Extra = withMember(r.Extra, "thinking", w.Thinking)
	}
	whole, err = decodeOutput(w.OutputConfig, r)
	if err != nil {
		return malformed.Under(err, "output_config")
	}
	if !whole {
		r.Extra = withMember(r.Extra, "output_config", w.OutputConfig)
	}
	return nil
}

// decodeThinking reports whether chat.Thinking says all of the field.
func decodeThinking(raw jsontext.Value, r *chat.Request) (whole bool, err error) {
	if !given(raw) {
		return true, nil
	}
	var t thinking
	if err := unmarshal(raw, &t); err != nil {
		return false, err
	}
	switch t.Type {
	case "":
		return false, malformed.Missing("type")
	case "disabled":
		return false, nil
	case "adaptive":
		r.Thinking = &chat.Thinking{}
		return t.Rest == nil && t.Budget == nil, nil
	case "enabled":
		return t.Rest == nil, t.enabled(r)
	}
	return false, malformed.At("type", "%s is not a valid enum value", t.Type)
}

func (t *thinking) enabled(r *chat.Request) error {
	switch {
	case t.Budget == nil:
		return malformed.Missing("budget_tokens")
	case *t.Budget < leastBudget:
		return malformed.At("budget_tokens", "%d is not greater or equal to %d", *t.Budget, leastBudget)
	}
	r.Thinking = &chat.Thinking{Budget: *t.Budget}
	return nil
}

// decodeOutput reports whether chat's words say all of the field.
func decodeOutput(raw jsontext.Value, r *chat.Request) (whole bool, err error) {
	if !given(raw) {
		return true, nil
	}
	var c outputConfig
	if err := unmarshal(raw, &c); err != nil {
		return false, err
	}
	whole = c.Rest == nil
	if c.Effort != nil {
		if r.Thinking != nil && *c.Effort != "" {
			r.Thinking.Effort = *c.Effort
		} else {
			whole = false
		}
	}
	if c.Format != nil {
		switch {
		case c.Format.Type != "json_schema":
			return false, malformed.Under(malformed.At("type", "%s is not a valid enum value", c.Format.Type), "format")
		case c.Format.Schema.Kind() != '{':
			return false, malformed.Under(malformed.Missing("schema"), "format")
		}
		r.Output = &chat.OutputSchema{Schema: string(c.Format.Schema)}
		whole = whole && c.Format.Rest == nil
	}
	return whole, nil
}

// unmarshal reads a value found inside a body, so that pointers in its errors start at that value.
func unmarshal(raw jsontext.Value, out any) error {
	return malformed.Seen(json.Unmarshal(raw, out))
}

// encodeThinking is the reverse of decodeThinking and decodeOutput.
func encodeThinking(w *request, r *chat.Request) error {
	var c outputConfig
	if t := r.Thinking; t != nil {
		field := thinking{Type: "adaptive"}
		if t.Budget > 0 {
			field = thinking{Type: "enabled", Budget: &t.Budget}
		}
		c.Effort = pointer(t.Effort)
		var err error
		if w.Thinking, err = json.Marshal(field); err != nil {
			return err
		}
	}
	if r.Output != nil {
		c.Format = &outputFormat{Type: "json_schema", Schema: jsontext.Value(r.Output.Schema)}
	}
	if c.Effort == nil && c.Format == nil {
		return nil
	}
	var err error
	w.OutputConfig, err = json.Marshal(c)
	return err
}
