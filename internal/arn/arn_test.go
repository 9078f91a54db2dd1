package arn

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]ARN{
		"arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0":                {"aws", "bedrock", "us-east-1", "", "foundation-model/amazon.nova-lite-v1:0"},
		"arn:aws:bedrock:::foundation-model/amazon.nova-lite-v1:0":                         {"aws", "bedrock", "", "", "foundation-model/amazon.nova-lite-v1:0"},
		"arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:inference-profile/us-gov.model": {"aws-us-gov", "bedrock", "us-gov-west-1", "111122223333", "inference-profile/us-gov.model"},
		"arn:aws:iam::111122223333:user/admin":                                             {"aws", "iam", "", "111122223333", "user/admin"},
	} {
		got, ok := Parse(text)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s: %t %s", text, ok, diff)
		}
		if got.String() != text {
			t.Errorf("%s came back as %s", text, got)
		}
	}
	for _, text := range []string{"", "arn", "arn:", "arn:aws", "arn:aws:bedrock:us-east-1:1", "arn:aws:bedrock:us-east-1:1:", "arn::bedrock:::x", "arn:aws::::x", "urn:aws:bedrock:::x"} {
		if a, ok := Parse(text); ok {
			t.Errorf("%q parsed as %+v", text, a)
		}
	}
}

func TestMade(t *testing.T) {
	for want, got := range map[string]ARN{
		"arn:aws:bedrock:us-east-1::foundation-model/m":                          FoundationModel(AWS, "us-east-1", "m"),
		"arn:aws:bedrock:::foundation-model/m":                                   FoundationModel(AWS, "", "m"),
		"arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.m":          InferenceProfile(AWS, "eu-west-1", "111122223333", "eu.m"),
		"arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/a": ApplicationProfile(AWS, "eu-west-1", "111122223333", "a"),
	} {
		if got.String() != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestIdentifiers(t *testing.T) {
	const arnStart = "arn:aws:bedrock:us-east-1:111122223333:"
	for _, c := range []struct {
		text string
		kind Kind
		id   string
		ok   bool
	}{
		{"anthropic.claude-3-haiku-20240307-v1:0", Bare, "anthropic.claude-3-haiku-20240307-v1:0", true},
		{"us.anthropic.claude-3-haiku-20240307-v1:0", Bare, "us.anthropic.claude-3-haiku-20240307-v1:0", true},
		{"6fvs0rqwobih", Bare, "6fvs0rqwobih", true},
		{"arn:aws:bedrock:us-east-1::foundation-model/m:0", ModelARN, "m:0", true},
		{arnStart + "inference-profile/us.m", ProfileARN, "us.m", true},
		{arnStart + "application-inference-profile/abc", ApplicationARN, "abc", true},
		{arnStart + "provisioned-model/abc", OtherARN, "abc", true},
		{"arn:aws:sagemaker:us-east-1:111122223333:endpoint/e", OtherARN, "e", true},
		{"arn:aws:s3:::bucket/key", Bare, "", false},
		{arnStart + "inference-profile/", Bare, "", false},
		{arnStart + "inference-profile", Bare, "", false},
		{"", Bare, "", false},
		{"a/b", Bare, "", false},
		{"a b", Bare, "", false},
		{"modèle", Bare, "", false},
		{strings.Repeat("a", 2049), Bare, "", false},
	} {
		got, ok := ParseIdentifier(c.text)
		if ok != c.ok || got.Kind != c.kind && ok || got.ID != c.id && ok {
			t.Errorf("%.60q: %d %q %t, want %d %q %t", c.text, got.Kind, got.ID, ok, c.kind, c.id, c.ok)
		}
	}
}

// Whatever parses says the same again, and an identifier is never longer than AWS takes.
func FuzzParseIdentifier(f *testing.F) {
	f.Add("anthropic.claude-3-haiku-20240307-v1:0")
	f.Add("arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc")
	f.Add("arn:aws:bedrock:::foundation-model/")
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := ParseIdentifier(text)
		if !ok {
			return
		}
		if len(text) > maxIdentifier || id.ID == "" {
			t.Fatalf("accepted %q as %+v", text, id)
		}
		if id.Kind != Bare && id.ARN.String() != text {
			t.Fatalf("%q came back as %s", text, id.ARN)
		}
	})
}

func BenchmarkParseIdentifier(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ParseIdentifier("arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/6fvs0rqwobih")
	}
}
