package policy

import (
	"net/netip"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// condition is one operator on one key. A statement applies where all of its conditions hold.
type condition struct {
	operator
	name string // the operator, as written
	key  key

	// The policy's values, of which one must compare, in the form the comparison needs.
	patterns []pattern
	arns     []arnPattern
	numbers  []float64
	instants []int64
	prefixes []netip.Prefix
	truths   []bool
}

// holds reports whether the request meets the condition. The rules for a key the request does not have are AWS's: an
// operator that asks for something does not hold, one that asks for something else does, and so does every IfExists and
// ForAllValues.
func (c *condition) holds(r *Request) bool {
	v := r.value(&c.key)
	n := v.len()
	if c.compare == presence {
		return c.wants(n == 0)
	}
	if n == 0 && c.ifExists {
		return true
	}
	for i := range n {
		item := v.at(i)
		compares := c.compares(&item, r)
		switch {
		case c.many == forAllValues && compares == c.negated:
			return false
		case c.many == forAnyValue && compares != c.negated:
			return true
		case c.many == oneOf && compares:
			return !c.negated
		}
	}
	return c.many == forAllValues || c.many == oneOf && c.negated
}

// wants reports whether one of the policy's values is the given one: of Bool the request's, of Null that it has none.
func (c *condition) wants(is bool) bool {
	for _, want := range c.truths {
		if want == is {
			return true
		}
	}
	return false
}

// compares reports whether one value of the request compares with one of the policy's.
func (c *condition) compares(v *value, r *Request) bool {
	switch c.compare {
	case numbers:
		return c.comparesNumber(v)
	case instants:
		return c.comparesInstant(v)
	case truths:
		is, ok := parseTruth(v.text)
		return ok && c.wants(is)
	case addresses:
		ip, ok := v.ip()
		for i := range c.prefixes {
			if ok && c.prefixes[i].Contains(ip) {
				return true
			}
		}
		return false
	case arns:
		return c.comparesARN(v.string(), r)
	}
	s := v.string()
	for i := range c.patterns {
		if c.patterns[i].matches(s, r) {
			return true
		}
	}
	return false
}

func (c *condition) comparesNumber(v *value) bool {
	n, ok := v.float()
	for _, want := range c.numbers {
		if ok && ordered(c.order, n, want) {
			return true
		}
	}
	return false
}

func (c *condition) comparesInstant(v *value) bool {
	t, ok := v.instant()
	for _, want := range c.instants {
		if ok && ordered(c.order, t, want) {
			return true
		}
	}
	return false
}

// ordered reports whether a stands to b as the operator says.
func ordered[T int64 | float64](o ordering, a, b T) bool {
	switch o {
	case less:
		return a < b
	case lessOrEqual:
		return a <= b
	case greater:
		return a > b
	case greaterOrEqual:
		return a >= b
	}
	return a == b
}

func (c *condition) comparesARN(s string, r *Request) bool {
	for i := range c.arns {
		if c.arns[i].matches(s, r) {
			return true
		}
	}
	return false
}

// conditions compiles the Condition element: operators, under each of them keys, under each of those values.
func (p *parser) conditions(s *Statement, n node) error {
	if n.kind != '{' {
		return p.syntax(n.start, "Condition must be an object, found %s", described(n.kind))
	}
	for i := range n.fields {
		f := &n.fields[i]
		o, ok := operatorOf(f.name)
		if !ok {
			return p.badOperator(f)
		}
		if f.value.kind != '{' {
			return p.syntax(f.value.start, "%s must be an object of condition keys, found %s", f.name, described(f.value.kind))
		}
		for j := range f.value.fields {
			c, err := p.condition(o, f.name, &f.value.fields[j])
			if err != nil {
				return err
			}
			s.conditions = append(s.conditions, c)
		}
	}
	return nil
}

func (p *parser) badOperator(f *field) error {
	if p.kind == Resource {
		return p.fail(f.start, "Invalid Condition type : "+f.name, "there is no such operator")
	}
	return p.syntax(f.start, "there is no condition operator %q", f.name)
}

func (p *parser) condition(o operator, name string, f *field) (condition, error) {
	if !strings.Contains(f.name, ":") {
		return condition{}, p.fail(f.start, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
			"the condition key %q has no service before a colon", f.name)
	}
	c := condition{operator: o, name: name, key: keyOf(f.name)}
	list := f.value.items
	if f.value.kind != '[' {
		list = []node{f.value}
	}
	for _, n := range list {
		if !scalar(n.kind) {
			return condition{}, p.syntax(n.start, "a value of %s must be a string, a number or a boolean, found %s", f.name, described(n.kind))
		}
		if err := p.operand(&c, n); err != nil {
			return condition{}, err
		}
	}
	return c, nil
}

func scalar(k jsontext.Kind) bool { return k == '"' || k == '0' || k == 't' || k == 'f' }
