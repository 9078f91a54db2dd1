package awswire

import (
	"math"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

func TestAppendStringIsUndoneByAParser(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		s := string(raw)
		if rapid.Bool().Draw(t, "text") {
			s = rapid.String().Draw(t, "s")
		}
		quoted := AppendString(nil, s)
		back, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil {
			t.Fatalf("%q is no JSON string: %v", quoted, err)
		}
		want := string([]rune(s)) // each byte that is no UTF-8 becomes U+FFFD
		if string(back) != want || utf8.ValidString(s) && want != s {
			t.Fatalf("%q came back as %q", s, back)
		}
	})
}

func TestAppendScalars(t *testing.T) {
	at := time.Date(2026, 11, 22, 15, 4, 5, 0, time.FixedZone("CET", 3600))
	for want, got := range map[string][]byte{
		`"a\"\\\n\r\t\u0001é"`:          AppendString(nil, "a\"\\\n\r\t\x01é"),
		"-7":                            AppendInt(nil, -7),
		"0.25":                          AppendFloat(nil, 0.25),
		"1e+21":                         AppendFloat(nil, 1e21),
		`"NaN"`:                         AppendFloat(nil, math.NaN()),
		`"Infinity"`:                    AppendFloat(nil, math.Inf(1)),
		`"-Infinity"`:                   AppendFloat(nil, math.Inf(-1)),
		"true":                          AppendBool(nil, true),
		`"AAEC"`:                        AppendBlob(nil, []byte{0, 1, 2}),
		"{}":                            AppendDocument(nil, nil),
		"[1]":                           AppendDocument(nil, jsontext.Value("[1]")),
		`"2026-11-22T14:04:05Z"`:        AppendTime(nil, at),
		`"2026-11-22T14:04:05.000123Z"`: AppendTime(nil, at.Add(123*time.Microsecond)),
		`{"a":1}`:                       CloseObject([]byte(`{"a":1,`)),
		"[]":                            CloseArray([]byte("[")),
	} {
		if string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
