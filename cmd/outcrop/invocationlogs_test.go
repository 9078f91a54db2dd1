package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/sigv4"
)

// do sends a signed request, which must succeed, and returns its answer.
func (s *running) do(t *testing.T, method, path, body string) string {
	t.Helper()
	a, err := dataDir{s.dir}.access()
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	sigv4.Sign(r, []byte(body), a.key, a.region, "bedrock", time.Now())
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %s %v", method, path, resp.Status, answer, err)
	}
	return string(answer)
}

// end stops the server, which must end well.
func (s *running) end(t *testing.T) {
	t.Helper()
	s.stop()
	if err := <-s.ended; err != nil {
		t.Fatalf("the server ended with %v", err)
	}
}

func TestInvocationLogs(t *testing.T) {
	const fast = "simulator: {first-token: 0s, tokens-per-second: 0}"
	const path, nova = "/logging/modelinvocations", "/model/us.amazon.nova-lite-v1:0/"
	const hello = `{"messages":[{"role":"user","content":[{"text":"Hello"}]}],"requestMetadata":{"team":"shop"}}`
	s := serveHere(t, fast)
	if got := s.do(t, "GET", path, ""); got != "{}" {
		t.Errorf("without a configuration: %s", got)
	}
	s.do(t, "PUT", path, `{"loggingConfig":{"cloudWatchConfig":{"logGroupName":"calls","roleArn":"arn:aws:iam::111122223333:role/logs"},"textDataDeliveryEnabled":true}}`)
	whole := s.do(t, "POST", nova+"converse", hello)
	s.do(t, "POST", nova+"converse-stream", hello)
	s.end(t)
	text, err := os.ReadFile(filepath.Join(s.dir, "invocation-logs/cloudwatch/111122223333/us-east-1/calls/aws/bedrock/modelinvocations.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines: %s", len(lines), text)
	}
	for i, want := range [][]string{
		{`"operation":"Converse"`, `"outputBodyJson":` + whole, `"inputBodyJson":` + hello, `"requestMetadata":{"team":"shop"}`, `"modelId":"us.amazon.nova-lite-v1:0"`, `"inferenceRegion":"us-east-1"`},
		{`"operation":"ConverseStream"`, `"outputBodyJson":[{"messageStart":{"role":"assistant"}},`, `{"messageStop":{"stopReason":"end_turn"}},{"metadata":{`},
	} {
		for _, part := range want {
			if !strings.Contains(lines[i], part) {
				t.Errorf("line %d lacks %s:\n%s", i, part, lines[i])
			}
		}
	}
}
