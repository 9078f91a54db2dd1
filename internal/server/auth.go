package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// Caller is who made a request, and what the credential it came with is good for.
type Caller struct {
	Principal identity.Principal
	Region    arn.Region // the source region of the request
	Service   string     // the signing name of the APIs that may be called
}

// Authenticator checks one kind of credential. It is safe for concurrent use.
type Authenticator interface {
	// Claims reports whether a request carries this kind of credential, a good one or not.
	Claims(*http.Request) bool
	// Authenticate checks the credential of a request whose whole body is body. Errors are *fault.Error.
	Authenticate(r *http.Request, body []byte, now time.Time) (Caller, error)
}

// authenticate leaves a request to the first who claims it, or to the last of all: a request without any credential
// gets that one's error.
func (s *Server) authenticate(r *http.Request, body []byte, now time.Time) (Caller, error) {
	last := len(s.opt.Authenticators) - 1
	for _, a := range s.opt.Authenticators[:last] {
		if a.Claims(r) {
			return a.Authenticate(r, body, now)
		}
	}
	return s.opt.Authenticators[last].Authenticate(r, body, now)
}

// Signatures authenticates by AWS Signature Version 4.
type Signatures struct{ Verifier *sigv4.Verifier }

// Claims implements Authenticator.
func (Signatures) Claims(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-")
}

// Authenticate implements Authenticator. Region and service are those of the signature's scope.
func (s Signatures) Authenticate(r *http.Request, body []byte, now time.Time) (Caller, error) {
	who, err := s.Verifier.Verify(r, body, now)
	return Caller(who), err
}

// APIKeys looks up who an API key speaks for. It is asked once a request, must answer from memory, and in a time that
// tells nothing of the keys there are.
type APIKeys interface {
	// APIKey finds whom a key speaks for, and the one region it is good for; "" is every region. Errors are
	// *fault.Error with the code InvalidAPIKey.
	APIKey(key string, now time.Time) (identity.Principal, arn.Region, error)
}

// Bearer authenticates by an API key: Authorization: Bearer KEY, or x-api-key: KEY. The region of a request is the one its
// key is good for, or else that of the header x-outcrop-source-region, or Region.
type Bearer struct {
	Keys   APIKeys
	Region arn.Region
}

// bearerService is the signing name of the services that take API keys.
const bearerService = "bedrock"

// Claims implements Authenticator.
func (Bearer) Claims(r *http.Request) bool {
	_, ok := apiKey(r)
	return ok
}

// apiKey is the key a request carries. A signature beside it counts for more.
func apiKey(r *http.Request) (string, bool) {
	if auth := r.Header.Get("Authorization"); auth != "" {
		scheme, key, _ := strings.Cut(auth, " ")
		return strings.TrimSpace(key), strings.EqualFold(scheme, "Bearer")
	}
	keys := r.Header["X-Api-Key"]
	if len(keys) == 0 || strings.Contains(r.URL.RawQuery, "X-Amz-Signature=") {
		return "", false
	}
	return keys[0], true
}

// Authenticate implements Authenticator.
func (b Bearer) Authenticate(r *http.Request, _ []byte, now time.Time) (Caller, error) {
	key, _ := apiKey(r)
	who, bound, err := b.Keys.APIKey(key, now)
	if err != nil {
		return Caller{}, err
	}
	region, err := b.region(r, bound)
	return Caller{who, region, bearerService}, err
}

// region is the source region of a request whose key is good for one region, or for all.
func (b Bearer) region(r *http.Request, bound arn.Region) (arn.Region, error) {
	named := arn.Region(r.Header.Get(sourceRegionHeader))
	switch {
	case named == "" && bound == "":
		return b.Region, nil
	case named == "":
		return bound, nil
	case !isRegion(string(named)):
		return "", fault.New(fault.Validation, "The header x-outcrop-source-region must be a region's code, such as %s.", b.Region)
	case bound != "" && named != bound:
		return "", fault.New(fault.InvalidAPIKey,
			"Authentication failed: Please make sure your API Key is valid. It is good for %s alone, and the header x-outcrop-source-region names %s.", bound, named)
	}
	return named, nil
}

const sourceRegionHeader = "X-Outcrop-Source-Region"

// isRegion reports whether s has the form of a region's code. Whether there is such a region the catalog knows.
func isRegion(s string) bool {
	const longest = 64
	return len(s) <= longest && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
