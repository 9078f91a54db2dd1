// Package sigv4 verifies AWS Signature Version 4 on requests, and signs them.
//
// A signature covers the request target as it was sent, chosen headers, the body's hash, a time, and a scope: the
// day, region and service it is good for. Verification works on the raw target, never on a decoded path, because
// clients sign "/model/arn%3Aaws…/converse" with every escape escaped once more.
package sigv4

import (
	"crypto/hmac"
	"net/http"
	"sync"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
)

// Keys looks an access key up by its id. It is asked once a request and must answer from memory.
type Keys interface {
	AccessKey(id string) (identity.AccessKey, bool)
}

// Service is one service name that a credential scope may carry.
type Service struct {
	Name string // as the scope spells it: "bedrock", "sts"
	// Skew is how far a request's time may be from the server's, either way. AWS allows 5 minutes on
	// regional JSON services and 15 on STS and IAM. Zero means 5 minutes.
	Skew time.Duration
	// AnyRegion accepts whatever region the scope names, even one that Options.Region refuses.
	AnyRegion bool
}

const defaultSkew = 5 * time.Minute

// Options say which scopes a Verifier accepts.
type Options struct {
	Services []Service
	// Region reports whether a scope may name the region; nil accepts every region.
	Region func(arn.Region) bool
}

// Verifier checks the signatures of requests. It is safe for concurrent use.
type Verifier struct {
	keys     Keys
	services []Service
	region   func(arn.Region) bool

	derived   keyCache
	scratches sync.Pool // of *canonical
}

// NewVerifier makes a verifier that knows keys and accepts the scopes of o.
func NewVerifier(keys Keys, o Options) *Verifier {
	v := &Verifier{keys: keys, services: make([]Service, len(o.Services)), region: o.Region}
	for i, s := range o.Services {
		if s.Skew == 0 {
			s.Skew = defaultSkew
		}
		v.services[i] = s
	}
	if v.region == nil {
		v.region = func(arn.Region) bool { return true }
	}
	v.scratches.New = func() any { return new(canonical) }
	return v
}

// Result is what a good signature proves.
type Result struct {
	Principal identity.Principal
	Region    arn.Region // the scope's region: the source region of the call
	Service   string     // the scope's service: which API is meant
}

// Sentences that take no argument.
const (
	missingToken   = "Missing Authentication Token"
	queryAuth      = "Requests signed in the query string are not supported. Sign with the Authorization header."
	hostUnsigned   = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
	invalidToken   = "The security token included in the request is invalid"
	wrongSignature = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)

// Verify checks the Authorization header of r, whose whole body is body, at the time now. The checks run in the order
// AWS makes them, and the first that fails is the error: target, Authorization header, signed host, date, scope, key,
// signature. Errors are *fault.Error with the codes Validation (a malformed target), MissingAuthentication,
// IncompleteSignature, InvalidSignature and UnrecognizedClient.
func (v *Verifier) Verify(r *http.Request, body []byte, now time.Time) (Result, error) {
	c := v.scratches.Get().(*canonical)
	defer v.scratches.Put(c)

	path, query, err := rawTarget(r)
	if err != nil {
		return Result{}, err
	}
	if err := c.start(r.Method, path, query); err != nil {
		return Result{}, err
	}
	auth, err := authorize(r, query)
	if err != nil {
		return Result{}, err
	}
	if !auth.signsHost() {
		return Result{}, fault.New(fault.InvalidSignature, hostUnsigned)
	}
	date, err := parseDate(auth.date)
	if err != nil {
		return Result{}, err
	}
	if err := v.checkSkew(date.when, now, auth.credential); err != nil {
		return Result{}, err
	}
	scope, err := v.checkScope(auth.credential, date)
	if err != nil {
		return Result{}, err
	}
	key, err := v.key(r, scope.keyID)
	if err != nil {
		return Result{}, err
	}
	if !v.matches(c, r, body, auth, date, scope, key.Secret) {
		return Result{}, fault.New(fault.InvalidSignature, wrongSignature)
	}
	return Result{key.Principal, arn.Region(scope.region), scope.service}, nil
}

// key finds who claims to have signed. Temporary credentials would be recognised here; a long-term key never comes
// with a token, so a request that has one is refused.
func (v *Verifier) key(r *http.Request, id string) (identity.AccessKey, error) {
	if len(r.Header["X-Amz-Security-Token"]) > 0 {
		return identity.AccessKey{}, fault.New(fault.UnrecognizedClient, invalidToken)
	}
	key, ok := v.keys.AccessKey(id)
	if !ok || key.Secret.IsZero() {
		return identity.AccessKey{}, fault.New(fault.UnrecognizedClient, invalidToken+".")
	}
	return key, nil
}

// matches computes the signature the request should have and compares in constant time.
func (v *Verifier) matches(c *canonical, r *http.Request, body []byte, auth authorization, d date, s scope, secret identity.Secret) bool {
	if !c.headers(r, auth.signedHeaders) || !c.payload(r, body) {
		return false
	}
	want := c.signature(d.basic(c.stamp[:0]), s, v.derived.get(secret, s))
	return hmac.Equal(want[:], []byte(auth.signature))
}
