package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// tape is a connection whose other side sends a fixed text and reads nothing.
type tape struct {
	net.Conn // nil: only what is below may be called
	io.Reader
}

func (tape) Write(p []byte) (int, error)         { return len(p), nil }
func (t tape) Read(p []byte) (int, error)        { return t.Reader.Read(p) }
func (tape) Close() error                        { return nil }
func (tape) SetDeadline(time.Time) error         { return nil }
func (t tape) SetReadDeadline(d time.Time) error { return t.SetDeadline(d) }

// FuzzResponse reads whatever a server may send: it ends, and in nothing but a response or an *Error.
func FuzzResponse(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
	f.Add("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nX: y\r\n\r\n")
	f.Add("HTTP/1.0 500\n\nabc")
	base := &url.URL{Scheme: "http", Host: "model"}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := New(base, Options{
			Dial: func(context.Context, string, string) (net.Conn, error) {
				return tape{Reader: strings.NewReader(text)}, nil
			},
			Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		resp, err := c.Do(context.Background(), &Request{Method: "POST", Path: "/"})
		var body []byte
		if err == nil {
			body, err = io.ReadAll(resp.Body)
		}
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("got %v, want an *Error", err)
		}
		if err == nil && resp.Length >= 0 && int64(len(body)) != resp.Length && resp.Status != 304 {
			t.Fatalf("a body of %d bytes, announced as %d", len(body), resp.Length)
		}
	})
}
