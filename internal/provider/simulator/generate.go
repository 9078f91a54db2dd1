package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxNodes bounds the work on one schema: hostile ones grow without end.
	maxNodes = 20_000
	// maxDepth bounds recursion. Below leanDepth only what is required is generated, so that
	// recursive schemas end early.
	maxDepth  = 64
	leanDepth = 4
	// maxTries is how often a value is made anew to differ from the ones before it.
	maxTries = 64
)

var (
	errTooLarge    = fmt.Errorf("it takes more than %d steps; lower minItems or minProperties, or nest less", maxNodes)
	errTooDeep     = fmt.Errorf("it requires values nested more than %d levels deep", maxDepth)
	errNothingFits = errors.New("two of its demands exclude each other")
)

// generator makes one value.
type generator struct {
	root  jsontext.Value
	dice  *dice
	nodes int
}

// generate makes a JSON value that fits a schema, the same for the same dice. preferred is the type
// where the schema leaves it open.
func generate(raw jsontext.Value, d *dice, preferred kind) (jsontext.Value, error) {
	s, err := parse(raw)
	if err != nil {
		return nil, err
	}
	g := &generator{root: raw, dice: d}
	out, err := g.value(nil, s, preferred, 0)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func parse(raw jsontext.Value) (schema, error) {
	var s schema
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("the schema cannot be read: %w", err)
	}
	return s, nil
}

// value appends a value that fits s to out. An error of one alternative lets the next be tried; one
// that ends the whole work is errTooLarge.
func (g *generator) value(out []byte, s schema, preferred kind, depth int) ([]byte, error) {
	if g.nodes++; g.nodes > maxNodes {
		return nil, errTooLarge
	}
	if depth > maxDepth {
		return nil, errTooDeep
	}
	s, err := g.flatten(s, depth)
	if err != nil {
		return nil, err
	}
	if len(s.AnyOf) > 0 || len(s.OneOf) > 0 {
		return g.alternative(out, s, preferred, depth)
	}
	return g.plain(out, s, preferred, depth, false)
}

// flatten follows references and joins allOf until neither is left.
func (g *generator) flatten(s schema, depth int) (schema, error) {
	for s.Ref != "" || len(s.AllOf) > 0 {
		if depth++; depth > maxDepth {
			return s, errTooDeep
		}
		parts := s.AllOf
		if s.Ref != "" {
			target, err := g.resolve(s.Ref)
			if err != nil {
				return s, err
			}
			parts = append([]schema{target}, parts...)
		}
		s.Ref, s.AllOf = "", nil
		for i := range parts {
			if g.nodes++; g.nodes > maxNodes {
				return s, errTooLarge
			}
			part, err := g.flatten(parts[i], depth)
			if err != nil {
				return s, err
			}
			s = s.with(&part)
		}
	}
	return s, nil
}

// resolve follows a reference inside the schema, such as "#/$defs/point".
func (g *generator) resolve(ref string) (schema, error) {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok || pointer != "" && pointer[0] != '/' {
		return schema{}, fmt.Errorf("the reference %q leads out of the schema", ref)
	}
	at := g.root
	for step := range jsontext.Pointer(pointer).Tokens() {
		if g.nodes++; g.nodes > maxNodes {
			return schema{}, errTooLarge
		}
		var members map[string]jsontext.Value
		if err := json.Unmarshal(at, &members); err != nil || members[step] == nil {
			return schema{}, fmt.Errorf("the reference %q leads nowhere", ref)
		}
		at = members[step]
	}
	return parse(at)
}

// alternative tries the branches of anyOf and oneOf in order, null last. Only what is required is
// generated, so that a value seldom fits two branches of a oneOf.
func (g *generator) alternative(out []byte, s schema, preferred kind, depth int) ([]byte, error) {
	branches := s.OneOf
	if len(branches) > 0 {
		s.OneOf = nil
	} else {
		branches, s.AnyOf = s.AnyOf, nil
	}
	last := error(errNothingFits)
	for _, null := range []bool{false, true} {
		for i := range branches {
			if isNull := len(branches[i].Type) == 1 && branches[i].Type[0] == kindNull; isNull != null {
				continue
			}
			whole, err := g.flatten(s.with(&branches[i]), depth)
			if err == nil && (len(whole.AnyOf) > 0 || len(whole.OneOf) > 0) {
				if depth > maxDepth {
					return nil, errTooDeep
				}
				var v []byte
				if v, err = g.alternative(out, whole, preferred, depth+1); err == nil {
					return v, nil
				}
			} else if err == nil {
				var v []byte
				if v, err = g.plain(out, whole, preferred, depth, true); err == nil {
					return v, nil
				}
			}
			if g.nodes++; g.nodes > maxNodes {
				return nil, errTooLarge
			}
			last = err
		}
	}
	return nil, last
}

// plain makes a value of a schema without references and alternatives.
func (g *generator) plain(out []byte, s schema, preferred kind, depth int, lean bool) ([]byte, error) {
	switch {
	case s.never:
		return nil, errNothingFits
	case s.Const != nil:
		return g.fixed(out, s, []jsontext.Value{s.Const})
	case s.Enum != nil:
		return g.fixed(out, s, s.Enum)
	}
	switch k := s.kind(preferred); k {
	case kindObject:
		return g.object(out, s, depth, lean || depth >= leanDepth)
	case kindArray:
		return g.array(out, s, depth)
	case kindString:
		return g.text(out, s)
	case kindInteger, kindNumber:
		return g.number(out, s, k == kindInteger)
	case kindBoolean:
		if g.dice.below(2) == 0 {
			return append(out, "false"...), nil
		}
		return append(out, "true"...), nil
	case kindNull:
		return append(out, "null"...), nil
	case "nothing":
		return nil, errNothingFits
	default:
		return nil, fmt.Errorf("%q is no JSON type", k)
	}
}

// fixed picks one of the values a schema lists, among those of a type it allows.
func (g *generator) fixed(out []byte, s schema, values []jsontext.Value) ([]byte, error) {
	fitting := slices.DeleteFunc(slices.Clone(values), func(v jsontext.Value) bool { return !s.allows(v) })
	if len(fitting) == 0 {
		return nil, errNothingFits
	}
	return append(out, pick(g.dice, fitting)...), nil
}

// allows reports whether a listed value has one of the schema's types, and is in its enumeration
// when it stands beside one.
func (s *schema) allows(v jsontext.Value) bool {
	if s.Enum != nil && !slices.ContainsFunc(s.Enum, func(e jsontext.Value) bool { return string(e) == string(v) }) {
		return false
	}
	if len(s.Type) == 0 {
		return true
	}
	is := kindNumber
	switch v.Kind() {
	case 'n':
		is = kindNull
	case 't', 'f':
		is = kindBoolean
	case '"':
		is = kindString
	case '{':
		is = kindObject
	case '[':
		is = kindArray
	default:
		if !strings.ContainsAny(string(v), ".eE") {
			return slices.Contains(s.Type, kindInteger) || slices.Contains(s.Type, kindNumber)
		}
	}
	return slices.Contains(s.Type, is)
}

// appendString appends a JSON string. Names and texts come from valid JSON or are ASCII.
func appendString(out []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(out, s)
	if err != nil {
		return append(out, `""`...)
	}
	return quoted
}
