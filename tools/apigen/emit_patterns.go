package main

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

func patternVar(sh *shape) string { return "pattern" + goName(sh.Name) }

func (sh *shape) matched() bool { return sh.Input && sh.Pattern != "" && sh.Kind == kindString }

// emitPatterns writes every expression that inputs are matched with.
func emitPatterns(s *service) *file {
	f := newFile(s)
	f.use(pkgAWSWire)
	f.printf("// Expressions are compiled when first used.\nvar (\n")
	for _, sh := range s.Shapes {
		if sh.matched() {
			more := ""
			if sh.Adjust.Not != "" {
				more += ", Not: " + quote(translate(sh.Adjust.Not))
			}
			if sh.Adjust.Allowed != "" {
				more += ", Allowed: " + quote(sh.Adjust.Allowed)
			}
			f.printf("%s = awswire.Pattern{Source: %s, Go: %s%s}\n", patternVar(sh), quote(spell(sh.Pattern)), quote(translate(cmp.Or(sh.Adjust.Pattern, sh.Pattern))), more)
		}
	}
	f.printf(")\n")
	return f
}

func quote(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r == '`' || special(r) }) {
		return fmt.Sprintf("%+q", s)
	}
	return "`" + s + "`"
}

// special reports whether a character of a pattern cannot be printed as it is.
func special(r rune) bool { return r < ' ' || r > '~' }

// spell writes a pattern as sentences print it. One with special characters has them, and its spaces, as Java's escapes.
func spell(pattern string) string {
	if !strings.ContainsFunc(pattern, special) {
		return pattern
	}
	var b strings.Builder
	for _, r := range pattern {
		if special(r) || r == ' ' {
			fmt.Fprintf(&b, `\u%04X`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// translate turns a model's expression, Java style and matched in full, into one of Go's.
// Of what the models use, two differ: \u0020 is \x{0020}, and Java's \s includes the vertical tab.
func translate(pattern string) string {
	var b strings.Builder
	b.WriteString(`\A(?:`)
	class := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && i+1 < len(pattern):
			i++
			switch {
			case pattern[i] == 'u' && i+4 < len(pattern):
				fmt.Fprintf(&b, `\x{%s}`, pattern[i+1:i+5])
				i += 4
			case pattern[i] == 's' && class:
				b.WriteString(`\s\v`)
			case pattern[i] == 's':
				b.WriteString(`[\s\v]`)
			default:
				b.WriteByte('\\')
				b.WriteByte(pattern[i])
			}
			continue
		case c == '[' && !class:
			class = true
		case c == ']' && class:
			class = false
		}
		b.WriteByte(pattern[i])
	}
	b.WriteString(`)\z`)
	if _, err := regexp.Compile(b.String()); err != nil {
		panic(fmt.Sprintf("BUG: pattern %s does not translate to Go: %v", pattern, err))
	}
	return b.String()
}
