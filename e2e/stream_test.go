package e2e

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/google/go-cmp/cmp"
)

// slow answers at a reader's pace, one call at a time in each region.
const slow = `simulator:
  first-token: 1ms
  tokens-per-second: 40
  capacity: [{model: "*", concurrency: 1}]
`

// openStream begins a stream and returns it when its first content is in.
func (c client) openStream(t *testing.T, model string) (*bedrockruntime.ConverseStreamEventStream, *streamed) {
	t.Helper()
	out, err := c.forStream().ConverseStream(withPatience(t), &bedrockruntime.ConverseStreamInput{ModelId: &model, Messages: ask("Go on.")})
	if err != nil {
		t.Fatal(err)
	}
	events, s := out.GetStream(), new(streamed)
	for e := range events.Events() {
		s.note(e)
		if _, ok := e.(*types.ConverseStreamOutputMemberContentBlockDelta); ok {
			return events, s
		}
	}
	t.Fatalf("no content: %v", events.Err())
	return nil, nil
}

func TestAStreamOutlivesSIGTERM(t *testing.T) {
	t.Parallel()
	s := start(t, slow)
	c := s.instantClient()
	events, seen := c.openStream(t, claudeProfile)
	defer events.Close()
	s.terminate()
	for e := range events.Events() {
		seen.note(e)
	}
	if err := events.Err(); err != nil {
		t.Errorf("the stream ended with %v", err)
	}
	if diff := cmp.Diff(textOrder(), seen.order); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	s.wait() // exit code 0
	if _, err := c.converse(t, claudeProfile, "Anyone?"); err == nil {
		t.Error("a server that has ended answers")
	}
}

func TestAClientThatLeavesMakesRoom(t *testing.T) {
	t.Parallel()
	s := start(t, slow)
	c := s.instantClient()
	events, _ := c.openStream(t, claude)
	if _, err := c.converse(t, claude, "Me too?"); err == nil {
		t.Fatal("two calls at once in a region with room for one")
	} else {
		failure[*types.ThrottlingException](t, err, http.StatusTooManyRequests)
	}
	if err := events.Close(); err != nil {
		t.Fatal(err)
	}
	// The server learns of it in its own time; each refusal is an answer, so this waits by asking.
	for until := time.Now().Add(patience); ; {
		_, err := c.runtime.Converse(withPatience(t), &bedrockruntime.ConverseInput{
			ModelId: aws.String(claude), Messages: ask("Now?"), InferenceConfig: &types.InferenceConfiguration{MaxTokens: aws.Int32(1)},
		})
		if err == nil {
			break
		}
		failure[*types.ThrottlingException](t, err, http.StatusTooManyRequests)
		if time.Now().After(until) {
			t.Fatal("the place was never given back")
		}
	}
	if text := s.get(t, "/metrics"); !strings.Contains(text, `outcrop_calls_total{`) {
		t.Error("the metrics count no calls")
	}
}

// get reads one of the operator's pages.
func (s *server) get(t *testing.T, path string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(withPatience(t), http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("GET %s: status %d, error %v", path, resp.StatusCode, err)
	}
	return string(text)
}

func TestHealthAndMetrics(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	c := s.client()
	if _, err := c.converse(t, claudeProfile, "Count me."); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/livez", "/readyz"} {
		if text := s.get(t, path); !strings.HasPrefix(text, "ok") {
			t.Errorf("%s says %q", path, text)
		}
	}
	text := s.get(t, "/metrics")
	for _, want := range []string{`outcrop_build_info{`, `outcrop_calls_total{`, `outcrop_tokens_total{`, `model="` + claude + `"`, `region="us-east-1"`, "go_goroutines"} {
		if !strings.Contains(text, want) {
			t.Errorf("/metrics has no %s", want)
		}
	}
	if strings.Contains(text, s.credentials().id) {
		t.Error("/metrics tells an access key")
	}
}

func TestNoGoroutineStaysBehindACall(t *testing.T) {
	t.Parallel()
	s := start(t, "simulator: {first-token: 1ms, tokens-per-second: 100000}\n")
	transport := &http.Transport{DisableKeepAlives: true}
	c := s.clientWith(access{keys: s.credentials(), http: atOnce(transport)})
	call := func() {
		if _, _, err := c.stream(t, claudeProfile, "Go."); err != nil {
			t.Fatal(err)
		}
	}
	call()
	before := s.goroutines(t)
	for range 50 {
		call()
	}
	for until := time.Now().Add(patience); ; { // connections end in their own time
		after := s.goroutines(t)
		if after <= before+5 {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%d goroutines before 50 calls, %d after", before, after)
		}
	}
}

// goroutines is how many the server runs.
func (s *server) goroutines(t *testing.T) int {
	t.Helper()
	for line := range strings.Lines(s.get(t, "/metrics")) {
		if count, ok := strings.CutPrefix(line, "go_goroutines "); ok {
			n, err := strconv.Atoi(strings.TrimSpace(count))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("/metrics has no go_goroutines")
	return 0
}
