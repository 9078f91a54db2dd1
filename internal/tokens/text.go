// Package tokens estimates how many tokens a text or a request costs, where no model's own tokenizer can be asked.
//
// A text is taken apart from left to right into pieces, each of which counts as one token: so a text
// can be cut after exactly n tokens, and the part before the cut counts n. How long a piece may be
// depends on the script and on the model's family: For gives a family's Vocabulary, and the functions
// of the package count for a family that nobody knows. There English prose comes to about four bytes a
// token, source code and JSON to about three, Chinese, Japanese and Korean to one character.
package tokens

import "unicode/utf8"

// class tells characters apart that never share a token.
type class uint8

const (
	letters class = iota
	digits
	marks
	spaces
	breaks
)

// glyph is a character's class in the upper eight bits and its weight in the lower.
type glyph uint16

func newGlyph(c class, weight uint8) glyph { return glyph(uint16(c)<<8 | uint16(weight)) }
func (g glyph) class() class               { return class(g >> 8) }
func (g glyph) weight() int                { return int(g & 0xFF) }

// other stands for bytes of longer characters.
const other glyph = 0xFFFF

// Text counts the tokens of s for a model of no known family.
func Text[T ~string | ~[]byte](s T) int64 { return count(general, s) }

// Text counts the tokens of s. It does not allocate. For valid UTF-8 the counts of two texts and of
// both joined differ by at most one: Text(a)+Text(b)-1 ≤ Text(a+b) ≤ Text(a)+Text(b).
func (v *Vocabulary) Text(s string) int64 { return count(v, s) }

// Bytes counts the tokens of a text as Text does.
func (v *Vocabulary) Bytes(s []byte) int64 { return count(v, s) }

func count[T ~string | ~[]byte](v *Vocabulary, s T) int64 {
	var n int64
	for i := 0; i < len(s); n++ {
		i = end(v, s, i)
	}
	return n
}

// Prefix returns the first n tokens of s, or all of it when it has fewer.
// Text(Prefix(s, n)) is n for every n from 0 to Text(s).
func (v *Vocabulary) Prefix(s string, n int64) string {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		i = end(v, s, i)
	}
	return s[:i]
}

// BytesPerToken is what a token of prose takes on average.
const BytesPerToken = 4

// InBytes counts the tokens of n bytes that nobody reads: a part of a token is one.
func InBytes(n int64) int64 { return (n + BytesPerToken - 1) / BytesPerToken }

// end returns where the token ends that begins at s[i].
func end[T ~string | ~[]byte](v *Vocabulary, s T, i int) int {
	if joins(v, s, i) {
		i++
	}
	g, size := at(v, s, i)
	kind, left := g.class(), room-g.weight()
	for i += size; i < len(s); i += size {
		if g, size = v.ascii[s[i]], 1; g == other {
			g, size = at(v, s, i)
		}
		if left -= g.weight(); left < 0 || g.class() != kind {
			return i
		}
	}
	return i
}

// joins reports whether s[i] only leads the token behind it: one space in front of anything but
// white space, as in " the", or one mark in front of a Latin letter, as in "(s" and ".Name".
func joins[T ~string | ~[]byte](v *Vocabulary, s T, i int) bool {
	first := v.ascii[s[i]].class()
	if first == letters || i+1 >= len(s) {
		return false
	}
	next := v.ascii[s[i+1]]
	return s[i] == ' ' && (next == other || next.class() < spaces) || first == marks && next.class() == letters
}

// at returns the glyph at s[i] and its size in bytes. Bytes that are no UTF-8 are glyphs of their own.
func at[T ~string | ~[]byte](v *Vocabulary, s T, i int) (glyph, int) {
	if g := v.ascii[s[i]]; g != other {
		return g, 1
	}
	r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
	return v.wide(r), size
}
