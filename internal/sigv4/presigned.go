package sigv4

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

// The parameters of a presigned query.
const (
	paramAlgorithm     = "X-Amz-Algorithm"
	paramCredential    = "X-Amz-Credential"
	paramSignature     = "X-Amz-Signature"
	paramSignedHeaders = "X-Amz-SignedHeaders"
	paramDate          = "X-Amz-Date"
	paramExpires       = "X-Amz-Expires"
	paramToken         = "X-Amz-Security-Token"
	paramContentHash   = "X-Amz-Content-Sha256"
)

// presignedProof reads a proof from the query. Of a parameter given twice the first counts, and everything missing is
// named in one error. A session token may come in the headers instead.
func presignedProof(r *http.Request, c *canonical, alg string) (proof, error) {
	if alg != algorithm {
		return proof{}, fault.New(fault.IncompleteSignature, wrongAlgorithm, echo(alg))
	}
	p := proof{presigned: true}
	var missing strings.Builder
	for _, part := range [...]struct {
		name string
		into *string
	}{
		{paramCredential, &p.credential},
		{paramSignature, &p.signature},
		{paramSignedHeaders, &p.signedHeaders},
		{paramDate, &p.date},
	} {
		if *part.into, _ = c.parameter(part.name); *part.into == "" {
			missing.WriteString("AWS query-string parameters must include '" + part.name + "'. ")
		}
	}
	if missing.Len() > 0 {
		return proof{}, fault.New(fault.IncompleteSignature, "%sRe-examine the query-string parameters.", missing.String())
	}
	p.expires, _ = c.parameter(paramExpires)
	var inQuery bool
	if p.token, inQuery = c.parameter(paramToken); !inQuery {
		p.token = tokenHeader(r.Header)
	}
	return p, nil
}

// lifetime is how long a presigned request is good for: X-Amz-Expires within the limits of the service, or the skew of
// one that does not look at it.
func (s Service) lifetime(expires string) (time.Duration, error) {
	if s.Presign == 0 || expires == "" {
		return s.Skew, nil
	}
	longest := int64(s.Presign / time.Second)
	seconds, err := strconv.ParseInt(expires, 10, 64)
	if err != nil || seconds < 1 || seconds > longest {
		return 0, fault.New(fault.IncompleteSignature, "X-Amz-Expires must be a number of seconds from 1 to %d, not '%s'", longest, echo(expires))
	}
	return time.Duration(seconds) * time.Second, nil
}
