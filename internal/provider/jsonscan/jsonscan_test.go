package jsonscan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

func walk(body string) (members []string) {
	for o := New([]byte(body)); o.Next(); {
		members = append(members, fmt.Sprintf("%s=%s", o.Name, o.Value))
		if string(o.body[o.End-len(o.Value):o.End]) != string(o.Value) || o.body[o.Start] != '"' {
			panic("the places do not fit")
		}
	}
	return members
}

func TestMembers(t *testing.T) {
	for body, want := range map[string][]string{
		`{}`: nil, ``: nil, `[]`: nil, `7`: nil, `{`: nil, `{"a`: nil, `{"a"`: nil, `{"a":`: nil, `{"a":"b`: nil, `{"a":[`: nil, `{"a" 7}`: nil, `{a:7}`: nil,
		`{"a":1,"b":"x","c":null}`:                        {"a=1", "b=x"[:2] + `"x"`, "c=null"},
		" {\n\t\"a\" : [1, {\"b\":\"}]\"}] ,\r\"c\":{}} ": {`a=[1, {"b":"}]"}]`, "c={}"},
		`{"a":"\"","b":"\\","c":"\\\""}`:                  {`a="\""`, `b="\\"`, `c="\\\""`},
		`{"\u006dodel":true,"a\\":1}`:                     {"model=true", `a\=1`},
		`{"a":-1.5e+7}`:                                   {"a=-1.5e+7"},
		`{"a":1 "b":2}`:                                   {"a=1", "b=2"}, // no JSON, and no harm
		`{"\ud800":1}`:                                    {"\uFFFD=1"},
	} {
		if diff := cmp.Diff(want, walk(body)); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}

// What is JSON is walked as a parser walks it.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":[{"c":"\"]"}],"d":"\\"}`, `{"a":{"b":{}}}`, `{"":"","x":-0}`, `{"\\":"\\\\"}`, `{"a":`, "{\"\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got := walk(body)
		if jsontext.Value(body).Kind() != '{' || !jsontext.Value(body).IsValid() {
			return
		}
		var members map[string]jsontext.Value
		if err := json.Unmarshal([]byte(body), &members); err != nil {
			t.Skip()
		}
		if len(got) != len(members) {
			t.Fatalf("%d members, want %d: %q", len(got), len(members), got)
		}
		for _, m := range got {
			found := false
			for name, value := range members {
				found = found || m == name+"="+string(value)
			}
			if !found {
				t.Errorf("%q is no member of %s", m, body)
			}
		}
	})
}

func BenchmarkLargeBody(b *testing.B) {
	body := []byte(`{"messages":[{"role":"user","content":"` + strings.Repeat("some words and \\\"quotes\\\" ", 40_000) + `"}],"model":"m"}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for o := New(body); o.Next(); {
			n++
		}
		if n != 2 {
			b.Fatal(n)
		}
	}
}

func BenchmarkDelta(b *testing.B) {
	body := []byte(`{"contentBlockIndex":0,"delta":{"text":" the only one"},"p":"abcdefghijklmnop"}`)
	b.ReportAllocs()
	for b.Loop() {
		for o := New(body); o.Next(); {
			if string(o.Name) == "delta" {
				break
			}
		}
	}
}
