package upstream

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

func TestAProxyIsUsedWhereItApplies(t *testing.T) {
	release := make(chan struct{})
	var target string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target = r.RequestURI
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/slow" {
			<-release
		}
		w.Header().Set("X-Test", r.Header.Get("X-Test"))
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(body)
	}))
	defer proxy.Close()
	defer close(release)
	through, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Timeout: 200 * time.Millisecond, Proxy: func(*http.Request) (*url.URL, error) { return through, nil }}
	c := newClient(t, "http://model.example:8000/ignored", o)

	resp, body, err := post(t.Context(), c, []byte("hi"))
	if err != nil {
		t.Fatal(err)
	}
	if target != "http://model.example:8000/v1/x%2Fy?q=1" || body != "hi" || resp.Status != 418 || resp.Header.Get("x-test") != "1" {
		t.Errorf("target %q, body %q, response %+v", target, body, resp)
	}

	var e *Error
	if _, err := c.Do(t.Context(), &Request{Method: "GET", Path: "/slow"}); !errors.As(err, &e) || !e.Timeout() {
		t.Errorf("slow: got %v, want a timeout", err)
	}
	reason := errors.New("the caller left")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if _, err := c.Do(ctx, &Request{Method: "GET", Path: "/"}); !errors.Is(err, reason) {
		t.Errorf("cancelled: got %v, want the cause", err)
	}
	if _, err := c.Do(t.Context(), &Request{Method: "GET", Path: "no path"}); !errors.As(err, &e) || e.Step != Prepare {
		t.Errorf("bad path: got %v", err)
	}
}

func TestABadProxyIsAnError(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "model.example"}
	o := Options{Proxy: func(*http.Request) (*url.URL, error) { return nil, errors.New("odd proxy") }}
	if _, err := New(base, o); err == nil || !bytes.Contains([]byte(err.Error()), []byte("HTTPS_PROXY")) {
		t.Errorf("got %v, want an error that names the variable", err)
	}
}
