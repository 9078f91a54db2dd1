// Package load sends prepared HTTP/1.1 requests on raw connections and measures what comes back.
//
// It parses only what it must, so that the generator takes little of the core it shares with the upstream.
package load

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Request is one request as it goes over the wire, prepared once and sent as often as wanted. A
// signed one may be repeated for as long as its date is fresh: five minutes.
type Request struct {
	addr string
	wire []byte
}

// NewRequest prepares a POST of a JSON body, or a GET when there is none. The address must be a loopback one.
// With credentials it is signed for Bedrock in us-east-1, as an SDK does it.
func NewRequest(ctx context.Context, url string, body []byte, keys *aws.Credentials) (*Request, error) {
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("cannot prepare a request to %q: %w", url, err)
	}
	if ip := net.ParseIP(r.URL.Hostname()); r.URL.Scheme != "http" || ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("%q is not an http URL on a loopback address: this generator loads nothing else", url)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "outcrop-bench")
	if keys != nil {
		sum := sha256.Sum256(body)
		if err := v4.NewSigner().SignHTTP(ctx, *keys, r, hex.EncodeToString(sum[:]), "bedrock", "us-east-1", time.Now()); err != nil {
			return nil, fmt.Errorf("cannot sign the request to %q: %w", url, err)
		}
	}
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		return nil, fmt.Errorf("cannot write the request to %q down: %w", url, err)
	}
	return &Request{r.URL.Host, wire.Bytes()}, nil
}
