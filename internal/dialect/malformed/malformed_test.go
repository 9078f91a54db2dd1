package malformed_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/fault"
)

func TestFault(t *testing.T) {
	type inner struct {
		N     int      `json:"n"`
		S     []string `json:"s"`
		B     bool     `json:"b"`
		F     *float64 `json:"f"`
		Inner *inner   `json:"inner"`
	}
	read := func(body string) error {
		var v inner
		return json.Unmarshal([]byte(body), &v, json.RejectUnknownMembers(true))
	}
	own := fault.New(fault.AccessDenied, "no")
	const frame = "Malformed input request: %, please reformat your input and try again."
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"not JSON":              {read(`{"n":`), "Malformed input request, please reformat your input and try again."},
		"two documents":         {read(`{} {}`), "Malformed input request, please reformat your input and try again."},
		"duplicate member":      {read(`{"n":1,"n":2}`), "Malformed input request, please reformat your input and try again."},
		"not UTF-8":             {read("{\"s\":[\"\xff\"]}"), "Malformed input request, please reformat your input and try again."},
		"not an object":         {read(`[]`), "#: expected type: JSONObject, found: JSONArray"},
		"integer":               {read(`{"n":"1"}`), "#/n: expected type: Integer, found: String"},
		"fraction as integer":   {read(`{"n":1.5}`), "#/n: expected type: Integer, found: Number"},
		"array":                 {read(`{"inner":{"s":{}}}`), "#/inner/s: expected type: JSONArray, found: JSONObject"},
		"element":               {read(`{"s":["a",true]}`), "#/s/1: expected type: String, found: Boolean"},
		"boolean":               {read(`{"b":[]}`), "#/b: expected type: Boolean, found: JSONArray"},
		"number":                {read(`{"f":"x"}`), "#/f: expected type: Number, found: String"},
		"extraneous":            {read(`{"inner":{"x":1}}`), "#/inner: extraneous key [x] is not permitted"},
		"a decoder's own":       {malformed.Under(malformed.At("role", "%s is not a valid enum value", "x"), "messages", 3), "#/messages/3/role: x is not a valid enum value"},
		"missing":               {malformed.Under(malformed.Missing("id"), "a"), "#/a: required key [id] not found"},
		"read apart":            {malformed.Under(malformed.Seen(read(`{"n":null,"b":0}`)), "deep"), "#/deep/b: expected type: Boolean, found: Number"},
		"a fault stays":         {malformed.Under(own, "a"), "no"},
		"nothing in particular": {errors.New("x"), "Malformed input request, please reformat your input and try again."},
	} {
		t.Run(name, func(t *testing.T) {
			want := c.want
			if strings.HasPrefix(want, "#") {
				want = strings.Replace(frame, "%", want, 1)
			}
			if got := fault.Public(malformed.Fault(c.err)).Message; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
	if err := malformed.Fault(malformed.Seen(malformed.Under(nil, "a"))); err != nil {
		t.Errorf("no error became %v", err)
	}
}

func TestLongWordsAreCut(t *testing.T) {
	err := malformed.Fault(malformed.Extraneous(strings.Repeat("ü", 1<<20)))
	if n := len(fault.Public(err).Message); n > 500 {
		t.Errorf("the message has %d bytes", n)
	}
}
