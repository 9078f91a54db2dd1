package simulator

import (
	"errors"
	"fmt"
)

// object makes the listed properties, when lean only the required ones, and as many more as
// minProperties demands.
func (g *generator) object(out []byte, s schema, depth int, lean bool) ([]byte, error) {
	if err := g.spend(s.size() / partsPerStep); err != nil {
		return nil, err
	}
	var extra schema // of a property that is not listed
	if s.Additional != nil {
		extra = *s.Additional
	}
	o := members{g: g, out: append(out, '{'), depth: depth + 1, names: make(map[string]bool)}
	required := make(map[string]bool, len(s.Required))
	for _, name := range s.Required {
		required[name] = true
	}
	for i := range s.Properties {
		p := &s.Properties[i]
		if lean && !required[p.name] {
			continue
		}
		if err := o.add(p.name, p.schema); err != nil && (required[p.name] || errors.Is(err, errTooLarge)) {
			return nil, err
		}
	}
	for _, name := range s.Required { // what is left of them is not listed
		if err := o.add(name, extra); err != nil {
			return nil, err
		}
	}
	for i := 0; i < len(s.Properties) && len(o.names) < s.MinProperties; i++ {
		if err := o.add(s.Properties[i].name, s.Properties[i].schema); err != nil {
			return nil, err
		}
	}
	for i := 0; len(o.names) < s.MinProperties; i++ {
		if err := o.add(fmt.Sprintf("property%d", i), extra); err != nil {
			return nil, err
		}
	}
	return append(o.out, '}'), nil
}

// members are an object on its way.
type members struct {
	g     *generator
	out   []byte
	depth int
	names map[string]bool
}

// add makes a member unless there is one of that name. A failure leaves no trace of it.
func (o *members) add(name string, s schema) error {
	if err := o.g.spend(len(name) / bytesPerStep); err != nil || o.names[name] {
		return err
	}
	out := o.out
	if len(o.names) > 0 {
		out = append(out, ',')
	}
	out, err := o.g.value(append(appendString(out, name), ':'), s, kindAny, o.depth, false)
	if err != nil {
		return err
	}
	o.out, o.names[name] = out, true
	return nil
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
	if n > maxSteps {
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
		v, err := g.value(nil, s, kindAny, depth+1, false)
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
