package sigv4

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
)

// Presign signs the method, the path, the host and the query of r, which has no body, so that its URL alone proves who
// made it until expires, a time in whole seconds, is over. token is the session token of temporary credentials, or "".
func Presign(r *http.Request, key identity.AccessKey, token string, region arn.Region, service string, expires time.Duration, now time.Time) {
	stamp := now.UTC().Format(basicFormat)
	s := scope{key.ID, stamp[:len(dayFormat)], string(region), service, terminator}
	query := r.URL.RawQuery
	add := func(name, value string) {
		if query != "" {
			query += "&"
		}
		query += name + "=" + url.QueryEscape(value)
	}
	add(paramAlgorithm, algorithm)
	add(paramCredential, key.ID+"/"+string(s.append(nil)))
	add(paramDate, stamp)
	add(paramExpires, strconv.FormatInt(int64(expires/time.Second), 10))
	add(paramSignedHeaders, "host")
	if token != "" {
		add(paramToken, token)
	}
	r.Host = signedHost(r)

	var c canonical
	path, _ := urlTarget(r.URL)
	_ = c.start(r.Method, path, query) // what is malformed is signed as far as it goes; the far side refuses it
	c.finish(r, nil, "host")
	signature := c.signature([]byte(stamp), s, deriveKey(key.Secret, s))
	add(paramSignature, string(signature[:]))
	r.URL.RawQuery = query
}
