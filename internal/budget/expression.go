package budget

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/meter"
)

// Expression says which usage counts, as Cost Explorer's expressions do. One of its fields is set.
type Expression struct {
	And       []Expression `json:"and,omitzero"`
	Or        []Expression `json:"or,omitzero"`
	Not       *Expression  `json:"not,omitzero"`
	Dimension *Condition   `json:"dimension,omitzero"`
	Tag       *Condition   `json:"tag,omitzero"`
}

// Condition is that a dimension or a tag has one of some values. A tag without Values is one that the usage does not
// have.
type Condition struct {
	Key    string   `json:"key"`
	Values []string `json:"values,omitzero"`
}

// usageType is the one dimension that differs between the classes of a call.
const usageType = "USAGE_TYPE"

// filter is an expression that has been compiled.
type filter struct {
	test func(*meter.Subject) bool
	// byClass says that the classes of a call must be asked about one by one.
	byClass bool
	// anchor is a condition without which nothing passes; its key is empty when there is none to be used.
	anchor anchor
}

// anchor is a condition by which a budget is found: a budget is looked at for those calls alone that have one of the
// values.
type anchor struct {
	tag    bool
	key    string
	values []string
}

// everything is the filter of a budget that has none.
func everything() filter { return filter{test: func(*meter.Subject) bool { return true }} }

// maxNodes bounds an expression: each node is asked on the way of a call.
const maxNodes = 500

// compile makes a filter. The error says what is wrong with the expression.
func compile(e *Expression) (filter, error) {
	if e == nil {
		return everything(), nil
	}
	if n := e.nodes(); n > maxNodes {
		return filter{}, fmt.Errorf("a filter can have at most %d expressions, and this one has %d", maxNodes, n)
	}
	return e.compile()
}

// nodes counts the expressions in an expression.
func (e *Expression) nodes() int {
	n := 1
	for i := range e.And {
		n += e.And[i].nodes()
	}
	for i := range e.Or {
		n += e.Or[i].nodes()
	}
	if e.Not != nil {
		n += e.Not.nodes()
	}
	return n
}

// roots counts the fields that are set.
func (e *Expression) roots() (n int) {
	for _, set := range []bool{e.And != nil, e.Or != nil, e.Not != nil, e.Dimension != nil, e.Tag != nil} {
		if set {
			n++
		}
	}
	return n
}

func (e *Expression) compile() (filter, error) {
	switch {
	case e.roots() != 1:
		return filter{}, fmt.Errorf("an expression has exactly one of And, Or, Not, Dimensions and Tags, and this one has %d", e.roots())
	case e.And != nil:
		return all(e.And)
	case e.Or != nil:
		return some(e.Or)
	case e.Not != nil:
		inner, err := e.Not.compile()
		return filter{test: func(s *meter.Subject) bool { return !inner.test(s) }, byClass: inner.byClass}, err
	case e.Dimension != nil:
		return e.Dimension.dimension()
	}
	return e.Tag.tag()
}

// all is the conjunction. Any anchor of a part is one of the whole.
func all(list []Expression) (filter, error) {
	parts, f, err := parts("And", list)
	f.test = func(s *meter.Subject) bool {
		for i := range parts {
			if !parts[i].test(s) {
				return false
			}
		}
		return true
	}
	for i := range parts {
		if a := parts[i].anchor; a.key != "" && (f.anchor.key == "" || len(a.values) < len(f.anchor.values)) {
			f.anchor = a
		}
	}
	return f, err
}

// some is the disjunction. Parts that ask for one and the same key are anchored at all of their values.
func some(list []Expression) (filter, error) {
	parts, f, err := parts("Or", list)
	f.test = func(s *meter.Subject) bool {
		for i := range parts {
			if parts[i].test(s) {
				return true
			}
		}
		return false
	}
	for i := range parts {
		a := parts[i].anchor
		switch {
		case i == 0:
			f.anchor = anchor{a.tag, a.key, slices.Clone(a.values)}
		case f.anchor.key != a.key || f.anchor.tag != a.tag:
			f.anchor = anchor{}
			return f, err
		default:
			f.anchor.values = append(f.anchor.values, a.values...)
		}
	}
	return f, err
}

func parts(operator string, list []Expression) (out []filter, f filter, err error) {
	if len(list) < 2 {
		return nil, f, fmt.Errorf("%s needs at least 2 expressions, and has %d", operator, len(list))
	}
	out = make([]filter, len(list))
	for i := range list {
		if out[i], err = list[i].compile(); err != nil {
			return nil, f, err
		}
		f.byClass = f.byClass || out[i].byClass
	}
	return out, f, nil
}

func (c *Condition) dimension() (filter, error) {
	if c.Key == "" || len(c.Values) == 0 {
		return filter{}, fmt.Errorf("a condition on the dimension %q needs a key and at least one value", c.Key)
	}
	key, has := c.Key, among(c.Values)
	f := filter{test: func(s *meter.Subject) bool { return has(s.Dimension(key)) }, byClass: key == usageType}
	if !f.byClass {
		f.anchor = anchor{key: key, values: c.Values}
	}
	return f, nil
}

func (c *Condition) tag() (filter, error) {
	key := meter.TagKey(c.Key)
	switch {
	case c.Key == "" && len(c.Values) > 0:
		return filter{}, fmt.Errorf("a condition on tags needs a key for its values")
	case c.Key == "":
		return filter{test: (*meter.Subject).Untagged}, nil
	case len(c.Values) == 0:
		return filter{test: func(s *meter.Subject) bool { return s.Tag(key) == "" }}, nil
	}
	has := among(c.Values)
	f := filter{test: func(s *meter.Subject) bool { return has(s.Tag(key)) }}
	if !slices.Contains(c.Values, "") {
		f.anchor = anchor{true, key, c.Values}
	}
	return f, nil
}

// among reports whether a value is one of a list.
func among(list []string) func(string) bool {
	const few = 8
	if len(list) <= few {
		return func(v string) bool { return slices.Contains(list, v) }
	}
	set := make(map[string]bool, len(list))
	for _, v := range list {
		set[v] = true
	}
	return func(v string) bool { return set[v] }
}

// older are the keys of CostFilters, and the dimensions they stand for.
var older = map[string]string{
	"Service": "SERVICE", "LinkedAccount": "LINKED_ACCOUNT", "Region": "REGION", "AZ": "AZ", "UsageType": usageType,
	"UsageTypeGroup": "USAGE_TYPE_GROUP", "Operation": "OPERATION", "PurchaseType": "PURCHASE_TYPE",
	"BillingEntity": "BILLING_ENTITY", "LegalEntityName": "LEGAL_ENTITY_NAME", "InvoicingEntity": "INVOICING_ENTITY",
	"RecordType": "RECORD_TYPE", "InstanceType": "INSTANCE_TYPE",
}

// tagKeyValue is the key of CostFilters whose values are tags: "user:team$search", "team$search".
const tagKeyValue = "TagKeyValue"

// FromCostFilters is the expression for the older form. The values of one key are alternatives, and so are those of one
// tag; different keys, and different tags, must all be met.
func FromCostFilters(filters map[string][]string) (*Expression, error) {
	var list []Expression
	for _, name := range sortedKeys(filters) {
		switch dimension, ok := older[name]; {
		case name == tagKeyValue:
			tags, err := tagConditions(filters[name])
			if err != nil {
				return nil, err
			}
			list = append(list, tags...)
		case !ok:
			return nil, fmt.Errorf("CostFilters cannot have the key %s; it can have %s", name, strings.Join(append(sortedKeys(older), tagKeyValue), ", "))
		default:
			list = append(list, Expression{Dimension: &Condition{dimension, filters[name]}})
		}
	}
	switch len(list) {
	case 0:
		return nil, nil
	case 1:
		return &list[0], nil
	}
	return &Expression{And: list}, nil
}

func tagConditions(pairs []string) (list []Expression, err error) {
	values := map[string][]string{}
	for _, pair := range pairs {
		key, value, ok := strings.Cut(strings.TrimPrefix(pair, "user:"), "$")
		if !ok || key == "" {
			return nil, fmt.Errorf("the value %q of TagKeyValue is not of the form user:KEY$VALUE", pair)
		}
		values[key] = append(values[key], value)
	}
	for _, key := range sortedKeys(values) {
		list = append(list, Expression{Tag: &Condition{key, values[key]}})
	}
	return list, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// expression is what the definition says of usage, in either form.
func (d *Definition) expression() (*Expression, error) {
	if d.Filter != nil {
		return d.Filter, nil
	}
	return FromCostFilters(d.CostFilters)
}

// Check is what is wrong with the parts of a definition that decide: its filter, its tags and its days. The words are
// for whoever wrote it.
func (d *Definition) Check() error {
	e, err := d.expression()
	if err != nil {
		return err
	}
	if _, err := compile(e); err != nil {
		return err
	}
	if _, ok := d.Enforcement(); !ok {
		return fmt.Errorf("the tag %s is hard, adaptive or none, not %q", EnforcementTag, d.Tags[EnforcementTag])
	}
	if _, ok := d.Rate(); !ok {
		return fmt.Errorf("the tag %s is a number of dollars above 0 on a cost budget, such as 2.50, not %q", RateTag, d.Tags[RateTag])
	}
	if _, ok := d.UndoesActions(false); !ok {
		return fmt.Errorf("the tag %s is true or false, not %q", UndoTag, d.Tags[UndoTag])
	}
	if !day(d.Start).Before(day(d.End)) {
		return fmt.Errorf("the budget ends on %s, which is not after its start on %s", d.End.UTC().Format("2006-01-02"), d.Start.UTC().Format("2006-01-02"))
	}
	return nil
}
