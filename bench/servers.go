package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/outcrop/outcrop/bench/internal/mock"
)

type mockCommand struct {
	Listen  string        `default:"127.0.0.1:0" help:"Address to listen on; port 0 takes a free one."`
	Events  int           `default:"64" help:"Pieces of text in a streamed answer."`
	Size    int           `default:"512" help:"Bytes of text in a whole answer."`
	Latency time.Duration `help:"Wait before each answer."`
}

// Run serves until the context ends.
func (c *mockCommand) Run(ctx context.Context) error {
	ln, err := listen(ctx, c.Listen)
	if err != nil {
		return err
	}
	return mock.New(mock.Options{Events: c.Events, Size: c.Size, Latency: c.Latency}).Serve(ln)
}

type proxyCommand struct {
	Listen string `default:"127.0.0.1:0" help:"Address to listen on; port 0 takes a free one."`
	To     string `required:"" help:"Base URL of the upstream."`
}

// Run serves until the context ends. The proxy is the standard library's with its defaults, but for as
// many idle connections to the upstream as there are clients, and a flush after every write of a stream.
func (c *proxyCommand) Run(ctx context.Context) error {
	to, err := url.Parse(c.To)
	if err != nil {
		return fmt.Errorf("cannot use --to %q: %w", c.To, err)
	}
	ln, err := listen(ctx, c.Listen)
	if err != nil {
		return err
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(to) },
		Transport:     &http.Transport{MaxIdleConnsPerHost: 1024},
		FlushInterval: -1,
	}
	server := &http.Server{Handler: proxy, ReadHeaderTimeout: 10 * time.Second}
	if err := server.Serve(ln); ctx.Err() == nil {
		return err
	}
	return nil
}

// listen opens a listener that closes when ctx ends, and says where it is.
func listen(ctx context.Context, address string) (net.Listener, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	context.AfterFunc(ctx, func() { _ = ln.Close() })
	fmt.Printf("listening on http://%s\n", ln.Addr())
	return ln, nil
}
