package policy

import "strings"

// arnPattern is the value of an ARN operator: a pattern for each of an ARN's six parts. Wildcards do not reach over a
// colon but in the last part, which has all that follows the fifth. A value with fewer parts matches no ARN, as the parts
// it lacks are empty.
type arnPattern struct {
	parts [6]pattern
	any   bool // the value is "*" alone
}

// arnPattern compiles such a value. Its colons are counted outside of variables.
func (p *parser) arnPattern(n node) (arnPattern, error) {
	whole, err := p.pattern(n, globs)
	if err != nil {
		return arnPattern{}, err
	}
	a := arnPattern{any: n.text == "*"}
	i := 0
	for _, next := range whole.atoms {
		for next.kind == literal && i < len(a.parts)-1 {
			before, after, ok := strings.Cut(next.text, ":")
			if !ok {
				break
			}
			a.parts[i].atoms = appendLiteral(a.parts[i].atoms, before)
			next.text = after
			i++
		}
		if next.kind != literal || next.text != "" {
			a.parts[i].atoms = append(a.parts[i].atoms, next)
		}
	}
	return a, nil
}

// matches reports whether s is an ARN of which every part matches.
func (a *arnPattern) matches(s string, r *Request) bool {
	if a.any {
		return true
	}
	for i := range a.parts {
		part, rest := s, ""
		if i < len(a.parts)-1 {
			var ok bool
			if part, rest, ok = strings.Cut(s, ":"); !ok {
				return false
			}
		}
		if !a.parts[i].matches(part, r) {
			return false
		}
		s = rest
	}
	return true
}
