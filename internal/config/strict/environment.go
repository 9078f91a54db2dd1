package strict

import (
	"errors"
	"fmt"
	"strings"
)

// Lookup finds an environment variable; os.LookupEnv is one.
type Lookup func(name string) (value string, ok bool)

// expand replaces ${NAME} and ${NAME:-default} in a scalar. The default counts when the variable is
// unset or empty, as in a shell; "$${" is a plain "${". What a variable holds is text: it is never
// read as YAML and never expanded again.
func expand(s string, env Lookup) (string, error) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "${")
		if !found {
			b.WriteString(s)
			return b.String(), nil
		}
		if plain, ok := strings.CutSuffix(before, "$"); ok {
			b.WriteString(plain + "${")
			s = after
			continue
		}
		b.WriteString(before)
		inner, rest, closed := strings.Cut(after, "}")
		if !closed {
			return "", errors.New("a ${ has no closing brace; write $${ for a plain ${") // not the text: it may be a secret
		}
		value, err := variable(inner, env)
		if err != nil {
			return "", err
		}
		b.WriteString(value)
		s = rest
	}
}

// variable evaluates what stands between the braces.
func variable(inner string, env Lookup) (string, error) {
	name, fallback, hasFallback := strings.Cut(inner, ":-")
	if !variableName(name) {
		return "", fmt.Errorf("%q is not the name of an environment variable; write ${NAME} or ${NAME:-default}", name)
	}
	value, ok := env(name)
	switch {
	case hasFallback && value == "":
		return fallback, nil
	case !ok:
		return "", fmt.Errorf("the environment variable %s is not set; set it, or write ${%s:-default}", name, name)
	}
	return value, nil
}

func variableName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || '9' < c) {
			return false
		}
	}
	return s != ""
}
