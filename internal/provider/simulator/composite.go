package simulator

import (
	"errors"
	"fmt"
	"slices"
)

// object makes the listed properties, when lean only the required ones, and as many more as
// minProperties demands.
func (g *generator) object(out []byte, s schema, depth int, lean bool) ([]byte, error) {
	extra, err := s.additional()
	if err != nil {
		return nil, err
	}
	out = append(out, '{')
	members := make(map[string]bool)
	member := func(name string, s schema) error {
		start := len(out)
		if len(members) > 0 {
			out = append(out, ',')
		}
		out = appendString(out, name)
		next, err := g.value(append(out, ':'), s, kindAny, depth+1)
		if err != nil {
			out = out[:start]
			return err
		}
		out, members[name] = next, true
		return nil
	}
	for _, p := range s.Properties {
		required := slices.Contains(s.Required, p.name)
		if lean && !required {
			continue
		}
		if err := member(p.name, p.schema); err != nil && (required || errors.Is(err, errTooLarge)) {
			return nil, err
		}
	}
	names := slices.Clone(s.Required)
	for _, p := range s.Properties {
		names = append(names, p.name)
	}
	required := len(s.Required)
	for i := 0; i < required || len(members) < s.MinProperties; i++ {
		name := fmt.Sprintf("property%d", i)
		what := extra
		if i < len(names) {
			name = names[i]
			what = s.Properties.of(name, extra)
		}
		if members[name] {
			continue
		}
		if err := member(name, what); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// of returns the schema of a property, and other when it is not listed.
func (p properties) of(name string, other schema) schema {
	for i := range p {
		if p[i].name == name {
			return p[i].schema
		}
	}
	return other
}

// additional is what a property must be that the schema does not list.
func (s *schema) additional() (schema, error) {
	if s.Additional == nil {
		return schema{}, nil
	}
	return parse(s.Additional)
}

// array makes as many items as demanded, and one when none are.
func (g *generator) array(out []byte, s schema, depth int) ([]byte, error) {
	n := max(s.MinItems, len(s.PrefixItems), 1)
	if depth >= leanDepth || s.Items != nil && s.Items.never {
		n = max(s.MinItems, len(s.PrefixItems))
	}
	if s.MaxItems != nil {
		n = min(n, *s.MaxItems)
	}
	if n < s.MinItems {
		return nil, errNothingFits
	}
	if n > maxNodes {
		return nil, errTooLarge
	}
	out = append(out, '[')
	seen := make(map[string]bool)
	for i := range n {
		item := schema{}
		if i < len(s.PrefixItems) {
			item = s.PrefixItems[i]
		} else if s.Items != nil {
			item = *s.Items
		}
		v, err := g.item(item, depth, s.UniqueItems, seen)
		switch {
		case err != nil && i >= s.MinItems && !errors.Is(err, errTooLarge):
			return append(out, ']'), nil // such as a recursive item that must end somewhere
		case err != nil:
			return nil, err
		case i > 0:
			out = append(out, ',')
		}
		out = append(out, v...)
	}
	return append(out, ']'), nil
}

// item makes one item, unlike those in seen when they must be unique.
func (g *generator) item(s schema, depth int, unique bool, seen map[string]bool) ([]byte, error) {
	for range maxTries {
		v, err := g.value(nil, s, kindAny, depth+1)
		if err != nil {
			return nil, err
		}
		if !unique || !seen[string(v)] {
			seen[string(v)] = true
			return v, nil
		}
	}
	return nil, errors.New("there are too few different items for uniqueItems")
}
