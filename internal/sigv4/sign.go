package sigv4

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
)

// Sign signs r, whose whole body is body, with a long-term key: it sets X-Amz-Date and Authorization. It signs the host,
// the content length and every header but those that proxies and clients change on the way, so r must not change
// afterwards. When r has an X-Amz-Content-SHA256 header, that must be the body's hash or "UNSIGNED-PAYLOAD".
func Sign(r *http.Request, body []byte, key identity.AccessKey, region arn.Region, service string, now time.Time) {
	now = now.UTC()
	stamp := now.Format(basicFormat)
	s := scope{key.ID, stamp[:len(dayFormat)], string(region), service, terminator}
	r.Header.Set("X-Amz-Date", stamp)
	r.Header.Del("Authorization")
	r.Host = signedHost(r)

	// A url.URL never has malformed escapes in its path. A malformed query is signed as far as it goes; the far
	// side refuses it whatever the signature.
	var c canonical
	path, query := urlTarget(r.URL)
	_ = c.start(r.Method, path, query)
	names := signedNames(r)
	c.finish(r, body, names)
	signature := c.signature([]byte(stamp), s, deriveKey(key.Secret, s))

	r.Header.Set("Authorization", algorithm+" Credential="+key.ID+"/"+string(s.append(nil))+
		", SignedHeaders="+names+", Signature="+string(signature[:]))
}

// signedHost is the host as it will be sent: without the port that its scheme implies.
func signedHost(r *http.Request) string {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	port := map[string]string{"http": ":80", "https": ":443"}[strings.ToLower(r.URL.Scheme)]
	return strings.TrimSuffix(host, port)
}

// signedNames lists the headers to sign, sorted.
func signedNames(r *http.Request) string {
	names := []string{"host"}
	if r.ContentLength > 0 && len(r.Header["Content-Length"]) == 0 {
		names = append(names, "content-length")
	}
	for name := range r.Header {
		switch name = strings.ToLower(name); name {
		case "host", "user-agent", "x-amzn-trace-id", "expect", "transfer-encoding":
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ";")
}
