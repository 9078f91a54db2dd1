package awswire

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/fault"
)

// thing is read the way generated code reads a structure.
type thing struct {
	Name  string
	Count int
	Long  int64
	Share float64
	On    bool
	Blob  []byte
	Doc   string
	Sub   *thing
	List  []thing
}

func (v *thing) decode(r *Reader) {
	for r.Object(); r.Member(); {
		switch string(r.Name()) {
		case "name":
			v.Name = r.String()
		case "count":
			v.Count = r.Int()
		case "long":
			v.Long = r.Int64()
		case "share":
			v.Share = r.Float()
		case "on":
			v.On = r.Bool()
		case "blob":
			v.Blob = r.Blob()
		case "doc":
			v.Doc = string(r.Document())
		case "sub":
			v.Sub = new(thing)
			v.Sub.decode(r)
		case "list":
			v.List = []thing{}
			for r.Array(); r.Item(); {
				v.List = append(v.List, thing{})
				if !r.Null() {
					v.List[len(v.List)-1].decode(r)
				}
			}
		default:
			r.Skip()
		}
	}
}

func read(body string) (thing, error) {
	var r Reader
	var v thing
	r.Reset([]byte(body))
	v.decode(&r)
	return v, r.Err()
}

func TestReaderReads(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want thing
	}{
		"empty body":              {"", thing{}},
		"white space":             {" \r\n\t", thing{}},
		"null body":               {"null", thing{}},
		"empty object":            {" { } ", thing{}},
		"null member":             {`{"name":null,"count":null,"sub":null,"list":null}`, thing{}},
		"string":                  {`{"name":"abc"}`, thing{Name: "abc"}},
		"escapes":                 {`{"name":"a\n\"\u00e9\ud83d\ude00\/"}`, thing{Name: "a\n\"é😀/"}},
		"utf-8":                   {`{"name":"é😀"}`, thing{Name: "é😀"}},
		"escaped member name":     {`{"\u006eame":"x","sub":{"n\u0061me":"y"}}`, thing{Name: "x", Sub: &thing{Name: "y"}}},
		"the last of two wins":    {`{"name":"a","name":"b"}`, thing{Name: "b"}},
		"integer":                 {`{"count":-2147483648,"long":9223372036854775807}`, thing{Count: -2147483648, Long: 9223372036854775807}},
		"integer with a fraction": {`{"count":256.0,"long":2.5e2}`, thing{Count: 256, Long: 250}},
		"float":                   {`{"share":-0.25e+1}`, thing{Share: -2.5}},
		"bool":                    {`{"on":true}`, thing{On: true}},
		"blob":                    {`{"blob":"AAECAw=="}`, thing{Blob: []byte{0, 1, 2, 3}}},
		"blob with escapes":       {`{"blob":"\/\/\/\/"}`, thing{Blob: []byte{0xff, 0xff, 0xff}}},
		"empty blob":              {`{"blob":""}`, thing{Blob: []byte{}}},
		"document":                {`{"doc": {"a":[1,{"b":null}],"c":"}"} }`, thing{Doc: `{"a":[1,{"b":null}],"c":"}"}`}},
		"unknown members":         {`{"x":[[],{},{"y":[1,"]"]}],"name":"n","z":-1.5e3}`, thing{Name: "n"}},
		"nested":                  {`{"sub":{"sub":{"name":"deep"}}}`, thing{Sub: &thing{Sub: &thing{Name: "deep"}}}},
		"list":                    {`{"list":[{"name":"a"} , {"count":2}]}`, thing{List: []thing{{Name: "a"}, {Count: 2}}}},
		"empty list":              {`{"list":[ ]}`, thing{List: []thing{}}},
		"null item":               {`{"list":[null,{"name":"b"}]}`, thing{List: []thing{{}, {Name: "b"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(test.body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReaderRefuses(t *testing.T) {
	for body, want := range map[string]string{
		`{`:                   "The request body is not valid JSON: it ends too early (byte 1)",
		`{"name":"a"`:         "The request body is not valid JSON: it ends too early (byte 11)",
		`{"name`:              "The request body is not valid JSON: it ends too early (byte 6)",
		`{"name" "a"}`:        `The request body is not valid JSON: unexpected '"' (byte 8)`,
		`{"name":"a",}`:       "The request body is not valid JSON: unexpected '}' (byte 12)",
		`{,"name":"a"}`:       "The request body is not valid JSON: unexpected ',' (byte 1)",
		`{"name":'a'}`:        `The request body is not valid JSON: unexpected '\'' (byte 8)`,
		`{"x":01}`:            "The request body is not valid JSON: unexpected '1' (byte 6)",
		`{"x":.5}`:            "The request body is not valid JSON: unexpected '.' (byte 5)",
		`{"x":1.}`:            "The request body is not valid JSON: unexpected '}' (byte 7)",
		`{"x":nul}`:           "The request body is not valid JSON: unexpected 'n' (byte 5)",
		`{"x":[1 2]}`:         "The request body is not valid JSON: unexpected '2' (byte 8)",
		`{"x":[1,]}`:          "The request body is not valid JSON: unexpected ']' (byte 8)",
		`{"x":{"a"}}`:         "The request body is not valid JSON: unexpected '}' (byte 9)",
		`{} x`:                "The request body is not valid JSON: there is text behind the JSON value (byte 3)",
		"{\"name\":\"\n\"}":   "The request body is not valid JSON: a control character in a string (byte 9)",
		"{\"name\":\"\xff\"}": "The request body is not valid JSON: a string that is not UTF-8 (byte 11)",
		`{"name":"\ud800"}`:   "The request body is not valid JSON: a string with a malformed escape, or that is not UTF-8 (byte 16)",
		`{"name":"\x"}`:       "The request body is not valid JSON: a string with a malformed escape, or that is not UTF-8 (byte 12)",

		`[]`:                             "Start of list found where not expected: the top of the body must be a structure",
		`"x"`:                            "STRING_VALUE can not be converted to a structure at the top of the body",
		`{"name":1}`:                     "NUMBER_VALUE can not be converted to a String at 'name'",
		`{"name":{}}`:                    "Start of structure or map found where not expected: 'name' must be a String",
		`{"count":"1"}`:                  "STRING_VALUE can not be converted to an Integer at 'count'",
		`{"count":1.5}`:                  "The number 1.5 at 'count' can not be converted to an Integer",
		`{"count":2147483648}`:           "The number 2147483648 at 'count' can not be converted to an Integer",
		`{"count":1e400}`:                "The number 1e400 at 'count' can not be converted to an Integer",
		`{"long":9223372036854775808}`:   "The number 9223372036854775808 at 'long' can not be converted to a Long",
		`{"share":true}`:                 "TRUE_VALUE can not be converted to a Float at 'share'",
		`{"share":1e999}`:                "The number 1e999 at 'share' is out of range",
		`{"on":0}`:                       "NUMBER_VALUE can not be converted to a Boolean at 'on'",
		`{"blob":[]}`:                    "Start of list found where not expected: 'blob' must be a Blob",
		`{"blob":"AAECAw"}`:              "The value at 'blob' is not valid base64",
		`{"blob":"AAE_"}`:                "The value at 'blob' is not valid base64",
		`{"blob":"AA\nAA"}`:              "The value at 'blob' is not valid base64",
		`{"blob":"AB=="}`:                "The value at 'blob' is not valid base64",
		`{"sub":[]}`:                     "Start of list found where not expected: 'sub' must be a structure",
		`{"list":{}}`:                    "Start of structure or map found where not expected: 'list' must be a list",
		`{"list":[{},{"sub":{"on":3}}]}`: "NUMBER_VALUE can not be converted to a Boolean at 'list.2.member.sub.on'",
		`{"list":[7]}`:                   "NUMBER_VALUE can not be converted to a structure at 'list.1.member'",
	} {
		t.Run(body, func(t *testing.T) {
			_, err := read(body)
			if !fault.Is(err, fault.Serialization) {
				t.Fatalf("got %v, want a Serialization fault", err)
			}
			if err.Error() != want {
				t.Errorf("got  %s\nwant %s", err, want)
			}
		})
	}
}

func TestReaderBoundsWhatItHolds(t *testing.T) {
	t.Run("items", func(t *testing.T) {
		_, err := read(`{"list":[` + strings.Repeat("{},", maxItems) + `{}]}`)
		if want := "The request has more than 131072 list items"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	})
	t.Run("depth of a document", func(t *testing.T) {
		_, err := read(`{"doc":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}`)
		if err == nil || !strings.Contains(err.Error(), "nests deeper than 512 levels") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("depth of structures", func(t *testing.T) {
		_, err := read(strings.Repeat(`{"sub":`, 600) + "{}" + strings.Repeat("}", 600))
		if err == nil || !strings.Contains(err.Error(), "nests deeper than 512 levels") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("path in a message", func(t *testing.T) {
		_, err := read(strings.Repeat(`{"sub":`, 500) + "1" + strings.Repeat("}", 500))
		if err == nil || len(err.Error()) > 2*maxPrinted {
			t.Errorf("got %v", err)
		}
	})
}

// valid is what an independent parser says of the same text.
func valid(body []byte) bool {
	return jsontext.Value(body).IsValid(jsontext.AllowDuplicateNames(true))
}

// skips reports whether the reader passes the text as one JSON value.
func skips(body []byte) bool {
	var r Reader
	r.Reset(body)
	r.Skip()
	return r.Err() == nil
}

func TestSkipAgreesWithJSONText(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"{", "}", "[", "]", ",", ":", `"a"`, `"\n"`, `"\u12"`, `"`, " ", "\n", "null", "true", "false", "0", "-", "1.5", "1e5", "e", "é", "\xff", `"é"`,
	})
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(strings.Join(rapid.SliceOfN(piece, 1, 12).Draw(t, "pieces"), ""))
		if got, want := skips(text), valid(text); got != want {
			t.Fatalf("%q: the reader says %v, jsontext says %v", text, got, want)
		}
	})
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `{"name":"a","count":1,"sub":{"list":[{},null]}}`, `{"doc":{"a":[1,2,{"b":"\ud83d\ude00"}]}}`,
		`{"blob":"AAECAw==","share":1e-3,"on":false,"x":[[[]]]}`, `{"name":"\u0000"`, "{\"a\":\"\x80\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, want := skips(body), valid(body); got != want && !tooDeep(body) {
			t.Fatalf("the reader says %v, jsontext says %v", got, want)
		}
		v, err := read(string(body))
		if err == nil && len(body) > 0 && strings.TrimSpace(string(body)) != "" && !valid(body) {
			t.Fatalf("read %+v out of what is no JSON", v)
		}
		if err != nil && !fault.Is(err, fault.Serialization) {
			t.Fatalf("an error of another kind: %v", err)
		}
	})
}

// tooDeep reports whether a text could nest deeper than the reader allows.
func tooDeep(body []byte) bool {
	return strings.Count(string(body), "{")+strings.Count(string(body), "[") > maxDepth
}
