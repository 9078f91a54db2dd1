package strict

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/identity"
)

// Embedded lends its keys to target.
type Embedded struct {
	Inner string `yaml:"inner"`
}

type target struct {
	Embedded
	Text   string           `yaml:"text"`
	Wait   time.Duration    `yaml:"wait"`
	On     bool             `yaml:"on"`
	Small  int8             `yaml:"small"`
	Count  uint64           `yaml:"count"`
	Rate   float64          `yaml:"rate"`
	Maybe  *int             `yaml:"maybe"`
	Secret identity.Secret  `yaml:"secret"`
	List   []string         `yaml:"list"`
	Map    map[string][]int `yaml:"map"`
	Deep   []struct {
		A target2 `yaml:"a"`
	} `yaml:"deep"`
	Hidden string
}

type target2 struct {
	B string `yaml:"b"`
}

func nobody(string) (string, bool) { return "", false }

func TestDecode(t *testing.T) {
	tests := []struct {
		name, src string
		want      target
	}{
		{"empty", "", target{}},
		{"nothing but a comment", "# hello\n", target{}},
		{"null keeps what was there", "text:\nwait: null\nlist: ~\n", target{}},
		{
			"scalars", "text: 12\nwait: 1m30s\non: true\nsmall: -128\ncount: 1_000\nrate: 1e3\nmaybe: 0\n",
			target{Text: "12", Wait: 90 * time.Second, On: true, Small: -128, Count: 1000, Rate: 1000, Maybe: new(int)},
		},
		{"quotes and blocks", "text: |\n  a\n  b\ninner: \"c: d\"\n", target{Text: "a\nb\n", Embedded: Embedded{"c: d"}}},
		{"carriage returns", "text: a\r\nlist:\r\n  - b\r\n", target{Text: "a", List: []string{"b"}}},
		{
			"collections", "list: [a, 'b']\nmap: {x: [1, 2], \"y\": []}\n",
			target{List: []string{"a", "b"}, Map: map[string][]int{"x": {1, 2}, "y": {}}},
		},
		{
			"aliases", "list: &l [a]\ndeep:\n  - a: &d {b: x}\n  - a: *d\n",
			target{List: []string{"a"}, Deep: []struct {
				A target2 `yaml:"a"`
			}{{target2{"x"}}, {target2{"x"}}}},
		},
		{"dollars", "text: $5 $$ $${PLAIN}\n", target{Text: "$5 $$ ${PLAIN}"}},
		{"default of an unset variable", "text: a${X:-b}c${Y:-}\n", target{Text: "abc"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got target
			if err := Decode("x.yaml", []byte(tt.src), &got, nobody).Err(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.Comparer(func(a, b identity.Secret) bool { return a == b })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFaultsOfForm(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"overflow", "small: 128", `x.yaml:1:8: small: want a whole number, found "128"`},
		{"sign", "count: -1", `x.yaml:1:8: count: want a whole number, found "-1"`},
		{"yes is no boolean", "on: yes", `x.yaml:1:5: on: want true or false, found "yes"`},
		{"field without a key", "Hidden: a", `x.yaml:1:1: Hidden: unknown key; the keys here are `},
		{"alias before its anchor", "text: *a\ninner: &a b", `x.yaml:1:7: text: *a refers to no anchor above it`},
		{"alias within its anchor", "list: &l [*l]", `x.yaml:1:10: list[0]: want text, found a list`},
		{"key that is no scalar", "{[a]: b}", `x.yaml:1:5: not valid YAML: `},
		{"brackets without end", strings.Repeat("[", 1e5), `x.yaml:1:51: nested more than 50 deep`},
		{"dashes without end", strings.Repeat("- ", 1e5), `x.yaml:1:101: nested more than 50 deep`},
		{"deep", "deep:\n- a:\n    c: 1\n", `x.yaml:3:5: deep[0].a.c: unknown key; did you mean "b"?`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got target
			err := Decode("x.yaml", []byte(tt.src), &got, nobody).Err()
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error\n%v\nwant one with\n%s", err, tt.want)
			}
		})
	}
}

// A fault of meaning lands at the value, or around it when the file does not give it, and is left
// out where the form is wrong already.
func TestFaultsOfMeaning(t *testing.T) {
	var v target
	d := Decode("x.yaml", []byte("text: a\ndeep:\n  - a: {b: c}\nlist: d\n"), &v, nobody)
	d.Fault("text", "is %d", 1)
	d.Fault("deep[0].a.b", "is 2")
	d.Fault("deep[0].z", "is 3")
	d.Fault("wait", "is 4")
	d.Fault("list[0]", "is never said")
	var faults *Error
	if !errors.As(d.Err(), &faults) {
		t.Fatalf("got error %v", d.Err())
	}
	var got []string
	for _, f := range faults.Faults {
		first, _, _ := strings.Cut(f.String(), "\n")
		got = append(got, first)
	}
	want := []string{
		"x.yaml: wait: is 4",
		"x.yaml:1:7: text: is 1",
		"x.yaml:3:5: deep[0].z: is 3",
		"x.yaml:3:12: deep[0].a.b: is 2",
		"x.yaml:4:7: list: want a list ([a, b], or lines that begin with -), found \"d\"",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !d.Has("deep[0].a.b") || d.Has("wait") {
		t.Error("Has does not tell what the file gives")
	}
}

func TestExcerptHidesSecretsAndCropsLines(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"a secret's own line", "secret: hush${", "  1 | secret: [redacted]"},
		{"a secret in a block", "secret: >\n  hush${\n", "  1 | secret: [redacted]"},
		{"a misspelt key", "sekrit: x\napi_token_secret: hush", "  2 | api_token_secret: [redacted]"},
		{"a flow mapping", "{typo: 1, secret: hush}", "  1 | {typo: 1, secret: [redacted]"},
		{"a user in a URL", "txt: http://me:hush@host/", "  1 | txt: http://[redacted]@host/"},
		{"a long line", "txt: " + strings.Repeat("é", 500), "  1 | txt: " + strings.Repeat("é", 115) + "\n    | ^^^"},
		{"the end of a long line", "list: [" + strings.Repeat("a, ", 200) + "{}]", "a, {}]\n    | " + strings.Repeat(" ", 117) + "^"},
		{"a tab before the fault", "text: a\tb # \xc3\xa9\nx: y", "  2 | x: y\n    | ^"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var v target
			err := Decode("x.yaml", []byte(tt.src), &v, nobody).Err()
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got error\n%v\nwant one with\n%s", err, tt.want)
			}
		})
	}
}

func TestExpand(t *testing.T) {
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"A": "1", "EMPTY": "", "NESTED": "${A}", "YAML": "[x]"}[name]
		return v, ok
	}
	for text, want := range map[string]string{
		"${A}":                 "1",
		"x${A}y${A}z":          "x1y1z",
		"${EMPTY}":             "",
		"${EMPTY:-d}":          "d",
		"${A:-d}":              "1",
		"${UNSET:-}":           "",
		"${UNSET:-http://a:1}": "http://a:1",
		"${NESTED}":            "${A}",
		"${YAML}":              "[x]",
		"$${A}":                "${A}",
		"$A $":                 "$A $",
	} {
		if got, err := expand(text, env); err != nil || got != want {
			t.Errorf("%q: got %q and error %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"${UNSET}", "${", "${}", "${A", "${1A}", "${A B}", "${:-x}", "${A}${"} {
		if got, err := expand(text, env); err == nil || got != "" {
			t.Errorf("%q: got %q and error %v, want an error", text, got, err)
		}
	}
}

func TestClosest(t *testing.T) {
	keys := []string{"name", "upstream-model", "url", "api-key", "first-token"}
	for name, want := range map[string]string{
		"nmae": "name", "Name": "name", "upstream_model": "upstream-model", "upstreammodel": "upstream-model",
		"apikey": "api-key", "uri": "url", "firstToken": "first-token", "colour": "", "x": "", "": "",
	} {
		if got := Closest(name, keys); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// Whatever the text, decoding ends, and every fault has a message and lies within the text.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "text: a\nwait: 1s\n", "list: &a [*a]\n", "map: {? [x] : [1]}", "deep:\n- a: {b: !!str c}\n- *x\n", "text: |\n  ${A}\n",
		"<<: {text: a}\n", "---\n---\n", "\t", "- - -\n", "text: \"\\x\"", "secret: >-\n hush\n", "%YAML 1.2\n---\ntext: a\n...\n", "&a : b", "? \n: ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		var v target
		err := Decode("x.yaml", []byte(src), &v, nobody).Err()
		var faults *Error
		if !errors.As(err, &faults) {
			return
		}
		lines := strings.Count(src, "\n") + strings.Count(src, "\r") + 1
		for _, f := range faults.Faults {
			if f.Message == "" || f.Line < 0 || f.Line > lines || strings.Count(f.String(), "\n^") > 0 {
				t.Errorf("of %d lines: %+v", lines, f)
			}
		}
	})
}
