package awswire

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/outcrop/outcrop/internal/fault"
)

// None is a minimum or maximum that is not set.
const None = math.MinInt64

// Checker collects violated constraints and words them as AWS does. Generated checks walk an input
// in the model's order and tell the Checker where they are, so violations come in that order.
type Checker struct {
	gaps   *gaps // what was absent
	steps  []step
	hidden int // depth of sensitive structures: their values are not printed
	count  int
	reason reason // of the first violation
	alone  string // the sentence for the first violation when it is the only one; mostly empty
	text   strings.Builder
}

// reason is a kind of violation, in the words of the APIs that name it beside the sentence.
type reason string

const (
	reasonRequired    reason = "INPUT_REQUIRED"
	reasonShort       reason = "MIN_LENGTH_EXCEEDED"
	reasonLong        reason = "MAX_LENGTH_EXCEEDED"
	reasonSmall       reason = "MIN_VALUE_EXCEEDED"
	reasonLarge       reason = "MAX_VALUE_EXCEEDED"
	reasonPattern     reason = "INVALID_PATTERN"
	reasonEnumeration reason = "INVALID_ENUM"
	reasonMember      reason = "INVALID_LIST_MEMBER"
)

// step is one part of a path: a member, an item of a list (index from 1), or an entry of a map.
type step struct {
	name  string
	index int
	inner bool // an item or entry, printed with ".member" behind it
}

// Limits of what a violation's sentence repeats of the request.
const (
	maxPrinted  = 1024
	maxSentence = 1 << 16
)

func (c *Checker) reset(g *gaps) { *c = Checker{gaps: g, steps: c.steps[:0]} }

// Err returns all violations in one ValidationException, or nil.
func (c *Checker) Err() error {
	if c.count == 0 {
		return nil
	}
	noun := "error"
	if c.count > 1 {
		noun = "errors"
	}
	e := fault.New(fault.Validation, "%d validation %s detected: %s", c.count, noun, c.text.String())
	if c.count == 1 && c.alone != "" {
		e.Message = c.alone
	}
	e.Reason = string(c.reason)
	return e
}

// Enter, Item, Entry and Leave move through the input.
func (c *Checker) Enter(name string) { c.steps = append(c.steps, step{name: name}) }

// Entry goes into the value of a map's key.
func (c *Checker) Entry(key string) { c.steps = append(c.steps, step{name: key, inner: true}) }

// Item goes into the i-th item of a list. It reports false, and does not go in, when that was null.
func (c *Checker) Item(i int) bool {
	c.steps = append(c.steps, step{index: i + 1, inner: true})
	if c.gaps.missing == nil || !c.gaps.missing[c.path("")] {
		return true
	}
	c.violate(reasonRequired, "null", "", "Member must not be null")
	c.Leave()
	return false
}

// Items reports the null items of a list of scalars.
func (c *Checker) Items(at string, n int) {
	if c.gaps.missing == nil {
		return
	}
	c.Enter(at)
	for i := range n {
		if c.Item(i) {
			c.Leave()
		}
	}
	c.Leave()
}

// Leave goes back out.
func (c *Checker) Leave() { c.steps = c.steps[:len(c.steps)-1] }

// Hide begins a sensitive structure; Show ends it.
func (c *Checker) Hide() { c.hidden++ }

// Show ends what Hide began.
func (c *Checker) Show() { c.hidden-- }

// Given reports whether a required member was there, and notes a violation when it was not.
func (c *Checker) Given(name string) bool {
	if c.gaps.missing == nil || !c.gaps.missing[c.path(name)] {
		return true
	}
	c.Absent(name)
	return false
}

// Absent notes a required member that was not there.
func (c *Checker) Absent(name string) {
	c.violate(reasonRequired, "null", name, "Member must not be null")
}

// One notes a union of which not exactly one member is set.
func (c *Checker) One(set int, names string) {
	if set != 1 {
		c.violate(reasonRequired, "", "", "Member must have exactly one of its members set: ["+names+"]")
	}
}

// LengthWithin reports whether a string has a length within bounds, counted in characters.
func LengthWithin(v string, low, high int64) bool {
	if low <= 1 && int64(len(v)) >= low && (high == None || int64(len(v)) <= high) {
		return true // characters are not more than bytes, and none are only in no bytes
	}
	n := int64(utf8.RuneCountInString(v))
	return n >= low && (high == None || n <= high)
}

// Length checks a string's length in characters.
func (c *Checker) Length(at, v string, low, high int64) {
	if LengthWithin(v, low, high) {
		return
	}
	c.bounds(c.print(v), at, length, int64(utf8.RuneCountInString(v)), low, high)
}

// Size checks a blob's length in bytes. Blobs are never printed.
func (c *Checker) Size(at string, n int, low, high int64) {
	c.bounds("", at, length, int64(n), low, high)
}

// Count checks the length of a list or map. A nil print leaves the value out.
func (c *Checker) Count(at string, n int, print func() string, low, high int64) {
	if int64(n) >= low && (high == None || int64(n) <= high) {
		return
	}
	c.bounds(c.printed(print), at, length, int64(n), low, high)
}

// Range checks a whole number.
func (c *Checker) Range(at string, v, low, high int64) {
	if v >= low && (high == None || v <= high) {
		return
	}
	c.bounds(c.print(strconv.FormatInt(v, 10)), at, size, v, low, high)
}

// FloatRange checks a number against whole bounds.
func (c *Checker) FloatRange(at string, v float64, low, high int64) {
	if low != None && v < float64(low) {
		c.violate(reasonSmall, c.print(formatFloat(v)), at, "Member must have value greater than or equal to "+strconv.FormatInt(low, 10))
	}
	if high != None && v > float64(high) {
		c.violate(reasonLarge, c.print(formatFloat(v)), at, "Member must have value less than or equal to "+strconv.FormatInt(high, 10))
	}
}

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// measure is what bounds are about.
type measure struct {
	name         string
	below, above reason
}

var (
	length = measure{"length", reasonShort, reasonLong}
	size   = measure{"value", reasonSmall, reasonLarge}
)

// bounds notes which of two bounds v breaks.
func (c *Checker) bounds(value, at string, m measure, v, low, high int64) {
	if low != None && v < low {
		c.violate(m.below, value, at, fmt.Sprintf("Member must have %s greater than or equal to %d", m.name, low))
	}
	if high != None && v > high {
		c.violate(m.above, value, at, fmt.Sprintf("Member must have %s less than or equal to %d", m.name, high))
	}
}

// Match checks a string against an expression.
func (c *Checker) Match(at, v string, p *Pattern) {
	if p.Match(v) {
		return
	}
	c.violate(reasonPattern, c.print(v), at, "Member must satisfy regular expression pattern: "+p.Source)
	if c.count == 1 && p.Allowed != "" {
		c.alone = "The specified value for " + lowerFirst(at) + " is invalid. It must contain only alphanumeric characters and/or the following: " + p.Allowed
	}
}

// Enum notes a value that is none of a set.
func (c *Checker) Enum(at, v, set string) {
	c.violate(reasonEnumeration, c.print(v), at, "Member must satisfy enum value set: ["+set+"]")
}

// Each reports whether a rule holds for every item of a list.
func Each[T any](v []T, holds func(T) bool) bool {
	return !slices.ContainsFunc(v, func(item T) bool { return !holds(item) })
}

// Members notes a list with a scalar item that breaks its rule.
func (c *Checker) Members(at string, print func() string, rule string) {
	c.violate(reasonMember, c.printed(print), at, "Member must satisfy constraint: "+rule)
}

// Keys notes a map with a key that breaks its rule.
func (c *Checker) Keys(at string, print func() string, rule string) {
	c.violate(reasonMember, c.printed(print), at, "Map keys must satisfy constraint: "+rule)
}

// Values notes a map with a scalar value that breaks its rule.
func (c *Checker) Values(at string, print func() string, rule string) {
	c.violate(reasonMember, c.printed(print), at, "Map value must satisfy constraint: "+rule)
}
