package mock_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/outcrop/outcrop/bench/internal/mock"
)

func serve(t *testing.T, o mock.Options) (url string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- mock.New(o).Serve(ln) }()
	t.Cleanup(func() {
		_ = ln.Close()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return "http://" + ln.Addr().String()
}

func TestAnswersAreHTTP(t *testing.T) {
	url := serve(t, mock.Options{Events: 5, Size: 100})
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, c := range []struct {
		name, body, contentType string
		contents                int
		last                    string
	}{
		{"whole", `{"model":"m"}`, "application/json", 1, "}"},
		{"streamed", `{"model":"m", "stream": true}`, "text/event-stream", 5, "data: [DONE]\n\n"},
		{"streaming off", `{"stream":false}`, "application/json", 1, "}"},
	} {
		for _, chunked := range []bool{false, true} { // on one connection, one after the other
			var body io.Reader = strings.NewReader(c.body)
			if chunked {
				body = io.MultiReader(body) // hides the length
			}
			resp, err := client.Post(url, "application/json", body)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			text, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("%s: status %d, error %v", c.name, resp.StatusCode, err)
			}
			if got := resp.Header.Get("Content-Type"); got != c.contentType {
				t.Errorf("%s: content type %q, want %q", c.name, got, c.contentType)
			}
			if n := strings.Count(string(text), `"content":`); n != c.contents || !strings.HasSuffix(string(text), c.last) {
				t.Errorf("%s (chunked %v): %d pieces of content, want %d; body %q", c.name, chunked, n, c.contents, text)
			}
		}
	}
}
