package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	chatRoute      = "/openai/v1/chat/completions"
	responsesRoute = "/openai/v1/responses"
	messagesRoute  = "/anthropic/v1/messages"
	countRoute     = "/anthropic/v1/messages/count_tokens"
)

// doorBodies ask one question on each route.
func doorBodies(model string) map[string]string {
	messages := `"messages":[{"role":"user","content":"What is an outcrop?"}]}`
	return map[string]string{
		chatRoute:      `{"model":"` + model + `",` + messages,
		responsesRoute: `{"model":"` + model + `","input":"What is an outcrop?"}`,
		messagesRoute:  `{"model":"` + model + `","max_tokens":99,` + messages,
		countRoute:     `{"model":"` + model + `",` + messages,
	}
}

// keyed makes a request with the administrator's key.
func (s *server) keyed(t *testing.T, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(withPatience(t), http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.credentials().secret)
	return r
}

// checkDoorRefusal asserts that a reply is a client error in a door's form.
func checkDoorRefusal(t *testing.T, what string, got reply) {
	t.Helper()
	var document struct {
		Error struct{ Message, Type string }
	}
	if err := json.Unmarshal([]byte(got.body), &document); err != nil || got.status < 400 || got.status > 499 || document.Error.Message == "" || document.Error.Type == "" {
		t.Errorf("%s: status %d: %.300s", what, got.status, got.body)
	}
	if got.header.Get("X-Amzn-Requestid") == "" || got.header.Get("X-Request-Id") == got.header.Get("Request-Id") {
		t.Errorf("%s: headers %v", what, got.header)
	}
}

func TestDoorsTakeSignaturesAndKeys(t *testing.T) {
	t.Parallel()
	s := start(t, quickly)
	client, _ := onProtocol(t, true)
	for route, body := range doorBodies(claudeProfile) {
		for name, r := range map[string]*http.Request{"signed": s.signed(t, http.MethodPost, route, []byte(body)), "keyed": s.keyed(t, route, body)} {
			if got := send(t, client, r); got.status != http.StatusOK || got.header.Get("X-Outcrop-Region") != "us-east-1" {
				t.Errorf("%s on %s: status %d: %s", name, route, got.status, got.body)
			}
		}
		late := s.signed(t, http.MethodPost, route, []byte(body))
		late.Header.Set("X-Amz-Date", time.Now().Add(-time.Hour).UTC().Format("20060102T150405Z"))
		got := send(t, client, late)
		if checkDoorRefusal(t, "an old signature", got); got.status != http.StatusUnauthorized || !strings.Contains(got.body, "Signature expired:") {
			t.Errorf("an old signature on %s: status %d: %s", route, got.status, got.body)
		}
		bare, err := http.NewRequestWithContext(withPatience(t), http.MethodPost, s.url+route, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if got := send(t, client, bare); got.status != http.StatusUnauthorized {
			t.Errorf("nothing on %s: status %d: %s", route, got.status, got.body)
		}
	}
}

func TestHostileBodiesAreRefusedAtEveryDoor(t *testing.T) {
	t.Parallel()
	s := start(t, quickly)
	client, _ := onProtocol(t, false)
	deep := strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)
	for route, good := range doorBodies(claudeProfile) {
		rest := strings.TrimPrefix(good, "{")
		for what, body := range map[string]string{
			"no body":               ``,
			"no JSON":               `{`,
			"an array":              `[]`,
			"a string":              `"x"`,
			"nothing":               `{}`,
			"two bodies":            good + good,
			"a null model":          `{"model":null}`,
			"an object for a model": `{"model":{}}`,
			"two models":            `{"model":"x",` + rest,
			"an unknown model":      strings.Replace(good, claudeProfile, "gpt-9", 1),
			"a huge model":          strings.Replace(good, claudeProfile, strings.Repeat("x", 100_000), 1),
			"a model of newlines":   strings.Replace(good, claudeProfile, `\r\nX-Evil: 1`, 1),
			"stream in words":       `{"stream":"true",` + rest,
			"options in words":      `{"stream_options":"x",` + rest,
			"a deep array":          `{"tools":` + deep + `,` + rest,
			"no UTF-8":              "{\"a\":\"\xff\"," + strings.Replace(rest, "outcrop", "\xff", 1),
			"a model alone":         `{"model":"` + claudeProfile + `"}`,
			"tools of numbers":      `{"tools":[1],` + rest,
			"a choice without any":  `{"tool_choice":{"type":"tool","name":"x"},` + rest,
		} {
			checkDoorRefusal(t, what+" on "+route, send(t, client, s.keyed(t, route, body)))
		}
		big := append([]byte(`{"x":"`), bytes.Repeat([]byte("x"), 25_000_001)...)
		if got := send(t, client, s.keyed(t, route, string(big))); got.status != http.StatusRequestEntityTooLarge {
			t.Errorf("25 MB on %s: status %d: %.300s", route, got.status, got.body)
		} else {
			checkDoorRefusal(t, "25 MB on "+route, got)
		}
		if got := send(t, client, s.keyed(t, route, good)); got.status != http.StatusOK {
			t.Errorf("afterwards %s: status %d: %s", route, got.status, got.body)
		}
	}
}

// Between a client and a server of one dialect nothing changes but the model's name.
func TestChatCompletionsPassThrough(t *testing.T) {
	t.Parallel()
	near, far := newUpstream(t, saysHello), newUpstream(t, saysHello)
	s := start(t, twoUpstreams(near, far))
	client, _ := onProtocol(t, false)
	body := strings.Replace(doorBodies(claudeProfile)[chatRoute], `"messages"`, `"seed":7,"messages"`, 1)
	got := send(t, client, s.keyed(t, chatRoute, body))
	want := `{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"tiny","choices":[{"index":0,"message":{"role":"assistant","content":"Hello there"},"finish_reason":"stop"}],` +
		`"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}}`
	if got.status != http.StatusOK || got.body != want {
		t.Errorf("status %d: %s", got.status, got.body)
	}
	if seen := near.requests(); len(seen) != 1 || seen[0].Model != "tiny-near" || seen[0].Path != "/v1/chat/completions" {
		t.Errorf("the upstream saw %+v", seen)
	}

	streamed := strings.Replace(body, `{`, `{"stream":true,`, 1)
	chunk := func(choice string) string {
		return `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"tiny","choices":[` + choice + "]}\n\n"
	}
	want = chunk(`{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}`) + chunk(delta("Hello")) + chunk(delta(" there")) +
		chunk(`{"index":0,"delta":{},"finish_reason":"stop"}`) + "data: [DONE]\n\n"
	if diff := cmp.Diff(want, send(t, client, s.keyed(t, chatRoute, streamed)).body); diff != "" {
		t.Errorf("streamed (-want +got):\n%s", diff)
	}

	near.play(refuses(http.StatusInternalServerError, "no"))
	far.play(saysHello)
	if got := send(t, client, s.keyed(t, chatRoute, streamed)); got.body != want || got.header.Get("X-Outcrop-Region") != "us-west-2" {
		t.Errorf("after a failure: %s, served in %s", got.body, got.header.Get("X-Outcrop-Region"))
	}
	if seen := far.requests(); len(seen) != 1 || seen[0].Model != "tiny-far" || !seen[0].StreamOptions.IncludeUsage {
		t.Errorf("the far upstream saw %+v", seen)
	}
	near.play(breaksAfter("Hel"))
	if got := send(t, client, s.keyed(t, chatRoute, streamed)); !strings.Contains(got.body, "Hel") || !strings.HasSuffix(got.body, "}\n\n") || !strings.Contains(got.body, `data: {"error":{"message":"The model stream broke`) {
		t.Errorf("after a break: %s", got.body)
	}
	near.play(refuses(http.StatusBadRequest, "seed must be even"))
	got = send(t, client, s.keyed(t, chatRoute, body))
	if checkDoorRefusal(t, "a refusal", got); got.status != http.StatusBadRequest || !strings.Contains(got.body, "The model returned the following errors: seed must be even") {
		t.Errorf("after a refusal: %d %s", got.status, got.body)
	}
}

// Every other door reads and writes anew what the same upstream answers.
func TestEveryDoorReachesAnOpenAIUpstream(t *testing.T) {
	t.Parallel()
	near, far := newUpstream(t, saysHello), newUpstream(t, saysHello)
	s := start(t, twoUpstreams(near, far))
	client, _ := onProtocol(t, false)
	for route, body := range doorBodies(claudeProfile) {
		if route == countRoute {
			continue
		}
		for _, stream := range []bool{false, true} {
			body := strings.Replace(body, `{`, fmt.Sprintf(`{"stream":%v,`, stream), 1)
			got := send(t, client, s.keyed(t, route, body))
			if got.status != http.StatusOK || !strings.Contains(got.body, "Hello") || !strings.Contains(got.body, "there") || strings.Contains(got.body, `"error":{`) {
				t.Errorf("%s, stream %v: status %d: %s", route, stream, got.status, got.body)
			}
		}
	}
}
