package policy

import "strings"

// operator is a condition's operator taken apart: ForAnyValue:StringNotLikeIfExists has every part there is.
type operator struct {
	compare  comparison
	order    ordering
	negated  bool // the condition holds where the comparison does not
	ifExists bool
	many     quantifier
}

// comparison is how one value of the request is compared with one of the policy.
type comparison uint8

const (
	sameText comparison = iota
	sameTextFold
	likeText
	numbers
	instants
	truths
	binary
	addresses
	arns
	presence // Null
)

// ordering is which way numbers and instants are compared.
type ordering uint8

const (
	equal ordering = iota
	less
	lessOrEqual
	greater
	greaterOrEqual
)

// quantifier says which of several values of the request must hold.
type quantifier uint8

const (
	oneOf quantifier = iota // no quantifier: one value is enough, or with a negated operator none may compare
	forAllValues
	forAnyValue
)

// operatorOf takes a name apart. Its case counts, as on AWS.
func operatorOf(name string) (operator, bool) {
	var o operator
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		name, o.many = rest, forAllValues
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		name, o.many = rest, forAnyValue
	}
	name, o.ifExists = strings.CutSuffix(name, "IfExists")
	if name == "Null" {
		o.compare = presence
		return o, !o.ifExists && o.many == oneOf
	}
	known := o.text(name) || o.ordered(name) || o.other(name)
	return o, known
}

func (o *operator) text(name string) bool {
	switch name {
	case "StringEquals", "StringNotEquals":
		o.compare = sameText
	case "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase":
		o.compare = sameTextFold
	case "StringLike", "StringNotLike":
		o.compare = likeText
	default:
		return false
	}
	o.negated = strings.HasPrefix(name, "StringNot")
	return true
}

func (o *operator) ordered(name string) bool {
	rest, ok := strings.CutPrefix(name, "Numeric")
	if o.compare = numbers; !ok {
		rest, ok = strings.CutPrefix(name, "Date")
		o.compare = instants
	}
	if !ok {
		return false
	}
	switch rest {
	case "Equals":
	case "NotEquals":
		o.negated = true
	case "LessThan":
		o.order = less
	case "LessThanEquals":
		o.order = lessOrEqual
	case "GreaterThan":
		o.order = greater
	case "GreaterThanEquals":
		o.order = greaterOrEqual
	default:
		return false
	}
	return true
}

func (o *operator) other(name string) bool {
	switch name {
	case "Bool":
		o.compare = truths
	case "BinaryEquals":
		o.compare = binary
	case "IpAddress", "NotIpAddress":
		o.compare = addresses
	case "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike":
		o.compare = arns
	default:
		return false
	}
	o.negated = strings.Contains(name, "Not")
	return true
}
