package upstream

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newClient makes a client for a server's URL, closed with the test.
func newClient(t testing.TB, base string, o Options) Client {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(u, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// post sends a body and reads the whole answer.
func post(ctx context.Context, c Client, body []byte) (*Response, string, error) {
	resp, err := c.Do(ctx, &Request{Method: "POST", Path: "/v1/x%2Fy?q=1", Header: Header{{"X-Test", "1"}}, Body: body})
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

// echoServer answers with what it was sent, and where from.
func echoServer(t testing.TB, start func(*httptest.Server)) *httptest.Server {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Peer", r.RemoteAddr)
		w.Header().Set("X-Target", r.RequestURI)
		w.Header().Set("X-Host", r.Host)
		if strings.Contains(r.RequestURI, "chunked") {
			w.(http.Flusher).Flush()
		}
		_, _ = w.Write(body)
	}))
	start(s)
	t.Cleanup(s.Close)
	return s
}

func TestCallsShareAConnection(t *testing.T) {
	for name, start := range map[string]func(*httptest.Server){
		"http": (*httptest.Server).Start, "https": (*httptest.Server).StartTLS,
	} {
		t.Run(name, func(t *testing.T) {
			s := echoServer(t, start)
			o := Options{}
			if s.TLS != nil {
				o.TLS = s.Client().Transport.(*http.Transport).TLSClientConfig
			}
			c := newClient(t, s.URL, o)
			peers := map[string]bool{}
			for _, size := range []int{0, 1, 5_000, oneWrite, oneWrite + 1, 3_000_000} {
				body := bytes.Repeat([]byte("é"), (size+1)/2)
				resp, text, err := post(t.Context(), c, body)
				if err != nil {
					t.Fatal(err)
				}
				if text != string(body) || resp.Status != 200 {
					t.Errorf("status %d and %d bytes for %d", resp.Status, len(text), len(body))
				}
				want := []string{"/v1/x%2Fy?q=1", strings.SplitN(s.URL, "//", 2)[1]}
				if diff := cmp.Diff(want, []string{resp.Header.Get("x-target"), resp.Header.Get("x-host")}); diff != "" {
					t.Error(diff)
				}
				peers[resp.Header.Get("X-Peer")] = true
			}
			if len(peers) != 1 {
				t.Errorf("%d connections were opened, want 1", len(peers))
			}
		})
	}
}

func TestChunkedBodiesKeepTheConnection(t *testing.T) {
	s := echoServer(t, (*httptest.Server).Start)
	c := newClient(t, s.URL, Options{})
	peers := map[string]bool{}
	for range 3 {
		resp, err := c.Do(t.Context(), &Request{Method: "POST", Path: "/chunked", Body: bytes.Repeat([]byte("x"), 100_000)})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, resp.Body); n != 100_000 || err != nil || resp.Length != -1 {
			t.Errorf("%d bytes, %v, length %d", n, err, resp.Length)
		}
		peers[resp.Header.Get("X-Peer")] = true
	}
	if len(peers) != 1 {
		t.Errorf("%d connections were opened, want 1", len(peers))
	}
}

func TestEarlyCloseDropsTheConnection(t *testing.T) {
	s := echoServer(t, (*httptest.Server).Start)
	c := newClient(t, s.URL, Options{})
	first, err := c.Do(t.Context(), &Request{Method: "POST", Path: "/", Body: make([]byte, 1<<20)})
	if err != nil {
		t.Fatal(err)
	}
	first.Body.Close()
	if _, err := first.Body.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a read after Close: %v", err)
	}
	second, _, err := post(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if first.Header.Get("X-Peer") == second.Header.Get("X-Peer") {
		t.Error("the connection of an unread body was used again")
	}
}

func TestManyCallsAtOnce(t *testing.T) {
	s := echoServer(t, (*httptest.Server).Start)
	c := newClient(t, s.URL, Options{MaxIdle: 4})
	done := make(chan error)
	for i := range 16 {
		go func() {
			body := strings.Repeat(string(rune('a'+i)), 10_000)
			for range 20 {
				if _, text, err := post(context.Background(), c, []byte(body)); err != nil || text != body {
					done <- errors.Join(err, errors.New("wrong echo"))
					return
				}
			}
			done <- nil
		}()
	}
	for range 16 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := kept(c); n > 4 {
		t.Errorf("%d idle connections are kept, want at most 4", n)
	}
}

func TestCancelCutsTheConnection(t *testing.T) {
	for _, when := range []string{"before the head", "in the body"} {
		t.Run(when, func(t *testing.T) {
			arrived, gone := make(chan struct{}), make(chan struct{})
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.ReadAll(r.Body)
				if when == "in the body" {
					_, _ = io.WriteString(w, "begin")
					w.(http.Flusher).Flush()
				}
				close(arrived)
				<-r.Context().Done()
				close(gone)
			}))
			defer s.Close()
			c := newClient(t, s.URL, Options{})
			reason := errors.New("the caller left")
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() { <-arrived; cancel(reason) }()
			resp, err := c.Do(ctx, &Request{Method: "POST", Path: "/", Body: []byte("x")})
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				resp.Body.Close()
			}
			if !errors.Is(err, reason) {
				t.Errorf("got %v, want the context's cause", err)
			}
			<-gone
		})
	}
}

func TestTimeouts(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			_, _ = io.WriteString(w, "begin")
			w.(http.Flusher).Flush()
		}
		<-release
	}))
	defer s.Close()
	defer close(release)
	for path, step := range map[string]Step{"/head": Head, "/body": Body} {
		c := newClient(t, s.URL, Options{Timeout: 20 * time.Millisecond})
		resp, err := c.Do(t.Context(), &Request{Method: "GET", Path: path})
		if err == nil {
			_, err = io.ReadAll(resp.Body)
		}
		var e *Error
		if !errors.As(err, &e) || e.Step != step || !e.Timeout() {
			t.Errorf("%s: got %v, want a timeout", path, err)
		}
	}
}

func TestDialFailures(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	stuck := func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	for name, test := range map[string]struct {
		o       Options
		timeout bool
		says    string
	}{
		"refused": {Options{}, false, "cannot connect (" + address + "): "},
		"stuck":   {Options{Dial: stuck, DialTimeout: time.Millisecond}, true, "no connection within 1ms"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := post(t.Context(), newClient(t, "http://"+address, test.o), nil)
			var e *Error
			if !errors.As(err, &e) || e.Step != Dial || e.Timeout() != test.timeout || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAnUntrustedCertificateIsRefused(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = quietLog()
	s.StartTLS()
	defer s.Close()
	_, _, err := post(t.Context(), newClient(t, s.URL, Options{}), nil)
	var unknown *tls.CertificateVerificationError
	if !errors.As(err, &unknown) {
		t.Errorf("got %v, want a certificate error", err)
	}
}

func TestRequestsCannotBreakOutOfTheirLines(t *testing.T) {
	c := newClient(t, "http://127.0.0.1:1", Options{})
	for name, r := range map[string]*Request{
		"method":       {Method: "GET /", Path: "/"},
		"empty method": {Path: "/"},
		"path":         {Method: "GET", Path: "/ HTTP/1.1\r\nX: y"},
		"relative":     {Method: "GET", Path: "x"},
		"header name":  {Method: "GET", Path: "/", Header: Header{{"A:b", "c"}}},
		"header value": {Method: "GET", Path: "/", Header: Header{{"Authorization", "Bearer a\nb"}}},
	} {
		var e *Error
		if _, err := c.Do(t.Context(), r); !errors.As(err, &e) || e.Step != Prepare {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestNewRefusesOddURLs(t *testing.T) {
	for _, text := range []string{"", "/v1", "ftp://x", "http://", "unix:///x"} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(u, Options{}); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}
