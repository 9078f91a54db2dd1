package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A deployment of the file is served by its provider, under the provider's name for the model.
func TestDeploymentIsServedByItsProvider(t *testing.T) {
	asked := make(chan string, 1)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		asked <- r.URL.Path + " " + r.Header.Get("Authorization") + " " + string(body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"id":"1","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hello from upstream."}}],`+
			`"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}`)
	}))
	defer upstream.Close()
	s := serveHere(t, fmt.Sprintf(`
providers:
  - {name: vllm, type: openai, url: %q, api-key: sk-test}
deployments:
  - {model: meta.llama3-3-70b-instruct-v1:0, regions: [us-east-2], provider: vllm, upstream-model: llama-3.3-70b}
`, upstream.URL+"/v1"))
	var out strings.Builder
	if err := s.converse(t.Context(), &out, "--model", "us.meta.llama3-3-70b-instruct-v1:0", "Hello"); err != nil {
		t.Fatal(err)
	}
	if out.String() != "Hello from upstream.\n" {
		t.Errorf("got %q", out.String())
	}
	got := <-asked
	for _, want := range []string{"/v1/chat/completions Bearer sk-test ", `"model":"llama-3.3-70b"`, `"Hello"`} {
		if !strings.Contains(got, want) {
			t.Errorf("the provider was asked %s, want %s in it", got, want)
		}
	}
	// Without the simulator nothing else is served.
	err := s.converse(t.Context(), io.Discard, "--model", "amazon.nova-lite-v1:0", "Hello")
	if err == nil || !strings.Contains(err.Error(), "AccessDeniedException") {
		t.Errorf("got error %v, want AccessDeniedException", err)
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}
