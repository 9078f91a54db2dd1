package policy

import "strings"

// reading says what a pattern's text may have in it beside literals and variables.
type reading uint8

const (
	plainText reading = iota // wildcards stand for themselves
	globs
)

// pattern compiles a resource or the value of a condition. Policy variables count in documents of version 2012-10-17:
// ${key}, ${key, 'default'}, and ${*}, ${?}, ${$} for the characters themselves. In older ones they are plain text.
func (p *parser) pattern(n node, as reading) (pattern, error) {
	var atoms []atom
	rest := n.text
	for p.variables {
		before, after, ok := strings.Cut(rest, "${")
		if !ok {
			break
		}
		inside, behind, closed := strings.Cut(after, "}")
		if !closed {
			return pattern{}, p.syntax(n.start, "a variable in %q has no end", n.text)
		}
		a, ok := variableOf(inside)
		if !ok {
			return pattern{}, p.syntax(n.start, "${%s} is not a policy variable", inside)
		}
		atoms = as.append(atoms, before)
		if a.kind == literal {
			atoms = appendLiteral(atoms, a.text)
		} else {
			atoms = append(atoms, a)
		}
		rest = behind
	}
	atoms = as.append(atoms, rest)
	return pattern{atoms: atoms}, nil
}

func (as reading) append(atoms []atom, text string) []atom {
	if as == globs {
		return appendGlob(atoms, text)
	}
	return appendLiteral(atoms, text)
}

// variableOf reads what stands between the braces.
func variableOf(inside string) (atom, bool) {
	if inside == "*" || inside == "?" || inside == "$" {
		return atom{kind: literal, text: inside}, true
	}
	name, rest, hasDefault := strings.Cut(inside, ",")
	name = strings.TrimSpace(name)
	if !strings.Contains(name, ":") {
		return atom{}, false
	}
	a := atom{kind: variable, key: keyOf(name)}
	if hasDefault {
		quoted := strings.TrimSpace(rest)
		if len(quoted) < 2 || quoted[0] != '\'' || quoted[len(quoted)-1] != '\'' {
			return atom{}, false
		}
		a.kind, a.text = defaulted, quoted[1:len(quoted)-1]
	}
	return a, true
}
