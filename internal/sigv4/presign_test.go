package sigv4

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"
)

// presigned draws a request without a body, and a session token or none.
func presigned(t *rapid.T) (*http.Request, string) {
	r, _ := call(t)
	r.Body, r.ContentLength, r.Header = http.NoBody, 0, http.Header{}
	q := r.URL.Query()
	q.Set(paramExpires, fmt.Sprint(rapid.IntRange(1, 604800).Draw(t, "expires")))
	r.URL.RawQuery = q.Encode()
	return r, rapid.SampledFrom([]string{"", testToken}).Draw(t, "token")
}

// sdkPresign presigns as aws-sdk-go-v2 does.
func sdkPresign(t *rapid.T, r *http.Request, token string) *url.URL {
	sum := sha256.Sum256(nil)
	creds := aws.Credentials{AccessKeyID: testID, SecretAccessKey: testSecret, SessionToken: token}
	signed, _, err := v4.NewSigner().PresignHTTP(context.Background(), creds, r.Clone(context.Background()), hex.EncodeToString(sum[:]), "bedrock", "us-east-1", signedAt())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestTheSDKsPresignedRequestsVerify(t *testing.T) {
	v := newSuiteVerifier()
	rapid.Check(t, func(t *rapid.T) {
		r, token := presigned(t)
		r.URL = sdkPresign(t, r, token)
		if _, err := v.Verify(wire(t, r), nil, signedAt()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPresignEqualsTheSDK(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, token := presigned(t)
		want := sdkPresign(t, r, token).Query()
		q := r.URL.Query()
		lifetime, err := time.ParseDuration(q.Get(paramExpires) + "s")
		if err != nil {
			t.Fatal(err)
		}
		q.Del(paramExpires)
		r.URL.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
		Presign(r, testKey(), token, "us-east-1", "bedrock", lifetime, signedAt())
		got := r.URL.Query()
		for name := range want { // the SDK sorts all others anew
			if strings.HasPrefix(name, "X-Amz-") && got.Get(name) != want.Get(name) {
				t.Errorf("%s is %q, the SDK's is %q", name, got.Get(name), want.Get(name))
			}
		}
	})
}

// A presigned request is bound to its host, its method and every parameter.
func TestNoParameterOfAPresignedRequestMayChange(t *testing.T) {
	v := newSuiteVerifier()
	rapid.Check(t, func(t *rapid.T) {
		r, token := presigned(t)
		r.URL = sdkPresign(t, r, token)
		good := r.URL.RawQuery
		at := rapid.IntRange(0, len(good)-1).Draw(t, "position")
		changed := []byte(good)
		changed[at] ^= 1 << rapid.IntRange(0, 6).Draw(t, "bit")
		if meaning(string(changed)) == meaning(good) {
			t.Skip("the change means the same")
		}
		target := &http.Request{Method: r.Method, Host: "bedrock.example:8080", RequestURI: r.URL.EscapedPath() + "?" + string(changed), Header: http.Header{}}
		if got, err := v.Verify(target, nil, signedAt()); err == nil {
			t.Fatalf("accepted as %+v: %s, was %s", got, changed, good)
		}
	})
}

// meaning spells out what a query says, first values alone of those that sign.
func meaning(query string) string {
	values, err := url.ParseQuery(query)
	if err != nil {
		return query
	}
	values.Del("")
	return values.Encode()
}
