// Package apikey writes and reads Amazon Bedrock's short-term API keys, and tells the kinds of API keys apart.
//
// A short-term key is a presigned request for CallWithBearerToken that its owner made without asking anybody, in base64
// behind a prefix. It is good in the one region it was signed for, until its time is over or that of the session that
// signed it.
package apikey

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// How API keys begin.
const (
	ShortTermPrefix = "bedrock-api-key-"
	LongTermPrefix  = "ABSK"
)

const (
	// MaxLifetime is the longest a short-term key may be good for.
	MaxLifetime = 12 * time.Hour
	// Service is the signing name of short-term keys.
	Service = "bedrock"

	host   = "bedrock.amazonaws.com"
	action = "Action=CallWithBearerToken"
	suffix = "&Version=1" // follows the signature, unsigned
	// maxKey is longer than any key: a session token is most of it, escaped, in base64 again.
	maxKey = 64 << 10
)

// IsShortTerm reports whether a key has the form of short-term keys.
func IsShortTerm(key string) bool { return strings.HasPrefix(key, ShortTermPrefix) }

// IsLongTerm reports whether a key has the form of long-term keys.
func IsLongTerm(key string) bool { return strings.HasPrefix(key, LongTermPrefix) }

// ShortTerm makes a key that is good in one region for a time in whole seconds. token is the session token of temporary
// credentials, or "".
func ShortTerm(key identity.AccessKey, token string, region arn.Region, lifetime time.Duration, now time.Time) identity.Secret {
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Scheme: "https", Host: host, Path: "/", RawQuery: action}}
	sigv4.Presign(r, key, token, region, Service, lifetime, now)
	return identity.NewSecret(ShortTermPrefix + base64.StdEncoding.EncodeToString([]byte(host+"/?"+r.URL.RawQuery+suffix)))
}

// Request is the presigned request in a short-term key. It reports false when there is none.
func Request(key string) (*http.Request, bool) {
	text, ok := strings.CutPrefix(key, ShortTermPrefix)
	if !ok || len(text) > maxKey {
		return nil, false
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, false
	}
	query, ok := strings.CutPrefix(string(raw), host+"/?")
	query = strings.TrimSuffix(query, suffix)
	if !ok || !asks(query) {
		return nil, false
	}
	return &http.Request{Method: http.MethodPost, Host: host, RequestURI: "/?" + query, Header: http.Header{}}, true
}

// asks reports whether a query asks to call with a bearer token, and nothing else.
func asks(query string) bool {
	count := 0
	for part := range strings.SplitSeq(query, "&") {
		if strings.HasPrefix(part, "Action=") {
			if part != action {
				return false
			}
			count++
		}
	}
	return count == 1
}
