package sigv4

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
)

// keyring is the simplest Keys.
type keyring map[string]identity.AccessKey

func (k keyring) AccessKey(id, token string, now time.Time) (identity.AccessKey, error) {
	key, ok := k[id]
	switch {
	case !ok:
		return key, fault.New(fault.UnrecognizedClient, "unknown key")
	case token == "expired":
		return key, fault.New(fault.ExpiredToken, "expired token")
	case token != "" && token != testToken:
		return key, fault.New(fault.UnrecognizedClient, "unknown token")
	}
	return key, nil
}

const testToken = "IQoJb3JpZ2lu/+=="

const (
	testID     = "AKIAIOSFODNN7EXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

func testKey() identity.AccessKey {
	return identity.AccessKey{
		ID:     testID,
		Secret: identity.NewSecret(testSecret),
		Principal: identity.Principal{
			Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/admin", UserID: "AIDAEXAMPLE", AccessKeyID: testID,
		},
	}
}

func newTestVerifier() *Verifier {
	return NewVerifier(keyring{testID: testKey()}, Options{
		Services: []Service{{Name: "bedrock"}, {Name: "sts", Skew: 15 * time.Minute, AnyRegion: true}},
		Region:   func(r arn.Region) bool { return r == "us-east-1" || r == "cellar-1" },
	})
}

// signedAt is 2026-11-22T14:00:00Z, the time the tests' requests are signed at.
func signedAt() time.Time { return time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC) }

// testBody goes with newRequest.
func testBody() []byte { return []byte(`{"messages":[{"role":"user","content":[{"text":"hi"}]}]}`) }

// newRequest is a signed request as a server gets it.
func newRequest() *http.Request {
	body := testBody()
	r := httptest.NewRequest(http.MethodPost, "/model/arn%3Aaws%3Abedrock%2Fx/converse?b=2&a=1", bytes.NewReader(body))
	r.Host = "127.0.0.1:8080"
	r.Header.Set("Content-Type", "application/json")
	Sign(r, body, testKey(), "us-east-1", "bedrock", signedAt())
	return r
}

func TestVerifyProvesWhoAndWhere(t *testing.T) {
	got, err := newTestVerifier().Verify(newRequest(), testBody(), signedAt())
	if err != nil {
		t.Fatal(err)
	}
	want := Result{Principal: testKey().Principal, Region: "us-east-1", Service: "bedrock"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// replace changes part of the Authorization header.
func replace(old, with string) func(*http.Request) {
	return func(r *http.Request) {
		before := r.Header.Get("Authorization")
		after := strings.Replace(before, old, with, 1)
		if before == after {
			panic("BUG: nothing to replace: " + old)
		}
		r.Header.Set("Authorization", after)
	}
}

func set(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

func target(uri string) func(*http.Request) { return func(r *http.Request) { r.RequestURI = uri } }

func TestVerifyRefuses(t *testing.T) {
	const wrong = wrongSignature
	const noDate = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
	credential := "Credential=" + testID + "/20261122/us-east-1/bedrock/aws4_request"
	for _, test := range []struct {
		name    string
		change  func(*http.Request)
		code    fault.Code
		message string
	}{
		// The target.
		{"escape cut short in the path", target("/model/%4"), fault.Validation, "Incomplete trailing escape % sequence"},
		{"no hex in the path", target("/model/%zz/converse"), fault.Validation, "Illegal hex character in escape % pattern: %zz"},
		{"path above the root", target("/a/../../b"), fault.Validation, "The request path leads above its root: '/a/../../b'"},
		{"no absolute path", target("*"), fault.Validation, "The request path must be absolute, got '*'"},
		{"escape cut short in the query", target("/?a=%"), fault.MalformedQuery, "Incomplete trailing escape % sequence"},
		{"no hex in the query", target("/?%0g=1"), fault.MalformedQuery, "Illegal hex character in escape % pattern: %0g"},

		// The Authorization header.
		{"nothing", func(r *http.Request) { r.Header.Del("Authorization") }, fault.MissingAuthentication, "Missing Authentication Token"},
		{"both kinds of proof", target("/?X-Amz-Algorithm=AWS4-HMAC-SHA256"), fault.InvalidSignature, ""},
		{"bearer", set("Authorization", "Bearer abc"), fault.IncompleteSignature, "Unsupported AWS 'algorithm': 'Bearer'."},
		{"empty header", set("Authorization", ""), fault.IncompleteSignature, "Unsupported AWS 'algorithm': ''."},
		{"other algorithm", replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"), fault.IncompleteSignature, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'."},
		{"not utf-8", set("Authorization", "\xff\xfe x"), fault.IncompleteSignature, "Unsupported AWS 'algorithm': '\uFFFD'."},
		{
			"no equal-sign", set("Authorization", "AWS4-HMAC-SHA256 Credential=x, oops"), fault.IncompleteSignature,
			"'oops' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential=x, oops'",
		},
		{
			"trailing comma", set("Authorization", "AWS4-HMAC-SHA256 Credential=x,"), fault.IncompleteSignature,
			"'' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential=x,'",
		},
		{
			"everything missing", func(r *http.Request) {
				r.Header.Set("Authorization", "AWS4-HMAC-SHA256")
				r.Header.Del("X-Amz-Date")
			}, fault.IncompleteSignature,
			"Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
				"Authorization header requires 'SignedHeaders' parameter. " + noDate + "Authorization=AWS4-HMAC-SHA256",
		},
		{
			"signature missing", replace("Signature=", "Sign="), fault.IncompleteSignature,
			"Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256",
		},
		{
			"signature empty", set("Authorization", "AWS4-HMAC-SHA256 "+credential+", SignedHeaders=host, Signature="), fault.IncompleteSignature,
			"Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256",
		},
		{"no date", func(r *http.Request) { r.Header.Del("X-Amz-Date") }, fault.IncompleteSignature, noDate + "Authorization=AWS4-HMAC-SHA256"},

		// Host and date.
		{"host unsigned", replace(";host;", ";"), fault.InvalidSignature, hostUnsigned},
		{
			"date in words", set("X-Amz-Date", "yesterday"), fault.IncompleteSignature,
			"Date must be in ISO-8601 'basic format'. Got 'yesterday'. See http://en.wikipedia.org/wiki/ISO_8601",
		},
		{
			"date with fraction", set("X-Amz-Date", "20261122T140000.5Z"), fault.IncompleteSignature,
			"Date must be in ISO-8601 'basic format'. Got '20261122T140000.5Z'. See http://en.wikipedia.org/wiki/ISO_8601",
		},
		{"bad X-Amz-Date beside a good Date", func(r *http.Request) {
			r.Header.Set("Date", r.Header.Get("X-Amz-Date"))
			r.Header.Set("X-Amz-Date", "?")
		}, fault.IncompleteSignature, "Date must be in ISO-8601 'basic format'. Got '?'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{
			"a second too old", set("X-Amz-Date", "20261122T135459Z"), fault.InvalidSignature,
			"Signature expired: 20261122T135459Z is now earlier than 20261122T135500Z (20261122T140000Z - 5 min.)",
		},
		{
			"a second too new", set("X-Amz-Date", "20261122T140501Z"), fault.InvalidSignature,
			"Signature not yet current: 20261122T140501Z is still later than 20261122T140500Z (20261122T140000Z + 5 min.)",
		},
		{"within five minutes", set("X-Amz-Date", "20261122T135500Z"), fault.InvalidSignature, wrong},
		{
			"sts is more patient", func(r *http.Request) {
				replace("/bedrock/", "/sts/")(r)
				r.Header.Set("X-Amz-Date", "20261122T134459Z")
			}, fault.InvalidSignature,
			"Signature expired: 20261122T134459Z is now earlier than 20261122T134500Z (20261122T140000Z - 15 min.)",
		},
		{"within fifteen minutes", func(r *http.Request) {
			replace("/bedrock/", "/sts/")(r)
			r.Header.Set("X-Amz-Date", "20261122T134500Z")
		}, fault.InvalidSignature, wrong},
		{"date is judged before scope and key", func(r *http.Request) {
			replace(testID+"/20261122/us-east-1/", "nobody/")(r)
			r.Header.Set("X-Amz-Date", "20261122T000000Z")
		}, fault.InvalidSignature, "Signature expired: 20261122T000000Z is now earlier than 20261122T135500Z (20261122T140000Z - 5 min.)"},

		// The scope.
		{
			"four elements", replace("/aws4_request", ""), fault.IncompleteSignature,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" + testID + "/20261122/us-east-1/bedrock'",
		},
		{
			"six elements", replace("/aws4_request", "/aws4_request/"), fault.IncompleteSignature,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" + testID + "/20261122/us-east-1/bedrock/aws4_request/'",
		},
		{"unknown region", replace("/us-east-1/", "/mars-1/"), fault.InvalidSignature, "Credential should be scoped to a valid region, not 'mars-1'. "},
		{"unknown service", replace("/bedrock/", "/s3/"), fault.InvalidSignature, "Credential should be scoped to correct service: 'bedrock', 'sts'. "},
		{
			"other terminator", replace("/aws4_request", "/aws5"), fault.InvalidSignature,
			"Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. ",
		},
		{
			"other day", replace("/20261122/", "/20261121/"), fault.InvalidSignature,
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261121' != '20261122', from '20261122T140000Z'.",
		},
		{
			"everything wrong with the scope", replace("/20261122/us-east-1/bedrock/aws4_request", "/1/2/3/4"), fault.InvalidSignature,
			"Credential should be scoped to a valid region, not '2'. Credential should be scoped to correct service: 'bedrock', 'sts'. " +
				"Credential should be scoped with a valid terminator: 'aws4_request', not '4'. " +
				"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '1' != '20261122', from '20261122T140000Z'.",
		},
		{
			"scope is judged before the key", replace(testID+"/20261122/us-east-1/", "nobody/20261122/mars-1/"), fault.InvalidSignature,
			"Credential should be scoped to a valid region, not 'mars-1'. ",
		},

		// The key.
		{"unknown key", replace(testID, "AKIAI44QH8DHBEXAMPLE"), fault.UnrecognizedClient, "unknown key"},
		{"unknown token", set("X-Amz-Security-Token", "x"), fault.UnrecognizedClient, "unknown token"},
		{"expired token", set("X-Amz-Security-Token", "expired"), fault.ExpiredToken, "expired token"},
		{"key is judged before the signature", func(r *http.Request) {
			replace(testID, "nobody")(r)
			replace("Signature=", "Signature=0")(r)
		}, fault.UnrecognizedClient, "unknown key"},

		// The signature.
		{"other secret's", func(r *http.Request) {
			key := testKey()
			key.Secret = identity.NewSecret("another")
			Sign(r, testBody(), key, "us-east-1", "bedrock", signedAt())
		}, fault.InvalidSignature, wrong},
		{"upper-case signature", func(r *http.Request) {
			head, sig, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
			r.Header.Set("Authorization", head+"Signature="+strings.ToUpper(sig))
		}, fault.InvalidSignature, wrong},
		{"signature cut short", func(r *http.Request) {
			v := r.Header.Get("Authorization")
			r.Header.Set("Authorization", v[:len(v)-1])
		}, fault.InvalidSignature, wrong},
		{"signed header gone", func(r *http.Request) { r.Header.Del("Content-Type") }, fault.InvalidSignature, wrong},
		{"signed header twice", func(r *http.Request) { r.Header.Add("Content-Type", "text/plain") }, fault.InvalidSignature, wrong},
		{"empty name among the signed headers", replace("host;", "host;;"), fault.InvalidSignature, wrong},
		{"content hash of another body", set("X-Amz-Content-Sha256", strings.Repeat("0", 64)), fault.InvalidSignature, wrong},
		{"payload waived by a stranger", set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), fault.InvalidSignature, wrong},
		{"other host", func(r *http.Request) { r.Host = "example.com" }, fault.InvalidSignature, wrong},
		{"other method", func(r *http.Request) { r.Method = http.MethodPut }, fault.InvalidSignature, wrong},
		{"escape undone", target("/model/arn:aws:bedrock%2Fx/converse?b=2&a=1"), fault.InvalidSignature, wrong},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRequest()
			r.RequestURI = "/model/arn%3Aaws%3Abedrock%2Fx/converse?b=2&a=1"
			test.change(r)
			_, err := newTestVerifier().Verify(r, testBody(), signedAt())
			var e *fault.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want a fault", err)
			}
			if e.Code != test.code || e.Message != test.message {
				t.Errorf("got  %d %q\nwant %d %q", e.Code, e.Message, test.code, test.message)
			}
		})
	}
}

func TestVerifyTolerates(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"no space after commas": func(r *http.Request) {
			set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), ", ", ","))(r)
		},
		"a duplicate, the last good": replace("Credential=", "Credential=wrong, Credential="),
		"a part it does not know":    replace("Credential=", "Nonce=1, Credential="),
		"query in another order":     target("/model/arn%3Aaws%3Abedrock%2Fx/converse?a=1&b=2"),
		"query escaped otherwise":    target("/model/arn%3Aaws%3Abedrock%2Fx/converse?%61=1&&b=%32"),
		"slashes and dots":           target("//model/./arn%3Aaws%3Abedrock%2Fx/y/..//converse?b=2&a=1"),
		"absolute target":            target("http://127.0.0.1:8080/model/arn%3Aaws%3Abedrock%2Fx/converse?b=2&a=1"),
		"spaces in a header":         set("Content-Type", "  application/json "),
		"unsigned header":            set("X-Forwarded-For", "192.0.2.1"),
		"no content-length header":   func(r *http.Request) { r.Header.Del("Content-Length") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRequest()
			change(r)
			if _, err := newTestVerifier().Verify(r, testBody(), signedAt()); err != nil {
				t.Error(err)
			}
		})
	}
}

// resign signs only the named headers.
func resign(r *http.Request, names string) {
	var c canonical
	path, query, _ := rawTarget(r)
	s := scope{testID, "20261122", "us-east-1", "bedrock", terminator}
	if err := c.start(r.Method, path, query); err != nil || !c.finish(r, testBody(), names) {
		panic("BUG: the request cannot be signed")
	}
	sig := c.signature([]byte("20261122T140000Z"), s, deriveKey(testKey().Secret, s))
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+testID+"/20261122/us-east-1/bedrock/aws4_request, SignedHeaders="+
		names+", Signature="+string(sig[:]))
}

func TestDateForms(t *testing.T) {
	for _, name := range []string{"Date", "X-Amz-Date"} {
		for _, text := range []string{"20261122T140000Z", "2026-11-22T14:00:00Z", "Sun, 22 Nov 2026 14:00:00 GMT"} {
			r := newRequest()
			r.Header.Del("X-Amz-Date")
			r.Header.Set(name, text)
			resign(r, strings.ToLower(name)+";host")
			if _, err := newTestVerifier().Verify(r, testBody(), signedAt()); err != nil {
				t.Errorf("%s: %s: %v", name, text, err)
			}
		}
	}
}

func TestAuthorityCountsAsHost(t *testing.T) {
	r := newRequest()
	r.ProtoMajor = 2
	resign(r, ":authority;content-type;x-amz-date")
	if _, err := newTestVerifier().Verify(r, testBody(), signedAt()); err != nil {
		t.Error(err)
	}
	r.Host = "example.com"
	if _, err := newTestVerifier().Verify(r, testBody(), signedAt()); !fault.Is(err, fault.InvalidSignature) {
		t.Errorf("got %v, want an invalid signature", err)
	}
}

func TestPayloadHashHeader(t *testing.T) {
	for name, test := range map[string]struct {
		hash, body string
		ok         bool
	}{
		"waived":               {"UNSIGNED-PAYLOAD", "anything at all", true},
		"repeated":             {"8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4", "hi", true},
		"of another body":      {"8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4", "ho", false},
		"streaming, not known": {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "hi", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(test.body))
			r.Header.Set("X-Amz-Content-Sha256", test.hash)
			Sign(r, []byte(test.body), testKey(), "us-east-1", "bedrock", signedAt())
			if _, err := newTestVerifier().Verify(r, []byte(test.body), signedAt()); (err == nil) != test.ok {
				t.Errorf("got %v, want ok = %v", err, test.ok)
			}
		})
	}
}

func TestAnyRegionService(t *testing.T) {
	r := newRequest()
	Sign(r, testBody(), testKey(), "mars-1", "sts", signedAt())
	got, err := newTestVerifier().Verify(r, testBody(), signedAt())
	if err != nil || got.Region != "mars-1" || got.Service != "sts" {
		t.Errorf("got %+v, %v", got, err)
	}
}
