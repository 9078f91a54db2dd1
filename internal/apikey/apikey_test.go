package apikey

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/sigv4"
)

var key = identity.AccessKey{ID: "AKIAIOSFODNN7EXAMPLE", Secret: identity.NewSecret("hunter2")}

func signedAt() time.Time { return time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC) }

func encoded(text string) string {
	return ShortTermPrefix + base64.StdEncoding.EncodeToString([]byte(text))
}

func TestShortTermKeysAreRequests(t *testing.T) {
	k := ShortTerm(key, "a/token+", "eu-west-1", time.Hour, signedAt()).Reveal()
	if !IsShortTerm(k) || IsLongTerm(k) {
		t.Errorf("%s: short-term %t, long-term %t", k, IsShortTerm(k), IsLongTerm(k))
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(k, ShortTermPrefix))
	if err != nil {
		t.Fatal(err)
	}
	const head = "bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256&" +
		"X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261122%2Feu-west-1%2Fbedrock%2Faws4_request&X-Amz-Date=20261122T140000Z&X-Amz-Expires=3600&" +
		"X-Amz-SignedHeaders=host&X-Amz-Security-Token=a%2Ftoken%2B&X-Amz-Signature="
	if !strings.HasPrefix(string(raw), head) || !strings.HasSuffix(string(raw), "&Version=1") {
		t.Errorf("got  %s\nwant %s…&Version=1", raw, head)
	}
	r, ok := Request(k)
	if !ok || r.Method != "POST" || r.Host != "bedrock.amazonaws.com" || strings.Contains(r.RequestURI, "Version") {
		t.Errorf("the request is %+v, %t", r, ok)
	}
}

func TestWhatIsNoKey(t *testing.T) {
	for name, text := range map[string]string{
		"empty":             "",
		"the prefix alone":  ShortTermPrefix,
		"no base64":         ShortTermPrefix + "***",
		"nothing signed":    encoded(""),
		"another host":      encoded("sts.amazonaws.com/?Action=CallWithBearerToken"),
		"a path":            encoded("bedrock.amazonaws.com/x?Action=CallWithBearerToken"),
		"a scheme":          encoded("https://bedrock.amazonaws.com/?Action=CallWithBearerToken"),
		"another action":    encoded("bedrock.amazonaws.com/?Action=ListFoundationModels"),
		"two actions":       encoded("bedrock.amazonaws.com/?Action=CallWithBearerToken&Action=Other"),
		"one action twice":  encoded("bedrock.amazonaws.com/?Action=CallWithBearerToken&Action=CallWithBearerToken"),
		"no action":         encoded("bedrock.amazonaws.com/?X-Amz-Algorithm=x"),
		"longer than any":   ShortTermPrefix + strings.Repeat("A", maxKey+4),
		"another prefix":    "bedrock-api-" + base64.StdEncoding.EncodeToString([]byte("bedrock.amazonaws.com/?Action=CallWithBearerToken")),
		"a long-term key's": "ABSKQmVkcm9ja0FQSUtleQ==",
	} {
		if r, ok := Request(text); ok {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// The request of a key is well-formed whatever stands in the key: verifying it ends in a refusal, never in a panic.
func FuzzRequest(f *testing.F) {
	for _, text := range []string{
		"", "bedrock.amazonaws.com/?Action=CallWithBearerToken", "bedrock.amazonaws.com/?Action=CallWithBearerToken&%&Version=1",
		"bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2F20261122%2Fb%2Fbedrock%2Faws4_request&" +
			"X-Amz-Date=20261122T140000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=x",
	} {
		f.Add(text)
	}
	v := sigv4.NewVerifier(nobody{}, sigv4.Options{Services: []sigv4.Service{{Name: Service, Presign: MaxLifetime}}})
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := Request(encoded(text))
		if !ok {
			return
		}
		if got, err := v.Verify(r, nil, signedAt()); err == nil {
			t.Errorf("%q speaks for %+v", text, got)
		}
	})
}

// nobody has keys that nobody can sign with.
type nobody struct{}

func (nobody) AccessKey(string, string, time.Time) (identity.AccessKey, error) {
	return identity.AccessKey{Secret: identity.NewSecret("never told to anyone: 5c2f9a")}, nil
}
