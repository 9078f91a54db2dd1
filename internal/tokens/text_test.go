package tokens

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

const english = "The harbour master keeps a careful record of every vessel that arrives, and reads it aloud on Friday evenings. "

func TestText(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       int64
	}{
		{"nothing", "", 0},
		{"short words carry their space", "the cat sat", 3},
		{"a long word is several tokens", "internationalisation", 4},
		{"punctuation stands alone", "Stop, now.", 4},
		{"digits by three", "1234567", 3},
		{"Chinese by character", "你好世界", 4},
		{"Hangul by character", "안녕하세요", 5},
		{"Cyrillic by three letters", "привет", 2},
		{"accents cost more", "éèê", 1},
		{"indentation is one token", "\n        return", 3},
		{"a lone space", " ", 1},
		{"JSON", `{"a":"b"}`, 5},
		{"a mark leads a word", "f(x).y", 4},
		{"no UTF-8", "\xff\xfe\xfd", 1},
		{"emoji", "👍👍", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Text(test.text); got != test.want {
				t.Errorf("Text(%q) = %d, want %d", test.text, got, test.want)
			}
			if got := Text([]byte(test.text)); got != test.want {
				t.Errorf("Text([]byte(%q)) = %d, want %d", test.text, got, test.want)
			}
		})
	}
}

func TestDensity(t *testing.T) {
	code := "func end(s string, i int) int {\n\tif s[i] == ' ' && i+1 < len(s) {\n\t\ti++\n\t}\n\treturn i\n}\n"
	for _, test := range []struct {
		name, text string
		low, high  float64 // bytes a token
	}{
		{"English", english, 3.7, 4.7},
		{"code", code, 2, 3.6},
		{"German", "Der Hafenmeister führt sorgfältig Buch über jedes Schiff, das eintrifft.", 3.5, 5.1},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := float64(len(test.text)) / float64(Text(test.text))
			if got < test.low || got > test.high {
				t.Errorf("%.2f bytes a token, want %.1f to %.1f", got, test.low, test.high)
			}
		})
	}
}

func TestJoinedTextsCountAlmostTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyVocabulary(t)
		a, b := anyText(t, "a"), anyText(t, "b")
		apart, joined := v.Text(a)+v.Text(b), v.Text(a+b)
		if joined > apart || joined < apart-1 {
			t.Fatalf("Text(%q) + Text(%q) = %d, joined %d", a, b, apart, joined)
		}
		if joined < v.Text(a) || joined < v.Text(b) {
			t.Fatalf("the whole %q counts %d, less than a part", a+b, joined)
		}
	})
}

func TestPrefixHasTheTokensAskedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyVocabulary(t)
		s := rapid.OneOf(rapid.Just(anyText(t, "text")), rapid.StringN(0, 80, 300)).Draw(t, "s")
		n := rapid.Int64Range(0, v.Text(s)).Draw(t, "n")
		p := v.Prefix(s, n)
		if !strings.HasPrefix(s, p) || v.Text(p) != n {
			t.Fatalf("Prefix(%q, %d) = %q, which counts %d", s, n, p, v.Text(p))
		}
		if utf8.ValidString(s) && !utf8.ValidString(p) {
			t.Fatalf("Prefix(%q, %d) = %q cuts a character", s, n, p)
		}
		if v.Prefix(s, n+int64(len(s))) != s {
			t.Fatalf("more tokens than there are must give the whole text")
		}
	})
}

func anyVocabulary(t *rapid.T) *Vocabulary {
	if i := rapid.IntRange(-1, len(families)-1).Draw(t, "family"); i >= 0 {
		return families[i].Vocabulary
	}
	return general
}

// anyText draws text with long runs of one script, where a tokenizer's boundaries move.
func anyText(t *rapid.T, label string) string {
	return rapid.StringOfN(rapid.SampledFrom([]rune("abcXYZ  \t\n09.,\"{éßжשक中한👍—\u00a0")), 0, 60, -1).Draw(t, label)
}

func TestTextDoesNotAllocate(t *testing.T) {
	text, raw := english+"你好 привет", []byte(english+"你好 привет")
	if n := testing.AllocsPerRun(100, func() { Text(text); Text(raw); claude.Prefix(text, 20) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkText(b *testing.B) {
	for name, s := range map[string]string{
		"english": strings.Repeat(english, 10)[:1024],
		"chinese": strings.Repeat("港口管理員", 100)[:1023],
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				Text(s)
			}
		})
	}
}
