package awswire

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// print quotes a value for a violation; a sensitive one is left out.
func (c *Checker) print(v string) string {
	if c.hidden > 0 {
		return ""
	}
	return "'" + clip(v) + "'"
}

func (c *Checker) printed(print func() string) string {
	if print == nil || c.hidden > 0 {
		return ""
	}
	text := print()
	if text == "" {
		return ""
	}
	return c.print(text)
}

// violate adds one violation. The value is printed as given: quoted, null, or not at all.
func (c *Checker) violate(why reason, value, at, constraint string) {
	if c.count++; c.count == 1 {
		c.reason = why
	}
	if c.text.Len() > maxSentence {
		return // counted still
	}
	if c.text.Len() > 0 {
		c.text.WriteString("; ")
	}
	c.text.WriteString("Value ")
	if value != "" {
		c.text.WriteString(value + " ")
	}
	c.text.WriteString("at '" + clip(c.spell(at, lowerFirst)) + "' failed to satisfy constraint: " + constraint)
}

// path is where the checker is, and a member behind it: messages.1.member.content.
func (c *Checker) path(at string) string {
	return c.spell(at, func(name string) string { return name })
}

// lowerFirst is how AWS writes a member in a violation, whatever the model calls it: TimePeriod is timePeriod.
func lowerFirst(name string) string {
	if name == "" || name[0] < 'A' || name[0] > 'Z' {
		return name
	}
	return string(name[0]+'a'-'A') + name[1:]
}

// spell is path with every member's name as member spells it. The keys of maps stay as they are.
func (c *Checker) spell(at string, member func(string) string) string {
	var b []byte
	for _, s := range c.steps {
		if len(b) > 0 {
			b = append(b, '.')
		}
		if s.index > 0 {
			b = strconv.AppendInt(b, int64(s.index), 10)
		}
		if !s.inner {
			b = append(b, member(s.name)...)
			continue
		}
		b = append(b, s.name...)
		b = append(b, ".member"...)
	}
	if at != "" && len(b) > 0 {
		b = append(b, '.')
	}
	return string(append(b, member(at)...))
}

// clip shortens what a sentence repeats of a request.
func clip(s string) string {
	if len(s) <= maxPrinted {
		return s
	}
	return strings.ToValidUTF8(s[:maxPrinted], "") + "..."
}

// PrintList prints a list of scalars the way AWS does: [a, b].
func PrintList[T any](v []T) func() string {
	return func() string {
		var b strings.Builder
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			if b.Len() > maxPrinted {
				break
			}
			fmt.Fprint(&b, item)
		}
		b.WriteByte(']')
		return b.String()
	}
}

// PrintEmpty prints an empty list of structures, and nothing for one with items: AWS dumps its own
// implementation's form of those.
func PrintEmpty(n int) func() string {
	return func() string {
		if n > 0 {
			return ""
		}
		return "[]"
	}
}

// PrintMap prints a map of scalars the way AWS does, in the order of its keys: {a=1, b=2}.
func PrintMap[V any](v map[string]V) func() string {
	return func() string {
		var b strings.Builder
		b.WriteByte('{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteString(", ")
			}
			if b.Len() > maxPrinted {
				break
			}
			fmt.Fprintf(&b, "%s=%v", key, v[key])
		}
		b.WriteByte('}')
		return b.String()
	}
}
