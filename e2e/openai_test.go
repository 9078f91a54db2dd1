package e2e

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

func TestAnOpenAIUpstreamGetsTheCall(t *testing.T) {
	t.Parallel()
	near, far := newUpstream(t, saysHello), newUpstream(t, saysHello)
	c := start(t, twoUpstreams(near, far)).instantClient()
	out, err := c.runtime.Converse(withPatience(t), &bedrockruntime.ConverseInput{
		ModelId: aws.String(claudeProfile), Messages: ask("Hello?"),
		System:          []types.SystemContentBlock{&types.SystemContentBlockMemberText{Value: "Be brief."}},
		InferenceConfig: &types.InferenceConfiguration{MaxTokens: aws.Int32(20)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if answer(t, out) != "Hello there" || out.StopReason != types.StopReasonEndTurn || *out.Usage.InputTokens != 11 || *out.Usage.OutputTokens != 7 {
		t.Errorf("answer %q, stop %s, usage %+v", answer(t, out), out.StopReason, out.Usage)
	}
	if h := headers(t, out.ResultMetadata); h.Get("X-Outcrop-Region") != "us-east-1" || h.Get("X-Outcrop-Model") != claude {
		t.Errorf("served in %q as %q", h.Get("X-Outcrop-Region"), h.Get("X-Outcrop-Model"))
	}
	seen := near.requests()
	if len(seen) != 1 || len(far.requests()) != 0 {
		t.Fatalf("the near upstream got %d calls, the far one %d", len(seen), len(far.requests()))
	}
	r := seen[0]
	if r.Path != "/v1/chat/completions" || r.Authorization != "Bearer sk-near" || r.Model != "tiny-near" || r.Stream {
		t.Errorf("path %q, authorization %q, model %q, stream %v", r.Path, r.Authorization, r.Model, r.Stream)
	}
	limit := r.MaxTokens
	if limit == nil {
		limit = r.MaxCompletionTokens
	}
	if limit == nil || *limit != 20 {
		t.Errorf("max tokens %v, want 20", limit)
	}
	var roles []string
	for _, m := range r.Messages {
		roles = append(roles, m.Role)
	}
	if diff := cmp.Diff([]string{"system", "user"}, roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}

func TestAnOpenAIUpstreamStreams(t *testing.T) {
	t.Parallel()
	near, far := newUpstream(t, saysHello), newUpstream(t, saysHello)
	c := start(t, twoUpstreams(near, far)).instantClient()
	s, _, err := c.stream(t, claudeProfile, "Hello?")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(textOrder(), s.order); diff != "" || s.text != "Hello there" || s.stop != types.StopReasonEndTurn {
		t.Errorf("streamed %q (%s), events (-want +got):\n%s", s.text, s.stop, diff)
	}
	if s.usage == nil || *s.usage.InputTokens != 11 || *s.usage.OutputTokens != 7 {
		t.Errorf("usage %+v", s.usage)
	}
	if r := near.requests()[0]; !r.Stream || !r.StreamOptions.IncludeUsage {
		t.Errorf("stream %v, include_usage %v", r.Stream, r.StreamOptions.IncludeUsage)
	}
}

func TestAnOpenAIUpstreamUsesTools(t *testing.T) {
	t.Parallel()
	near, far := newUpstream(t, callsTool), newUpstream(t, callsTool)
	c := start(t, twoUpstreams(near, far)).instantClient()
	out, err := c.runtime.Converse(withPatience(t), &bedrockruntime.ConverseInput{
		ModelId: aws.String(claudeProfile), Messages: ask("Weather in Bern?"), ToolConfig: weatherTool(),
	})
	if err != nil {
		t.Fatal(err)
	}
	message, _ := out.Output.(*types.ConverseOutputMemberMessage)
	if len(message.Value.Content) != 1 || out.StopReason != types.StopReasonToolUse {
		t.Fatalf("stopped for %s with %+v", out.StopReason, message.Value.Content)
	}
	use, ok := message.Value.Content[0].(*types.ContentBlockMemberToolUse)
	var input struct {
		City string `document:"city"`
	}
	if !ok || *use.Value.Name != "weather" || *use.Value.ToolUseId != "call_1" || use.Value.Input.UnmarshalSmithyDocument(&input) != nil || input.City != "Bern" {
		t.Errorf("content %+v, city %q", message.Value.Content[0], input.City)
	}
	r := near.requests()[0]
	if len(r.Tools) != 1 || r.Tools[0].Function.Name != "weather" || r.Tools[0].Function.Parameters["type"] != "object" || r.ToolChoice != "required" {
		t.Errorf("tools %+v, choice %v", r.Tools, r.ToolChoice)
	}

	stream, err := c.forStream().ConverseStream(withPatience(t), &bedrockruntime.ConverseStreamInput{
		ModelId: aws.String(claudeProfile), Messages: ask("Weather in Bern?"), ToolConfig: weatherTool(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := new(streamed)
	for e := range stream.GetStream().Events() {
		s.note(e)
	}
	want := []string{"messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"}
	if diff := cmp.Diff(want, s.order); diff != "" || s.tool != `{"city":"Bern"}` || s.stop != types.StopReasonToolUse {
		t.Errorf("tool input %q (%s), events (-want +got):\n%s", s.tool, s.stop, diff)
	}
	if err := stream.GetStream().Err(); err != nil {
		t.Error(err)
	}
}

// Until the first content has come, a failure is nobody's business but the operator's.
func TestAFailureBeforeTheFirstContentMovesOn(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name   string
		script func(http.ResponseWriter, bool)
		whole  bool // also for calls that are not streamed
		again  int  // how often the upstream may be asked once more
	}{
		{"internal error", refuses(http.StatusInternalServerError, "out of memory"), true, 0},
		{"unavailable", refuses(http.StatusServiceUnavailable, "loading"), true, 0},
		{"too many requests", refuses(http.StatusTooManyRequests, "slow down"), true, 0},
		// A kept connection may have died of old age, so that one is tried again on a new one.
		{"a closed connection", func(http.ResponseWriter, bool) { panic(http.ErrAbortHandler) }, true, 1},
		{"a stream without content", breaksAfter(), false, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			// Each call finds a server that has not learned of the failure yet.
			near, far := newUpstream(t, x.script), newUpstream(t, saysHello)
			c := start(t, twoUpstreams(near, far)).instantClient()
			s, h, err := c.stream(t, claudeProfile, "Hello?")
			if err != nil {
				t.Fatal(err)
			}
			if s.text != "Hello there" || h.Get("X-Outcrop-Region") != "us-west-2" || h.Get("X-Outcrop-Attempts") != "2" || !strings.Contains(h.Get("X-Outcrop-Route"), "us-east-1") {
				t.Errorf("streamed: %q from %q in %q attempts by %q", s.text, h.Get("X-Outcrop-Region"), h.Get("X-Outcrop-Attempts"), h.Get("X-Outcrop-Route"))
			}
			if n := len(near.requests()); n < 1 || n > 1+x.again {
				t.Errorf("the near upstream was asked %d times for a streamed call", n)
			}
			if !x.whole {
				return
			}
			near, far = newUpstream(t, x.script), newUpstream(t, saysHello)
			c = start(t, twoUpstreams(near, far)).instantClient()
			out, err := c.converse(t, claudeProfile, "Hello?")
			if err != nil {
				t.Fatal(err)
			}
			if h := headers(t, out.ResultMetadata); h.Get("X-Outcrop-Region") != "us-west-2" || h.Get("X-Outcrop-Attempts") != "2" {
				t.Errorf("from %q in %q attempts", h.Get("X-Outcrop-Region"), h.Get("X-Outcrop-Attempts"))
			}
			if n := len(near.requests()); n < 1 || n > 1+x.again {
				t.Errorf("the near upstream was asked %d times for a whole call", n)
			}
		})
	}
}

// Once content has gone out, the failure is the stream's last frame, and nobody else is asked.
func TestAFailureAfterTheFirstContentReachesTheCaller(t *testing.T) {
	t.Parallel()
	near, far := newUpstream(t, breaksAfter("Hello", " th")), newUpstream(t, saysHello)
	c := start(t, twoUpstreams(near, far)).instantClient()
	s, h, err := c.stream(t, claudeProfile, "Hello?")
	if s == nil {
		t.Fatalf("no stream: %v", err)
	}
	var broken *types.ModelStreamErrorException
	if !errors.As(err, &broken) || broken.ErrorMessage() == "" {
		t.Errorf("the stream ended with %v (%T), want a ModelStreamErrorException", err, err)
	}
	if s.text != "Hello th" || s.stop != "" || h.Get("X-Outcrop-Region") != "us-east-1" {
		t.Errorf("streamed %q (%s) from %q", s.text, s.stop, h.Get("X-Outcrop-Region"))
	}
	if n := len(far.requests()); n != 0 {
		t.Errorf("the far upstream was asked %d times", n)
	}
}

// What is wrong with the request is wrong everywhere.
func TestARefusalOfTheRequestIsNotTriedElsewhere(t *testing.T) {
	t.Parallel()
	near, far := newUpstream(t, refuses(http.StatusBadRequest, "the prompt is too long")), newUpstream(t, saysHello)
	c := start(t, twoUpstreams(near, far)).instantClient()
	_, err := c.converse(t, claudeProfile, "Hello?")
	got, _ := failure[*types.ValidationException](t, err, http.StatusBadRequest)
	if !strings.Contains(got.ErrorMessage(), "The model returned the following errors: the prompt is too long") {
		t.Errorf("says %q", got.ErrorMessage())
	}
	if n := len(far.requests()); n != 0 {
		t.Errorf("the far upstream was asked %d times", n)
	}
}

func TestWhenEveryUpstreamIsBusyTheCallIsThrottled(t *testing.T) {
	t.Parallel()
	busy := refuses(http.StatusTooManyRequests, "slow down")
	near, far := newUpstream(t, busy), newUpstream(t, busy)
	c := start(t, twoUpstreams(near, far)).instantClient()
	for _, model := range []string{claude, claudeProfile} {
		_, err := c.converse(t, model, "Hello?")
		failure[*types.ThrottlingException](t, err, http.StatusTooManyRequests)
	}
}

func TestAnUpstreamThatIsDownIsServiceUnavailable(t *testing.T) {
	t.Parallel()
	down := refuses(http.StatusInternalServerError, "the key sk-near leaked")
	near, far := newUpstream(t, down), newUpstream(t, down)
	c := start(t, twoUpstreams(near, far)).instantClient()
	_, err := c.converse(t, claudeProfile, "Hello?")
	got, _ := failure[smithy.APIError](t, err, http.StatusServiceUnavailable)
	if got.ErrorCode() != "ServiceUnavailableException" || strings.Contains(got.ErrorMessage(), "leaked") {
		t.Errorf("%s: %s", got.ErrorCode(), got.ErrorMessage())
	}
}
