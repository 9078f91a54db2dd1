package policy

import "strings"

// Statement is one rule of a document, compiled. It is immutable.
type Statement struct {
	Number int    // its place in the document, from 1
	Sid    string // its name, if it has one
	Deny   bool   // its effect
	Start  Position
	End    Position // behind its last character

	actions    scope
	resources  scope // empty in a trust policy, which speaks of one role
	principals principals
	conditions []condition
}

// Source is where the statement begins and ends as the policy simulator tells it, which counts from behind the opening
// brace.
func (s *Statement) Source() (start, end Position) {
	start = s.Start
	start.Column++
	return start, s.End
}

// scope is Action or NotAction, Resource or NotResource.
type scope struct {
	patterns []pattern
	negated  bool
}

// holds reports whether text is in the scope.
func (s *scope) holds(text string, r *Request) bool {
	for i := range s.patterns {
		if s.patterns[i].matches(text, r) {
			return !s.negated
		}
	}
	return s.negated
}

// statement compiles one statement.
func (p *parser) statement(s *Statement, n node) error {
	if n.kind != '{' {
		return p.syntax(n.start, "a statement must be an object, found %s", described(n.kind))
	}
	s.Start, s.End = position(p.text, n.start), position(p.text, n.end)
	seen := elements{}
	for i := range n.fields {
		if err := p.element(s, &n.fields[i], seen); err != nil {
			return err
		}
	}
	return p.complete(s, n, seen)
}

// elements are those a statement has.
type elements map[string]bool

// either reports whether an element or its negation is there.
func (e elements) either(name string) bool { return e[name] || e["Not"+name] }

// element compiles one element of a statement.
func (p *parser) element(s *Statement, f *field, seen elements) error {
	seen[f.name] = true
	switch f.name {
	case "Sid":
		return p.sid(s, f)
	case "Effect":
		return p.effect(s, f)
	case "Principal", "NotPrincipal":
		if err := p.mayNamePrincipals(f); err != nil {
			return err
		}
		s.principals.negated = f.name == "NotPrincipal"
		return p.principals(&s.principals, f)
	case "Action", "NotAction":
		s.actions.negated = f.name == "NotAction"
		return p.actions(&s.actions, f)
	case "Resource", "NotResource":
		if p.kind == Trust {
			return p.fail(f.start, "Has prohibited field "+f.name, "a trust policy speaks of its role alone")
		}
		s.resources.negated = f.name == "NotResource"
		return p.resources(&s.resources, f)
	case "Condition":
		return p.conditions(s, f.value)
	}
	return p.syntax(f.start, "%q is not an element of a statement", f.name)
}

func (p *parser) sid(s *Statement, f *field) error {
	if f.value.kind != '"' {
		return p.syntax(f.value.start, "the Sid must be a string, found %s", described(f.value.kind))
	}
	s.Sid = f.value.text
	if p.kind == Identity || p.kind == Boundary || p.kind == Session || p.kind == ServiceControl {
		if strings.ContainsFunc(s.Sid, func(c rune) bool { return !alphanumeric(c) }) {
			return p.fail(f.value.start, "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
				"%q has other characters", s.Sid)
		}
	}
	return nil
}

func alphanumeric(c rune) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

func (p *parser) effect(s *Statement, f *field) error {
	if f.value.kind == '"' && (f.value.text == "Allow" || f.value.text == "Deny") {
		s.Deny = f.value.text == "Deny"
		return nil
	}
	if p.kind == Trust && f.value.kind == '"' {
		return p.fail(f.value.start, "Invalid effect: "+f.value.text, "the effect must be Allow or Deny")
	}
	return p.syntax(f.value.start, "the effect must be Allow or Deny")
}

// complete refuses a statement that lacks an element or contradicts itself.
func (p *parser) complete(s *Statement, n node, seen elements) error {
	for _, name := range []string{"Action", "Resource", "Principal"} {
		if seen[name] && seen["Not"+name] {
			return p.syntax(n.start, "a statement has either %s or Not%s", name, name)
		}
	}
	switch {
	case !seen["Effect"]:
		return p.missing(n, "Effect", "Syntax errors in policy.")
	case p.kind.namesPrincipals() && !seen.either("Principal"):
		return p.missing(n, "Principal", "Missing required field Principal")
	case len(s.actions.patterns) == 0:
		return p.missing(n, "Action", "Policy statement must contain actions.")
	case p.kind != Trust && len(s.resources.patterns) == 0:
		return p.missing(n, "Resource", "Policy statement must contain resources.")
	case s.principals.negated && !s.Deny:
		return p.fail(n.start, "Allow with NotPrincipal is not allowed.", "it would let in everybody else there is")
	}
	return nil
}

// missing fails with the sentence for a statement without an element.
func (p *parser) missing(n node, element, sentence string) error {
	if p.kind == Trust {
		sentence = "Missing required field " + element
	}
	return p.fail(n.start, sentence, "the statement has no %s", element)
}
