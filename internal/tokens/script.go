package tokens

import "unicode/utf8"

// script is a kind of character that tokenizers treat alike.
type script uint8

const (
	latin       script = iota // letters of ASCII
	digit                     // 0 to 9
	mark                      // punctuation of ASCII
	accented                  // Latin with diacritics
	greek                     //
	cyrillic                  //
	hebrew                    //
	arabic                    //
	indic                     // Devanagari, Bengali, Tamil and their kin
	southeast                 // Thai, Lao, Burmese, Tibetan
	han                       // Chinese characters
	kana                      // the syllables of Japanese
	hangul                    // the syllables of Korean
	emoji                     //
	sign                      // quotation marks, arrows, boxes and other typography
	otherScript               // Armenian, Georgian, Ethiopic and all the rest
	scripts                   // how many there are
)

// block is a range of characters of one script, up to and without its end.
type block struct {
	end rune
	script
}

// blocks cover every character outside ASCII, in order.
var blocks = [...]block{
	{0xC0, sign},
	{0x370, accented},
	{0x400, greek},
	{0x530, cyrillic},
	{0x590, otherScript},
	{0x600, hebrew},
	{0x780, arabic},
	{0x900, otherScript},
	{0xE00, indic},
	{0x10A0, southeast},
	{0x1100, otherScript},
	{0x1200, hangul},
	{0x1780, otherScript},
	{0x1800, southeast},
	{0x1E00, otherScript},
	{0x1F00, accented},
	{0x2000, greek},
	{0x2E80, sign},
	{0x3040, han},
	{0x3100, kana},
	{0x3130, han},
	{0x3190, hangul},
	{0xA000, han},
	{0xAC00, otherScript},
	{0xD7B0, hangul},
	{0xF900, otherScript},
	{0xFB00, han},
	{0xFB50, otherScript},
	{0xFE00, arabic},
	{0xFE70, han},
	{0xFF00, arabic},
	{0xFFF0, han},
	{0x1F000, otherScript},
	{0x20000, emoji},
	{utf8.MaxRune + 1, han},
}

// scriptOf returns the script of a character outside ASCII.
func scriptOf(r rune) script {
	if 0x4E00 <= r && r < 0xA000 { // most of what is not ASCII is Chinese
		return han
	}
	low, high := 0, len(blocks)-1
	for low < high {
		if middle := (low + high) / 2; r < blocks[middle].end {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return blocks[low].script
}
