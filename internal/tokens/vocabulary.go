package tokens

import (
	"strings"
	"unicode/utf8"
)

// Vocabulary is how a family of models cuts text. There is one a family; it is never written to.
type Vocabulary struct {
	ascii   [256]glyph // other, for bytes of longer characters
	weights [scripts]uint8
}

// A token has room for so many units. A character takes from that room what its script costs, and a
// change between letters, digits, punctuation and white space begins the next token.
const (
	room = 240

	spaceWeight = room / 12 // twelve spaces of indentation
	tabWeight   = room / 4
	breakWeight = room / 6 // six line breaks
)

// density is how many characters of each script make a token, at least 1.
type density [scripts]uint8

// The densities. Those of a vocabulary that is public were fitted to it: to its counts of the Universal
// Declaration of Human Rights in twelve languages, a poem, Markdown, Go, JavaScript and JSON, which they
// meet within a quarter, most within a tenth. The others follow published counts and ratios. No
// character counts more than one token, so scripts that a vocabulary hardly knows, and emoji, count low.
var (
	// general stands for every family that nothing is known of.
	general = newVocabulary(density{
		latin: 6, digit: 3, mark: 3, accented: 3, greek: 3, cyrillic: 3, hebrew: 2, arabic: 2, indic: 2, southeast: 2,
		han: 1, kana: 1, hangul: 1, emoji: 1, sign: 2, otherScript: 2,
	})
	// claude is fitted to the vocabulary that Anthropic published for Claude 2. Published counts of Claude 3
	// lie within a tenth of it for English, code, Japanese and Russian.
	claude = newVocabulary(density{
		latin: 6, digit: 3, mark: 2, accented: 1, greek: 1, cyrillic: 2, hebrew: 1, arabic: 1, indic: 1, southeast: 1,
		han: 1, kana: 1, hangul: 1, emoji: 1, sign: 2, otherScript: 1,
	})
	// claude47 is claude with about 30 percent more tokens for the same text, which is what Anthropic says of
	// the tokenizer of Opus 4.7 and of the models after it.
	claude47 = newVocabulary(density{
		latin: 4, digit: 2, mark: 1, accented: 1, greek: 1, cyrillic: 2, hebrew: 1, arabic: 1, indic: 1, southeast: 1,
		han: 1, kana: 1, hangul: 1, emoji: 1, sign: 1, otherScript: 1,
	})
	// nova follows published counts of Nova Lite: beside Claude 3, a sixth fewer tokens for English, a few
	// percent fewer for code, more for digits, a quarter more for Chinese and Japanese.
	nova = newVocabulary(density{
		latin: 7, digit: 1, mark: 2, accented: 1, greek: 1, cyrillic: 2, hebrew: 1, arabic: 1, indic: 1, southeast: 1,
		han: 1, kana: 1, hangul: 1, emoji: 1, sign: 2, otherScript: 1,
	})
	// llama3 is fitted to the vocabulary of Llama 3, of 128,000 tokens. Llama 4 has a larger one and is no denser
	// in what counts most.
	llama3 = newVocabulary(density{
		latin: 7, digit: 3, mark: 2, accented: 1, greek: 3, cyrillic: 5, hebrew: 1, arabic: 3, indic: 2, southeast: 2,
		han: 1, kana: 6, hangul: 2, emoji: 1, sign: 2, otherScript: 1,
	})
	// mistral is fitted to Mistral's first vocabulary, of 32,000 tokens, which Llama 2 nearly shares.
	mistral = newVocabulary(density{
		latin: 5, digit: 1, mark: 1, accented: 1, greek: 1, cyrillic: 3, hebrew: 1, arabic: 1, indic: 1, southeast: 1,
		han: 1, kana: 1, hangul: 1, emoji: 1, sign: 2, otherScript: 1,
	})
	// tekken is Mistral's second vocabulary, of 131,000 tokens: as Mistral says, about 30 percent fewer tokens for
	// code, Chinese and Russian than the first, half as many for Korean, a third for Arabic.
	tekken = newVocabulary(density{
		latin: 7, digit: 1, mark: 2, accented: 2, greek: 3, cyrillic: 5, hebrew: 2, arabic: 4, indic: 2, southeast: 2,
		han: 1, kana: 2, hangul: 2, emoji: 1, sign: 2, otherScript: 1,
	})
	// o200k is fitted to OpenAI's vocabulary of 200,000 tokens, that of gpt-oss.
	o200k = newVocabulary(density{
		latin: 9, digit: 3, mark: 2, accented: 2, greek: 3, cyrillic: 6, hebrew: 3, arabic: 4, indic: 4, southeast: 2,
		han: 1, kana: 2, hangul: 2, emoji: 1, sign: 2, otherScript: 2,
	})
	// qwen is fitted to the vocabulary of Qwen 3, of 151,000 tokens.
	qwen = newVocabulary(density{
		latin: 7, digit: 1, mark: 2, accented: 1, greek: 1, cyrillic: 4, hebrew: 3, arabic: 3, indic: 1, southeast: 2,
		han: 2, kana: 1, hangul: 1, emoji: 1, sign: 2, otherScript: 1,
	})
	// deepseek is fitted to the vocabulary of DeepSeek V3, of 128,000 tokens, which R1 shares.
	deepseek = newVocabulary(density{
		latin: 7, digit: 3, mark: 2, accented: 1, greek: 2, cyrillic: 5, hebrew: 2, arabic: 3, indic: 2, southeast: 3,
		han: 2, kana: 2, hangul: 1, emoji: 1, sign: 2, otherScript: 1,
	})
	// gemma is fitted to the vocabulary of Gemma 3, of 262,000 tokens.
	gemma = newVocabulary(density{
		latin: 7, digit: 1, mark: 2, accented: 3, greek: 3, cyrillic: 6, hebrew: 2, arabic: 3, indic: 6, southeast: 3,
		han: 2, kana: 2, hangul: 2, emoji: 1, sign: 2, otherScript: 2,
	})
	// cohere follows the characters per token that Cohere publishes for ten languages.
	cohere = newVocabulary(density{
		latin: 9, digit: 3, mark: 2, accented: 3, greek: 3, cyrillic: 6, hebrew: 3, arabic: 5, indic: 5, southeast: 2,
		han: 1, kana: 2, hangul: 2, emoji: 1, sign: 2, otherScript: 2,
	})
)

// families maps the beginning of a model's id to its vocabulary. The first that fits counts.
var families = [...]struct {
	prefix string
	*Vocabulary
}{
	{"anthropic.claude-v", claude},
	{"anthropic.claude-instant", claude},
	{"anthropic.claude-3", claude},
	{"anthropic.claude-opus-4-2", claude}, // a date
	{"anthropic.claude-opus-4-1", claude},
	{"anthropic.claude-opus-4-5", claude},
	{"anthropic.claude-opus-4-6", claude},
	{"anthropic.claude-sonnet-4", claude},
	{"anthropic.claude-haiku-4", claude},
	{"anthropic.", claude47},
	{"amazon.nova", nova},
	{"meta.llama2", mistral},
	{"meta.", llama3},
	{"mistral.mistral-7b", mistral},
	{"mistral.mixtral", mistral},
	{"mistral.mistral-large-24", mistral},
	{"mistral.mistral-small-24", mistral},
	{"mistral.", tekken},
	{"openai.", o200k},
	{"qwen.", qwen},
	{"deepseek.", deepseek},
	{"google.gemma", gemma},
	{"cohere.", cohere},
}

// For returns the vocabulary of a foundation model's family, by the model's id. A model of no known
// family has a general one.
func For(model string) *Vocabulary {
	for i := range families {
		if strings.HasPrefix(model, families[i].prefix) {
			return families[i].Vocabulary
		}
	}
	return general
}

func newVocabulary(d density) *Vocabulary {
	v := &Vocabulary{}
	for s, n := range d {
		v.weights[s] = room / max(n, 1)
	}
	for c := range v.ascii {
		v.ascii[c] = v.asciiGlyph(byte(c))
	}
	return v
}

func (v *Vocabulary) asciiGlyph(c byte) glyph {
	switch {
	case c >= utf8.RuneSelf:
		return other
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		return newGlyph(letters, v.weights[latin])
	case '0' <= c && c <= '9':
		return newGlyph(digits, v.weights[digit])
	case c == ' ':
		return newGlyph(spaces, spaceWeight)
	case c == '\t':
		return newGlyph(spaces, tabWeight)
	case c == '\n', c == '\r':
		return newGlyph(breaks, breakWeight)
	default:
		return newGlyph(marks, v.weights[mark])
	}
}

// wide is the glyph of a character outside ASCII. Bytes that are no UTF-8 are marks.
func (v *Vocabulary) wide(r rune) glyph {
	if r == utf8.RuneError {
		return newGlyph(marks, v.weights[mark])
	}
	s := scriptOf(r)
	if s == sign {
		return newGlyph(marks, v.weights[sign])
	}
	return newGlyph(letters, v.weights[s])
}
