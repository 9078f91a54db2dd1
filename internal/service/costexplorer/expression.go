package costexplorer

import (
	"slices"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/meter"
)

// predicate reports whether a filter lets a subject through.
type predicate func(*meter.Subject) bool

// maxLeaves bounds a filter: each leaf is asked for every subject.
const maxLeaves = 1000

// compiler turns a filter into a predicate.
type compiler struct {
	resources bool // RESOURCE_ID may be asked for
	leaves    int
}

// compile reads a filter; none lets everything through.
func (c *compiler) compile(e *api.Expression) (predicate, error) {
	if e == nil {
		return func(*meter.Subject) bool { return true }, nil
	}
	return c.node(e)
}

// node reads one expression, which has exactly one root.
func (c *compiler) node(e *api.Expression) (predicate, error) {
	roots := 0
	for _, set := range []bool{e.And != nil, e.Or != nil, e.Not != nil, e.Dimensions != nil, e.Tags != nil, e.CostCategories != nil} {
		if set {
			roots++
		}
	}
	switch {
	case roots > 1:
		return nil, invalid(manyRoots)
	case e.And != nil:
		return c.and(e.And)
	case e.Or != nil:
		return c.or(e.Or)
	case e.Not != nil:
		inner, err := c.node(e.Not)
		return func(s *meter.Subject) bool { return !inner(s) }, err
	case e.CostCategories != nil:
		return nil, invalid(noCostCategories)
	case roots == 0:
		return nil, invalid(noRoot)
	}
	if c.leaves++; c.leaves > maxLeaves {
		return nil, invalid("A filter can have at most %d expressions.", maxLeaves)
	}
	if e.Tags != nil {
		return tagLeaf(e.Tags)
	}
	return c.dimensionLeaf(e.Dimensions)
}

func (c *compiler) and(list []api.Expression) (predicate, error) {
	parts, err := c.operands("And", list)
	return func(s *meter.Subject) bool {
		for _, p := range parts {
			if !p(s) {
				return false
			}
		}
		return true
	}, err
}

func (c *compiler) or(list []api.Expression) (predicate, error) {
	parts, err := c.operands("Or", list)
	return func(s *meter.Subject) bool {
		for _, p := range parts {
			if p(s) {
				return true
			}
		}
		return false
	}, err
}

func (c *compiler) operands(operator string, list []api.Expression) ([]predicate, error) {
	if len(list) < 2 {
		return nil, invalid("%s expression must have at least 2 operands", operator)
	}
	parts := make([]predicate, len(list))
	for i := range list {
		var err error
		if parts[i], err = c.node(&list[i]); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// foreign are dimensions that filters of usage do not take: they belong to other operations.
var foreign = []api.Dimension{
	api.DimensionLinkedAccountName, api.DimensionServiceCode, api.DimensionAnomalyTotalImpactAbsolute,
	api.DimensionAnomalyTotalImpactPercentage, api.DimensionAgreementEndDateTimeAfter,
	api.DimensionAgreementEndDateTimeBefore,
}

func (c *compiler) dimensionLeaf(d *api.DimensionValues) (predicate, error) {
	switch {
	case d.Key == nil:
		return nil, invalid("Dimensions needs a Key")
	case slices.Contains(foreign, *d.Key):
		return nil, invalid("The dimension %s is not supported in a filter of this operation", *d.Key)
	case *d.Key == api.DimensionResourceId && !c.resources:
		return nil, invalid("The dimension RESOURCE_ID is only supported by GetCostAndUsageWithResources")
	case len(d.Values) == 0:
		return nil, invalid("Dimensions needs Values for the key %s", *d.Key)
	}
	if err := checkOptions("Dimensions", d.MatchOptions, api.MatchOptionEquals, api.MatchOptionCaseSensitive); err != nil {
		return nil, err
	}
	key, has := *d.Key, among(d.Values)
	return func(s *meter.Subject) bool { return has(s.Dimension(string(key))) }, nil
}

// tagLeaf reads a condition on one tag key. Without values it asks for the absence of the key, and without a key for
// the absence of any tag. Usage without the tag has the empty value.
func tagLeaf(t *api.TagValues) (predicate, error) {
	err := checkOptions("Tags", t.MatchOptions, api.MatchOptionEquals, api.MatchOptionAbsent, api.MatchOptionCaseSensitive)
	if err != nil {
		return nil, err
	}
	absent := slices.Contains(t.MatchOptions, api.MatchOptionAbsent)
	switch {
	case absent && slices.Contains(t.MatchOptions, api.MatchOptionEquals):
		return nil, invalid("The match options ABSENT and EQUALS exclude each other")
	case absent && len(t.Values) > 0:
		return nil, invalid("Tags cannot have Values with the match option ABSENT")
	case t.Key == nil && len(t.Values) > 0:
		return nil, invalid("Tags needs a Key for its Values")
	case t.Key == nil:
		return func(s *meter.Subject) bool { return s.Untagged() }, nil
	}
	key := meter.TagKey(*t.Key)
	if len(t.Values) == 0 {
		return func(s *meter.Subject) bool { return s.Tag(key) == "" }, nil
	}
	has := among(t.Values)
	return func(s *meter.Subject) bool { return has(s.Tag(key)) }, nil
}

func checkOptions(where string, given []api.MatchOption, allowed ...api.MatchOption) error {
	for _, o := range given {
		if !slices.Contains(allowed, o) {
			names := make([]string, len(allowed))
			for i, a := range allowed {
				names[i] = string(a)
			}
			return invalid("The match option %s is not supported for %s. Supported are: %s", o, where, strings.Join(names, ", "))
		}
	}
	return nil
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
