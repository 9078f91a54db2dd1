package converse

import (
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// selectFields picks the members of the model's own answer that the pointers name, each where it stood.
// Pointers to nothing are ignored. A stop sequence that was met counts as the member stop_sequence.
func selectFields(all jsontext.Value, stopSequence string, paths []string) (jsontext.Value, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	fields, err := members(all)
	if err != nil {
		return nil, fault.Wrap(fault.ModelError, err, "The model's answer could not be read.")
	}
	if _, told := fields["stop_sequence"]; !told && stopSequence != "" {
		fields["stop_sequence"] = awswire.AppendString(nil, stopSequence)
	}
	var out any
	for _, path := range paths {
		tokens := slices.Collect(jsontext.Pointer(path).Tokens())
		if len(tokens) == 0 {
			continue
		}
		if v, found := lookUp(fields[tokens[0]], tokens[1:]); found {
			out = graft(out, tokens, v)
		}
	}
	if out == nil {
		return nil, nil
	}
	return json.Marshal(out, json.Deterministic(true))
}

// members takes an object apart; nothing is the empty object.
func members(object jsontext.Value) (map[string]jsontext.Value, error) {
	out := map[string]jsontext.Value{}
	if len(object) == 0 {
		return out, nil
	}
	return out, json.Unmarshal(object, &out)
}

// lookUp follows a pointer into a JSON value.
func lookUp(v jsontext.Value, tokens []string) (jsontext.Value, bool) {
	if len(v) == 0 || len(tokens) == 0 {
		return v, len(v) > 0
	}
	switch v.Kind() {
	case '{':
		object, err := members(v)
		if err != nil {
			return nil, false
		}
		return lookUp(object[tokens[0]], tokens[1:])
	case '[':
		var items []jsontext.Value
		i, err := strconv.Atoi(tokens[0])
		if err != nil || json.Unmarshal(v, &items) != nil || i < 0 || i >= len(items) {
			return nil, false
		}
		return lookUp(items[i], tokens[1:])
	}
	return nil, false
}

// graft puts v into the tree at the pointer, items of arrays as members named by their index. What a
// shorter pointer has selected already holds v, and stays.
func graft(tree any, tokens []string, v jsontext.Value) any {
	if len(tokens) == 0 {
		return v
	}
	object, ok := tree.(map[string]any)
	switch {
	case tree != nil && !ok:
		return tree
	case tree == nil:
		object = map[string]any{}
	}
	object[tokens[0]] = graft(object[tokens[0]], tokens[1:], v)
	return object
}
