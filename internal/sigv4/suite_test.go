package sigv4

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
)

// signedCase is one request of testdata/suite.txt, as it goes over the wire.
type signedCase struct{ name, wire string }

// suite reads the requests that botocore signed.
func suite(t testing.TB) []signedCase {
	t.Helper()
	text, err := os.ReadFile("testdata/suite.txt")
	if err != nil {
		t.Fatal(err)
	}
	var cases []signedCase
	for part := range strings.SplitSeq("\n"+string(text), "\n-- ") {
		name, wire, ok := strings.Cut(part, " --\n")
		if ok {
			cases = append(cases, signedCase{name, wire + "\n"})
		}
	}
	if len(cases) < 50 {
		t.Fatalf("testdata/suite.txt has %d requests, want 50 at least", len(cases))
	}
	return cases
}

// read is the request as a server has it.
func (c signedCase) read(t testing.TB) (*http.Request, []byte) {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(c.wire)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, body
}

func newSuiteVerifier() *Verifier {
	return NewVerifier(keyring{testID: testKey()}, Options{Services: []Service{{Name: "bedrock", Presign: 7 * 24 * time.Hour}, {Name: "sts", Skew: 15 * time.Minute}}})
}

func TestSuite(t *testing.T) {
	v := newSuiteVerifier()
	for _, c := range suite(t) {
		t.Run(c.name, func(t *testing.T) {
			r, body := c.read(t)
			for range 2 { // replayed byte for byte, as AWS allows
				if _, err := v.Verify(r, body, signedAt()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// Every request of the suite is refused, in one way each, when a part of what it says is not what was signed.
func TestSuiteWhenChanged(t *testing.T) {
	changes := []struct {
		name   string
		change func(r *http.Request, body *[]byte)
		code   fault.Code
	}{
		{"signature", func(r *http.Request, _ *[]byte) {
			flipLast := func(s string) string {
				head, sig, _ := strings.Cut(s, "Signature=")
				return head + "Signature=" + strings.Map(func(c rune) rune { return c ^ 1 }, sig[:1]) + sig[1:]
			}
			if auth := r.Header["Authorization"]; len(auth) > 0 {
				auth[0] = flipLast(auth[0])
			} else {
				r.RequestURI = flipLast(r.RequestURI)
			}
		}, fault.InvalidSignature},
		{"method", func(r *http.Request, _ *[]byte) { r.Method = "PATCH" }, fault.InvalidSignature},
		{"host", func(r *http.Request, _ *[]byte) { r.Host = "example.test.evil" }, fault.InvalidSignature},
		{"path", func(r *http.Request, _ *[]byte) {
			path, query, _ := strings.Cut(r.RequestURI, "?")
			r.RequestURI = path + "x?" + query
		}, fault.InvalidSignature},
		{"parameter more", func(r *http.Request, _ *[]byte) {
			path, query, _ := strings.Cut(r.RequestURI, "?")
			r.RequestURI = path + "?admin=true&" + query
		}, fault.InvalidSignature},
		{"body", func(r *http.Request, body *[]byte) {
			if waived := r.Header.Get("X-Amz-Content-Sha256") != ""; !waived {
				*body = append(*body, ' ')
			} else {
				r.Header.Set("X-Amz-Content-Sha256", strings.Repeat("0", 64))
			}
		}, fault.InvalidSignature},
	}
	v := newSuiteVerifier()
	for _, c := range suite(t) {
		for _, change := range changes {
			t.Run(c.name+"/"+change.name, func(t *testing.T) {
				r, body := c.read(t)
				change.change(r, &body)
				if _, err := v.Verify(r, body, signedAt()); !fault.Is(err, change.code) {
					t.Errorf("got %v, want %v", err, change.code)
				}
			})
		}
	}
}

func TestSuiteIsWhatBotocoreSigns(t *testing.T) {
	if err := exec.Command("python3", "-c", "import botocore").Run(); err != nil {
		t.Skip("python3 with botocore is not installed: testdata/suite.txt is not compared with it")
	}
	c := exec.Command("python3", "suite.py")
	c.Dir = "testdata"
	c.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8")
	fresh, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile("testdata/suite.txt")
	if err != nil || !bytes.Equal(fresh, kept) {
		t.Errorf("testdata/suite.txt is not what testdata/suite.py writes (%v): python3 suite.py > suite.txt", err)
	}
}

// presign signs a request's query as clients do, with parameters of the caller's choice in front.
func presign(more string, secret identity.Secret) string {
	var c canonical
	target := "/?" + more
	_, query, _ := strings.Cut(target, "?")
	r := httptest.NewRequest(http.MethodPost, target, nil)
	if err := c.start(r.Method, "/", query); err != nil {
		panic(err)
	}
	stamp, _ := c.parameter(paramDate)
	credential, _ := c.parameter(paramCredential)
	s, _ := parseScope(credential)
	if !c.finish(r, nil, "host", paramSignature) {
		panic("BUG: the query cannot be signed")
	}
	sig := c.signature([]byte(stamp), s, deriveKey(secret, s))
	return target + "&X-Amz-Signature=" + string(sig[:])
}

func TestPresignedRefusals(t *testing.T) {
	const (
		scope  = "&X-Amz-Credential=" + testID + "%2F20261122%2Fus-east-1%2Fbedrock%2Faws4_request"
		sts    = "&X-Amz-Credential=" + testID + "%2F20261122%2Fus-east-1%2Fsts%2Faws4_request"
		date   = "&X-Amz-Date=20261122T140000Z"
		signed = "&X-Amz-SignedHeaders=host"
		good   = "X-Amz-Algorithm=AWS4-HMAC-SHA256" + scope + date + signed
	)
	at := func(after time.Duration) time.Time { return signedAt().Add(after) }
	for _, test := range []struct {
		name    string
		query   string // signed, unless it has a signature
		at      time.Time
		code    fault.Code
		message string // "": good
	}{
		{"good", good, at(0), 0, ""},
		{"within its time", good + "&X-Amz-Expires=3600", at(time.Hour), 0, ""},
		{"of two credentials the first counts", good + "&X-Amz-Credential=nobody%2F1%2F2%2F3%2F4", at(0), 0, ""},
		{"names escaped", strings.Replace(good, "X-Amz-Date", "X%2DAmz%2DDate", 1), at(0), 0, ""},
		{
			"a second too late", good + "&X-Amz-Expires=3600", at(time.Hour + time.Second), fault.InvalidSignature,
			"Signature expired: 20261122T140000Z is now earlier than 20261122T140001Z (20261122T150001Z - 60 min.)",
		},
		{
			"odd seconds", good + "&X-Amz-Expires=90", at(2 * time.Minute), fault.InvalidSignature,
			"Signature expired: 20261122T140000Z is now earlier than 20261122T140030Z (20261122T140200Z - 90 sec.)",
		},
		{
			"without X-Amz-Expires the skew counts", good, at(6 * time.Minute), fault.InvalidSignature,
			"Signature expired: 20261122T140000Z is now earlier than 20261122T140100Z (20261122T140600Z - 5 min.)",
		},
		{
			"sts does not look at X-Amz-Expires", "X-Amz-Algorithm=AWS4-HMAC-SHA256" + sts + date + signed + "&X-Amz-Expires=86400", at(16 * time.Minute),
			fault.InvalidSignature, "Signature expired: 20261122T140000Z is now earlier than 20261122T140100Z (20261122T141600Z - 15 min.)",
		},
		{"within sts's time", "X-Amz-Algorithm=AWS4-HMAC-SHA256" + sts + date + signed + "&X-Amz-Expires=1", at(15 * time.Minute), 0, ""},
		{
			"too early", good + "&X-Amz-Expires=3600", at(-6 * time.Minute), fault.InvalidSignature,
			"Signature not yet current: 20261122T140000Z is still later than 20261122T135900Z (20261122T135400Z + 5 min.)",
		},
		{"longer than a week", good + "&X-Amz-Expires=604801", at(0), fault.IncompleteSignature, "X-Amz-Expires must be a number of seconds from 1 to 604800, not '604801'"},
		{"no time at all", good + "&X-Amz-Expires=0", at(0), fault.IncompleteSignature, "X-Amz-Expires must be a number of seconds from 1 to 604800, not '0'"},
		{"time in words", good + "&X-Amz-Expires=1h", at(0), fault.IncompleteSignature, "X-Amz-Expires must be a number of seconds from 1 to 604800, not '1h'"},
		{"time beyond numbers", good + "&X-Amz-Expires=99999999999999999999", at(0), fault.IncompleteSignature, "X-Amz-Expires must be a number of seconds from 1 to 604800, not '99999999999999999999'"},
		{"other algorithm", "X-Amz-Algorithm=AWS4-HMAC-SHA512&X-Amz-Signature=x", at(0), fault.IncompleteSignature, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'."},
		{
			"everything missing", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=", at(0), fault.IncompleteSignature,
			"AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. " +
				"AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
		},
		{
			"signature missing", good + "&X-Amz-Signature=", at(0), fault.IncompleteSignature,
			"AWS query-string parameters must include 'X-Amz-Signature'. Re-examine the query-string parameters.",
		},
		{"host unsigned", strings.Replace(good, "=host", "=date", 1) + "&X-Amz-Signature=x", at(0), fault.InvalidSignature, hostUnsigned},
		{
			"extended date", strings.Replace(good, "20261122T140000Z", "2026-11-22T14:00:00Z", 1), at(0), fault.IncompleteSignature,
			"Date must be in ISO-8601 'basic format'. Got '2026-11-22T14:00:00Z'. See http://en.wikipedia.org/wiki/ISO_8601",
		},
		{"a token the key store does not know", good + "&X-Amz-Security-Token=x", at(0), fault.UnrecognizedClient, "unknown token"},
		{"an expired token", good + "&X-Amz-Security-Token=expired", at(0), fault.ExpiredToken, "expired token"},
		{"payload waived", good + "&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD", at(0), 0, ""},
		{"another payload", good + "&X-Amz-Content-Sha256=00&X-Amz-Signature=x", at(0), fault.InvalidSignature, wrongSignature},
	} {
		t.Run(test.name, func(t *testing.T) {
			target := "/?" + test.query
			if !strings.Contains(test.query, paramSignature) {
				target = presign(test.query, testKey().Secret)
			}
			r := httptest.NewRequest(http.MethodPost, target, nil)
			_, err := newSuiteVerifier().Verify(r, nil, test.at)
			if test.message == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != test.code || e.Message != test.message {
				t.Errorf("got  %v\nwant %v: %s", err, test.code, test.message)
			}
			if late := strings.HasPrefix(test.message, "Signature expired"); late != errors.Is(err, ErrExpired) {
				t.Errorf("that it is ErrExpired: %t", !late)
			}
		})
	}
}
