package tokens

import (
	"bufio"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// public are the families whose vocabulary anybody can count with, by their names in testdata/counts.tsv.
var public = map[string]*Vocabulary{
	"claude": claude, "llama3": llama3, "mistral": mistral, "o200k": o200k, "qwen": qwen, "deepseek": deepseek, "gemma": gemma,
}

// low are texts of scripts that a vocabulary hardly knows: their characters are two tokens and more,
// of which the estimate counts one.
var low = map[string]bool{"claude thai": true, "claude korean": true, "claude hindi": true, "claude greek": true, "mistral korean": true, "mistral hindi": true}

// TestEstimates holds the estimates against counts made with the vocabularies themselves.
func TestEstimates(t *testing.T) {
	f, err := os.Open("testdata/counts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Split(lines.Text(), "\t")
		text, err := os.ReadFile(filepath.Join("testdata", "texts", fields[0]+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range fields[1:] {
			family, number, _ := strings.Cut(field, "=")
			want, err := strconv.ParseFloat(number, 64)
			if err != nil {
				t.Fatal(err)
			}
			got := float64(public[family].Bytes(text))
			within := 0.30
			if low[family+" "+fields[0]] {
				within = 0.50
			}
			if off := got/want - 1; math.Abs(off) > within {
				t.Errorf("%s, %s: %v tokens, really %v, which is %+.0f%%", family, fields[0], got, want, 100*off)
			}
			seen++
		}
	}
	if seen != 16*len(public) {
		t.Errorf("%d counts were compared, want %d", seen, 16*len(public))
	}
}

// Published ratios between families that have no public vocabulary and those that have one.
func TestRatios(t *testing.T) {
	english := sample(t, "english", "poem", "markdown", "go", "json")
	for _, test := range []struct {
		name      string
		of, to    *Vocabulary
		text      string
		low, high float64
	}{
		{"a newer Claude: about 1.3", claude47, claude, english, 1.2, 1.4},
		{"Nova to Claude, a poem: 0.86", nova, claude, sample(t, "poem"), 0.80, 0.95},
		{"Nova to Claude, code: 0.93", nova, claude, sample(t, "go"), 0.85, 1},
		{"Tekken to Mistral's first, Russian: 0.7", tekken, mistral, sample(t, "russian"), 0.6, 0.8},
		{"Tekken to Mistral's first, Arabic: 1/3", tekken, mistral, sample(t, "arabic"), 0.28, 0.45},
		{"Tekken to Mistral's first, Korean: 1/2", tekken, mistral, sample(t, "korean"), 0.4, 0.7},
		{"Tekken to Mistral's first, code: 0.7", tekken, mistral, sample(t, "go"), 0.6, 0.85},
	} {
		t.Run(test.name, func(t *testing.T) {
			ratio := float64(test.of.Text(test.text)) / float64(test.to.Text(test.text))
			if ratio < test.low || ratio > test.high {
				t.Errorf("%.2f, want %.2f to %.2f", ratio, test.low, test.high)
			}
		})
	}
	for language, perToken := range map[string]float64{"arabic": 3.6, "german": 4.6, "english": 4.8, "french": 4.4, "hindi": 3.8, "japanese": 1.3, "korean": 2, "chinese": 1.1} {
		text := sample(t, language)
		got := float64(utf8.RuneCountInString(text)) / float64(cohere.Text(text))
		if off := got/perToken - 1; math.Abs(off) > 0.3 {
			t.Errorf("cohere, %s: %.2f characters a token, published %.2f", language, got, perToken)
		}
	}
}

func sample(t *testing.T, names ...string) string {
	t.Helper()
	var b strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join("testdata", "texts", name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return b.String()
}

func TestFor(t *testing.T) {
	for model, want := range map[string]*Vocabulary{
		"anthropic.claude-v2:1":                     claude,
		"anthropic.claude-instant-v1":               claude,
		"anthropic.claude-3-5-sonnet-20241022-v2:0": claude,
		"anthropic.claude-opus-4-20250514-v1:0":     claude,
		"anthropic.claude-opus-4-1-20250805-v1:0":   claude,
		"anthropic.claude-opus-4-6-v1":              claude,
		"anthropic.claude-opus-4-7":                 claude47,
		"anthropic.claude-sonnet-4-6":               claude,
		"anthropic.claude-sonnet-5":                 claude47,
		"anthropic.claude-haiku-4-5-20251001-v1:0":  claude,
		"anthropic.claude-fable-5-1":                claude47,
		"amazon.nova-lite-v1:0":                     nova,
		"amazon.titan-text-express-v1":              general,
		"meta.llama2-70b-chat-v1":                   mistral,
		"meta.llama3-3-70b-instruct-v1:0":           llama3,
		"mistral.mixtral-8x7b-instruct-v0:1":        mistral,
		"mistral.mistral-large-2407-v1:0":           mistral,
		"mistral.mistral-large-3-675b-instruct":     tekken,
		"openai.gpt-oss-120b-1:0":                   o200k,
		"qwen.qwen3-32b-v1:0":                       qwen,
		"deepseek.r1-v1:0":                          deepseek,
		"google.gemma-3-12b-it":                     gemma,
		"cohere.command-r-v1:0":                     cohere,
		"acme.llama-3-3-70b":                        general,
		"":                                          general,
	} {
		if got := For(model); got != want {
			t.Errorf("%q has another vocabulary", model)
		}
	}
}

// Every character has a script, and the blocks are in order, or the search would miss one.
func TestScripts(t *testing.T) {
	for i := 1; i < len(blocks); i++ {
		if blocks[i].end <= blocks[i-1].end {
			t.Errorf("block %d ends at %#x, the one before it at %#x", i, blocks[i].end, blocks[i-1].end)
		}
	}
	for want, letters := range map[script]string{
		accented: "éßøłžạ", greek: "λώἄ", cyrillic: "жяѓ", hebrew: "שך", arabic: "كھﷺﻼ", indic: "हবதమ", southeast: "ไລကក",
		han: "中國々〇「、。Ａ豈𠀀", kana: "かカー", hangul: "한ᄒㅎ", emoji: "👍🧭", sign: "—“…→¿", otherScript: "ԱაአᏣ",
	} {
		for _, r := range letters {
			if got := scriptOf(r); got != want {
				t.Errorf("%q is of script %d, want %d", r, got, want)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if s := scriptOf(rapid.Rune().Draw(t, "r")); s >= scripts {
			t.Fatalf("script %d", s)
		}
	})
}
