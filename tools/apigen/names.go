package main

import (
	"strings"
	"unicode"
)

// initialisms are the words Go writes in capitals.
var initialisms = map[string]string{"Arn": "ARN", "Id": "ID", "Json": "JSON", "Ttl": "TTL", "Uri": "URI", "Url": "URL"}

// goName makes an exported Go name of a model's name: modelId → ModelID, resourceARN → ResourceARN.
func goName(name string) string {
	var b strings.Builder
	for _, w := range words(name) {
		w = strings.ToUpper(w[:1]) + w[1:]
		if s, ok := initialisms[w]; ok {
			w = s
		}
		b.WriteString(w)
	}
	return b.String()
}

// lowerName is goName for an unexported name.
func lowerName(name string) string {
	n := goName(name)
	i := 0
	for i < len(n) && unicode.IsUpper(rune(n[i])) {
		i++
	}
	if i > 1 && i < len(n) {
		i-- // the last capital begins the next word
	}
	return strings.ToLower(n[:i]) + n[i:]
}

// words cuts a camel-case name before each capital that follows or precedes a small letter.
func words(name string) []string {
	var list []string
	start := 0
	for i := 1; i < len(name); i++ {
		up := unicode.IsUpper(rune(name[i]))
		after := unicode.IsLower(rune(name[i-1])) || unicode.IsDigit(rune(name[i-1]))
		before := i+1 < len(name) && unicode.IsLower(rune(name[i+1])) && unicode.IsUpper(rune(name[i-1]))
		if up && (after || before) {
			list = append(list, name[start:i])
			start = i
		}
	}
	return append(list, name[start:])
}

// constName names an enum's constant: ("StopReason", "end_turn") → StopReasonEndTurn.
func constName(enum, value string) string {
	var b strings.Builder
	b.WriteString(goName(enum))
	parts := strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, w := range parts {
		if strings.ToUpper(w) == w {
			w = strings.ToLower(w)
		}
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	return b.String()
}

// goType is the Go type of a shape where it stands alone, as an item of a list or map.
func goType(s *shape) string {
	switch s.Kind {
	case kindStruct, kindUnion, kindEnum:
		return goName(s.Name)
	case kindList:
		return "[]" + goType(s.Elem)
	case kindMap:
		return "map[" + goType(s.Key) + "]" + goType(s.Elem)
	case kindInt:
		return "int"
	case kindLong:
		return "int64"
	case kindFloat:
		return "float64"
	case kindBool:
		return "bool"
	case kindBlob:
		return "[]byte"
	case kindDocument:
		return "jsontext.Value"
	case kindTime:
		return "time.Time"
	}
	return "string"
}

// fieldType is the Go type of a member: structures and optional scalars are pointers.
func fieldType(m *member, owner *shape) string {
	if m.pointer(owner) {
		return "*" + goType(m.Shape)
	}
	return goType(m.Shape)
}

// pointer reports whether the member's Go form is a pointer.
func (m *member) pointer(owner *shape) bool {
	return m.Shape.composite() || m.Shape.scalar() && (!m.Required || owner.Kind == kindUnion)
}
