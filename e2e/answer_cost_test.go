package e2e

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// Both forms of an answer cost the same, and say so: in a header, and in the last event of a stream.
func TestAnswersSayWhatTheyCost(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	body := []byte(`{"messages":[{"role":"user","content":[{"text":"What is it worth?"}]}],"inferenceConfig":{"maxTokens":20}}`)
	transport := &http.Client{Transport: &http.Transport{}}
	defer transport.CloseIdleConnections()
	whole := send(t, transport, s.signed(t, http.MethodPost, "/model/amazon.nova-lite-v1%3A0/converse", body))
	cost := whole.header.Get("X-Outcrop-Cost-Usd")
	if !regexp.MustCompile(`^0\.0000[0-9]+$`).MatchString(cost) {
		t.Errorf("a whole answer costs %q", cost)
	}
	stream := send(t, transport, s.signed(t, http.MethodPost, "/model/amazon.nova-lite-v1%3A0/converse-stream", body))
	saysOnce(t, stream.body, cost)
	refused := send(t, transport, s.signed(t, http.MethodPost, "/model/amazon.nova-lite-v1%3A0/converse", []byte(`{"messages":7}`)))
	if got := refused.header.Get("X-Outcrop-Cost-Usd"); got != "" {
		t.Errorf("a refused call costs %q", got)
	}
}

// saysOnce fails the test unless a stream tells a cost in one of its events.
func saysOnce(t *testing.T, stream, cost string) {
	t.Helper()
	if member := `"x-outcrop-cost-usd":"` + cost + `"`; strings.Count(stream, member) != 1 {
		t.Errorf("the stream does not say once %s:\n%q", member, stream[max(0, len(stream)-400):])
	}
}

// Every door says the same of the same question, in an answer's header and in a stream's last event.
func TestEveryDoorSaysWhatAnAnswerCosts(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	transport := &http.Client{Transport: &http.Transport{}}
	defer transport.CloseIdleConnections()
	const said = `"max_tokens":20,"messages":[{"role":"user","content":"What is it worth?"}]`
	for _, door := range []struct{ path, whole, stream string }{
		{"/v1/chat/completions", `{"model":"` + claudeProfile + `",` + said + `}`, `{"model":"` + claudeProfile + `","stream":true,"stream_options":{"include_usage":true},` + said + `}`},
		{"/v1/responses", `{"model":"` + claudeProfile + `","max_output_tokens":20,"input":"What is it worth?"}`, `{"model":"` + claudeProfile + `","stream":true,"max_output_tokens":20,"input":"What is it worth?"}`},
		{"/v1/messages", `{"model":"` + claudeProfile + `",` + said + `}`, `{"model":"` + claudeProfile + `","stream":true,` + said + `}`},
	} {
		ask := func(body string) reply {
			r := s.keyed(t, door.path, body)
			r.Header.Set("Anthropic-Version", "2023-06-01") // nothing to the other doors
			return send(t, transport, r)
		}
		cost := ask(door.whole).header.Get("X-Outcrop-Cost-Usd")
		if !regexp.MustCompile(`^0\.000[0-9]+$`).MatchString(cost) {
			t.Errorf("%s: an answer costs %q", door.path, cost)
		}
		saysOnce(t, ask(door.stream).body, cost)
	}

	body := []byte(`{"anthropic_version":"bedrock-2023-05-31",` + said + `}`)
	path := "/model/" + claudeProfile
	cost := send(t, transport, s.signed(t, http.MethodPost, path+"/invoke", body)).header.Get("X-Outcrop-Cost-Usd")
	chunks := ""
	for _, part := range regexp.MustCompile(`"bytes":"([^"]+)"`).FindAllStringSubmatch(send(t, transport, s.signed(t, http.MethodPost, path+"/invoke-with-response-stream", body)).body, -1) {
		chunk, err := base64.StdEncoding.DecodeString(part[1])
		if err != nil {
			t.Fatal(err)
		}
		chunks += string(chunk)
	}
	saysOnce(t, chunks, cost)
}
