package main

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

func patternVar(sh *shape) string { return "pattern" + goName(sh.Name) }

// emitPatterns writes every expression that inputs are matched with.
func emitPatterns(s *service) *file {
	f := newFile(s)
	f.use(pkgAWSWire)
	f.printf("// Expressions are compiled when first used.\nvar (\n")
	for _, sh := range s.Shapes {
		if sh.Input && sh.Pattern != "" && sh.Kind == kindString {
			f.printf("%s = awswire.Pattern{Source: %s, Go: %s}\n", patternVar(sh), quote(sh.Pattern), quote(translate(cmp.Or(sh.Adjust.Pattern, sh.Pattern))))
		}
	}
	f.printf(")\n")
	return f
}

func quote(s string) string {
	if strings.Contains(s, "`") {
		return fmt.Sprintf("%q", s)
	}
	return "`" + s + "`"
}

// translate turns a model's expression, Java style and matched in full, into one of Go's.
// Of what the models use, only \s differs: Java's includes the vertical tab.
func translate(pattern string) string {
	var b strings.Builder
	b.WriteString(`\A(?:`)
	class := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && i+1 < len(pattern):
			i++
			switch {
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
