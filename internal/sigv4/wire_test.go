package sigv4

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestRealServersRequestsVerify sends SDK-signed requests over HTTP/1.1 and over HTTP/2 without TLS to net/http, which
// moves some headers into fields of their own.
func TestRealServersRequestsVerify(t *testing.T) {
	v := newTestVerifier()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			_, err = v.Verify(r, body, signedAt())
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
		}
	}))
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server.Config.Protocols = protocols
	server.Start()
	defer server.Close()

	for name, enable := range map[string]func(*http.Protocols){
		"HTTP/1.1": func(p *http.Protocols) { p.SetHTTP1(true) },
		"HTTP/2":   func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) },
	} {
		t.Run(name, func(t *testing.T) {
			transport := &http.Transport{Protocols: new(http.Protocols)}
			enable(transport.Protocols)
			defer transport.CloseIdleConnections()
			for _, body := range [][]byte{nil, testBody()} {
				r, err := http.NewRequestWithContext(context.Background(), http.MethodPost,
					server.URL+"/model/a%3Ab%2Fc%20%C3%A9/converse?q=x%2By&a=", bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/json")
				sdkSign(t, r, body)
				resp, err := transport.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				answer, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				if resp.StatusCode != http.StatusOK || resp.Proto != name+map[string]string{"HTTP/2": ".0"}[name] {
					t.Errorf("%s %d with %d bytes: %s", resp.Proto, resp.StatusCode, len(body), answer)
				}
			}
		})
	}
}
