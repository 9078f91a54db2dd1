package simulator

import (
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// validate is a small JSON Schema validator that shares nothing with the generator: it works on maps.
func validate(schema string, value jsontext.Value) error {
	var s, v any
	if err := json.Unmarshal([]byte(schema), &s); err != nil {
		return err
	}
	if err := json.Unmarshal(value, &v); err != nil {
		return err
	}
	return (&validator{root: s}).check(s, v)
}

type validator struct{ root any }

func (c *validator) check(schema, v any) error {
	s, ok := schema.(map[string]any)
	if !ok {
		if schema == true {
			return nil
		}
		return fmt.Errorf("%v: false allows nothing", v)
	}
	if ref, ok := s["$ref"].(string); ok {
		if err := c.check(c.lookup(ref), v); err != nil {
			return err
		}
	}
	if want, ok := s["const"]; ok && !reflect.DeepEqual(want, v) {
		return fmt.Errorf("%v is not the constant %v", v, want)
	}
	if want, ok := s["enum"].([]any); ok && !slices.ContainsFunc(want, func(e any) bool { return reflect.DeepEqual(e, v) }) {
		return fmt.Errorf("%v is none of %v", v, want)
	}
	if t, ok := s["type"]; ok && !hasType(t, v) {
		return fmt.Errorf("%v is not of type %v", v, t)
	}
	if err := c.combined(s, v); err != nil {
		return err
	}
	switch v := v.(type) {
	case map[string]any:
		return c.object(s, v)
	case []any:
		return c.array(s, v)
	case string:
		return text(s, v)
	case float64:
		return number(s, v)
	}
	return nil
}

func (c *validator) lookup(ref string) any {
	at := c.root
	for step := range jsontext.Pointer(strings.TrimPrefix(ref, "#")).Tokens() {
		at = at.(map[string]any)[step]
	}
	return at
}

func (c *validator) combined(s map[string]any, v any) error {
	fits := func(key string) (fitting, all int) {
		branches, _ := s[key].([]any)
		for _, b := range branches {
			if c.check(b, v) == nil {
				fitting++
			}
		}
		return fitting, len(branches)
	}
	if n, all := fits("allOf"); n != all {
		return fmt.Errorf("%v fits %d of %d in allOf", v, n, all)
	}
	if n, all := fits("anyOf"); n == 0 && all > 0 {
		return fmt.Errorf("%v fits none of anyOf", v)
	}
	if n, all := fits("oneOf"); n != 1 && all > 0 {
		return fmt.Errorf("%v fits %d of oneOf", v, n)
	}
	return nil
}

func (c *validator) object(s map[string]any, v map[string]any) error {
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := v[name.(string)]; !ok {
			return fmt.Errorf("%v lacks %v", v, name)
		}
	}
	if n, ok := s["minProperties"].(float64); ok && len(v) < int(n) {
		return fmt.Errorf("%v has fewer than %v members", v, n)
	}
	for name, member := range v {
		rule, listed := properties[name]
		if !listed {
			if rule, listed = s["additionalProperties"]; !listed {
				continue
			}
		}
		if err := c.check(rule, member); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (c *validator) array(s map[string]any, v []any) error {
	if n, ok := s["minItems"].(float64); ok && len(v) < int(n) {
		return fmt.Errorf("%v is shorter than %v", v, n)
	}
	if n, ok := s["maxItems"].(float64); ok && len(v) > int(n) {
		return fmt.Errorf("%v is longer than %v", v, n)
	}
	prefix, _ := s["prefixItems"].([]any)
	for i, item := range v {
		rule, ok := s["items"]
		if i < len(prefix) {
			rule, ok = prefix[i], true
		}
		if ok {
			if err := c.check(rule, item); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		if s["uniqueItems"] == true && slices.ContainsFunc(v[:i], func(e any) bool { return reflect.DeepEqual(e, item) }) {
			return fmt.Errorf("%v is there twice", item)
		}
	}
	return nil
}

func text(s map[string]any, v string) error {
	n := float64(utf8.RuneCountInString(v))
	if low, ok := s["minLength"].(float64); ok && n < low {
		return fmt.Errorf("%q is shorter than %v", v, low)
	}
	if high, ok := s["maxLength"].(float64); ok && n > high {
		return fmt.Errorf("%q is longer than %v", v, high)
	}
	if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v) {
		return fmt.Errorf("%q does not match %s", v, p)
	}
	var err error
	switch s["format"] {
	case "date-time":
		_, err = time.Parse(time.RFC3339, v)
	case "date":
		_, err = time.Parse(time.DateOnly, v)
	case "ipv4":
		_, err = netip.ParseAddr(v)
	case "uuid":
		if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(v) {
			err = fmt.Errorf("%q is no version 4 UUID", v)
		}
	case "email":
		if !strings.Contains(v, "@") {
			err = fmt.Errorf("%q is no address", v)
		}
	}
	return err
}

func number(s map[string]any, v float64) error {
	minimum, above := s["minimum"].(float64)
	maximum, below := s["maximum"].(float64)
	if above && (v < minimum || v == minimum && s["exclusiveMinimum"] == true) || below && v > maximum {
		return fmt.Errorf("%v is out of bounds", v)
	}
	if low, ok := s["exclusiveMinimum"].(float64); ok && v <= low {
		return fmt.Errorf("%v is not above %v", v, low)
	}
	if high, ok := s["exclusiveMaximum"].(float64); ok && v >= high {
		return fmt.Errorf("%v is not below %v", v, high)
	}
	if m, ok := s["multipleOf"].(float64); ok {
		if q := v / m; math.Abs(q-math.Round(q)) > 1e-6 {
			return fmt.Errorf("%v is no multiple of %v", v, m)
		}
	}
	return nil
}

func hasType(t, v any) bool {
	if list, ok := t.([]any); ok {
		return slices.ContainsFunc(list, func(t any) bool { return hasType(t, v) })
	}
	switch v := v.(type) {
	case nil:
		return t == "null"
	case bool:
		return t == "boolean"
	case string:
		return t == "string"
	case float64:
		return t == "number" || t == "integer" && v == math.Trunc(v)
	case []any:
		return t == "array"
	default:
		return t == "object"
	}
}

// anySchema draws a schema that some value fits.
func anySchema(t *rapid.T, depth int) string {
	forms := []string{"string", "integer", "number", "boolean", "enum"}
	if depth > 0 {
		forms = append(forms, "object", "object", "array", "anyOf", "allOf")
	}
	low := rapid.IntRange(-50, 50).Draw(t, "low")
	span := rapid.IntRange(0, 20).Draw(t, "span")
	switch form := rapid.SampledFrom(forms).Draw(t, "form"); form {
	case "string":
		return fmt.Sprintf(`{"type":"string","minLength":%d,"maxLength":%d}`, max(low, 0), max(low, 0)+span)
	case "integer", "number":
		return fmt.Sprintf(`{"type":%q,"minimum":%d,"maximum":%d}`, form, low, low+span)
	case "enum":
		return fmt.Sprintf(`{"enum":[%d,"x",null,[%d]]}`, low, span)
	case "boolean":
		return `{"type":"boolean"}`
	case "array":
		return fmt.Sprintf(`{"type":"array","items":%s,"minItems":%d}`, anySchema(t, depth-1), span%4)
	case "anyOf":
		return fmt.Sprintf(`{"anyOf":[%s,%s]}`, anySchema(t, depth-1), anySchema(t, depth-1))
	case "allOf":
		return fmt.Sprintf(`{"allOf":[%s,true]}`, anySchema(t, depth-1))
	}
	var properties, required []string
	for i := range rapid.IntRange(0, 4).Draw(t, "members") {
		name := fmt.Sprintf("%q", "p"+string(rune('a'+i)))
		properties = append(properties, name+":"+anySchema(t, depth-1))
		if rapid.Bool().Draw(t, "required") {
			required = append(required, name)
		}
	}
	return fmt.Sprintf(`{"type":"object","properties":{%s},"required":[%s],"additionalProperties":false}`,
		strings.Join(properties, ","), strings.Join(required, ","))
}
