package e2e

import (
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
	if member := `"x-outcrop-cost-usd":"` + cost + `"`; strings.Count(stream.body, member) != 1 {
		t.Errorf("the stream does not say once %s:\n%q", member, stream.body[max(0, len(stream.body)-400):])
	}
	refused := send(t, transport, s.signed(t, http.MethodPost, "/model/amazon.nova-lite-v1%3A0/converse", []byte(`{"messages":7}`)))
	if got := refused.header.Get("X-Outcrop-Cost-Usd"); got != "" {
		t.Errorf("a refused call costs %q", got)
	}
}
