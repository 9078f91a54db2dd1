package awswire

import (
	"context"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/fault"
)

// parcel is what the tests read from forms, as generated code reads.
type parcel struct {
	Name   string
	Count  int64
	On     bool
	Blob   []byte
	Words  []string
	Parts  []parcel
	Inner  *parcel
	Labels map[string]string
	Things map[string]parcel
}

func (v *parcel) decode(f *Form) {
	seen := false
	for f.Object(); f.Member(); {
		switch string(f.Name()) {
		case "Name":
			v.Name, seen = f.String(), true
		case "Count":
			v.Count = f.Int64()
		case "On":
			v.On = f.Bool()
		case "Blob":
			v.Blob = f.Blob()
		case "Words":
			v.Words = []string{}
			for f.List("member"); f.Item(); {
				v.Words = append(v.Words, f.String())
			}
		case "Parts":
			v.Parts = []parcel{}
			for f.List("part"); f.Item(); {
				v.Parts = append(v.Parts, parcel{})
				v.Parts[len(v.Parts)-1].decode(f)
			}
		case "Inner":
			v.Inner = new(parcel)
			v.Inner.decode(f)
		case "Labels":
			v.Labels = map[string]string{}
			for f.Map("key", "value"); f.Entry(); {
				v.Labels[string(f.Name())] = f.String()
			}
		case "Things":
			v.Things = map[string]parcel{}
			for f.Map("Name", "Value"); f.Entry(); {
				key := string(f.Name())
				var item parcel
				item.decode(f)
				v.Things[key] = item
			}
		default:
			f.Skip()
		}
	}
	if !seen {
		f.Missing("Name")
	}
}

func readParcel(address, body string) (parcel, *Form) {
	var f Form
	f.Reset(address, []byte(body))
	var v parcel
	v.decode(&f)
	return v, &f
}

func TestForms(t *testing.T) {
	for body, want := range map[string]parcel{
		"Action=Do&Version=1&Name=a+b%2Bc&Count=-7&On=true&Blob=AP8%3D": {Name: "a b+c", Count: -7, On: true, Blob: []byte{0, 255}},
		"Name=":            {},
		"Words.member.1=a": {Words: []string{"a"}},
		"Words=":           {Words: []string{}},
		"Words.member=":    {Words: []string{}},
		"Words.member.10=j&Words.member.2=b&Words.member.1=a&Words.member.007=g":                 {Words: []string{"a", "b", "g", "j"}},
		"Words.member.99999999999999999999999=z&Words.member.1=a":                                {Words: []string{"a", "z"}},
		"Parts.part.2.Name=y&Parts.part.1.Name=x&Parts.part.1.Words.member.1=w":                  {Parts: []parcel{{Name: "x", Words: []string{"w"}}, {Name: "y"}}},
		"Inner.Name=a&Inner.Inner.Count=3":                                                       {Inner: &parcel{Name: "a", Inner: &parcel{Count: 3}}},
		"Inner=":                                                                                 {Inner: &parcel{}},
		"Labels.entry.1.key=k&Labels.entry.1.value=v&Labels.entry.2.value=w&Labels.entry.2.key=": {Labels: map[string]string{"k": "v", "": "w"}},
		"Labels=": {Labels: map[string]string{}},
		"Things.entry.1.Value.Name=in&Things.entry.1.Name=k&Things.entry.1.Value.Words.member.1=w1": {Things: map[string]parcel{"k": {Name: "in", Words: []string{"w1"}}}},
		"Inner-x=1&Inner.Name=a&Namely=1&.Name=3&=4&&X-Amz-Date=5":                                  {Inner: &parcel{Name: "a"}},
	} {
		got, f := readParcel("", body)
		if diff := cmp.Diff(want, got); diff != "" || f.Err() != nil {
			t.Errorf("%s: %v (-want +got)\n%s", body, f.Err(), diff)
		}
	}
	if got, f := readParcel("Count=1", "Name=a"); got.Name != "a" || got.Count != 1 || f.Err() != nil {
		t.Errorf("address and body read as %v, %v", got, f.Err())
	}
}

func TestFormsThatMakeNoSense(t *testing.T) {
	for body, want := range map[string]string{
		"Count=many":                     "'many' at 'Count' can not be converted to a Long",
		"Count=9223372036854775808":      "can not be converted to a Long",
		"Count=":                         "'' at 'Count' can not be converted to a Long",
		"Inner.On=yes":                   "'yes' at 'Inner.On' can not be converted to a Boolean",
		"Blob=%21":                       "The value at 'Blob' is not valid base64",
		"Name.member.1=a":                "Start of structure or map found where not expected: 'Name' must be a String",
		"Name.=2":                        "Start of structure or map found where not expected: 'Name' must be a String",
		"Inner=x":                        "STRING_VALUE can not be converted to a structure at 'Inner'",
		"Inner=&Inner.Name=a":            "Start of structure or map found where not expected: 'Inner' must be a structure",
		"Words=x":                        "STRING_VALUE can not be converted to a list at 'Words'",
		"Words.1=x":                      "Unexpected key 'Words.1' at 'Words': 'member' was expected",
		"Words.member.1=x&Words.other=y": "Unexpected key 'Words.member.1' at 'Words': 'member' was expected",
		"Words.member.x=a":               "Unexpected key 'Words.member.x': 'x' is not the number of an item",
		"Words.member.1.x=a":             "Start of structure or map found where not expected: 'Words.1.member' must be a String",
		"Parts.part.1=a":                 "STRING_VALUE can not be converted to a structure at 'Parts.1.member'",
		"Labels.entry.1.value=v":         "The entry 'Labels.entry.1.value' has no key",
		"Labels.entry.1.key=v":           "The entry 'Labels.entry.1.key' has no value",
		"Labels.entry.1.key.x=v&Labels.entry.1.value=": "must be a String",
		"Labels.entry.1=v": "The entry 'Labels.entry.1' has no key",
		"Things.entry.1.Name=k&Things.entry.1.Value.Count=c": "'c' at 'Things.k.member.Count' can not be converted to a Long",
		"Name=a&Name=b":               "The parameter 'Name' is given more than once",
		"Name=%zz":                    "The parameter 'Name=%zz' has a malformed percent escape, or is not UTF-8.",
		"Na%2":                        "malformed percent escape",
		"Name=%ff":                    "is not UTF-8",
		strings.Repeat("&", 1<<20+1):  "The request has more than 1048576 bytes of parameters",
		strings.Repeat("a=1&", 40000): "The request has more than 32768 parameters",
	} {
		_, f := readParcel("", body)
		err := f.Err()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: got %v, want %s", body, err, want)
		}
		if !fault.Is(err, fault.Serialization) && !fault.Is(err, fault.MalformedQuery) {
			t.Errorf("%.60s: %v is not a fault of the request", body, err)
		}
	}
}

// The paths of what is missing are those by which the checker asks.
func TestMissingMembersOfForms(t *testing.T) {
	_, f := readParcel("", "Parts.part.7.Count=1&Things.entry.1.Name=k&Things.entry.1.Value.Count=2&Inner.Count=3")
	var c Checker
	c.reset(&f.gaps)
	c.Given("Name")
	c.Enter("Parts")
	c.Item(0)
	c.Given("Name")
	c.Leave()
	c.Leave()
	c.Enter("Things")
	c.Entry("k")
	c.Given("Name")
	c.Leave()
	c.Leave()
	c.Enter("Inner")
	c.Given("Name")
	c.Given("Count")
	want := "4 validation errors detected: "
	for i, path := range []string{"name", "parts.1.member.name", "things.k.member.name", "inner.name"} {
		if i > 0 {
			want += "; "
		}
		want += "Value null at '" + path + "' failed to satisfy constraint: Member must not be null"
	}
	if err := c.Err(); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// Whatever order the parameters come in, lists keep the order of their numbers.
func TestOrderOfParameters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.String(), 1, 40).Draw(t, "words")
		var params []string
		for i, word := range words {
			params = append(params, "Words.member."+strconv.Itoa(i+1)+"="+url.QueryEscape(word))
		}
		got, f := readParcel("", strings.Join(rapid.Permutation(params).Draw(t, "params"), "&"))
		if f.Err() != nil || !slices.Equal(got.Words, words) {
			t.Fatalf("%v %q, want %q", f.Err(), got.Words, words)
		}
	})
}

func FuzzForm(f *testing.F) {
	for _, seed := range []string{
		"Action=Do&Version=1&Name=a+b%2Bc&Count=-7&On=true&Blob=AP8%3D", "Words.member.10=j&Words.member.2=b&Words=", "Parts.part.1.Parts.part.1.Name=x",
		"Things.entry.1.Value.Name=in&Things.entry.1.Name=k", "....=1", "Inner.Inner.Inner=", "Labels.entry.1.key.=1&Labels.entry.1.value", "Words.member.0=&Words.member.00=",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		_, form := readParcel("", body)
		if err := form.Err(); err != nil && !fault.Is(err, fault.Serialization) && !fault.Is(err, fault.MalformedQuery) {
			t.Errorf("%q: %v", body, err)
		}
	})
}

func BenchmarkForm(b *testing.B) {
	body := "Action=CreateUser&Version=2010-05-08&UserName=someone"
	for i := range 50 {
		n := strconv.Itoa(i + 1)
		body += "&Tags.member." + n + ".Key=key" + n + "&Tags.member." + n + ".Value=value"
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, f := readParcel("", body); f.Err() != nil {
			b.Fatal(f.Err())
		}
	}
}

func TestActionsNameOperations(t *testing.T) {
	ran := ""
	handle := func(name string) Handler {
		return func(_ context.Context, _ *Request, w *Response) error {
			ran = name
			return w.XML("https://iam.amazonaws.com/doc/2010-05-08/", name, nil)
		}
	}
	s := NewService("iam", Query{Namespace: "https://iam.amazonaws.com/doc/2010-05-08/"},
		Operation{Name: "GetUser", Version: "2010-05-08", Handle: handle("GetUser")},
		Operation{Name: "ListUsers", Version: "2010-05-08", Handle: handle("ListUsers")})
	for _, test := range []struct {
		method, address, body, want string
		speaks                      bool
		refused                     string
	}{
		{"POST", "/", "Action=GetUser&Version=2010-05-08", "GetUser", true, ""},
		{"POST", "", "Version=2010-05-08&UserName=a&Action=ListUsers", "ListUsers", true, ""},
		{"GET", "/?Action=GetUser&Version=2010-05-08", "", "GetUser", true, ""},
		{"POST", "/?Action=GetUser", "Version=2010-05-08", "GetUser", true, ""},
		{"POST", "/", "Action=Get%55ser&Version=2010%2D05-08", "GetUser", true, ""},
		{"POST", "/", "Action=getuser&Version=2010-05-08", "", true, "<Code>InvalidAction</Code><Message>Could not find operation getuser for version 2010-05-08</Message>"},
		{"POST", "/", "Action=GetUser&Version=2011-06-15", "", false, "<Code>InvalidAction</Code><Message>Could not find operation GetUser for version 2011-06-15</Message>"},
		{"POST", "/", "Action=Get%3Cb%3E", "", false, "<Code>InvalidAction</Code><Message>Could not find operation Get&lt;b&gt; for version NO_VERSION_SPECIFIED</Message>"},
		{"POST", "/", "", "", false, "<Code>MissingAction</Code>"},
		{"POST", "/", "Action=%zz", "", false, "<Code>MissingAction</Code>"},
		{"PUT", "/", "Action=GetUser&Version=2010-05-08", "", false, "<Code>MissingAction</Code>"},
		{"POST", "/", "Action=GetUser&Version=2010-05-08&UserName=" + strings.Repeat("a", 1<<20), "", false, "<Code>MalformedInput</Code><Message>The request has more than 1048576 bytes"},
		{"POST", "/users", "Action=GetUser&Version=2010-05-08", "", false, "<Code>MissingAction</Code>"},
	} {
		r := httptest.NewRequest(test.method, "http://host"+test.address, nil)
		r.RequestURI = test.address
		ran = ""
		rec := httptest.NewRecorder()
		out := s.Serve(rec, &Call{Request: r, Body: []byte(test.body), RequestID: "id-1"})
		if ran != test.want || out.Operation != test.want {
			t.Errorf("%s %q %.99q ran %q, want %q", test.method, test.address, test.body, ran, test.want)
		}
		if got := s.Speaks(r, []byte(test.body)); got != test.speaks {
			t.Errorf("%.99q is of the service: %v, want %v", test.body, got, test.speaks)
		}
		if test.refused != "" && (rec.Code != 400 || !strings.Contains(rec.Body.String(), test.refused)) {
			t.Errorf("%.99q: HTTP %d %s\nwant %s", test.body, rec.Code, rec.Body, test.refused)
		}
	}
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("X-Amz-Target", "Index.GetTags")
	if _, ok := s.Find(r, []byte("Action=GetUser&Version=2010-05-08")); ok {
		t.Error("a target and an action at once: the target counts")
	}
}
