package directory

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

func TestLoadRefusesWhatDoesNotHoldTogether(t *testing.T) {
	organization := &Organization{ID: "o-abcdefghij", Root: rootID, Management: management}
	main := &Member{ID: management, Parent: rootID, Status: Active}
	for name, tt := range map[string]struct {
		entities []Entity
		want     string
	}{
		"no organisation":       {[]Entity{main}, "there is no organisation"},
		"no management account": {[]Entity{organization}, "111122223333 is not there"},
		"a lost account":        {[]Entity{organization, main, userNamed("kim", Rights{})}, `the user "444455556666/kim": there is no account 444455556666`},
		"a lost unit":           {[]Entity{organization, main, &Member{ID: member, Parent: "ou-1"}}, `the account "444455556666": there is no unit or root ou-1`},
		"a lost parent":         {[]Entity{organization, main, &Unit{ID: "ou-2", Parent: "ou-1"}}, `the unit "ou-2": there is no unit or root ou-1`},
		"a lost target":         {[]Entity{organization, main, control(t, "p-1", "Deny", "*", "ou-1")}, "there is no account, unit or root ou-1"},
		"a lost group":          {[]Entity{organization, main, &User{Account: management, Name: "kim", Groups: []string{"devs"}}}, `there is no group "devs"`},
		"a lost policy":         {[]Entity{organization, main, &Group{Account: management, Name: "devs", Rights: Rights{Attached: []string{"arn:aws:iam::111122223333:policy/p"}}}}, "there is no policy arn:aws:iam::111122223333:policy/p"},
		"a lost boundary":       {[]Entity{organization, main, &Role{Account: management, Name: "r", Boundary: "x"}}, "there is no policy x"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Load(tt.entities); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	if s, err := Load(nil); err != nil || s.Organization() != nil {
		t.Errorf("nothing: %v", err)
	}
	if _, err := Load([]Entity{main, organization}); err != nil {
		t.Error(err)
	}
}

func TestDecodeErrors(t *testing.T) {
	for name, tt := range map[string]struct{ kind, key, text, want string }{
		"an unknown kind":        {"wizard", "1", "{}", `no entities of the kind "wizard"`},
		"no JSON":                {"user", "1/kim", "kim", `the user "1/kim"`},
		"another's document":     {"user", "1/kim", `{"Account":"1","Name":"lee"}`, `its document is that of "1/lee"`},
		"a policy that is none":  {"user", "1/kim", `{"Account":"1","Name":"kim","Inline":[{"Name":"p","Document":"{}"}]}`, "inline policy p: Syntax errors"},
		"a policy in force gone": {"policy", "1/p", `{"Account":"1","Name":"p","Default":"v2","Versions":[]}`, `no version "v2"`},
		"a trust that is none":   {"role", "1/r", `{"Account":"1","Name":"r","Trust":""}`, "cannot decode the role"},
		"an empty organisation":  {"organization", "", "{}", "no management account"},
		"an account nowhere":     {"account", "1", `{"ID":"1"}`, "no parent"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Decode(Kind(tt.kind), tt.key, []byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// What is encoded is decoded to the same; secrets are left out.
func TestEntitiesSurvive(t *testing.T) {
	trust, err := NewDocument(policy.Trust, "arn:aws:iam::444455556666:role/r", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}`)
	if err != nil {
		t.Fatal(err)
	}
	tags := identity.Tags{{Key: "é", Value: ""}}
	for _, e := range []Entity{
		&Organization{ID: "o-1", Root: rootID, Management: management, Created: born, ServiceControl: true, RootTags: tags},
		&Member{ID: member, Name: "<lab>", Email: "a@b", Alias: "x", Parent: rootID, Status: Suspended, Created: born, Tags: tags},
		&Unit{ID: "ou-1", Name: "u", Parent: rootID, Created: born, Tags: tags},
		control(t, "p-1", "Deny", "s3:*", rootID),
		&User{
			Account: member, Name: "kim", Path: "/a/", ID: "AIDA", Created: born.Add(123), Tags: tags, Boundary: "b", Rights: allow(t, "*"), Groups: []string{"g"},
			AccessKeys:  []AccessKey{{ID: "AKIA", Active: true, Created: born}},
			Credentials: []ServiceCredential{{ID: "ACCA", Service: "s", Alias: "a", Digest: []byte{0, 1}, Active: true, Created: born, Expires: born}},
		},
		&Group{Account: member, Name: "g", Path: "/", ID: "AGPA", Created: born, Rights: Rights{Attached: []string{"x"}}},
		&Role{Account: member, Name: "r", Path: "/", ID: "AROA", Description: "d", MaxSession: 90 * time.Minute, Trust: trust, Created: born, Tags: tags},
		managed(t, "p", "Allow", "s3:*"),
		&OIDCProvider{Account: member, URL: "issuer/a/b", ClientIDs: []string{"c"}, Thumbprints: []string{"f"}, Created: born, Tags: tags},
	} {
		text, err := Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(e.Ref().Kind, e.Ref().Key(), text)
		sameDocument := cmp.Comparer(func(a, b Document) bool { return a.Text() == b.Text() && (a.Policy() == nil) == (b.Policy() == nil) })
		if diff := cmp.Diff(e, got, sameDocument, cmp.AllowUnexported(identity.Secret{}), cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, diff)
		}
		if ref := ParseRef(e.Ref().Kind, e.Ref().Key()); ref != e.Ref() {
			t.Errorf("%+v becomes %+v", e.Ref(), ref)
		}
	}
	text, err := Encode(&User{Account: member, Name: "kim", AccessKeys: []AccessKey{{ID: "AKIA", Secret: identity.NewSecret("hunter2")}}})
	if err != nil || strings.Contains(string(text), "hunter2") || strings.Contains(string(text), "redacted") {
		t.Errorf("%s %v", text, err)
	}
}
