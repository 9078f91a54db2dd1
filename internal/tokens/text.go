// Package tokens estimates how many tokens a text or a request costs, where no model's own tokenizer can be asked.
//
// A text is taken apart from left to right into pieces, each of which counts as one token: so a text
// can be cut after exactly n tokens, and the part before the cut counts n. English prose comes to
// about four bytes a token, source code and JSON to about three, Chinese, Japanese and Korean to one
// character.
package tokens

import "unicode/utf8"

// A token has room for twelve units. A character takes from that room what its script is known to
// cost, and a change between letters, digits, punctuation and white space begins the next token.
const (
	room = 12

	asciiLetter  = 2  // six letters: common English words are whole, longer ones two or three tokens
	accented     = 4  // three letters: Latin with diacritics, Greek, Cyrillic
	otherScript  = 6  // two letters: Arabic, Hebrew, the scripts of India and South-East Asia
	ideograph    = 12 // one: Chinese, Japanese, Korean, emoji
	digitWeight  = 4  // three digits
	punctWeight  = 4  // three marks in a row, as in `":"`
	symbolWeight = 6  // two typographic marks
	spaceWeight  = 1  // twelve spaces of indentation
	tabWeight    = 3
	breakWeight  = 2 // six line breaks
)

// class tells characters apart that never share a token.
type class uint8

const (
	letters class = iota
	digits
	marks
	spaces
	breaks
)

// glyph is a character's class in the upper four bits and its weight in the lower.
type glyph uint8

func newGlyph(c class, weight uint8) glyph { return glyph(uint8(c)<<4 | weight) }
func (g glyph) class() class               { return class(g >> 4) }
func (g glyph) weight() int                { return int(g & 15) }

// other stands in ascii for bytes of longer characters.
const other glyph = 0xFF

// ascii holds the glyph of every ASCII character. It is never written to.
var ascii = asciiGlyphs()

func asciiGlyphs() (t [256]glyph) {
	for c := range t {
		switch {
		case c >= utf8.RuneSelf:
			t[c] = other
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			t[c] = newGlyph(letters, asciiLetter)
		case '0' <= c && c <= '9':
			t[c] = newGlyph(digits, digitWeight)
		case c == ' ':
			t[c] = newGlyph(spaces, spaceWeight)
		case c == '\t':
			t[c] = newGlyph(spaces, tabWeight)
		case c == '\n', c == '\r':
			t[c] = newGlyph(breaks, breakWeight)
		default:
			t[c] = newGlyph(marks, punctWeight)
		}
	}
	return t
}

// wide is the glyph of a character outside ASCII.
func wide(r rune) glyph {
	switch {
	case r == utf8.RuneError:
		return newGlyph(marks, punctWeight)
	case r < 0xC0, 0x2000 <= r && r < 0x2E80: // Latin-1 signs; general punctuation, arrows, boxes
		return newGlyph(marks, symbolWeight)
	case r < 0x530, 0x1E00 <= r && r < 0x2000: // Latin, Greek, Cyrillic and their extensions
		return newGlyph(letters, accented)
	case 0x1100 <= r && r < 0x1200, 0x2E80 <= r && r < 0xA000, r >= 0xAC00:
		return newGlyph(letters, ideograph)
	default:
		return newGlyph(letters, otherScript)
	}
}

// Text counts the tokens of s. It does not allocate. For valid UTF-8 the counts of two texts and of
// both joined differ by at most one: Text(a)+Text(b)-1 ≤ Text(a+b) ≤ Text(a)+Text(b).
func Text[T ~string | ~[]byte](s T) int64 {
	var n int64
	for i := 0; i < len(s); n++ {
		i = end(s, i)
	}
	return n
}

// Prefix returns the first n tokens of s, or all of it when it has fewer.
// Text(Prefix(s, n)) is n for every n from 0 to Text(s).
func Prefix(s string, n int64) string {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		i = end(s, i)
	}
	return s[:i]
}

// end returns where the token ends that begins at s[i].
func end[T ~string | ~[]byte](s T, i int) int {
	if joins(s, i) {
		i++
	}
	g, size := at(s, i)
	kind, left := g.class(), room-g.weight()
	for i += size; i < len(s); i += size {
		if g, size = ascii[s[i]], 1; g == other {
			g, size = at(s, i)
		}
		if left -= g.weight(); left < 0 || g.class() != kind {
			return i
		}
	}
	return i
}

// joins reports whether s[i] only leads the token behind it: one space in front of anything but
// white space, as in " the", or one mark in front of a Latin letter, as in "(s" and ".Name".
func joins[T ~string | ~[]byte](s T, i int) bool {
	first := ascii[s[i]].class()
	if first == letters || i+1 >= len(s) {
		return false
	}
	next := ascii[s[i+1]]
	return s[i] == ' ' && (next == other || next.class() < spaces) || first == marks && next.class() == letters
}

// at returns the glyph at s[i] and its size in bytes. Bytes that are no UTF-8 are glyphs of their own.
func at[T ~string | ~[]byte](s T, i int) (glyph, int) {
	if g := ascii[s[i]]; g != other {
		return g, 1
	}
	r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
	return wide(r), size
}
