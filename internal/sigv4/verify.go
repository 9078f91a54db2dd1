// Package sigv4 verifies AWS Signature Version 4 on requests, and signs them.
//
// A signature covers the request target as it was sent, chosen headers, the body's hash, a time, and a scope: the
// day, region and service it is good for. Verification works on the raw target, never on a decoded path, because
// clients sign "/model/arn%3Aaws…/converse" with every escape escaped once more.
package sigv4

import (
	"bytes"
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

// Keys looks up who a key speaks for. It is asked once a request and must answer from memory.
type Keys interface {
	// AccessKey finds the key pair with an id; token is the session token that came with it, or "". Errors are
	// *fault.Error with the codes UnrecognizedClient and ExpiredToken.
	AccessKey(id, token string, now time.Time) (identity.AccessKey, error)
}

// Service is one service name that a credential scope may carry.
type Service struct {
	Name string // as the scope spells it: "bedrock", "sts"
	// Skew is how far a request's time may be from the server's, either way. AWS allows 5 minutes on
	// regional JSON services and 15 on STS and IAM. Zero means 5 minutes.
	Skew time.Duration
	// Presign is the longest X-Amz-Expires of a presigned request. Zero means that X-Amz-Expires is not looked at, and
	// a presigned request is good for Skew, as AWS has it on STS.
	Presign time.Duration
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

// InvalidToken is what a caller is told whose key or token nobody knows.
const InvalidToken = "The security token included in the request is invalid."

// Sentences of refusals.
const (
	missingToken   = "Missing Authentication Token"
	wrongAlgorithm = "Unsupported AWS 'algorithm': '%s'."
	hostUnsigned   = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
	wrongSignature = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)

// Verify checks the signature of r, whose whole body is body, at the time now: that of its Authorization header, or of
// its presigned query. The checks run in the order AWS makes them, and the first that fails is the error: target, proof,
// signed host, date, scope, key, signature. Errors are *fault.Error with the codes Validation (a malformed path),
// MalformedQuery, MissingAuthentication, IncompleteSignature, InvalidSignature, and those of Keys. A request may come
// twice within its time, as on AWS.
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
	proof, err := findProof(r, c)
	if err != nil {
		return Result{}, err
	}
	if !proof.signsHost() {
		return Result{}, fault.New(fault.InvalidSignature, hostUnsigned)
	}
	date, err := parseDate(proof)
	if err != nil {
		return Result{}, err
	}
	if err := v.checkTime(proof, date.when, now); err != nil {
		return Result{}, err
	}
	scope, err := v.checkScope(proof.credential, date)
	if err != nil {
		return Result{}, err
	}
	key, err := v.keys.AccessKey(scope.keyID, proof.token, now)
	if err != nil {
		return Result{}, err
	}
	if key.Secret.IsZero() { // or anybody could sign with nothing
		return Result{}, fault.New(fault.UnrecognizedClient, InvalidToken)
	}
	if !v.matches(c, r, body, proof, date, scope, key.Secret) {
		return Result{}, fault.New(fault.InvalidSignature, wrongSignature)
	}
	return Result{key.Principal, arn.Region(scope.region), scope.service}, nil
}

// matches computes the signature the request should have and compares in constant time. Some clients add the session
// token to a query that they have signed without it, so both forms are good.
func (v *Verifier) matches(c *canonical, r *http.Request, body []byte, p proof, d date, s scope, secret identity.Secret) bool {
	stamp, key := d.basic(c.stamp[:0]), v.derived.get(secret, s)
	if !p.presigned {
		if !c.finish(r, body, p.signedHeaders) {
			return false
		}
		want := c.signature(stamp, s, key)
		return hmac.Equal(want[:], []byte(p.signature))
	}
	head := bytes.Clone(c.buf)
	for _, without := range [][]string{{paramSignature}, {paramSignature, paramToken}} {
		c.buf = append(c.buf[:0], head...)
		if !c.finish(r, body, p.signedHeaders, without...) {
			return false
		}
		want := c.signature(stamp, s, key)
		if hmac.Equal(want[:], []byte(p.signature)) {
			return true
		}
	}
	return false
}
