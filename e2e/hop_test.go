package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/google/go-cmp/cmp"
)

// behind configures an Outcrop whose models all run on another one.
func behind(back *server, auth string) string {
	return fmt.Sprintf("providers:\n  - name: back\n    type: bedrock\n    url: %s\n    %s\ndeployments:\n"+
		"  - {model: \"*\", provider: back}\nsimulator: {enabled: false}\n", back.url, auth)
}

// auths are the ways to prove to an Outcrop who calls.
func auths(k keys) map[string]string {
	return map[string]string{
		"signed":  fmt.Sprintf("credentials: {access-key-id: %q, secret-access-key: %q}", k.id, k.secret),
		"api key": fmt.Sprintf("api-key: %q", k.secret),
	}
}

// Another Outcrop is a Bedrock like any: every operation works through it, by every kind of name.
func TestAnOutcropBehindAnOutcrop(t *testing.T) {
	t.Parallel()
	back := start(t, "")
	for name, auth := range auths(back.credentials()) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, behind(back, auth)).instantClient()
			for _, n := range c.names(t) {
				c.checkConverse(t, n)
				c.checkInvoke(t, n)
				c.checkCountTokens(t, n)
			}
		})
	}
}

// bodies are requests by path, each answered the same by one Outcrop and by another in front of it.
func bodies() map[string]string {
	const tools = `{"messages":[{"role":"user","content":[{"text":"Weather in Bern?"}]}],"toolConfig":{"toolChoice":{"any":{}},"tools":[{"toolSpec":{"name":"weather",` +
		`"inputSchema":{"json":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}}]},"requestMetadata":{"team":"blue"}}`
	return map[string]string{
		claude + "/converse":                    question,
		claude + "/converse-stream":             question,
		claudeProfile + "/converse-stream":      tools,
		claude + "/invoke":                      messages,
		claude + "/invoke-with-response-stream": messages,
		claude + "/count-tokens":                `{"input":{"converse":` + question + `}}`,
		titan + "/invoke":                       `{"inputText":"An outcrop is bedrock you can reach."}`,
	}
}

func TestOneHopChangesNothing(t *testing.T) {
	t.Parallel()
	back := start(t, "")
	front := start(t, behind(back, auths(back.credentials())["signed"]))
	for path, body := range bodies() {
		near, far := content(t, front, path, body), content(t, back, path, body)
		if diff := cmp.Diff(far, near); diff != "" || len(near) == 0 {
			t.Errorf("%s: without and with one hop between:\n%s", path, diff)
		}
	}
}

// content is what an answer says but for its latencies, padding and request id: a line for each event.
func content(t *testing.T, s *server, path, body string) []string {
	t.Helper()
	model, operation, _ := strings.Cut(path, "/")
	got := send(t, http.DefaultClient, s.signed(t, http.MethodPost, "/model/"+url.PathEscape(model)+"/"+operation, []byte(body)))
	if got.status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, got.status, got.body)
	}
	if !strings.Contains(operation, "stream") {
		return []string{plain(t, []byte(got.body))}
	}
	var events []string
	decoder, from := eventstream.NewDecoder(), bytes.NewReader([]byte(got.body))
	for {
		m, err := decoder.Decode(from, nil)
		if errors.Is(err, io.EOF) {
			return events
		}
		if err != nil {
			t.Fatal(err)
		}
		payload := m.Payload
		var part struct{ Bytes string }
		if json.Unmarshal(payload, &part) == nil && part.Bytes != "" {
			if payload, err = base64.StdEncoding.DecodeString(part.Bytes); err != nil {
				t.Fatal(err)
			}
		}
		events = append(events, fmt.Sprint(m.Headers.Get(":event-type"))+" "+plain(t, payload))
	}
}

// plain is JSON without what differs from call to call.
func plain(t *testing.T, raw []byte) string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	delete(v, "p")
	delete(v, "metrics")
	delete(v, "id")
	for _, name := range []string{"message", "amazon-bedrock-invocationMetrics"} {
		if inner, ok := v[name].(map[string]any); ok {
			delete(inner, "id")
			delete(inner, "invocationLatency")
			delete(inner, "firstByteLatency")
		}
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// What goes wrong behind a hop reaches the caller in the words of the API.
func TestFaultsComeThroughAHop(t *testing.T) {
	t.Parallel()
	back := start(t, "simulator: {failures: [{kind: throttling, share: 1}]}\n")
	c := start(t, behind(back, auths(back.credentials())["signed"])).instantClient()
	_, err := c.converse(t, claude, "")
	failure[*types.ValidationException](t, err, http.StatusBadRequest)
	_, err = c.converse(t, claude, "Anyone?") // last: the hop then leaves the place alone for a while
	failure[*types.ThrottlingException](t, err, http.StatusTooManyRequests)

	stranger := start(t, behind(back, `credentials: {access-key-id: "AKIAIOSFODNN7EXAMPLE", secret-access-key: "wrong"}`))
	_, err = stranger.instantClient().converse(t, claude, "Anyone?")
	failure[*types.ServiceUnavailableException](t, err, http.StatusServiceUnavailable)
	if log := stranger.log(); !strings.Contains(log, "check the credentials of this provider") {
		t.Errorf("the log does not tell the operator:\n%s", log)
	}
}
