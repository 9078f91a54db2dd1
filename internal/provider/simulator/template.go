package simulator

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// knownNames are the names a template can hold, for messages.
const knownNames = "{{model}}, {{region}}, {{last}} and {{n}}"

// values are what the names in a template stand for.
type values struct {
	model, region, last string
	n                   int64
}

// of returns what a name stands for.
func (v *values) of(name string) (string, bool) {
	switch name {
	case "model":
		return v.model, true
	case "region":
		return v.region, true
	case "last":
		return v.last, true
	case "n":
		return strconv.FormatInt(v.n, 10), true
	default:
		return "", false
	}
}

// expand replaces the names in a template, each through the escape. What a name stands for is not
// looked through again. Names nobody knows stay as they are; CheckRules has refused them.
func expand(template string, v values, escape func(string) string) string {
	if !strings.Contains(template, "{{") {
		return template
	}
	var b strings.Builder
	for {
		before, name, after, ok := nextName(template)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		if value, known := v.of(name); known {
			b.WriteString(escape(value))
		} else {
			b.WriteString("{{" + name + "}}")
		}
		template = after
	}
}

// nextName cuts a template at its first name. Without one, before is all of it.
func nextName(template string) (before, name, after string, ok bool) {
	before, rest, opened := strings.Cut(template, "{{")
	name, after, closed := strings.Cut(rest, "}}")
	if !opened || !closed {
		return template, "", "", false
	}
	return before, strings.TrimSpace(name), after, true
}

// unknownName returns the first name of a template that stands for nothing; ok when there is none.
func unknownName(template string) (unknown string, ok bool) {
	for {
		_, name, after, found := nextName(template)
		if !found {
			return "", true
		}
		if _, known := new(values).of(name); !known {
			return name, false
		}
		template = after
	}
}

// plain is the escape of text.
func plain(s string) string { return s }

// escaped is the escape of a text inside a JSON string.
func escaped(s string) string {
	q := appendString(make([]byte, 0, len(s)+2), strings.ToValidUTF8(s, "\uFFFD"))
	return string(q[1 : len(q)-1])
}

// valid reports whether s is one JSON value.
func valid(s string) bool { return jsontext.Value(s).IsValid() }
