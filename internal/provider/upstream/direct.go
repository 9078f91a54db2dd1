package upstream

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"time"
)

// direct is a Client that reaches its server without a proxy.
type direct struct {
	o       Options
	address string // to dial
	host    string // for the Host header
	tls     *tls.Config
	idle    pool
}

func newDirect(base *url.URL, o Options) *direct {
	port := base.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[base.Scheme]
	}
	d := &direct{o: o, address: net.JoinHostPort(base.Hostname(), port), host: base.Host}
	d.idle.max, d.idle.timeout = o.MaxIdle, o.IdleTimeout
	if base.Scheme == "https" {
		d.tls = o.TLS.Clone()
		if d.tls == nil {
			d.tls = new(tls.Config)
		}
		if d.tls.ServerName == "" {
			d.tls.ServerName = base.Hostname()
		}
		d.tls.NextProtos = []string{"http/1.1"}
	}
	return d
}

// Close closes idle connections.
func (d *direct) Close() error {
	d.idle.close()
	return nil
}

// Do sends r over a kept connection or a new one. A kept connection that turns out to have been closed meanwhile,
// before a byte of the response came, is replaced by a new one, once.
func (d *direct) Do(ctx context.Context, r *Request) (*Response, error) {
	if err := d.check(r); err != nil {
		return nil, err
	}
	start := time.Now()
	if c := d.idle.get(start.Add(d.o.HeaderTimeout)); c != nil {
		resp, err := d.exchange(ctx, c, r, start)
		if err == nil || c.answered || ctx.Err() != nil || timedOut(err) {
			return resp, err
		}
	}
	c, err := d.dial(ctx)
	if err != nil {
		return nil, d.failed(ctx, Dial, err)
	}
	start = time.Now()
	if err := c.SetDeadline(start.Add(d.o.HeaderTimeout)); err != nil {
		c.abort()
		return nil, d.failed(ctx, Dial, err)
	}
	return d.exchange(ctx, c, r, start)
}

// check refuses what would break out of its line in the request.
func (d *direct) check(r *Request) error {
	bad := ""
	switch {
	case !isToken(r.Method):
		bad = "method"
	case r.Path == "" || r.Path[0] != '/' || !isText(r.Path) || bytes.ContainsAny([]byte(r.Path), " \t"):
		bad = "path"
	}
	for _, f := range r.Header {
		if !isToken(f.Name) || !isText(f.Value) {
			bad = "header"
		}
	}
	if bad == "" {
		return nil
	}
	return &Error{Prepare, d.address, protocolError("the request's own " + bad + " has characters that HTTP does not allow")}
}

// failed is the error of a step; a context that has ended is always the reason.
func (d *direct) failed(ctx context.Context, step Step, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &Error{step, d.address, err}
}

func timedOut(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Timeout()
}

// dial opens a connection and, for https, shakes hands.
func (d *direct) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.o.DialTimeout, slow{"connection", d.o.DialTimeout})
	defer cancel()
	raw, err := d.o.Dial(ctx, "tcp", d.address)
	if err != nil {
		return nil, causeOf(ctx, err)
	}
	if d.tls == nil {
		return newConn(raw, raw), nil
	}
	secure := tls.Client(raw, d.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, causeOf(ctx, err)
	}
	return newConn(secure, raw), nil
}

// causeOf prefers why a context ended to what happened because of it.
func causeOf(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// exchange sends r over c, whose deadline for the head has been set, and reads the response's head.
func (d *direct) exchange(ctx context.Context, c *conn, r *Request, start time.Time) (*Response, error) {
	stop := context.AfterFunc(ctx, c.abort)
	fail := func(step Step, err error) (*Response, error) {
		stop()
		c.abort()
		return nil, d.failed(ctx, step, err)
	}
	c.answered = false
	sent := c.send(d.host, r)
	// A server may answer and close before it has read the whole request; its answer says more than the failed write.
	x := &exchange{body: body{direct: d, ctx: ctx, conn: c, stop: stop}}
	if err := c.readHead(r.Method, x, d.o.MaxHeader); err != nil {
		if sent != nil {
			return fail(Send, sent)
		}
		return fail(Head, err)
	}
	x.body.lost = x.body.lost || sent != nil
	if d.o.HeaderTimeout < d.o.Timeout && !c.holds(x.Length) {
		if err := c.SetReadDeadline(start.Add(d.o.Timeout)); err != nil {
			return fail(Body, err)
		}
	}
	x.Response.Body = &x.body
	if x.Length == 0 {
		x.body.end(nil)
	}
	return &x.Response, nil
}

// exchange is a response and the state of its body in one piece of memory.
type exchange struct {
	Response
	body   body
	fields [16]Field // room for the header of most responses
}
