package policy

import (
	"strings"
	"unicode/utf8"
)

// pattern is a text to compare with, taken apart into what stands for itself, wildcards and variables.
type pattern struct {
	atoms []atom
	fold  bool // the case of ASCII letters does not count
}

// atom is a part of a pattern.
type atom struct {
	kind atomKind
	text string // a literal; the default of a variable
	key  key    // of a variable
}

type atomKind uint8

const (
	literal   atomKind = iota
	one                // ?: one character
	run                // *: any number of characters
	variable           // ${key}: the one value of a condition key; none matches nothing
	defaulted          // ${key, 'text'}: the same, or the default
)

// wildcards takes a text apart that has no variables.
func wildcards(text string, fold bool) pattern {
	return pattern{appendGlob(nil, text), fold}
}

// appendGlob appends the atoms of a text with wildcards. Runs of runs are one.
func appendGlob(atoms []atom, text string) []atom {
	for text != "" {
		n := strings.IndexAny(text, "*?")
		if n < 0 {
			return appendLiteral(atoms, text)
		}
		atoms = appendLiteral(atoms, text[:n])
		kind := one
		if text[n] == '*' {
			kind = run
		}
		if kind == one || len(atoms) == 0 || atoms[len(atoms)-1].kind != run {
			atoms = append(atoms, atom{kind: kind})
		}
		text = text[n+1:]
	}
	return atoms
}

// appendLiteral appends text that stands for itself, to the literal before it if there is one.
func appendLiteral(atoms []atom, text string) []atom {
	if text == "" {
		return atoms
	}
	if n := len(atoms); n > 0 && atoms[n-1].kind == literal {
		atoms[n-1].text += text
		return atoms
	}
	return append(atoms, atom{kind: literal, text: text})
}

// matches reports whether the whole of s matches. It looks back no further than the last run, so that its time is at
// most the product of both lengths, whatever the pattern.
func (p *pattern) matches(s string, r *Request) bool {
	if len(p.atoms) == 1 && p.atoms[0].kind == literal && len(p.atoms[0].text) != len(s) {
		return false // as with most names of actions
	}
	at, i := 0, 0        // in s, and of the atom
	retry, last := 0, -1 // where the last run ends so far, and which atom it is
	for {
		if i == len(p.atoms) {
			if at == len(s) {
				return true
			}
		} else if a := &p.atoms[i]; a.kind == run {
			if i+1 == len(p.atoms) {
				return true
			}
			last, i = i, i+1
			at = p.next(i, s, at)
			retry = at
			continue
		} else if n, ok := a.step(s[at:], p.fold, r); ok {
			at, i = at+n, i+1
			continue
		}
		if last < 0 || retry >= len(s) {
			return false
		}
		_, width := utf8.DecodeRuneInString(s[retry:])
		retry = p.next(last+1, s, retry+width)
		at, i = retry, last+1
	}
}

// next is the first place from at where atom i can match: a literal is searched for, anything else is tried there.
func (p *pattern) next(i int, s string, at int) int {
	if i < len(p.atoms) && p.atoms[i].kind == literal && !p.fold {
		if n := strings.Index(s[at:], p.atoms[i].text); n >= 0 {
			return at + n
		}
		return len(s)
	}
	return at
}

// step matches one atom, which is no run, at the beginning of s and returns how much of s that took.
func (a *atom) step(s string, fold bool, r *Request) (int, bool) {
	text := a.text
	switch a.kind {
	case one:
		_, width := utf8.DecodeRuneInString(s)
		return width, width > 0
	case variable, defaulted:
		v := r.value(&a.key)
		switch found, ok := v.single(); {
		case ok:
			text = found
		case a.kind == variable:
			return 0, false
		}
	}
	if len(s) < len(text) {
		return 0, false
	}
	return len(text), s[:len(text)] == text || fold && equalFold(s[:len(text)], text)
}

// equalFold compares two texts of one length without regard to the case of ASCII letters. It begins at the end, since
// names of actions begin alike.
func equalFold(a, b string) bool {
	for i := len(a) - 1; i >= 0; i-- {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
