// Package upstream sends HTTP/1.1 calls to model servers at the least cost: one write, reads on the caller's own
// goroutine, connections kept.
//
// net/http's Transport spends two goroutines on each connection and hands every request and answer from one to
// another. A gateway's callers already have a goroutine each, so here they read for themselves.
package upstream

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Client calls one server. All methods may be called at once from many goroutines.
type Client interface {
	// Do sends a request and returns once the response's head has been read. A context that ends cuts the
	// connection, also while the body is being read. Errors are *Error, or the context's cause.
	Do(context.Context, *Request) (*Response, error)
	// Close closes idle connections. Connections in use are closed when their response ends.
	Close() error
}

// Request is one call. Do keeps nothing of it.
type Request struct {
	Method string
	Path   string // the request target as it goes out: an escaped path, and a query if there is one
	Header Header // without Host, Content-Length, Transfer-Encoding and Connection, which are the client's
	Body   []byte
}

// Response is a call's answer. The caller must read Body to its end or close it.
type Response struct {
	Status int
	Header Header
	Length int64 // of the body in bytes, -1 when the server did not say
	// Body is not safe for concurrent use. At its end the connection has gone back to its pool and Close does
	// nothing; closed before its end it takes the connection along.
	Body io.ReadCloser
}

// Options bound what a call may take. Zero fields have the defaults their comments name.
type Options struct {
	DialTimeout   time.Duration // to connect, the TLS handshake included; 10s
	HeaderTimeout time.Duration // from the first byte sent to the end of the response's head; as long as Timeout
	Timeout       time.Duration // from the first byte sent to the end of the body; 10m
	IdleTimeout   time.Duration // a connection unused for so long is closed; 90s
	MaxIdle       int           // connections kept for the next call; 256
	MaxHeader     int           // bytes of a response's head; 64 KiB

	TLS *tls.Config // for https; nil checks against the system's roots
	// Dial opens the connection below TLS; nil dials TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Proxy tells the proxy for a request; nil asks the environment: HTTP_PROXY, HTTPS_PROXY, NO_PROXY.
	Proxy func(*http.Request) (*url.URL, error)
}

func (o *Options) fill() {
	setDefault(&o.DialTimeout, 10*time.Second)
	setDefault(&o.Timeout, 10*time.Minute)
	setDefault(&o.HeaderTimeout, o.Timeout)
	o.HeaderTimeout = min(o.HeaderTimeout, o.Timeout)
	setDefault(&o.IdleTimeout, 90*time.Second)
	setDefault(&o.MaxIdle, 256)
	setDefault(&o.MaxHeader, 64<<10)
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// New makes a client for the server of base, of which only scheme, host and port count. A server that is reached
// through a proxy gets a client on top of net/http, which knows how to speak to one.
func New(base *url.URL, o Options) (Client, error) {
	if base.Scheme != "http" && base.Scheme != "https" || base.Hostname() == "" {
		return nil, fmt.Errorf("cannot call %q: write a URL such as http://127.0.0.1:8000", base.Redacted())
	}
	o.fill()
	proxy, err := o.Proxy(&http.Request{URL: base})
	if err != nil {
		return nil, fmt.Errorf("cannot tell the proxy for %q (check HTTP_PROXY and HTTPS_PROXY): %w", base.Redacted(), err)
	}
	if proxy != nil {
		return newProxied(base, proxy, o), nil
	}
	return newDirect(base, o), nil
}
