package sigv4

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"
)

// call draws a request as an SDK would build it, and its body.
func call(t *rapid.T) (*http.Request, []byte) {
	text := rapid.StringMatching(`[a-zA-Z0-9é /:+%&=?~_.!*'()-]{1,12}`)
	var path, query strings.Builder
	for _, segment := range rapid.SliceOfN(text, 0, 4).Draw(t, "segments") {
		if segment == "." || segment == ".." { // the SDK would sign these as they stand, AWS without them
			continue
		}
		path.WriteString("/" + strings.ReplaceAll(url.QueryEscape(segment), "+", "%20"))
	}
	if path.Len() == 0 {
		path.WriteString("/")
	}
	for i, p := range rapid.SliceOfN(text, 0, 5).Draw(t, "query") {
		fmt.Fprintf(&query, "%s=%s&", url.QueryEscape(p), url.QueryEscape(text.Draw(t, fmt.Sprint("value ", i))))
	}
	body := rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "body")
	method := rapid.SampledFrom([]string{"GET", "POST", "PUT", "DELETE"}).Draw(t, "method")
	r, err := http.NewRequest(method, "http://bedrock.example:8080"+path.String()+"?"+strings.TrimSuffix(query.String(), "&"), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	value := rapid.StringMatching(`[a-zA-Z0-9 ,;="/-]{0,20}`)
	for _, name := range []string{"Content-Type", "X-Amz-Target", "Amz-Sdk-Request", "X-Custom"} {
		for i := range rapid.IntRange(0, 2).Draw(t, "values of "+name) {
			r.Header.Add(name, value.Draw(t, fmt.Sprint(name, i)))
		}
	}
	r.Header.Set("User-Agent", "test")
	return r, body
}

// sdkSign signs as aws-sdk-go-v2 does.
func sdkSign(t interface{ Fatal(...any) }, r *http.Request, body []byte) {
	sum := sha256.Sum256(body)
	creds := aws.Credentials{AccessKeyID: testID, SecretAccessKey: testSecret}
	err := v4.NewSigner().SignHTTP(context.Background(), creds, r, hex.EncodeToString(sum[:]), "bedrock", "us-east-1", signedAt())
	if err != nil {
		t.Fatal(err)
	}
}

// wire is the request as a server reads it after a client has written it.
func wire(t *rapid.T, r *http.Request) *http.Request {
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := http.ReadRequest(bufio.NewReader(&b))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTheSDKsSignaturesVerify(t *testing.T) {
	v := newTestVerifier()
	rapid.Check(t, func(t *rapid.T) {
		r, body := call(t)
		sdkSign(t, r, body)
		if _, err := v.Verify(wire(t, r), body, signedAt()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSignEqualsTheSDK(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, body := call(t)
		ours := r.Clone(context.Background())
		sdkSign(t, r, body)
		Sign(ours, body, testKey(), "us-east-1", "bedrock", signedAt())
		if got, want := ours.Header.Get("Authorization"), r.Header.Get("Authorization"); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}

func TestNoByteOfASignedPartMayChange(t *testing.T) {
	v := newTestVerifier()
	rapid.Check(t, func(t *rapid.T) {
		r, body := call(t)
		sdkSign(t, r, body)
		r = wire(t, r)
		flip := func(s string) string {
			b := []byte(s)
			i := rapid.IntRange(0, len(b)-1).Draw(t, "position")
			b[i] ^= 1 << rapid.IntRange(0, 6).Draw(t, "bit")
			return string(b)
		}
		was := describe(r, body)
		switch part := rapid.SampledFrom([]string{"target", "header", "authorization", "body", "host"}).Draw(t, "part"); part {
		case "target":
			r.RequestURI = flip(r.RequestURI)
		case "authorization":
			r.Header.Set("Authorization", flip(r.Header.Get("Authorization")))
		case "host":
			r.Host = flip(r.Host)
		case "body":
			if len(body) == 0 {
				t.Skip("no body")
			}
			body = []byte(flip(string(body)))
		case "header":
			if r.Header.Get("Content-Type") == "" {
				t.Skip("no header")
			}
			r.Header["Content-Type"][0] = flip(r.Header["Content-Type"][0])
		}
		if describe(r, body) == was {
			t.Skip("the change means the same")
		}
		if got, err := v.Verify(r, body, signedAt()); err == nil {
			t.Fatalf("accepted as %+v: %s, was %s", got, describe(r, body), was)
		}
	})
}

// describe spells out what a request means, so that changes without a meaning can be told from changes with one. It is
// written on net/url and strings alone.
func describe(r *http.Request, body []byte) string {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	path = regular(path)
	values, err := url.ParseQuery(query)
	if err != nil {
		values = url.Values{query: nil}
	}
	for _, v := range values {
		slices.Sort(v)
	}
	var headers []string
	for _, name := range []string{"Content-Type", "X-Amz-Target", "Amz-Sdk-Request", "X-Custom", "X-Amz-Date"} {
		for _, v := range r.Header[name] {
			headers = append(headers, strings.Join(strings.Fields(v), " "))
		}
	}
	auth, err := parseAuthorization(r.Header.Get("Authorization"))
	return fmt.Sprintf("%q %q %q %q %q %+v %v", path, values.Encode(), headers, strings.TrimSpace(r.Host), body, auth, err)
}

// regular drops empty and dot segments.
func regular(path string) string {
	var kept []string
	for _, s := range strings.Split(path, "/") {
		if s != "" && s != "." {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, "/") + fmt.Sprint(strings.HasSuffix(path, "/"))
}
