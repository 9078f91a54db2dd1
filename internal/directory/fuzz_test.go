package directory

import (
	"bytes"
	"testing"
)

// FuzzDecode reads documents as a damaged store would have them: each is refused, or encoded to what decodes to the same.
func FuzzDecode(f *testing.F) {
	for _, seed := range [][3]string{
		{"user", "1/kim", `{"Account":"1","Name":"kim","Path":"/","Inline":[{"Name":"p","Document":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"}],"Groups":["g"],"AccessKeys":[{"ID":"AKIA","Active":true}]}`},
		{"role", "1/r", `{"Account":"1","Name":"r","MaxSession":3600,"Trust":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"AWS\":\"*\"}}}"}`},
		{"policy", "1/p", `{"Account":"1","Name":"p","Default":"v1","Versions":[{"ID":"v1","Document":"{\"Statement\":{\"Effect\":\"Deny\",\"NotAction\":\"a:b\",\"Resource\":\"*\"}}"}]}`},
		{"organization", "", `{"ID":"o-1","Root":"r-1","Management":"1"}`},
		{"account", "1", `{"ID":"1","Parent":"r-1","Tags":[{"Key":"a","Value":"b"}]}`},
		{"control-policy", "p-1", `{"ID":"p-1","Targets":["r-1"],"Document":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"}`},
		{"oidc-provider", "1/a/b", `{"Account":"1","URL":"a/b"}`},
		{"unit", "ou-1", `{"ID":"ou-1","Parent":"r-1"}`},
		{"group", "1/g", `{"Account":"1","Name":"g","Attached":["x"]}`},
	} {
		f.Add(seed[0], seed[1], []byte(seed[2]))
	}
	f.Fuzz(func(t *testing.T, kind, key string, text []byte) {
		e, err := Decode(Kind(kind), key, text)
		if err != nil {
			return
		}
		first, err := Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(Kind(kind), key, first)
		if err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		if second, err := Encode(again); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%s\n%s (%v)", first, second, err)
		}
		if _, err := Load([]Entity{e}); err == nil && kind != string(KindOrganization) {
			t.Fatalf("a %s alone is a directory", kind)
		}
	})
}
