package upstream

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"
)

// proxied is a Client that reaches its server through a proxy, by net/http.
type proxied struct {
	base      url.URL
	limit     time.Duration // for a whole answer
	transport *http.Transport
}

func newProxied(base, proxy *url.URL, o Options) *proxied {
	return &proxied{
		base:  url.URL{Scheme: base.Scheme, Host: base.Host},
		limit: o.Timeout,
		transport: &http.Transport{
			Proxy:                  http.ProxyURL(proxy),
			DialContext:            o.Dial,
			TLSClientConfig:        o.TLS,
			TLSHandshakeTimeout:    o.DialTimeout,
			ResponseHeaderTimeout:  o.HeaderTimeout,
			IdleConnTimeout:        o.IdleTimeout,
			MaxIdleConnsPerHost:    o.MaxIdle,
			MaxResponseHeaderBytes: int64(o.MaxHeader),
			DisableCompression:     true,
		},
	}
}

// Close closes idle connections.
func (p *proxied) Close() error {
	p.transport.CloseIdleConnections()
	return nil
}

// Do sends r through the proxy.
func (p *proxied) Do(ctx context.Context, r *Request) (*Response, error) {
	target := p.base
	path, err := url.ParseRequestURI(r.Path)
	if err != nil {
		return nil, &Error{Prepare, p.base.Host, err}
	}
	target.Path, target.RawPath, target.RawQuery = path.Path, path.RawPath, path.RawQuery
	ctx, cancel := context.WithTimeoutCause(ctx, p.limit, slow{"answer", p.limit})
	req, err := http.NewRequestWithContext(ctx, r.Method, target.String(), bytes.NewReader(r.Body))
	if err != nil {
		cancel()
		return nil, &Error{Prepare, p.base.Host, err}
	}
	for _, f := range r.Header {
		req.Header.Add(f.Name, f.Value)
	}
	resp, err := p.transport.RoundTrip(req)
	if err != nil {
		defer cancel()
		return nil, p.failed(ctx, Head, err)
	}
	answer := &Response{Status: resp.StatusCode, Length: resp.ContentLength}
	for name, values := range resp.Header {
		for _, v := range values {
			answer.Header = append(answer.Header, Field{name, v})
		}
	}
	answer.Body = &proxiedBody{resp.Body, p, ctx, cancel}
	return answer, nil
}

// failed tells the call's own end from a limit of this client and from a server's fault.
func (p *proxied) failed(ctx context.Context, step Step, err error) error {
	var limit slow
	switch cause := context.Cause(ctx); {
	case cause == nil:
	case errors.As(cause, &limit):
		err = cause
	default:
		return cause
	}
	return &Error{step, p.base.Host, err}
}

// proxiedBody is a body whose time limit ends with it.
type proxiedBody struct {
	io.ReadCloser
	proxied *proxied
	ctx     context.Context
	cancel  context.CancelFunc
}

// Read reads the next bytes of the body.
func (b *proxiedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = b.proxied.failed(b.ctx, Body, err)
	}
	return n, err
}

// Close ends the call.
func (b *proxiedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
