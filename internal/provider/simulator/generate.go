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
	// maxSchema is the longest schema the simulator reads, in bytes.
	maxSchema = 256 << 10
	// maxSteps bounds the work on one schema, and with it the size of the value: hostile schemas grow
	// without end. A step is a value, or some tens of bytes read or written.
	maxSteps = 20_000
	// bytesPerStep is how many bytes of text count as one step.
	bytesPerStep = 64
	// partsPerStep is how many properties, listed values or alternatives count as one step.
	partsPerStep = 16
	// maxDepth bounds recursion. Below leanDepth only what is required is generated, so that
	// recursive schemas end early.
	maxDepth  = 64
	leanDepth = 4
	// maxTries is how often a value is made anew to differ from the ones before it.
	maxTries = 64
)

var (
	errTooLarge    = fmt.Errorf("it takes more than %d steps; lower minItems or minProperties, or nest less", maxSteps)
	errTooDeep     = fmt.Errorf("it requires values nested more than %d levels deep", maxDepth)
	errNothingFits = errors.New("two of its demands exclude each other")
)

// generator makes one value.
type generator struct {
	root  jsontext.Value
	dice  *dice
	steps int
	refs  map[string]schema // the references followed so far
}

// spend counts work and ends it when there was too much.
func (g *generator) spend(steps int) error {
	if g.steps += steps; g.steps > maxSteps {
		return errTooLarge
	}
	return nil
}

// generate makes a JSON value that fits a schema, the same for the same dice. preferred is the type
// where the schema leaves it open.
func generate(raw jsontext.Value, d *dice, preferred kind) (jsontext.Value, error) {
	s, err := parse(raw)
	if err != nil {
		return nil, err
	}
	g := &generator{root: raw, dice: d, refs: make(map[string]schema)}
	return g.value(nil, s, preferred, 0, false)
}

func parse(raw jsontext.Value) (schema, error) {
	var s schema
	if len(raw) > maxSchema {
		return s, fmt.Errorf("the schema has %d bytes, the simulator reads at most %d", len(raw), maxSchema)
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("the schema cannot be read: %w", err)
	}
	return s, nil
}

// value appends a value that fits s to out; a lean object has only what is required. An error of one
// alternative lets the next be tried; one that ends the whole work is errTooLarge.
func (g *generator) value(out []byte, s schema, preferred kind, depth int, lean bool) ([]byte, error) {
	if err := g.spend(1); err != nil {
		return nil, err
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
	return g.plain(out, s, preferred, depth, lean)
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
			part, err := g.flatten(parts[i], depth)
			if err != nil {
				return s, err
			}
			if err := g.spend(1 + (s.size()+part.size())/partsPerStep); err != nil {
				return s, err
			}
			s = s.with(&part)
		}
	}
	return s, nil
}

// resolve follows a reference inside the schema, such as "#/$defs/point".
func (g *generator) resolve(ref string) (schema, error) {
	if known, ok := g.refs[ref]; ok {
		return known, nil
	}
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok || pointer != "" && pointer[0] != '/' {
		return schema{}, fmt.Errorf("the reference %q leads out of the schema", ref)
	}
	at := g.root
	for step := range jsontext.Pointer(pointer).Tokens() {
		if err := g.spend(1 + len(at)/bytesPerStep/bytesPerStep); err != nil {
			return schema{}, err
		}
		var members map[string]jsontext.Value
		if err := json.Unmarshal(at, &members); err != nil || members[step] == nil {
			return schema{}, fmt.Errorf("the reference %q leads nowhere", ref)
		}
		at = members[step]
	}
	s, err := parse(at)
	g.refs[ref] = s
	return s, err
}

// alternative tries the branches of anyOf or oneOf in order, null last. Only what is required is
// generated, so that a value seldom fits two branches of a oneOf.
func (g *generator) alternative(out []byte, s schema, preferred kind, depth int) ([]byte, error) {
	branches := s.OneOf
	if len(branches) > 0 {
		s.OneOf = nil
	} else {
		branches, s.AnyOf = s.AnyOf, nil
	}
	failed := error(errNothingFits)
	for _, null := range []bool{false, true} {
		for i := range branches {
			if branches[i].isNull() != null {
				continue
			}
			if err := g.spend((s.size() + branches[i].size()) / partsPerStep); err != nil {
				return nil, err
			}
			whole, err := g.value(out, s.with(&branches[i]), preferred, depth+1, true)
			if err == nil || errors.Is(err, errTooLarge) {
				return whole, err
			}
			failed = err
		}
	}
	return nil, failed
}

// plain makes a value of a schema without references and alternatives.
func (g *generator) plain(out []byte, s schema, preferred kind, depth int, lean bool) ([]byte, error) {
	switch {
	case s.never:
		return nil, errNothingFits
	case s.Const != nil && s.Enum != nil:
		return g.fixed(out, s, both(s.Enum, []jsontext.Value{s.Const}))
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
	value := pick(g.dice, fitting)
	return append(out, value...), g.spend(len(value)/bytesPerStep + len(values)/partsPerStep)
}

// allows reports whether a listed value has one of the schema's types.
func (s *schema) allows(v jsontext.Value) bool {
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
