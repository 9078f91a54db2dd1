// Package awswire turns HTTP requests into calls of AWS operations and their results into bytes:
// matching, JSON, forms and XML, constraint sentences, errors and event streams. Generated packages under awsapi
// bring the types and tables; this package is the same for all of them.
package awswire

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
)

// Call is one API request on its way: what the edge learnt before any operation saw it.
type Call struct {
	RequestID string // a UUID, goes out as x-amzn-RequestId
	Service   string // the name of the API that was called
	Match     Match  // its operation
	Region    arn.Region
	Principal identity.Principal
	Request   *http.Request // its headers and method; the body has been read into Body
	// Body is the whole request body. Decoded documents and payloads share its memory, so it must
	// stay as it is until the operation has ended.
	Body    []byte
	Header  http.Header // response headers an operation may add to before it answers
	Arrived time.Time
}

// Origin is where the request came from.
func (c *Call) Origin() identity.Origin {
	from, _ := netip.ParseAddrPort(c.Request.RemoteAddr) // a request that no server has read comes from nowhere
	return identity.Origin{Address: from.Addr().Unmap(), UserAgent: c.Request.UserAgent(), Secure: c.Request.TLS != nil}
}
