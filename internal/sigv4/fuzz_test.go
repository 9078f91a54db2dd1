package sigv4

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/outcrop/outcrop/internal/fault"
)

// FuzzVerify throws headers and targets at the verifier. Whoever does not know the secret cannot get in, and every
// refusal is a fault.
func FuzzVerify(f *testing.F) {
	signed := newRequest()
	f.Add("/", signed.Header.Get("Authorization"), "20261122T140000Z", "application/json", "")
	f.Add("/a%2Fb/../c?x=%20&x=+", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=host;;content-type,Signature=x", "20261122T140000Z", "", "")
	f.Add("http://x?y", "AWS4-HMAC-SHA256", "", "", "UNSIGNED-PAYLOAD")
	f.Add("*", "Bearer x", "Sun, 22 Nov 2026 14:00:00 GMT", "", "")
	f.Add("/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261122T140000Z&X-Amz-SignedHeaders=host&X-Amz-Expires=%39&X-Amz-Signature=x&X-Amz-Credential="+
		testID+"%2F20261122%2Fus-east-1%2Fbedrock%2Faws4_request&X-Amz-Security-Token=", "", "", "", "")
	f.Add("/?X-Amz-Algorithm=&X-Amz-Algorithm=x", "", "", "", "")
	f.Add("/%", "AWS4-HMAC-SHA256 =,", "2026-11-22T14:00:00Z", "\xff", "\xff")
	v := newTestVerifier()
	f.Fuzz(func(t *testing.T, uri, auth, date, contentType, hash string) {
		r := &http.Request{Method: http.MethodPost, URL: &url.URL{}, RequestURI: uri, Host: "h", Header: http.Header{
			"X-Amz-Date": {date}, "Content-Type": {contentType}, "X-Amz-Content-Sha256": {hash},
		}}
		if auth != "" {
			r.Header.Set("Authorization", auth)
		}
		_, err := v.Verify(r, []byte(contentType), signedAt())
		var e *fault.Error
		if !errors.As(err, &e) || e.Code == fault.Internal {
			t.Fatalf("got %v, want a refusal that says why", err)
		}
	})
}
