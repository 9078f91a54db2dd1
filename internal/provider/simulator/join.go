package simulator

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// with returns the schema that demands what both s and other do.
func (s schema) with(other *schema) schema {
	s.never = s.never || other.never
	s.Type = meet(s.Type, other.Type)
	s.Enum = both(s.Enum, other.Enum)
	if s.Const == nil {
		s.Const = other.Const
	}
	s.AllOf = join(s.AllOf, other.AllOf)
	if other.Ref != "" {
		s.AllOf = join(s.AllOf, []schema{{Ref: other.Ref}})
	}
	s.AnyOf, s.OneOf = either(s.AnyOf, other.AnyOf), either(s.OneOf, other.OneOf)

	s.Properties = s.Properties.with(other.Properties)
	s.Required = join(s.Required, other.Required)
	if s.Additional == nil {
		s.Additional = other.Additional
	}
	s.MinProperties = max(s.MinProperties, other.MinProperties)

	if s.Items == nil {
		s.Items = other.Items
	}
	s.PrefixItems = either(s.PrefixItems, other.PrefixItems)
	s.MinItems, s.MaxItems = max(s.MinItems, other.MinItems), least(s.MaxItems, other.MaxItems)
	s.UniqueItems = s.UniqueItems || other.UniqueItems

	s.MinLength, s.MaxLength = max(s.MinLength, other.MinLength), least(s.MaxLength, other.MaxLength)
	if s.Format == "" {
		s.Format = other.Format
	}
	if s.Pattern == "" {
		s.Pattern = other.Pattern
	}

	s.Minimum, s.Maximum = most(s.Minimum, other.Minimum), least(s.Maximum, other.Maximum)
	s.Above = bound{most(s.Above.value, other.Above.value), s.Above.flag || other.Above.flag}
	s.Below = bound{least(s.Below.value, other.Below.value), s.Below.flag || other.Below.flag}
	if s.MultipleOf == 0 {
		s.MultipleOf = other.MultipleOf
	}
	return s
}

// size is how many parts the schema has that joining it with another must copy.
func (s *schema) size() int {
	return len(s.Properties) + len(s.Required) + len(s.Enum) + len(s.AllOf) + len(s.AnyOf) + len(s.OneOf)
}

// with joins two lists of properties; one named in both must fit both.
func (p properties) with(other properties) properties {
	if len(other) == 0 {
		return p
	}
	joined := append(properties(nil), p...)
	at := make(map[string]int, len(p))
	for i := range p {
		at[p[i].name] = i
	}
	for i := range other {
		if j, ok := at[other[i].name]; ok {
			joined[j].schema = schema{AllOf: []schema{joined[j].schema, other[i].schema}}
		} else {
			joined = append(joined, other[i])
		}
	}
	return joined
}

// meet returns the types in both lists; an empty list stands for all. An integer is a number.
func meet(a, b kinds) kinds {
	if len(a) == 0 || len(b) == 0 {
		return either(a, b)
	}
	met := kinds{}
	for _, x := range a {
		for _, y := range b {
			switch {
			case x == y:
				met = append(met, x)
			case x == kindInteger && y == kindNumber, x == kindNumber && y == kindInteger:
				met = append(met, kindInteger)
			}
		}
	}
	if len(met) == 0 {
		return kinds{"nothing"}
	}
	return met
}

// both returns the values in both enumerations; nil stands for all.
func both(a, b []jsontext.Value) []jsontext.Value {
	if a == nil || b == nil {
		return either(a, b)
	}
	inB := make(map[string]bool, len(b))
	for _, y := range b {
		inB[strings.TrimSpace(string(y))] = true
	}
	met := []jsontext.Value{}
	for _, x := range a {
		if inB[strings.TrimSpace(string(x))] {
			met = append(met, x)
		}
	}
	return met
}

func either[S ~[]E, E any](a, b S) S {
	if a == nil {
		return b
	}
	return a
}

func join[E any](a, b []E) []E {
	if len(b) == 0 {
		return a
	}
	return append(append([]E(nil), a...), b...)
}

func least[N int | float64](a, b *N) *N {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

func most(a, b *float64) *float64 {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}
